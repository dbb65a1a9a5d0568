"""Rows that pairs tie together, directly or through others: union-find over arrays of pairs."""

from __future__ import annotations

import numpy as np

from copyfind.records import Ints


class Components:
    """The components of `size` rows, 8 bytes each, while pairs come in; in any order, they are
    the same."""

    def __init__(self, size: int) -> None:
        # No row has a higher one above it, so the lowest row of a component is its top.
        self._above = np.arange(size, dtype=np.int64)

    def add(self, first: Ints, second: Ints) -> None:
        """Tie the rows of each pair (P,), (P,)."""
        one, other = self.tops(first), self.tops(second)
        while (apart := one != other).any():
            one, other = one[apart], other[apart]
            # Where several pairs hang one top below others, one of them does; the rest come again.
            self._above[np.maximum(one, other)] = np.minimum(one, other)
            one, other = self.tops(one), self.tops(other)

    def tops(self, rows: Ints) -> Ints:
        """(R,) the lowest row of the component of each of these rows."""
        while True:
            above = self._above[rows]
            top = self._above[above]
            if (top == above).all():
                return above
            self._above[rows] = top  # halves every way up that leads through these rows
