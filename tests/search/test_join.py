"""Blocks of rows against blocks: every close pair, in threads, in one order."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from copyfind.records import Candidates, Floats, Ints
from copyfind.search import join
from copyfind.search.join import for_each, join_all, join_within
from copyfind.search.rows import unit_rows
from copyfind.search.strongest import StrongestPairs
from copyfind.watch import UNCOUNTED
from tests.search.collections import as_set, isotropic, naive_cosines, with_copies

ROWS, PLANTED = with_copies(isotropic(4000, 32), count=300, threshold=0.8)  # more than two blocks


def collector(*, strongest: int = 1000) -> StrongestPairs:
    return StrongestPairs(size=len(ROWS), threshold=0.8, strongest=strongest)


def all_close(ids: Ints, rows: Floats = ROWS) -> set[tuple[int, int]]:
    cosines = naive_cosines(rows)
    first, second = np.nonzero(np.triu(cosines >= 0.8, 1))
    among = np.isin(first, ids) & np.isin(second, ids)
    return set(zip(first[among].tolist(), second[among].tolist(), strict=True))


@pytest.mark.parametrize("ids", [np.arange(4000), np.arange(1, 4000, 3), np.arange(1)])
def test_all_close_pairs_of_the_rows_asked_for_are_found(ids: Ints) -> None:
    pairs = collector()

    join_all(unit_rows(ROWS), ids, into=pairs, count=UNCOUNTED)

    assert as_set(pairs.candidates()) == all_close(ids)


def test_lists_find_the_pairs_that_share_one_and_tell_their_cost() -> None:
    chance = np.random.default_rng(0)
    lists = [np.sort(chance.choice(4000, size, replace=False)) for size in (700, 0, 1, 1900)]
    pairs, told = collector(), list[int]()

    join_within(unit_rows(ROWS), [lists[:2], lists[2:]], into=pairs, then=told.append)

    assert as_set(pairs.candidates()) == all_close(lists[0]) | all_close(lists[3])
    assert told == [700**2, 1 + 1900**2]


def test_a_list_that_is_longer_than_what_is_held_at_once_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(join, "_LONG_LIST", 210)
    monkeypatch.setattr(join, "_STRIP", 70)
    ids = np.arange(0, 4000, 4)
    pairs = collector()

    join_within(unit_rows(ROWS), [[ids]], into=pairs, then=lambda _: None)

    assert as_set(pairs.candidates()) == all_close(ids)


def joined(rows: Floats) -> Candidates:
    pairs = StrongestPairs(size=len(rows), threshold=0.6, strongest=20)
    join_all(unit_rows(rows), np.arange(len(rows)), into=pairs, count=UNCOUNTED)
    return pairs.candidates()


def test_one_thread_finds_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    several = joined(ROWS)
    monkeypatch.setattr(join, "usable_cores", lambda: 1)

    one = joined(ROWS)

    assert one.first.tobytes() == several.first.tobytes()
    assert one.similarity.tobytes() == several.similarity.tobytes()


def test_what_is_found_is_handed_on_in_the_order_of_the_tasks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(join, "usable_cores", lambda: 4)
    second_done = threading.Event()
    handed: list[int] = []

    def work(task: int) -> int:
        if task == 0:
            second_done.wait()  # the first is finished after another
        if task == 1:
            second_done.set()
        return task

    for_each(work, range(100), then=handed.append)

    assert handed == list(range(100))


def failing(at: int) -> Callable[[int], int]:
    def work(task: int) -> int:
        if task == at:
            raise ZeroDivisionError
        return task

    return work


def test_an_error_in_a_thread_ends_the_work() -> None:
    handed: list[int] = []

    with pytest.raises(ZeroDivisionError):
        for_each(failing(5), iter(range(10**9)), then=handed.append)

    assert handed == [0, 1, 2, 3, 4]


def test_whoever_collects_may_end_the_work() -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        for_each(lambda task: task, iter(range(10**9)), then=stop)
