"""Least squares that what fits badly does not decide."""

import numpy as np
import pytest

from copyfind.evidence.fitting import reweighted
from copyfind.records import Doubles


def near_counts(rest: Doubles) -> Doubles:
    return np.asarray(1 / (1 + (rest**2).sum(axis=1)), np.float64)


@pytest.mark.parametrize("wrong", [0, 5, 30])
def test_a_line_is_found_whatever_a_part_of_the_rows_say(wrong: int) -> None:
    x = np.linspace(-1, 1, 200)
    wanted = np.stack([3 * x + 1, -x], axis=1)
    wanted[:wrong] = 50
    fitted = reweighted(np.stack([x, np.ones(200)], axis=1), wanted, near_counts, rounds=20)
    np.testing.assert_allclose(fitted, [[3, -1], [1, 0]], atol=0.1)


def test_without_a_second_round_all_rows_count() -> None:
    wanted = np.zeros((100, 1))
    wanted[:10] = 50
    assert reweighted(np.ones((100, 1)), wanted, near_counts, rounds=1)[0, 0] == pytest.approx(
        5, abs=0.01
    )
    assert abs(reweighted(np.ones((100, 1)), wanted, near_counts, rounds=9)[0, 0]) < 0.1
