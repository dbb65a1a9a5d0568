"""Drawn pictures, a teacher that looks at them, and a small bank of sprites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from copyfind.learn.attack.sprites import Sprites, draw_sprites
from copyfind.learn.data import Bank
from copyfind.learn.pace import Loop
from copyfind.watch import Watch

CPU = torch.device("cpu")


def draw_pictures(count: int, side: int, *, seed: int = 0) -> Tensor:
    """Smooth random scenes with a few hard edges: (N, 3, S, S) uint8, all different."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    scene = torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")
    corners = torch.randint(0, side - side // 4, (count, 2), generator=generator)
    for picture, (x, y) in zip(scene, corners.tolist(), strict=True):
        picture[:, y : y + side // 4, x : x + side // 4] = torch.rand(3, 1, 1, generator=generator)
    return (scene.clamp(0, 1) * 255).round().to(torch.uint8)


def drawn_bank(count: int, *, seed: int, side: int = 32) -> Bank:
    """As many drawn pictures as a decoded collection, named 0.jpg, 1.jpg and so on."""
    names = tuple(f"{n}.jpg" for n in range(count))
    return Bank(draw_pictures(count, side, seed=seed), torch.ones(count), names, ())


class Thumbnail(nn.Module):
    """A teacher that looks at 4 x 4 colours."""

    def forward(self, views: Tensor) -> Tensor:
        small = nn.functional.adaptive_avg_pool2d(views, 4).flatten(1)
        return torch.cat([small, small.new_zeros(len(small), 512 - 48)], dim=1)


def loop(checkpoint: Path, **more: Any) -> Loop:
    """A training loop on the CPU."""
    return Loop(device=CPU, checkpoint=checkpoint, **more)


def stopped_after(steps: int) -> Watch:
    """Asks a loop to stop after so many steps."""
    left = iter([False] * (steps - 1) + [True])
    return Watch(should_stop=lambda: next(left))


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
