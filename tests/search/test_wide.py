"""Wide candidates against a slow search that spells out what is promised."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.records import Candidates, Halves
from copyfind.search import wide
from copyfind.search.wide import wide_candidates


@pytest.fixture(scope="module")
def regions() -> Halves:
    """(60, 3, 8) unit rows."""
    rows = np.random.default_rng(0).normal(size=(60, 3, 8))
    unit: Halves = (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float16)
    return unit


def alike(regions: Halves, a: int, b: int, *, parts_of_both: bool) -> float:
    one, other = regions[a].astype(np.float32), regions[b].astype(np.float32)
    if parts_of_both:
        return float((one @ other.T).max())
    return float(max((one @ other[0]).max(), (other @ one[0]).max()))


def slowly(regions: Halves, *, k: int, parts_of_both: bool, asked: range) -> set[tuple[int, int]]:
    pairs = set()
    for a in asked:
        others = [b for b in range(len(regions)) if b != a]
        others.sort(key=lambda b: -alike(regions, a, b, parts_of_both=parts_of_both))
        pairs |= {(min(a, b), max(a, b)) for b in others[:k]}
    return pairs


def as_set(found: Candidates) -> set[tuple[int, int]]:
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


@pytest.mark.parametrize("parts_of_both", [False, True])
@pytest.mark.parametrize("at_once", [1_000, 1_000_000])
def test_every_picture_has_its_best(
    regions: Halves, *, parts_of_both: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "_CELLS", at_once)

    found = wide_candidates(regions, k=4, parts_of_both=parts_of_both)

    assert as_set(found) == slowly(regions, k=4, parts_of_both=parts_of_both, asked=range(60))
    expected = [
        alike(regions, a, b, parts_of_both=parts_of_both)
        for a, b in zip(found.first.tolist(), found.second.tolist(), strict=True)
    ]
    np.testing.assert_allclose(found.similarity, expected, atol=2e-5)


def test_each_pair_comes_once_the_lower_row_first(regions: Halves) -> None:
    found = wide_candidates(regions, k=4)

    assert (found.first < found.second).all()
    assert (np.diff(found.first * 60 + found.second) > 0).all()


def test_only_new_pictures_ask(regions: Halves) -> None:
    new = np.arange(60) >= 50

    found = wide_candidates(regions, k=3, new=new)

    assert as_set(found) == slowly(regions, k=3, parts_of_both=True, asked=range(50, 60))


def test_nothing_below_the_floor_is_kept(regions: Halves) -> None:
    low, high = (wide_candidates(regions, k=4, floor=floor) for floor in (-1.0, 0.9))

    assert as_set(high) == {
        pair
        for pair, similarity in zip(sorted(as_set(low)), low.similarity, strict=True)
        if similarity >= np.float32(0.9)
    }


def test_among_equals_the_lower_row_comes_first() -> None:
    blanks = np.full((9, 2, 4), 0.5, np.float16)

    found = wide_candidates(blanks, k=2)

    assert as_set(found) == {(0, 1), (0, 2), (1, 2), *((0, n) for n in range(3, 9))} | {
        (1, n) for n in range(3, 9)
    }


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pictures_have_no_candidates(count: int) -> None:
    assert len(wide_candidates(np.ones((count, 2, 4), np.float16), k=3).first) == 0
