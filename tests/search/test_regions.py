"""Descriptors of regions come for the rows asked for."""

from __future__ import annotations

import numpy as np

from copyfind.records import Halves, Ints
from copyfind.search.regions import Regions, in_memory, wholes_alone

ROWS: Halves = np.arange(24, dtype=np.float16).reshape(4, 3, 2)


def test_the_whole_is_the_first_region() -> None:
    regions = in_memory(ROWS)

    assert len(regions) == 4
    np.testing.assert_array_equal(regions.of(np.array([1, 3]))[:, 0], regions.wholes[[1, 3]])
    np.testing.assert_array_equal(regions.of(np.array([2]))[0], ROWS[2])


def test_a_whole_may_be_all_there_is() -> None:
    np.testing.assert_array_equal(wholes_alone(ROWS[:, 0]).of(np.array([0, 2])), ROWS[[0, 2], :1])


def test_nothing_is_read_for_no_rows() -> None:
    def never(rows: Ints) -> Halves:
        raise AssertionError(rows)

    regions = Regions(ROWS[:, 0], never)

    assert regions.of(np.empty(0, np.int64)).shape == (0, 1, 2)
