"""Drawn pictures and a small bank of sprites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from copyfind.learn.attack.sprites import Sprites, draw_sprites


def draw_pictures(count: int, side: int, *, seed: int = 0) -> Tensor:
    """Smooth random scenes with a few hard edges: (N, 3, S, S) uint8, all different."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    scene = torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")
    corners = torch.randint(0, side - side // 4, (count, 2), generator=generator)
    for picture, (x, y) in zip(scene, corners.tolist(), strict=True):
        picture[:, y : y + side // 4, x : x + side // 4] = torch.rand(3, 1, 1, generator=generator)
    return (scene.clamp(0, 1) * 255).round().to(torch.uint8)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny tensors are slower on several threads, much slower on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def sprites() -> Sprites:
    return draw_sprites(lines=8, emoji=8)
