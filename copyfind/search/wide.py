"""Wide candidates: for each picture the few others that it resembles most as a whole.

Everything is compared with everything, since who resembles a picture most may resemble it little
(`search.pairs` is for those above a threshold).
"""

from __future__ import annotations

import numpy as np

from copyfind.records import Bools, Halves
from copyfind.search.nearest import nearest
from copyfind.search.neighbours import Neighbours, neighbours
from copyfind.watch import UNCOUNTED, Count


def wide_candidates(
    wholes: Halves, *, k: int, new: Bools | None = None, count: Count = UNCOUNTED
) -> Neighbours:
    """Return the pairs of pictures that are among the `k` best of one of them, by their cosine.

    wholes (N, D): unit rows. new (N,): only these look for others, among all. Ties go to the lower
    row.
    """
    asking = np.arange(len(wholes)) if new is None else np.flatnonzero(new)
    rows, cosines = nearest(wholes, wholes[asking], k=k + 1, count=count)
    others = rows != asking[:, None]
    others[others.all(axis=1), -1] = False  # so many equal ones that it is not among its own
    shape = len(asking), k
    return neighbours(
        asking, rows[others].reshape(shape), cosines[others].reshape(shape), size=len(wholes)
    )
