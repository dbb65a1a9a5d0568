"""Find the close pairs among rows by matrix products, a block of rows against a block.

One BLAS thread in each of a few Python threads: the comparisons run in parallel too, and no
thread waits for another's share of one product (1.7 times faster on two free cores, 8 times
when another process wants a core).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from copyfind.records import Floats, Ints
from copyfind.search.rows import UnitRows
from copyfind.search.strongest import StrongestPairs

Task = TypeVar("Task")
Found = TypeVar("Found")
Pairs = tuple[Ints, Ints, Floats]  # first < second, (P,) each, and their cosines
OnProgress = Callable[[int, int], None]

BLOCK = 1536  # rows; the product of two blocks is 9 MB
_STRIP = 512  # rows of a list taken against the rest of it: wastes 1/4 of a triangle of 2000
_SLACK = np.float32(1e-5)  # float32 products of unit rows differ from the exact cosine by less
_MOST_THREADS = 16


def join_all(rows: UnitRows, ids: Ints, *, into: StrongestPairs, on_progress: OnProgress) -> None:
    """Put every pair of the rows `ids` (ascending) that reaches the threshold into `into`."""
    blocks = [ids[start : start + BLOCK] for start in range(0, len(ids), BLOCK)]
    tasks = [(i, j) for i in range(len(blocks)) for j in range(i, len(blocks))]
    done = 0

    def work(task: tuple[int, int]) -> Pairs:
        i, j = task
        return _close_pairs(rows, blocks[i], blocks[j], known=into, same=i == j)

    def then(pairs: Pairs) -> None:
        nonlocal done
        done += 1
        into.add(*pairs)
        on_progress(len(ids) * done // len(tasks), len(ids))

    for_each(work, tasks, then=then)


def join_within(
    rows: UnitRows,
    lists: Iterable[list[Ints]],
    *,
    into: StrongestPairs,
    then: Callable[[int], None],
) -> None:
    """Put every pair that reaches the threshold and shares a list into `into`.

    Each task is a handful of lists of rows (ascending); `then` is told its products.
    """

    def work(task: list[Ints]) -> tuple[list[Pairs], int]:
        return [
            _close_pairs(rows, ids[start : start + _STRIP], ids[start:], known=into, same=True)
            for ids in task
            for start in range(0, len(ids), _STRIP)
        ], sum(len(ids) ** 2 for ids in task)

    def collect(found: tuple[list[Pairs], int]) -> None:
        for pairs in found[0]:
            into.add(*pairs)
        then(found[1])

    for_each(work, lists, then=collect)


def _close_pairs(
    rows: UnitRows, left: Ints, right: Ints, *, known: StrongestPairs, same: bool
) -> Pairs:
    """Return the pairs (left, right) worth keeping; `same`: `right` begins with `left`."""
    a = rows.block(left)
    b = rows.block(right)
    product = a @ b.T
    close = product >= known.threshold - _SLACK
    if known.crowded and np.count_nonzero(close) * 16 > close.size:
        close &= product >= np.minimum.outer(known.limits[left], known.limits[right]) - _SLACK
    at = np.flatnonzero(close)
    i, j = np.divmod(at, len(right))
    if same:
        upper = i < j
        i, j = i[upper], j[upper]
    first, second = left[i], right[j]
    similarity = rows.similarity(first, second)
    strong = similarity >= np.minimum(known.limits[first], known.limits[second])
    return first[strong], second[strong], similarity[strong]


def for_each(
    work: Callable[[Task], Found], tasks: Iterable[Task], *, then: Callable[[Found], None]
) -> None:
    """Do `work` in threads and hand on what it found in the order of the tasks.

    Only a few results wait at a time. An exception, Ctrl-C among them, passes through as soon
    as the blocks in hand are done.
    """
    workers = min(_cores(), _MOST_THREADS)
    waiting: deque[Future[Found]] = deque()
    with threadpool_limits(limits=1), ThreadPoolExecutor(workers) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(work, task))
                if len(waiting) > 2 * workers:
                    then(waiting.popleft().result())
            while waiting:
                then(waiting.popleft().result())
        finally:
            for future in waiting:
                future.cancel()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: what this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
