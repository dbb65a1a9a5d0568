"""Wide candidates against a slow search that spells out what is promised."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.records import Halves
from copyfind.search.neighbours import STRANGER
from copyfind.search.wide import wide_candidates
from tests.search.collections import as_set, isotropic, naive_cosines


@pytest.fixture(scope="module")
def wholes() -> Halves:
    """(60, 8) unit rows."""
    return isotropic(60, 8).astype(np.float16)


def slowly(wholes: Halves, *, k: int, asking: range) -> dict[tuple[int, int], float]:
    cosines = naive_cosines(wholes.astype(np.float32))
    pairs: dict[tuple[int, int], float] = {}
    for a in asking:
        others = [b for b in range(len(wholes)) if b != a]
        for b in sorted(others, key=lambda b: -cosines[a, b])[:k]:
            pairs[min(a, b), max(a, b)] = float(cosines[a, b])
    return pairs


def test_every_picture_has_its_best(wholes: Halves) -> None:
    found = wide_candidates(wholes, k=4).pairs

    expected = slowly(wholes, k=4, asking=range(60))
    assert as_set(found) == set(expected)
    assert (np.diff(found.first * 60 + found.second) > 0).all()
    np.testing.assert_allclose(
        found.similarity, [expected[pair] for pair in sorted(expected)], atol=1e-5
    )


def test_only_new_pictures_ask(wholes: Halves) -> None:
    found = wide_candidates(wholes, k=3, new=np.arange(60) >= 50).pairs

    assert as_set(found) == set(slowly(wholes, k=3, asking=range(50, 60)))


def test_the_level_of_strangers_is_told_by_a_distant_neighbour(wholes: Halves) -> None:
    found = wide_candidates(wholes, k=STRANGER)

    cosines = naive_cosines(wholes.astype(np.float32))
    np.fill_diagonal(cosines, -1)
    ranked = np.sort(cosines, axis=1)[:, ::-1]
    assert found.level == pytest.approx(np.median(ranked[:, STRANGER - 1]), abs=1e-5)


def test_among_equals_the_lower_row_comes_first() -> None:
    blanks = np.full((9, 4), 0.5, np.float16)

    found = wide_candidates(blanks, k=2).pairs

    assert as_set(found) == {(0, 1), (0, 2), (1, 2), *((0, n) for n in range(3, 9))} | {
        (1, n) for n in range(3, 9)
    }


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pictures_have_no_candidates(count: int) -> None:
    assert len(wide_candidates(np.ones((count, 4), np.float16), k=3).pairs.first) == 0
