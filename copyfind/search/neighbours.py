"""The few others that each picture is closest to by one measure, whatever the measure is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from copyfind.records import Candidates, Floats, Ints

STRANGER = 16  # few pictures have so many copies: the neighbour of this rank is none


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Pairs of pictures, each once, and how close strangers come."""

    pairs: Candidates
    level: float  # what half of those who asked reach with their `STRANGER`th neighbour


def neighbours(of: Ints, other: Ints, closeness: Floats, *, k: int, asked: int) -> Neighbours:
    """The pairs among the `k` closest of a picture, given (P,) pictures that asked, (P,) those they
    met and (P,) how close these are. Ties go to the lower row. asked: how many did; those who met
    fewer than `STRANGER` have one at 0. k: that many or more."""
    of, other, closeness = closest(of, other, closeness, k=k)
    rank = np.arange(len(of)) - np.searchsorted(of, of)
    last = np.zeros(max(asked, 1), np.float32)
    ends = closeness[rank == STRANGER - 1]
    last[: len(ends)] = ends
    size = int(max(of.max(initial=0), other.max(initial=0))) + 1
    keys = np.minimum(of, other) * size + np.maximum(of, other)
    once, place = np.unique(keys, return_inverse=True)
    best = np.full(len(once), -np.inf, np.float32)
    np.maximum.at(best, place, closeness)  # of the two directions; it may be that one alone asked
    first, second = np.divmod(once, size)
    return Neighbours(Candidates(first, second, best), float(np.median(last)))


def closest(of: Ints, other: Ints, closeness: Floats, *, k: int) -> tuple[Ints, Ints, Floats]:
    """The `k` closest of each, the closest first; a pair that was met twice is as close as it was
    at best."""
    order = np.lexsort((other, -closeness, of))
    of, other, closeness = of[order], other[order], closeness[order]
    _, first = np.unique(of * (int(other.max(initial=0)) + 1) + other, return_index=True)
    once = np.sort(first)
    of, other, closeness = of[once], other[once], closeness[once]
    kept = np.arange(len(of)) - np.searchsorted(of, of) < k
    return of[kept], other[kept], closeness[kept]
