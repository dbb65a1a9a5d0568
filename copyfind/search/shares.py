"""Shares of a join: some lists, and the rows that stand in them, all that one task needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from copyfind.records import Candidates, Ints
from copyfind.search.join import join_within
from copyfind.search.lists import Members
from copyfind.search.rows import Stored, unit_rows
from copyfind.search.strongest import StrongestPairs

_IN_A_TURN = 4096  # rows in lists that a thread goes through at a time


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Rows that meet in some lists."""

    ids: Ints  # (n,) what the rows are called elsewhere, ascending
    stored: Stored  # (n, D)
    lists: Sequence[Ints]  # places of rows, ascending in each


def share_of(stored: Callable[[Ints], Stored], ids: Ints, lists: Sequence[Members]) -> Share:
    """The share that joins some lists of places in `ids` (M,). stored: gives the rows (n, D) of
    some of the ids, ascending."""
    places, local = np.unique(np.concatenate(lists), return_inverse=True)
    numbers = np.asarray(ids[places], np.int64)
    ends = np.cumsum([len(one) for one in lists])
    return Share(numbers, stored(numbers), np.split(local.astype(np.int64), ends[:-1]))


def join_share(
    share: Share, *, threshold: float, strongest: int, threads: int | None = None
) -> Candidates:
    """The pairs of rows that share a list and reach the threshold, by their ids, in order.

    As many of a row as of `StrongestPairs`: what all shares found together, weeded out in the same
    way, is what one search would have kept.
    """
    pairs = StrongestPairs(size=len(share.ids), threshold=threshold, strongest=strongest)
    join_within(
        unit_rows(share.stored),
        _turns(share.lists),
        into=pairs,
        then=lambda _: None,
        threads=threads,
    )
    found = pairs.candidates()
    return Candidates(share.ids[found.first], share.ids[found.second], found.similarity)


def lists_of_all(size: int, *, most: int) -> tuple[Members, Ints]:
    """Lists in which every two of `size` rows meet, each of `most` rows or fewer: the rows of all
    lists one after the other, and where each list ends.

    Every two of the blocks that the rows are cut into are a list, so most rows are compared twice
    where there is more than one; for where overlapping lists by centres gain nothing.
    """
    if size <= most:
        return np.arange(size, dtype=np.uint32), np.array([size])
    block = max(most // 2, 1)
    blocks = [
        np.arange(start, min(start + block, size), dtype=np.uint32)
        for start in range(0, size, block)
    ]
    lists = [
        np.concatenate([blocks[i], blocks[j]])
        for i in range(len(blocks))
        for j in range(i + 1, len(blocks))
    ]
    return np.concatenate(lists), np.cumsum([len(one) for one in lists])


def _turns(lists: Sequence[Ints]) -> Sequence[list[Ints]]:
    """Some small lists or one large one at a time."""
    turns: list[list[Ints]] = [[]]
    for one in lists:
        if sum(map(len, turns[-1])) >= _IN_A_TURN:
            turns.append([])
        turns[-1].append(one)
    return turns
