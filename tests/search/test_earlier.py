"""Pairs that an earlier search found: the same pairs in less time, whatever is in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from copyfind.records import Bools, Candidates, Floats, Halves, Ints
from copyfind.search import earlier, pairs
from copyfind.search.join import join_new
from copyfind.search.pairs import find_candidates
from copyfind.search.rows import UnitRows
from tests.search.collections import isotropic, with_copies
from tests.search.damage import WAYS, damage

SIZE, DIM, THRESHOLD = 5_000, 16, 0.8


@pytest.fixture(scope="module")
def rows() -> Floats:
    planted, _ = with_copies(isotropic(SIZE, DIM), count=500, threshold=THRESHOLD)
    return planted.astype(np.float16).astype(np.float32)


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return tmp_path / "pairs.npz"


@pytest.fixture
def nothing_is_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("all rows were compared with all")

    monkeypatch.setattr(pairs, "join_all", refuse)


def search(rows: Floats, known: Path, threshold: float = THRESHOLD) -> Candidates:
    return find_candidates(rows, threshold=threshold, earlier=known)


def assert_equal(found: Candidates, expected: Candidates) -> None:
    np.testing.assert_array_equal(found.first, expected.first)
    np.testing.assert_array_equal(found.second, expected.second)
    np.testing.assert_array_equal(found.similarity, expected.similarity)


def test_what_was_found_is_not_looked_for_again(
    rows: Floats, known: Path, request: pytest.FixtureRequest
) -> None:
    first = search(rows, known)
    request.getfixturevalue("nothing_is_compared_whole")

    assert_equal(search(rows, known), first)


def test_rows_that_came_between_look_for_pairs_among_all(
    rows: Floats, known: Path, request: pytest.FixtureRequest
) -> None:
    expected = find_candidates(rows, threshold=THRESHOLD)
    before = np.sort(np.random.default_rng(1).permutation(SIZE)[: SIZE - 300])
    search(rows[before], known)
    request.getfixturevalue("nothing_is_compared_whole")

    assert_equal(search(rows, known), expected)
    assert_equal(search(rows, known), expected)


def test_rows_that_went_take_their_pairs_along(
    rows: Floats, known: Path, request: pytest.FixtureRequest
) -> None:
    fewer = rows[::-1][: SIZE - 400]  # in another order, too
    expected = find_candidates(fewer, threshold=THRESHOLD)
    search(rows, known)
    request.getfixturevalue("nothing_is_compared_whole")

    assert_equal(search(fewer, known), expected)


def test_equal_rows_are_paired_with_all_that_one_of_them_met(rows: Floats, known: Path) -> None:
    search(rows, known)
    more = np.concatenate([rows, rows[:100]])

    assert_equal(search(more, known), find_candidates(more, threshold=THRESHOLD))


def test_a_lower_threshold_begins_anew(rows: Floats, known: Path) -> None:
    search(rows, known, threshold=0.9)

    assert_equal(search(rows, known), find_candidates(rows, threshold=THRESHOLD))


def test_a_higher_threshold_takes_a_part(
    rows: Floats, known: Path, request: pytest.FixtureRequest
) -> None:
    expected = find_candidates(rows, threshold=0.9)
    search(rows, known)
    request.getfixturevalue("nothing_is_compared_whole")

    assert_equal(search(rows, known, threshold=0.9), expected)


def in_a_crowd(size: int) -> Halves:
    """Strangers, and as many as that which all resemble each other."""
    crowd = isotropic(1, DIM) + 0.1 * isotropic(size, DIM, seed=1)
    return np.concatenate([isotropic(SIZE, DIM, seed=2), crowd]).astype(np.float16)


@pytest.mark.parametrize("then", [20, 10, 200])
def test_what_a_crowd_left_out_is_found_once_the_crowd_is_smaller(
    known: Path, then: int, request: pytest.FixtureRequest
) -> None:
    rows = in_a_crowd(200)
    find_candidates(rows, threshold=THRESHOLD, earlier=known, strongest=20)

    left = rows[:-100]
    expected = find_candidates(left, threshold=THRESHOLD, strongest=then)
    request.getfixturevalue("nothing_is_compared_whole")

    for _ in range(2):
        found = find_candidates(left, threshold=THRESHOLD, earlier=known, strongest=then)
        assert_equal(found, expected)


def test_a_crowd_in_which_rows_come_and_go_is_what_it_would_be_anew(
    known: Path, request: pytest.FixtureRequest
) -> None:
    rows, rng = in_a_crowd(200), np.random.default_rng(3)
    turns = [np.sort(rng.permutation(len(rows))[: len(rows) - 150]) for _ in range(6)]
    anew = [find_candidates(rows[t], threshold=THRESHOLD, strongest=20) for t in turns]
    find_candidates(rows[turns[0]], threshold=THRESHOLD, earlier=known, strongest=20)
    request.getfixturevalue("nothing_is_compared_whole")

    for turn, expected in zip(turns, anew, strict=True):
        found = find_candidates(rows[turn], threshold=THRESHOLD, earlier=known, strongest=20)
        assert_equal(found, expected)


def test_a_crowd_that_nobody_left_is_not_asked_again(
    known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = in_a_crowd(200)
    expected = find_candidates(rows, threshold=THRESHOLD, strongest=20)
    asked: list[int] = []

    def counted(rows: UnitRows, ids: Ints, new: Bools, **more: Any) -> None:
        asked.append(int(new.sum()))
        join_new(rows, ids, new, **more)

    monkeypatch.setattr(pairs, "join_new", counted)
    find_candidates(rows[5:], threshold=THRESHOLD, earlier=known, strongest=20)
    for _ in range(2):
        found = find_candidates(rows, threshold=THRESHOLD, earlier=known, strongest=20)
        assert_equal(found, expected)

    assert asked == [5, 0]


def test_of_too_many_pairs_the_closest_are_kept(
    rows: Floats, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "_KEPT", 100)
    search(rows, known)

    with np.load(known) as stored:
        assert 0 < len(stored["first"]) <= 100
    assert_equal(search(rows, known), find_candidates(rows, threshold=THRESHOLD))


def test_pairs_of_other_rows_are_replaced(rows: Floats, known: Path) -> None:
    search(isotropic(SIZE, DIM, seed=9), known)

    assert_equal(search(rows, known), find_candidates(rows, threshold=THRESHOLD))


@pytest.mark.parametrize("how", WAYS)
def test_a_damaged_file_is_ignored(rows: Floats, known: Path, how: str) -> None:
    search(rows, known)
    damage(known, how, lost=900 / known.stat().st_size)  # the directory of the archive

    assert_equal(search(rows, known), find_candidates(rows, threshold=THRESHOLD))


def test_few_rows_leave_nothing_behind(rows: Floats, known: Path) -> None:
    search(rows[:1000], known)

    assert not known.exists()
