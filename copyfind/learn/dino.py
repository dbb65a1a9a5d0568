"""A self-supervised ViT as a teacher: DINO (arXiv:2104.14294), whose checkpoints are state dicts.

Its copy detection joins the class token with the GeM of the patch tokens (p = 4), 1536 numbers
for a ViT-B. RDCD names it among its teachers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from copyfind.descriptor.torchvision_import import import_torchvision
from copyfind.errors import WeightsError

PATCH_P = 4.0
HEAD = 64  # numbers of an attention head, in every ViT of DINO


class Dino(nn.Module):
    """A ViT whose vector is class token and pooled patches.

    Normalised views (N, 3, S, S) give (N, 2 * width), not normalised.
    """

    def __init__(self, vit: nn.Module) -> None:
        super().__init__()
        self.vit = vit

    def forward(self, views: Tensor) -> Tensor:
        tokens: Tensor = self.vit.forward_features(views)  # type: ignore[operator] # timm's own
        patches = tokens[:, 1:].clamp(min=1e-6).pow(PATCH_P).mean(dim=1).pow(1 / PATCH_P)
        return torch.cat([tokens[:, 0], patches], dim=1)


def is_vit(state: Mapping[str, Tensor]) -> bool:
    """Whether the tensors of a state dict are those of a ViT."""
    return {"cls_token", "pos_embed", "patch_embed.proj.weight"} <= state.keys()


def dino_of(state: Mapping[str, Tensor], path: Path) -> tuple[Dino, int]:
    """The network of a state dict, in the shape of its tensors, and the length of its vectors."""
    import_torchvision()  # timm imports it, and would die beside a CPU build of torch
    from timm.models.vision_transformer import VisionTransformer

    width, _, patch, _ = state["patch_embed.proj.weight"].shape
    places = state["pos_embed"].shape[1] - 1
    blocks = {key.split(".")[1] for key in state if key.startswith("blocks.")}
    options: dict[str, Any] = {
        "img_size": round(places**0.5) * patch,
        "patch_size": patch,
        "embed_dim": width,
        "depth": len(blocks),
        "num_heads": max(1, width // HEAD),
        "num_classes": 0,
        "dynamic_img_size": True,
        "dynamic_img_pad": True,
    }
    vit: nn.Module = VisionTransformer(**options)
    network = {k: v for k, v in state.items() if not k.startswith(("head.", "mask_token"))}
    try:
        vit.load_state_dict(network)
    except RuntimeError as error:
        told = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path}: not a ViT of DINO ({told})") from None
    return Dino(vit), 2 * width
