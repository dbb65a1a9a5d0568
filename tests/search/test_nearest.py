"""The rows nearest to a query."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copyfind.search.nearest import nearest
from tests.search.collections import isotropic


@settings(deadline=None, max_examples=50)
@given(
    size=st.integers(1, 40),
    asked=st.integers(0, 5),
    k=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_come_by_similarity_then_row(size: int, asked: int, k: int, seed: int) -> None:
    rows = np.sign(isotropic(size, 4, seed=seed))  # lengths and cosines exact: many ties
    queries = np.sign(isotropic(asked, 4, seed=seed + 1))
    cosines = queries @ rows.T / 4
    expected = np.argsort(-cosines, axis=1, kind="stable")[:, :k]

    found, similarity = nearest(rows, queries, k=k)

    np.testing.assert_array_equal(found[:, : expected.shape[1]], expected)
    np.testing.assert_array_equal(
        similarity[:, : expected.shape[1]], np.take_along_axis(cosines, expected, axis=1)
    )


def test_missing_neighbours_are_minus_one() -> None:
    found, similarity = nearest(isotropic(2, 16), isotropic(3, 16, seed=1), k=4)

    assert [found.dtype, similarity.dtype] == ["i8", "f4"]
    assert (found[:, 2:] == -1).all()
    assert (similarity[:, 2:] == -np.inf).all()
    assert (found[:, :2] >= 0).all()


def test_no_rows_and_no_queries_are_fine() -> None:
    assert (nearest(isotropic(0, 16), isotropic(2, 16), k=3)[0] == -1).all()
    assert nearest(isotropic(5, 16), isotropic(0, 16), k=3)[0].shape == (0, 3)


def test_many_blocks_agree_with_one_sort() -> None:
    rows = isotropic(20_000, 32).astype(np.float16)
    queries = isotropic(300, 32, seed=1)
    cosines = queries @ rows.astype(np.float32).T

    found, similarity = nearest(rows, queries, k=10)

    best = -np.sort(-cosines, axis=1)[:, :10]
    np.testing.assert_allclose(similarity, best, atol=1e-3)  # float16 rows: lengths not quite 1
    assert (np.diff(similarity, axis=1) <= 0).all()
    assert all(len(set(row)) == 10 for row in found.tolist())


def test_equal_rows_in_several_blocks_come_in_order() -> None:
    rows = isotropic(1, 16).repeat(10_000, axis=0)

    found, _ = nearest(rows, rows[:1], k=100)

    assert found[0].tolist() == list(range(100))


@pytest.mark.parametrize(("k", "dim"), [(0, 16), (1, 8)])
def test_a_wrong_question_is_refused(k: int, dim: int) -> None:
    with pytest.raises(ValueError, match="k must be 1 or more"):
        nearest(isotropic(5, 16), isotropic(1, dim), k=k)
