"""The numbers that a JPEG keeps: the cosine transform of each block of 8 x 8 pixels."""

from __future__ import annotations

import numpy as np

from copyfind.records import Bools, Floats

_k, _n = np.mgrid[:8, :8]
_DCT = np.sqrt(np.where(_k == 0, 1, 2) / 8) * np.cos(np.pi * (2 * _n + 1) * _k / 16)
_BOTH_WAYS = np.kron(_DCT, _DCT).astype(np.float32).T  # of pixels row by row

_order = np.add.outer(np.arange(8), np.arange(8)).ravel()
# Which of the 64 numbers are of coarse, of finer and of the finest detail.
BANDS: tuple[Bools, ...] = (
    (_order >= 1) & (_order <= 3),
    (_order >= 4) & (_order <= 7),
    _order > 7,
)


def blocks_of(plane: Floats) -> Floats:
    """(H, W), both multiples of 8 -> (N, 64)."""
    height, width = plane.shape
    tiles = plane.reshape(height // 8, 8, width // 8, 8)
    return np.ascontiguousarray(tiles.transpose(0, 2, 1, 3).reshape(-1, 64))


def numbers_of(blocks: Floats) -> Floats:
    """(N, 64) levels -> (N, 64) numbers, the mean of each block first."""
    return np.asarray((blocks - np.float32(128)) @ _BOTH_WAYS, np.float32)
