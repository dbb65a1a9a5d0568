"""Pictures that resemble each other gather around a centre, and chains are cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copyfind.grouping.related import Neighbours, related_stars

Pair = tuple[int, int, float]
SIZE = 8
PLACES = st.integers(0, SIZE - 1)


def neighbours(*pairs: Pair, size: int = SIZE) -> Neighbours:
    return Neighbours(
        size,
        np.array([a for a, _, _ in pairs], np.int64),
        np.array([b for _, b, _ in pairs], np.int64),
        np.array([s for _, _, s in pairs], np.float32),
    )


def clusters(found: Neighbours, *taken: int) -> list[tuple[int, list[int]]]:
    """The stars that have more than a centre."""
    return [(c, sorted(near)) for c, near in related_stars(found, set(taken)) if near]


def test_neighbours_are_seen_from_both_sides() -> None:
    found = neighbours((1, 4, 0.5), (4, 2, 0.75))

    assert dict(found.of(4)) == {1: 0.5, 2: 0.75}
    assert dict(found.of(1)) == {4: 0.5}
    assert [found.degree(place) for place in range(5)] == [0, 1, 1, 0, 2]


def test_of_several_similarities_the_highest_stays() -> None:
    found = neighbours((0, 1, 0.5), (1, 0, 0.875), (0, 1, 0.25))

    assert dict(found.of(0)) == {1: 0.875}


def test_a_picture_is_no_neighbour_of_its_own() -> None:
    assert list(neighbours((3, 3, 1.0)).of(3)) == []


def test_the_picture_with_most_neighbours_is_the_centre() -> None:
    assert clusters(neighbours((5, 1, 0.5), (5, 2, 0.5), (5, 3, 0.5), (1, 2, 0.5))) == [
        (5, [1, 2, 3])
    ]


def test_among_equals_the_better_picture_is_the_centre() -> None:
    assert clusters(neighbours((4, 2, 0.5), (6, 5, 0.5))) == [(2, [4]), (5, [6])]


def test_a_row_of_pictures_is_not_one_cluster() -> None:
    row = [(n, n + 1, 0.9) for n in range(5)]

    assert clusters(neighbours(*row)) == [(1, [0, 2]), (4, [3, 5])]


def test_what_is_taken_counts_no_more() -> None:
    assert clusters(neighbours((0, 1, 0.5), (0, 2, 0.5), (2, 3, 0.5)), 0) == [(2, [3])]


@given(
    st.lists(
        st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.floats(0, 1, width=32))
    ),
    st.sets(st.integers(0, SIZE - 1)),
)
def test_every_free_picture_is_in_one_star_and_tied_to_its_centre(
    pairs: Sequence[Pair], taken: set[int]
) -> None:
    found = neighbours(*pairs)

    stars = list(related_stars(found, set(taken)))

    places = [place for centre, near in stars for place in (centre, *near)]
    assert sorted(places) == sorted(set(range(SIZE)) - taken)
    assert all(near.items() <= dict(found.of(centre)).items() for centre, near in stars)
