"""The closest of each picture, against a list that is sorted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.records import Candidates
from copyfind.search.neighbours import (
    OTHER,
    STRANGER,
    Neighbours,
    least_of_both,
    most_of_both,
    neighbours,
    own_of,
)


def paired(*met: tuple[int, list[tuple[int, float]]]) -> Neighbours:
    """Each who asked, with those met, the closest first."""
    width = max(len(others) for _, others in met)
    filled = [(others + [(-1, 0.0)] * width)[:width] for _, others in met]
    rows, closeness = np.moveaxis(np.array(filled), 2, 0)
    asking = np.array([row for row, _ in met])
    return neighbours(asking, rows.astype(np.int32), closeness.astype(np.float32), size=1000)


def test_two_that_asked_for_each_other_are_one_pair() -> None:
    found = paired((1, [(4, 0.7)]), (2, [(1, 0.1)]), (4, [(1, 0.3), (999, 0.2)])).pairs

    assert found.first.tolist() == [1, 1, 4]
    assert found.second.tolist() == [2, 4, 999]
    assert found.similarity.tolist() == pytest.approx([0.1, 0.7, 0.2])


def test_half_of_those_who_asked_have_a_stranger_above_the_level() -> None:
    crowd = [
        (row, [(100 + n, row / 10 - n / 1000) for n in range(STRANGER)]) for row in range(1, 6)
    ]
    alone: list[tuple[int, list[tuple[int, float]]]] = [(row, [(1, 0.5)]) for row in range(10, 16)]

    assert paired(*crowd).level == pytest.approx(0.3 - (STRANGER - 1) / 1000)
    assert paired(*crowd, *alone).level == 0  # most met fewer


def test_each_who_asked_tells_what_others_reach() -> None:
    many = [(100 + n, 0.5 - n / 100) for n in range(STRANGER)]

    found = paired((3, many), (5, [(7, 0.4)]))

    assert found.own[3] == pytest.approx(0.5 - (OTHER - 1) / 100)
    assert found.own[5] == 0
    assert np.isinf(found.own[7])


def test_nobody_met_anybody() -> None:
    none = np.empty((0, STRANGER))

    found = neighbours(np.empty(0, np.int64), none.astype(int), none.astype(np.float32), size=0)

    assert len(found.pairs.first) == 0
    assert found.level == 0


def test_what_each_reaches_is_told_by_its_pairs_or_by_the_level_where_it_has_few() -> None:
    rng = np.random.default_rng(2)
    first, second = np.triu_indices(OTHER + 4, 1)
    cosines = rng.uniform(0.47, 1, len(first)).astype(np.float32)
    beside = Candidates(np.append(first, 20), np.append(second, 21), np.append(cosines, 0.9))

    own = own_of(beside, size=23, level=0.4)

    of_each = [np.sort(cosines[(first == n) | (second == n)])[-OTHER] for n in range(OTHER + 4)]
    np.testing.assert_array_equal(own[: OTHER + 4], np.array(of_each, np.float32))
    assert own[20:] == pytest.approx(0.4)
    assert len(own) == 23


def test_of_two_who_asked_the_lower_and_the_higher_are_told_of_others_the_one_that_asked() -> None:
    own = np.array([0.3, 0.5, np.inf], np.float32)

    pairs = np.array([0, 0, 1]), np.array([1, 2, 2])

    assert least_of_both(own, *pairs) == pytest.approx([0.3, 0.3, 0.5])
    assert most_of_both(own, *pairs) == pytest.approx([0.5, 0.3, 0.5])
