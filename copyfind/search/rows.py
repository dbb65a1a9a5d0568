"""Rows of a descriptor matrix as float32 unit vectors, made a block at a time.

A million stored descriptors stay float16 in memory; only the block in hand is float32. Where they
are mapped from a file, what was read of it is let go of at once.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints

Stored = NDArray[np.float16] | NDArray[np.float32]
Marks = NDArray[np.uint64]

_ROWS_AT_ONCE = 16_384
_PAIRS_AT_ONCE = 1024  # their rows stay in the second-level cache


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

    def marks(self) -> Marks:
        """(N,) 64 bits of each row, which rows of the same bytes share, and hardly any others."""
        weights = np.random.default_rng(0).integers(0, 2**63, self.dim, dtype=np.uint64)
        weights |= np.uint64(1)
        word = np.uint16 if self.stored.dtype == np.float16 else np.uint32
        marks = np.empty(len(self), np.uint64)
        for start in range(0, len(self), _ROWS_AT_ONCE):
            block = np.ascontiguousarray(self.stored[start : start + _ROWS_AT_ONCE])
            marks[start : start + len(block)] = block.view(word).astype(np.uint64) @ weights
            let_go(self.stored)
        return marks

    def block(self, rows: slice | Ints) -> Floats:
        """Return the rows asked for as (B, D) float32 unit vectors."""
        block: Floats = self.stored[rows].astype(np.float32)
        block *= self.scale[rows, None]
        let_go(self.stored)
        return block

    def similarity(self, first: Ints, second: Ints) -> Floats:
        """Return the cosine of each pair of rows, (P,) float32."""
        found = np.empty(len(first), np.float32)
        for start in range(0, len(first), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            each = np.arange(len(first[part]))
            found[part] = cosines(self.block(first[part]), each, self.block(second[part]), each)
        return found


def cosines(a: Floats, i: Ints, b: Floats, j: Ints) -> Floats:
    """Return the cosines (P,) float32 of rows `i` (P,) of `a` and `j` (P,) of `b`, unit rows.

    Summed in float64 and rounded once, so each depends on its two rows alone: a matrix product
    gives other last bits for other block shapes, BLAS builds and thread counts.
    """
    found = np.empty(len(i), np.float32)
    for start in range(0, len(i), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        found[part] = np.einsum(
            "pd,pd->p", a[i[part]].astype(np.float64), b[j[part]].astype(np.float64)
        )
    return np.clip(found, -1, 1, out=found)


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
        let_go(descriptors)
    return UnitRows(descriptors, scale)


def let_go(array: NDArray[Any]) -> None:
    """What was read or written of a mapped file counts as memory of this process until it says
    otherwise; nothing is lost. Does nothing to other arrays."""
    mapped = getattr(array, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)
