"""Find the close pairs among rows by matrix products, a block of rows against a block.

One BLAS thread in each of a few Python threads: the comparisons run in parallel too, and no
thread waits for another's share of one product (1.7 times faster on two cores).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from copyfind.cores import usable_cores
from copyfind.records import Bools, Floats, Ints
from copyfind.search.rows import UnitRows, cosines
from copyfind.search.strongest import StrongestPairs
from copyfind.watch import UNCOUNTED, Count

Task = TypeVar("Task")
Found = TypeVar("Found")
Pairs = tuple[Ints, Ints, Floats]  # first < second, (P,) each, and their cosines

_BLOCK = 1536  # rows; the product of two blocks is 9 MB
_BLOCKS_IN_A_TASK = 8
_STRIP = 512  # rows of a list taken against the rest of it: wastes 1/4 of a triangle of 2000
_LONG_LIST = 4608  # rows of a list in memory at a time; the product of a strip is 9 MB
SLACK = np.float32(1e-5)  # float32 products of unit rows differ from the exact cosine by less
_MOST_THREADS = 16

_of_thread = threading.local()


def join_all(rows: UnitRows, ids: Ints, *, into: StrongestPairs, count: Count) -> None:
    """Put every pair of the rows `ids` (ascending) that reaches the threshold into `into`."""
    blocks = [ids[start : start + _BLOCK] for start in range(0, len(ids), _BLOCK)]
    tasks = [
        (i, range(j, min(j + _BLOCKS_IN_A_TASK, len(blocks))))
        for i in range(len(blocks))
        for j in range(i, len(blocks), _BLOCKS_IN_A_TASK)
    ]
    done, all_blocks = 0, len(blocks) * (len(blocks) + 1) // 2

    def work(task: tuple[int, range]) -> list[Pairs]:
        i, others = task
        left = blocks[i], rows.block(blocks[i])
        return [
            _close_pairs(*left, blocks[j], rows.block(blocks[j]), known=into, same=i == j)
            for j in others
        ]

    def then(found: list[Pairs]) -> None:
        nonlocal done
        done += len(found)
        for pairs in found:
            into.add(*pairs)
        count.show(len(ids) * done // all_blocks, len(ids))

    for_each(work, tasks, then=then)


def join_new(rows: UnitRows, ids: Ints, new: Bools, *, into: StrongestPairs, count: Count) -> None:
    """Put every pair of the rows `ids` (ascending) that reaches the threshold, and has one that is
    new (N,), into `into`."""
    asking, others = ids[new], ids[~new]
    tasks = [
        (asking[start : start + _BLOCK], others[begin : begin + _BLOCK])
        for start in range(0, len(asking), _BLOCK)
        for begin in range(0, len(others), _BLOCK)
    ]
    done = 0

    def work(task: tuple[Ints, Ints]) -> Pairs:
        left, right = task
        return _close_pairs(
            left, rows.block(left), right, rows.block(right), known=into, same=False
        )

    def then(found: Pairs) -> None:
        nonlocal done
        done += 1
        one, other, similarity = found
        into.add(np.minimum(one, other), np.maximum(one, other), similarity)
        count.show(len(ids) * done // len(tasks), len(ids))

    join_all(rows, asking, into=into, count=UNCOUNTED)
    for_each(work, tasks, then=then)


def join_within(
    rows: UnitRows,
    lists: Iterable[list[Ints]],
    *,
    into: StrongestPairs,
    then: Callable[[int], None],
    threads: int | None = None,
) -> None:
    """Put every pair that reaches the threshold and shares a list into `into`.

    Each task is a handful of lists of rows (ascending); `then` is told the sum of their squares.
    """

    def work(task: list[Ints]) -> tuple[list[Pairs], int]:
        found = [pairs for ids in task for pairs in _join_list(rows, ids, known=into)]
        return found, sum(len(ids) ** 2 for ids in task)

    def collect(found: tuple[list[Pairs], int]) -> None:
        for pairs in found[0]:
            into.add(*pairs)
        then(found[1])

    for_each(work, lists, then=collect, threads=threads)


def _join_list(rows: UnitRows, ids: Ints, *, known: StrongestPairs) -> Iterator[Pairs]:
    for start in range(0, len(ids), _LONG_LIST):
        right = ids[start : start + _LONG_LIST]
        vectors = rows.block(right)
        for begin in range(0, start, _STRIP):  # rows of earlier parts of a very long list
            left = ids[begin : begin + _STRIP]
            yield _close_pairs(left, rows.block(left), right, vectors, known=known, same=False)
        for begin in range(0, len(right), _STRIP):
            left = right[begin : begin + _STRIP]
            a, b = vectors[begin : begin + _STRIP], vectors[begin:]
            yield _close_pairs(left, a, right[begin:], b, known=known, same=True)


def _close_pairs(
    left: Ints, a: Floats, right: Ints, b: Floats, *, known: StrongestPairs, same: bool
) -> Pairs:
    """Return the pairs (left, right) worth keeping, given the rows and their vectors.

    `same`: `right` begins with `left`, and only pairs within its upper triangle count.
    """
    product = np.matmul(a, b.T, out=_scratch(len(a), len(b)))
    close = product >= known.threshold - SLACK
    if known.crowded and np.count_nonzero(close) * 16 > close.size:
        close &= product >= np.minimum.outer(known.limits[left], known.limits[right]) - SLACK
    i, j = np.divmod(np.flatnonzero(close), len(right))
    if same:
        upper = i < j
        i, j = i[upper], j[upper]
    first, second = left[i], right[j]
    if known.crowded:
        limits = np.minimum(known.limits[first], known.limits[second])
        promising = product[i, j] >= limits - SLACK
        i, j, first, second = i[promising], j[promising], first[promising], second[promising]
    similarity = cosines(a, i, b, j)
    strong = similarity >= known.threshold
    return first[strong], second[strong], similarity[strong]


def _scratch(height: int, width: int) -> Floats:
    """Return a matrix of this thread to overwrite: a fresh one costs a page fault every 4 KB."""
    cells: Floats | None = getattr(_of_thread, "cells", None)
    if cells is None or len(cells) < height * width:
        cells = _of_thread.cells = np.empty(max(height * width, _STRIP * _LONG_LIST), np.float32)
    return cells[: height * width].reshape(height, width)


def for_each(
    work: Callable[[Task], Found],
    tasks: Iterable[Task],
    *,
    then: Callable[[Found], None],
    threads: int | None = None,
) -> None:
    """Do `work` in threads, one a core by default, and hand on what it found in the order of the
    tasks.

    Only a few results wait at a time. An exception, Ctrl-C among them, passes through as soon
    as the blocks in hand are done.
    """
    workers = threads or min(usable_cores(), _MOST_THREADS)
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
