"""Attacks of one kind alone, on drawn pictures."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import Tensor

from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack
from copyfind.learn.attack.sprites import Sprites
from tests.learn.conftest import draw_pictures

NO_PROBABILITY = {"gentlest", "tilt_degrees"}
EDITS = [
    field.name
    for field in fields(Attacks)
    if isinstance(field.default, float) and field.name not in NO_PROBABILITY
]


def only(**always: float) -> Attacks:
    """No edit but those named, at full strength."""
    return Attacks(**{"gentlest": 1.0, **dict.fromkeys(EDITS, 0.0), **always})  # type: ignore[arg-type] # all floats


def attacked(
    pictures: Tensor, attacks: Attacks, sprites: Sprites, *, side: int = 32, seed: int = 0
) -> Tensor:
    """A view of each picture, beside four others to paste in."""
    return attack(
        pictures,
        torch.full((len(pictures),), 1.5),
        draw_pictures(4, pictures.shape[3], seed=99),
        side=side,
        attacks=attacks,
        sprites=sprites,
        generator=torch.Generator().manual_seed(seed),
    )
