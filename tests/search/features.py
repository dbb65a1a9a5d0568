"""Local features of no picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from copyfind.records import Floats, Pixels


@dataclass(frozen=True)
class Drawn:
    """Features as search.codes.Keypoints has them."""

    sizes: Floats
    angles: Floats
    sifts: Pixels


def drawn(seed: int, count: int = 60) -> Drawn:
    """Features like no other seed's."""
    chance = np.random.default_rng(seed)
    return Drawn(
        chance.uniform(2, 30, count).astype(np.float32),
        chance.uniform(0, 360, count).astype(np.float32),
        chance.gamma(0.5, 40, (count, 128)).clip(0, 255).astype(np.uint8),
    )
