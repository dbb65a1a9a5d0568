"""Descriptors of the regions of pictures, read where they are used.

Six regions of a million pictures are gigabytes, so only the wholes are held; the others come for
some pictures at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from copyfind.records import Halves, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Unit descriptors of N pictures, in an order that does not depend on when they were met."""

    wholes: Halves  # (N, D)
    read: Callable[[Ints], Halves]  # (B,) rows, ascending: (B, R, D), region 0 being the whole

    def __len__(self) -> int:
        return len(self.wholes)

    def of(self, rows: Ints) -> Halves:
        """(B, R, D) of these rows (B,), ascending. To be called from one thread."""
        return self.read(rows) if len(rows) else self.wholes[rows][:, None]


def in_memory(regions: Halves) -> Regions:
    """Those of a matrix (N, R, D)."""
    return Regions(np.ascontiguousarray(regions[:, 0]), lambda rows: regions[rows])


def wholes_alone(wholes: Halves) -> Regions:
    """Each picture (N, D) as its only region."""
    return Regions(wholes, lambda rows: wholes[rows][:, None])
