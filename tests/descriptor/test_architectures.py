"""The registry of networks, against what timm builds of it."""

from __future__ import annotations

import pytest
import torch

from copyfind.descriptor.architectures import ARCHITECTURES, STUDENTS, TEACHERS
from copyfind.descriptor.networks import build_backbone
from tests.conftest import run_python


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in ARCHITECTURES if n != "vit-b16"])
def test_a_backbone_gives_a_map_of_the_declared_width(name: str) -> None:
    backbone = build_backbone(ARCHITECTURES[name]).eval()

    with torch.inference_mode():
        maps = backbone.forward_features(torch.zeros(1, 3, 64, 64))  # type: ignore[operator] # every timm network has it

    assert maps.shape[:2] == (1, ARCHITECTURES[name].channels)
    assert maps.ndim == 4


def test_every_network_tells_where_its_start_weights_come_from() -> None:
    assert set(STUDENTS).isdisjoint(TEACHERS)
    assert all(architecture.start_weights for architecture in ARCHITECTURES.values())
    assert all(name == architecture.name for name, architecture in ARCHITECTURES.items())


def test_a_weights_file_is_checked_without_torch() -> None:
    checked = run_python(
        "import sys, copyfind.descriptor.weights, copyfind.descriptor.architectures\n"
        "sys.exit('torch' in sys.modules)"
    )

    assert checked.returncode == 0, checked.stderr
