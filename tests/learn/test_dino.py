"""A ViT of DINO as a teacher; its tensors are named as timm names them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from copyfind.descriptor.torchvision_import import import_torchvision
from copyfind.errors import WeightsError
from copyfind.learn.teachers import load_teacher
from tests.learn.conftest import draw_pictures


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    import_torchvision()
    from timm.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    vit = VisionTransformer(
        img_size=32, patch_size=8, embed_dim=64, depth=2, num_heads=1, num_classes=0
    )
    assert vit.pos_embed is not None
    torch.nn.init.normal_(vit.pos_embed)
    tensors: dict[str, torch.Tensor] = vit.state_dict()
    return tensors


def test_class_token_and_patches_are_joined_at_any_size(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save({"teacher": {f"backbone.{k}": v for k, v in state.items()}}, tmp_path / "dino.pth")

    teacher = load_teacher(tmp_path / "dino.pth")

    assert (teacher.dim, teacher.training) == (128, False)
    for side in (32, 48, 40):
        vectors = teacher(draw_pictures(3, side).permute(0, 2, 3, 1))
        assert vectors.shape == (3, 128)
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_patches_are_pooled_by_their_fourth_powers(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save(state, tmp_path / "dino.pth")
    network = load_teacher(tmp_path / "dino.pth").network
    views = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        tokens = network.vit.forward_features(views)  # type: ignore[union-attr,operator] # timm's
        got = network(views)

    expected = (tokens[:, 1:].clamp(min=1e-6) ** 4).mean(dim=1) ** 0.25
    torch.testing.assert_close(got, torch.cat([tokens[:, 0], expected], dim=1))


def test_another_transformer_is_refused(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save({**state, "blocks.0.ls1.gamma": torch.ones(64)}, tmp_path / "other.pth")

    with pytest.raises(WeightsError, match="not a ViT of DINO"):
        load_teacher(tmp_path / "other.pth")
