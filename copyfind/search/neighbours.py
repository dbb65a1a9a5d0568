"""The few others that each picture is closest to by one measure, whatever the measure is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Candidates, Floats, Ints

STRANGER = 16  # few pictures have so many copies: the neighbour of this rank is none
OTHER = 9  # likewise, where each picture speaks for itself
_AT_ONCE = 65_536  # pictures whose neighbours are paired at a time

Rows = NDArray[np.integer[Any]]  # of either size


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Pairs of pictures, each once, and how close strangers come."""

    pairs: Candidates
    level: float  # what half of those who asked reach with their `STRANGER`th neighbour
    own: Floats  # (N,) what each who asked reaches with its `OTHER`th; infinity of the rest


def neighbours(asking: Ints, others: Rows, closeness: Floats, *, size: int) -> Neighbours:
    """The pairs of those who asked and those they met, in order, as close as they were at best.

    asking (A,): rows of a collection of `size`. others (A, k): rows, the closest first, -1 where
    there are no more, and closeness (A, k). Who met fewer than that many has one at 0.
    """
    keys = np.empty(int(np.count_nonzero(others >= 0)), np.int64)
    best = np.empty(len(keys), np.float32)
    end = 0
    for start in range(0, len(asking), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        of, at = np.nonzero(others[some] >= 0)
        one, other = asking[some][of], others[some][of, at].astype(np.int64)
        part = slice(end, end := end + len(of))
        keys[part] = np.minimum(one, other) * size + np.maximum(one, other)
        best[part] = closeness[some][of, at]
    order = np.argsort(keys)
    keys, best = keys[order], best[order]
    new = np.flatnonzero(np.diff(keys, prepend=-1))  # two that asked for each other are one pair
    best = np.maximum.reduceat(best, new) if len(new) else best
    first, second = np.divmod(keys[new], max(size, 1))
    own = np.full(size, np.inf, np.float32)
    own[asking] = _ranked(others, closeness, OTHER)
    last = _ranked(others, closeness, STRANGER)
    level = float(np.median(last)) if len(last) else 0.0
    return Neighbours(Candidates(first, second, best), level, own)


def own_of(pairs: Candidates, *, size: int, level: float) -> Floats:
    """(N,) what each picture reaches with the `OTHER`th of all its pairs above a cosine, which is
    positive; the level where it has fewer, since that one is farther than they reach."""
    keys = np.concatenate([pairs.first, pairs.second]).astype(np.uint64) << np.uint64(32)
    closeness = np.ascontiguousarray(pairs.similarity, np.float32)
    falling = (~closeness.view(np.uint32)).astype(np.uint64)  # of positive numbers bits rise
    keys |= np.concatenate([falling, falling])
    keys.sort()
    starts = np.searchsorted(keys, np.arange(size + 1, dtype=np.uint64) << np.uint64(32))
    enough = np.flatnonzero(np.diff(starts) >= OTHER)
    own = np.full(size, level, np.float32)
    last = keys[starts[enough] + OTHER - 1]
    own[enough] = (~last).astype(np.uint32).view(np.float32)
    return own


def least_of_both(own: Floats, first: Ints, second: Ints) -> Floats:
    """(P,) the lower of what the two pictures of a pair reach by themselves; of one that did not
    ask, what the other does."""
    least: Floats = np.minimum(own[first], own[second])
    return least


def most_of_both(own: Floats, first: Ints, second: Ints) -> Floats:
    """(P,) the higher of the same."""
    asked = np.where(np.isinf(own), -np.inf, own)
    most: Floats = np.maximum(asked[first], asked[second])
    return most


def _ranked(others: Rows, closeness: Floats, rank: int) -> Floats:
    """(A,) how close the neighbour of this rank is, 0 without one."""
    if others.shape[1] < rank:
        return np.zeros(len(others), np.float32)
    there = others[:, rank - 1] >= 0
    return np.where(there, closeness[:, rank - 1], np.float32(0))
