"""Collect pairs of rows, each once, and of crowded rows only the strongest.

Twenty thousand blank pictures are 200 million pairs and say no more than a few thousand of
them. A pair stays while it is among the `strongest` of at least one of its two rows (ties go to
the lower row), so a crowded row loses its weakest partners but no row loses all of its own.
Pruning early changes nothing: a pair that `strongest` better ones beat at both ends is beaten
by the same ones in the end, because those are never dropped themselves.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Candidates, Floats, Ints

_BUFFERED = 4_000_000  # pairs, 80 MB
_SORTED_AT_ONCE = 2_000_000  # entries of a pruning pass, 150 MB


class StrongestPairs:
    """Pairs (first < second) of `size` rows, of each row the `strongest` and those that are among
    the strongest of their other row.

    `limits` (size,) is the similarity that a pair must reach at one of its rows to be of any use;
    it starts at the threshold and rises as rows fill up, and whoever looks for pairs may skip
    weaker ones.
    """

    def __init__(self, *, size: int, threshold: float, strongest: int) -> None:
        self.size = size
        self.threshold = np.float32(threshold)
        self.strongest = strongest
        self.limits = np.full(size, self.threshold, np.float32)
        self.lost = np.zeros(size, bool)  # which rows may have lost pairs, each to another of them
        self.crowded = False  # whether any limit is above the threshold
        self._kept = (_no_rows(), np.empty(0, np.float32))  # sorted keys, similarities
        self._buffer: list[tuple[Ints, Floats]] = []
        self._buffered = 0

    def add(self, first: Ints, second: Ints, similarity: Floats) -> None:
        """Take pairs in any order, also ones already known; first < second in each."""
        useful = similarity >= np.minimum(self.limits[first], self.limits[second])
        if not useful.any():
            return
        self._buffer.append((first[useful] * self.size + second[useful], similarity[useful]))
        self._buffered += len(self._buffer[-1][0])
        if self._buffered > max(_BUFFERED, len(self._kept[0])):
            self._compact()

    def candidates(self) -> Candidates:
        """Return what remains, sorted by (first, second)."""
        self._compact()
        keys, similarity = self._kept
        first, second = np.divmod(keys, max(self.size, 1))
        return Candidates(first=first, second=second, similarity=similarity)

    def _compact(self) -> None:
        keys = np.concatenate([self._kept[0], *(keys for keys, _ in self._buffer)])
        values = np.concatenate([self._kept[1], *(values for _, values in self._buffer)])
        self._buffer, self._buffered = [], 0
        order = np.argsort(keys)
        keys = keys[order]
        once = np.ones(len(keys), bool)
        once[1:] = keys[1:] != keys[:-1]
        self._kept = keys[once], values[order[once]]
        del keys, values, order
        self._prune()

    def _prune(self) -> None:
        keys, similarity = self._kept
        if len(keys) <= self.strongest:
            return
        first, second = _rows_of(keys, self.size)
        degree = np.bincount(first, minlength=self.size)
        degree += np.bincount(second, minlength=self.size)
        crowded = degree > self.strongest
        if not crowded.any():
            return
        self.crowded = True
        self.lost |= crowded
        keep = ~(crowded[first] & crowded[second])
        by_second = np.argsort(second, kind="stable")
        second_sorted = second[by_second]
        for low, high in spans(np.where(crowded, degree, 0), _SORTED_AT_ONCE):
            as_second = by_second[slice(*np.searchsorted(second_sorted, (low, high)))]
            as_first = np.arange(*np.searchsorted(first, (low, high)))
            # by partner within each row: the lower partners first, both parts ascending
            pair = np.concatenate([as_second, as_first])
            row = np.concatenate([second[as_second], first[as_first]])
            full = crowded[row]
            pair, row = pair[full], row[full]
            weakness = _descending(similarity[pair]) | (row - low).astype(np.uint64) << np.uint64(
                32
            )
            order = np.argsort(weakness, kind="stable")
            pair, row = pair[order], row[order]
            rank = np.arange(len(row)) - np.searchsorted(row, row)
            keep[pair[rank < self.strongest]] = True
            last = rank == self.strongest - 1
            self.limits[row[last]] = similarity[pair[last]]
        self._kept = keys[keep], similarity[keep]


def _rows_of(keys: Ints, size: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    first = (keys // size).astype(np.int32)
    return first, (keys - first.astype(np.int64) * size).astype(np.int32)


def _descending(values: Floats) -> NDArray[np.uint64]:
    """Return 32-bit numbers in uint64 that sort as the float32 values do from high to low."""
    bits = (values + np.float32(0)).view(np.uint32)  # no -0.0
    ascending = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return (~ascending).astype(np.uint64)


def spans(weights: Ints, most: int) -> list[tuple[int, int]]:
    """Cut places into consecutive spans of about `most` total weight each, at least one place."""
    if not len(weights):
        return []
    total = np.cumsum(weights)
    ends = np.searchsorted(total, np.arange(most, total[-1] + most, most)) + 1
    bounds = np.unique(np.concatenate([[0], np.minimum(ends, len(weights)), [len(weights)]]))
    return list(pairwise(bounds.tolist()))


def _no_rows() -> Ints:
    return np.empty(0, np.int64)
