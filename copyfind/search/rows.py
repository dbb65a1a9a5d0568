"""Rows of a descriptor matrix as float32 unit vectors, made a block at a time.

A million stored descriptors stay float16 in memory; only the block in hand is float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints

Stored = NDArray[np.float16] | NDArray[np.float32]

_ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class UnitRows:
    """A view of a descriptor matrix; `scale` makes each row's length exactly one again."""

    stored: Stored  # (N, D) float16 or float32
    scale: Floats  # (N,) one over the length of each stored row

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def dim(self) -> int:
        return int(self.stored.shape[1])

    def block(self, rows: slice | Ints) -> Floats:
        """Return the rows asked for as (B, D) float32 unit vectors."""
        block: Floats = self.stored[rows].astype(np.float32)
        block *= self.scale[rows, None]
        return block

    def similarity(self, first: Ints, second: Ints) -> Floats:
        """Return the cosine of each pair of rows, (P,) float32.

        Summed in float64 and rounded once, so it depends on the two rows alone: a matrix
        product gives other last bits for other block shapes, BLAS builds and thread counts.
        """
        cosines = np.empty(len(first), np.float32)
        for start in range(0, len(first), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            a = self.block(first[part]).astype(np.float64)
            b = self.block(second[part]).astype(np.float64)
            cosines[part] = np.einsum("pd,pd->p", a, b)
        return np.clip(cosines, -1, 1, out=cosines)


def unit_rows(descriptors: Stored) -> UnitRows:
    """Check a (N, D) float16 or float32 matrix and measure the length of its rows.

    Raises ValueError for another shape or type, and for rows without a direction (NaN,
    infinite, all zero).
    """
    if descriptors.ndim != 2 or descriptors.dtype not in (np.float16, np.float32):
        raise ValueError(
            "descriptors must be (N, D) float16 or float32, "
            f"not {descriptors.shape} {descriptors.dtype}"
        )
    scale = np.empty(len(descriptors), np.float32)
    for start in range(0, len(descriptors), _ROWS_AT_ONCE):
        block = descriptors[start : start + _ROWS_AT_ONCE].astype(np.float64)
        squares = np.einsum("nd,nd->n", block, block)
        fit = np.isfinite(squares) & (squares > 0)
        if not fit.all():
            row = start + int(np.flatnonzero(~fit)[0])
            raise ValueError(f"descriptor {row} has no direction: NaN, infinite or all zero")
        scale[start : start + len(block)] = 1 / np.sqrt(squares)
    return UnitRows(descriptors, scale)
