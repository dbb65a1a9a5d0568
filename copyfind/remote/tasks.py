"""Pairs in tasks of a few hundred pictures, such that most pictures are fetched by one task only.

A component is a task, or shares one with others; of a large component the pictures come in the
order of Cuthill and McKee (1969), in which the partners of each lie side by side, and the pairs
along it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from copyfind.records import Ints
from copyfind.remote.components import Components

PICTURES = 500  # of a task: some 60 MB of thumbnails and features
PAIRS = 4000  # of a task: under a minute of judging


def tasks_of(
    first: Ints, second: Ints, *, pictures: int = PICTURES, pairs: int = PAIRS
) -> Iterator[Ints]:
    """Places (P,) of the pairs of each task, every pair in one of them. Equal pairs give equal
    tasks, in whatever order they come.

    first, second: rows of the pairs, each pair once. pictures, pairs: of a task at most.
    """
    rows, tied = np.unique(np.stack([first, second]), return_inverse=True)
    tied = tied.reshape(2, -1)
    place = _side_by_side(tied, len(rows))[tied]  # (2, P)
    low, high = place.min(axis=0), place.max(axis=0)
    order = np.lexsort((high, low))
    start = 0
    while start < len(order):
        some = order[start : start + pairs]
        met = np.stack([low[some], high[some]], axis=1).ravel()
        _, new = np.unique(met, return_index=True)
        new.sort()  # at which of the numbers in `met` a task knows one picture more
        end = len(some) if len(new) <= pictures else max(int(new[pictures]) // 2, 1)
        yield some[:end]
        start += end


def _side_by_side(tied: Ints, size: int) -> Ints:
    """(N,) places of pictures, those of a component one after the other, partners near to each
    other. tied: (2, P) pairs of numbers below `size`, which all appear."""
    known = Components(size)
    known.add(*tied)
    component = known.tops(np.arange(size))
    ends = np.concatenate([tied, tied[::-1]], axis=1)  # (2, 2P) both ways
    ends = ends[:, np.argsort(ends[0], kind="stable")]
    degree = np.bincount(ends[0], minlength=size)
    begin = np.cumsum(degree) - degree
    # All components are gone through at once, each from a picture with fewest partners.
    fewest = np.lexsort((degree, component))
    _, of_component = np.unique(component[fewest], return_index=True)
    reached = fewest[of_component]
    place = np.full(size, -1, np.int64)
    done = 0
    while len(reached):
        place[reached] = done + np.arange(len(reached))
        done += len(reached)
        asking = np.repeat(np.arange(len(reached)), degree[reached])
        within = np.arange(len(asking)) - np.repeat(
            np.cumsum(degree[reached]) - degree[reached], degree[reached]
        )
        met = ends[1, begin[reached][asking] + within]
        free = place[met] < 0
        asking, met = asking[free], met[free]
        met = met[np.lexsort((met, degree[met], asking))]
        _, at = np.unique(met, return_index=True)
        reached = met[np.sort(at)]
    order = np.lexsort((place, component))
    place[order] = np.arange(size)
    return place
