"""Which pairs stay where a row has many, however they come in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from copyfind.records import Floats, Ints
from copyfind.search.strongest import StrongestPairs, spans
from tests.search.collections import as_set

SIZE = 12


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[int, int, float]]:
    """(first, second, similarity) of few rows, each pair once, many as similar as others."""
    similarity = st.sampled_from([0.5, 0.6, 0.6, 0.75, 1.0])
    drawn = draw(
        st.dictionaries(
            st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), similarity, max_size=60
        )
    )
    return [(*key, value) for key, value in drawn.items() if key[0] < key[1]]


def columns(some: list[tuple[int, int, float]]) -> tuple[Ints, Ints, Floats]:
    rows = np.array([pair[:2] for pair in some], np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1], np.array([pair[2] for pair in some], np.float32)


def by_brute_force(some: list[tuple[int, int, float]], strongest: int) -> set[tuple[int, int]]:
    """Those among the strongest of one of their rows; ties go to the lower row."""
    partners: dict[int, list[tuple[float, int]]] = {}
    for a, b, similarity in some:
        partners.setdefault(a, []).append((-similarity, b))
        partners.setdefault(b, []).append((-similarity, a))
    return {
        (min(row, other), max(row, other))
        for row, others in partners.items()
        for _, other in sorted(others)[:strongest]
    }


@settings(deadline=None, max_examples=80)
@given(some=pairs(), strongest=st.integers(1, 5), parts=st.integers(1, 4))
def test_each_row_keeps_its_strongest_in_whatever_parts_they_come(
    some: list[tuple[int, int, float]], strongest: int, parts: int
) -> None:
    collected = StrongestPairs(size=SIZE, threshold=0.5, strongest=strongest)

    for part in range(parts):
        collected.add(*columns(some[part::parts]))
        collected.candidates()  # what is weeded out early would be weeded out in the end
        collected.add(*columns(some[part::parts]))  # known pairs count once
    found = collected.candidates()

    kept = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert kept == sorted(by_brute_force(some, strongest))
    known = {pair[:2]: pair[2] for pair in some}
    assert found.similarity.tolist() == [np.float32(known[pair]) for pair in kept]


def test_the_limits_rise_as_rows_fill_up_and_tell_what_is_of_no_use() -> None:
    collected = StrongestPairs(size=5, threshold=0.5, strongest=2)
    assert collected.limits.tolist() == [0.5] * 5

    star = [(0, other, 0.6 + 0.1 * other) for other in range(1, 4)]
    collected.add(*columns([*star, (1, 4, 0.9), (2, 4, 0.9), (3, 4, 0.9)]))
    collected.candidates()

    assert collected.crowded
    np.testing.assert_allclose(collected.limits[[0, 4]], [0.8, 0.9])
    assert collected.limits[3] == 0.5  # two pairs are no crowd
    collected.add(*columns([(0, 4, 0.7)]))  # below the limits of both
    assert (0, 4) not in as_set(collected.candidates())


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 20))
def test_spans_hold_everything_once_and_no_more_than_they_must(
    weights: list[int], most: int
) -> None:
    found = spans(np.array(weights, np.int64), most)

    assert [place for low, high in found for place in range(low, high)] == list(range(len(weights)))
    assert all(sum(weights[low:high]) < most + max(weights) for low, high in found)


def test_nothing_gives_nothing() -> None:
    found = StrongestPairs(size=0, threshold=0.5, strongest=1).candidates()

    assert (len(found.first), spans(np.empty(0, np.int64), 3)) == (0, [])
