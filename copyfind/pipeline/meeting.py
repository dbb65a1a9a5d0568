"""Contents whose descriptors are alike, for whoever wants close pairs: found once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copyfind.records import Bools, Candidates, Effort, Halves, Ints
from copyfind.search.neighbours import Neighbours
from copyfind.search.pairs import find_candidates
from copyfind.search.prospects import horizon_of, is_wide, near_pairs
from copyfind.watch import Count


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Who takes part in a second look."""

    effort: Effort
    taking: Ints  # (M,) places of descriptors, ascending
    new: Bools  # (M,) which of these have not been looked at


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """Pairs that descriptors lead to."""

    alike: Candidates  # of places of descriptors, at the threshold or above
    near: Neighbours | None  # among those who take part in a second look; None: still to be asked


def meet(
    descriptors: Halves,
    *,
    threshold: float,
    looks: Looks | None,
    cache: Path | None,
    earlier: Path | None,
    count: Count,
) -> Met:
    """Search once among descriptors (N, D), as far as the threshold and the second look want.

    cache, earlier: as for `find_candidates`.

    Where few look or there are few, all are compared with all later, however little they resemble
    each other.
    """
    horizon = None
    if looks is not None and not is_wide(len(looks.taking), asking=int(looks.new.sum())):
        horizon = horizon_of(descriptors, effort=looks.effort.value)
    least = threshold if horizon is None else min(threshold, horizon.cosine)
    found = find_candidates(descriptors, threshold=least, cache=cache, earlier=earlier, count=count)
    near = None
    if looks is not None and horizon is not None:
        near = near_pairs(
            _among(looks.taking, found, size=len(descriptors)),
            horizon,
            effort=looks.effort.value,
            size=len(looks.taking),
            new=looks.new,
        )
    if least < threshold:
        found = _part(found, found.similarity >= threshold)
    return Met(found, near)


def _among(taking: Ints, found: Candidates, *, size: int) -> Candidates:
    """The pairs of two who take part, by their numbers among these."""
    number = np.full(size, -1)
    number[taking] = np.arange(len(taking))
    pairs = Candidates(number[found.first], number[found.second], found.similarity)
    return _part(pairs, (pairs.first >= 0) & (pairs.second >= 0))


def _part(pairs: Candidates, kept: Bools) -> Candidates:
    return Candidates(pairs.first[kept], pairs.second[kept], pairs.similarity[kept])
