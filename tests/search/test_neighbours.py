"""The closest of each picture, against a list that is sorted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.records import Floats, Ints
from copyfind.search.neighbours import STRANGER, closest, neighbours

Met = tuple[Ints, Ints, Floats]


def met(*triples: tuple[int, int, float]) -> Met:
    of, other, closeness = zip(*triples, strict=True)
    return np.array(of), np.array(other), np.array(closeness, np.float32)


def test_of_equals_the_lower_row_is_closer() -> None:
    of, other, closeness = closest(*met((0, 3, 0.5), (0, 2, 0.5), (0, 1, 0.4), (1, 9, 0.1)), k=2)

    assert of.tolist() == [0, 0, 1]
    assert other.tolist() == [2, 3, 9]
    assert closeness.tolist() == pytest.approx([0.5, 0.5, 0.1])


def test_a_pair_met_twice_is_as_close_as_at_best() -> None:
    _, other, closeness = closest(*met((0, 1, 0.2), (0, 2, 0.5), (0, 1, 0.9)), k=2)

    assert other.tolist() == [1, 2]
    assert closeness.tolist() == pytest.approx([0.9, 0.5])


def test_two_that_asked_for_each_other_are_one_pair() -> None:
    found = neighbours(*met((4, 1, 0.3), (1, 4, 0.7), (2, 1, 0.1)), k=3, asked=3).pairs

    assert found.first.tolist() == [1, 1]
    assert found.second.tolist() == [2, 4]
    assert found.similarity.tolist() == pytest.approx([0.1, 0.7])


def test_half_of_those_who_asked_have_a_stranger_above_the_level() -> None:
    crowd = [(row, 100 + n, row / 10 + n / 1000) for row in range(5) for n in range(STRANGER)]

    found = neighbours(*met(*crowd), k=STRANGER, asked=5)

    assert found.level == pytest.approx(0.2)
    assert neighbours(*met(*crowd), k=STRANGER, asked=11).level == 0  # most met fewer


def test_nobody_met_anybody() -> None:
    none = np.empty(0, np.int64)

    found = neighbours(none, none, np.empty(0, np.float32), k=STRANGER, asked=0)

    assert len(found.pairs.first) == 0
    assert found.level == 0
