"""Wide candidates against a slow search that spells out what is promised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from copyfind.records import Candidates, Halves, Ints
from copyfind.search import wide
from copyfind.search.neighbours import STRANGER
from copyfind.search.regions import in_memory
from copyfind.search.wide import wide_candidates


@pytest.fixture(scope="module")
def regions() -> Halves:
    """(60, 3, 8) unit rows."""
    rows = np.random.default_rng(0).normal(size=(60, 3, 8))
    unit: Halves = (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float16)
    return unit


def asked(regions: Halves, a: int, b: int, *, parts_of_both: bool) -> float:
    one, other = regions[a].astype(np.float32), regions[b].astype(np.float32)
    return float((one @ (other if parts_of_both else other[:1]).T).max())


def slowly(
    regions: Halves, *, k: int, parts_of_both: bool, asking: range
) -> dict[tuple[int, int], float]:
    pairs: dict[tuple[int, int], float] = {}
    for a in asking:
        met = {
            b: asked(regions, a, b, parts_of_both=parts_of_both)
            for b in range(len(regions))
            if b != a
        }
        for b in sorted(met, key=lambda b: -met[b])[:k]:
            pair = min(a, b), max(a, b)
            pairs[pair] = max(pairs.get(pair, -1.0), met[b])
    return pairs


def as_list(found: Candidates) -> list[tuple[int, int]]:
    return list(zip(found.first.tolist(), found.second.tolist(), strict=True))


def as_set(found: Candidates) -> set[tuple[int, int]]:
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


@pytest.mark.parametrize("parts_of_both", [False, True])
@pytest.mark.parametrize("at_once", [1_000, 1_000_000])
def test_every_picture_has_its_best(
    regions: Halves, *, parts_of_both: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "_CELLS", at_once)

    found = wide_candidates(in_memory(regions), k=4, parts_of_both=parts_of_both).pairs

    expected = slowly(regions, k=4, parts_of_both=parts_of_both, asking=range(60))
    assert as_set(found) == set(expected)
    assert (np.diff(found.first * 60 + found.second) > 0).all()
    np.testing.assert_allclose(
        found.similarity, [expected[pair] for pair in sorted(expected)], atol=2e-5
    )


def test_only_new_pictures_ask(regions: Halves) -> None:
    new = np.arange(60) >= 50

    found = wide_candidates(in_memory(regions), k=3, parts_of_both=True, new=new).pairs

    assert as_set(found) == set(slowly(regions, k=3, parts_of_both=True, asking=range(50, 60)))


def test_a_new_picture_is_met_by_the_windows_of_others(regions: Halves) -> None:
    """An old picture shows the new one in its second window."""
    one = regions.copy()
    one[17, 2] = one[59, 0]

    found = wide_candidates(in_memory(one), k=2, parts_of_both=False, new=np.arange(60) == 59).pairs

    assert all(59 in pair for pair in as_set(found))
    assert len(found.first) == 2
    assert found.similarity[as_list(found).index((17, 59))] == pytest.approx(1, abs=1e-3)


def test_the_windows_of_all_are_read_some_at_a_time(
    regions: Halves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "_PICTURES", 7)
    read: list[int] = []
    source = in_memory(regions)

    def reading(rows: Ints) -> Halves:
        read.append(len(rows))
        return source.read(rows)

    found = wide_candidates(replace(source, read=reading), k=4, parts_of_both=False).pairs

    assert max(read) == 7
    assert as_set(found) == set(slowly(regions, k=4, parts_of_both=False, asking=range(60)))


def test_the_level_of_strangers_is_told_by_a_distant_neighbour(regions: Halves) -> None:
    found = wide_candidates(in_memory(regions[:, :1]), k=STRANGER, parts_of_both=False)

    cosines = regions[:, 0].astype(np.float32) @ regions[:, 0].astype(np.float32).T
    np.fill_diagonal(cosines, -1)
    ranked = np.sort(cosines, axis=1)[:, ::-1]
    assert found.level == pytest.approx(np.median(ranked[:, STRANGER - 1]), abs=1e-4)


def test_among_equals_the_lower_row_comes_first() -> None:
    blanks = np.full((9, 2, 4), 0.5, np.float16)

    found = wide_candidates(in_memory(blanks), k=2, parts_of_both=True).pairs

    assert as_set(found) == {(0, 1), (0, 2), (1, 2), *((0, n) for n in range(3, 9))} | {
        (1, n) for n in range(3, 9)
    }


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pictures_have_no_candidates(count: int) -> None:
    nothing = in_memory(np.ones((count, 2, 4), np.float16))

    assert len(wide_candidates(nothing, k=3, parts_of_both=True).pairs.first) == 0
