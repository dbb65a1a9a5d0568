"""One search for all who want close pairs."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.pipeline.meeting import Looks, Met, meet
from copyfind.records import Effort, Halves
from copyfind.search import prospects
from copyfind.search.pairs import find_candidates
from copyfind.search.prospects import REACH, find_prospects
from copyfind.search.wide import wide_candidates
from copyfind.watch import UNCOUNTED
from tests.search.collections import as_set, isotropic, with_copies

SIZE, THRESHOLD = 1500, 0.7


@pytest.fixture(scope="module")
def rows() -> Halves:
    """A third of them resemble another."""
    planted, _ = with_copies(isotropic(SIZE, 64), count=SIZE // 3, threshold=0.5)
    return planted.astype(np.float16)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that not all are compared with all."""
    monkeypatch.setattr(prospects, "WIDE_UP_TO", 500)


def looks(*, taking: int = SIZE, new_from: int = 0) -> Looks:
    return Looks(Effort.NORMAL, np.arange(taking), np.arange(taking) >= new_from)


def met(rows: Halves, who: Looks | None) -> Met:
    return meet(rows, threshold=THRESHOLD, looks=who, cache=None, earlier=None, count=UNCOUNTED)


def test_few_are_compared_with_all_later(rows: Halves) -> None:
    found = met(rows, looks())

    assert found.near is None
    assert as_set(found.alike) == as_set(find_candidates(rows, threshold=THRESHOLD))


@pytest.mark.usefixtures("many")
def test_of_many_one_search_finds_what_is_alike_and_what_is_near(rows: Halves) -> None:
    found = met(rows, looks())

    assert as_set(found.alike) == as_set(find_candidates(rows, threshold=THRESHOLD))
    wide = wide_candidates(rows, k=REACH["normal"].each).pairs
    far = wide.similarity >= 0.47
    assert found.near is not None
    near = as_set(found.near.pairs)
    assert len(near) > len(found.alike.first)
    assert near == set(zip(wide.first[far].tolist(), wide.second[far].tolist(), strict=True))


@pytest.mark.usefixtures("many")
def test_what_is_near_has_someone_new_and_two_who_take_part(rows: Halves) -> None:
    everyone, some = met(rows, looks()), met(rows, looks(taking=1200, new_from=500))

    assert some.near is not None
    assert everyone.near is not None
    expected = {(a, b) for a, b in as_set(everyone.near.pairs) if b < 1200 and b >= 500}
    assert as_set(some.near.pairs) == expected
    assert as_set(some.alike) == as_set(everyone.alike)


@pytest.mark.usefixtures("many")
def test_a_few_new_ones_among_many_ask_all(rows: Halves) -> None:
    assert met(rows, looks(new_from=SIZE - 100)).near is None
    assert met(rows, looks(new_from=SIZE)).near is None


@pytest.mark.usefixtures("many")
def test_without_a_second_look_only_the_threshold_counts(rows: Halves) -> None:
    found = met(rows, None)

    assert found.near is None
    assert found.alike.similarity.min() >= THRESHOLD


def test_many_are_tried_as_few_would_be(rows: Halves, monkeypatch: pytest.MonkeyPatch) -> None:
    of_few = find_prospects(rows, effort="normal", threshold=THRESHOLD)
    monkeypatch.setattr(prospects, "WIDE_UP_TO", 500)

    of_many = find_prospects(
        rows, effort="normal", threshold=THRESHOLD, near=met(rows, looks()).near
    )

    def tried(found: prospects.Prospects) -> set[tuple[int, int]]:
        return set(zip(found.first.tolist(), found.second.tolist(), strict=True))

    close = {
        pair
        for pair, near in zip(
            zip(of_few.first.tolist(), of_few.second.tolist(), strict=True),
            of_few.similarity,
            strict=True,
        )
        if near >= 0.47
    }
    assert close <= tried(of_many)
