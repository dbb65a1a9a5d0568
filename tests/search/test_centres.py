"""How lists are chosen and named."""

from __future__ import annotations

import numpy as np

from copyfind.search.centres import Ranking
from tests.search.collections import isotropic


def test_lists_have_no_end_at_what_sixteen_bits_name() -> None:
    centres = np.column_stack([isotropic(70_000, 8), np.zeros(70_000, np.float32)])

    nearest = Ranking(centres)(centres[[3, 66_000, 69_999], :8], 2)

    assert nearest[:, 0].tolist() == [3, 66_000, 69_999]


def test_a_centre_in_a_crowd_draws_only_those_that_exceed_its_level() -> None:
    centres = np.array([[1, 0, -0.9], [0, 1, -0.1]], np.float32)

    nearest = Ranking(centres)(np.array([[0.8, 0.6], [1, 0]], np.float32), 1)

    assert nearest.tolist() == [[1], [0]]
