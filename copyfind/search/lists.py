"""Which rows stand in which of many lists, told list after list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints
from copyfind.search.centres import Labels
from copyfind.search.rows import let_go

Members = NDArray[np.uint32]

_AT_ONCE = 4_000_000  # entries that are sorted at a time: some 100 MB


def ends_of(labels: Labels, *, centres: int) -> Ints:
    """(K,) where each list ends when the rows of one stand after those of another."""
    counts = np.zeros(centres, np.int64)
    step = _rows_at_once(labels)
    for start in range(0, len(labels), step):
        counts += np.bincount(labels[start : start + step].ravel(), minlength=centres)
        let_go(labels)
    return np.cumsum(counts)


def members_of(labels: Labels, ends: Ints, *, into: Members | None = None) -> Members:
    """(N * W,) the places of rows by list, ascending in each, given the lists (N, W) of each row.

    into: an array to fill, such as one that is mapped to a file. Sorted in parts, so that neither
    the labels nor what comes of them need be in memory.
    """
    members = np.empty(labels.size, np.uint32) if into is None else into
    next_of = np.concatenate([[0], ends[:-1]]).astype(np.int64)  # where the next row of a list goes
    step = _rows_at_once(labels)
    for start in range(0, len(labels), step):
        part = np.ascontiguousarray(labels[start : start + step])
        order = np.argsort(part, axis=None, kind="stable")  # of 16 bits: a radix sort
        lists = part.ravel()[order]
        counts = np.bincount(lists, minlength=len(ends))
        begins = np.cumsum(counts) - counts
        members[next_of[lists] + np.arange(len(lists)) - begins[lists]] = (
            start + order // part.shape[1]
        )
        next_of += counts
        let_go(labels)
        let_go(members)
    return members


def balanced(centres: Floats, sizes: Ints, *, most: int) -> list[Ints]:
    """Groups of lists whose centres lie near to each other, of about `most` entries or less, so
    that few rows stand in many groups.

    centres (K, D), sizes (K,) entries of each list. Halved where half of the entries lie on either
    side, along the line between two far centres; a list that is longer alone is a group alone.
    """
    waiting, groups = [np.arange(len(sizes))], list[Ints]()
    while waiting:
        group = waiting.pop()
        total = int(sizes[group].sum())
        if total <= most or len(group) == 1:
            if total:
                groups.append(np.sort(group))
            continue
        near = centres[group]
        one = near[(near @ near[0]).argmin()]
        other = near[(near @ one).argmin()]
        order = group[np.argsort(near @ (one - other), kind="stable")]
        half = int(np.searchsorted(np.cumsum(sizes[order]), total / 2)) + 1
        half = min(max(half, 1), len(order) - 1)
        waiting += [order[half:], order[:half]]
    return groups


def _rows_at_once(labels: Labels) -> int:
    return max(_AT_ONCE // max(int(labels.shape[1]), 1), 1)
