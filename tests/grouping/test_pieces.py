"""What several bigger pictures share is a piece of them, and no copy of any."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copyfind.grouping.clusters import Tie, cluster
from copyfind.grouping.pieces import HOLDS_A_PIECE
from copyfind.records import Cluster, Role, Tier
from copyfind.verdict import Verdict, as_matrix
from tests.making import NOTHING_ALIKE, PHOTO, made_content, made_file

FLAG, AUSTRALIA, FIJI, TUVALU, SMALL_FIJI = range(5)
_HALF = as_matrix(np.diag([0.5, 0.5, 1.0]))
_SAME = as_matrix(np.eye(3))


def pasted(first: int, second: int, *, share: float = 0.25) -> Tie:
    """The first lies in the second."""
    how, back = ("pasted into a bigger picture",), ("cut out of a bigger picture",)
    verdict = Verdict(Tier.EDITED, how, back, (1.0, share), _HALF, scale=0.5, inliers=60, alike=0.9)
    return Tie((first, second), verdict, 0.5)


def copied(first: int, second: int) -> Tie:
    verdict = Verdict(
        Tier.NEAR, ("resized to 50%",), ("resized to 200%",), (1.0, 1.0), _SAME, scale=0.5,
        inliers=90, alike=1.0,
    )  # fmt: skip
    return Tie((first, second), verdict, 0.9)


def told(*ties: Tie) -> dict[tuple[int, ...], dict[int, Role]]:
    """Rows of each cluster, the keeper first -> role of each."""
    rows = sorted({row for tie in ties for row in tie.pair})
    contents = {
        row: made_content(
            row,
            made_file(f"/{row}.png", inode=row + 1),
            facts=replace(PHOTO, width=200 if row == SMALL_FIJI else 1000, surplus=()),
        )
        for row in rows
    }
    found = cluster(contents, same_pixels=(), ties=ties, alike=NOTHING_ALIKE).clusters
    return {tuple(m.content.row for m in c.members): _roles(c) for c in found}


def _roles(found: Cluster) -> dict[int, Role]:
    for member in found.members:
        assert (member.role is Role.RELATED) == (member.reason == HOLDS_A_PIECE)
    return {m.content.row: m.role for m in found.members}


def test_one_bigger_picture_is_a_copy() -> None:
    (roles,) = told(pasted(FLAG, FIJI)).values()
    assert sorted(roles.values()) == [Role.KEEPER, Role.REDUNDANT]


def test_several_bigger_pictures_stay_for_what_else_they_hold() -> None:
    (roles,) = told(*(pasted(FLAG, other) for other in (AUSTRALIA, FIJI, TUVALU))).values()
    assert roles == {
        FLAG: Role.KEEPER, AUSTRALIA: Role.RELATED, FIJI: Role.RELATED, TUVALU: Role.RELATED,
    }  # fmt: skip


def test_what_most_of_both_shows_is_no_piece() -> None:
    (roles,) = told(*(pasted(FLAG, other, share=0.7) for other in (AUSTRALIA, FIJI))).values()
    assert Role.RELATED not in roles.values()


def test_bigger_pictures_that_are_copies_of_each_other_are_copies() -> None:
    ties = (pasted(FLAG, FIJI), pasted(FLAG, SMALL_FIJI), copied(FIJI, SMALL_FIJI))
    assert Role.RELATED not in next(iter(told(*ties).values())).values()


def test_copies_of_a_bigger_picture_are_with_it() -> None:
    ties = (pasted(FLAG, FIJI), pasted(FLAG, AUSTRALIA), copied(FIJI, SMALL_FIJI))
    assert told(*ties) == {
        (FIJI, SMALL_FIJI): {FIJI: Role.KEEPER, SMALL_FIJI: Role.REDUNDANT},
        (FLAG, AUSTRALIA): {FLAG: Role.KEEPER, AUSTRALIA: Role.RELATED},
    }


def test_a_bigger_picture_that_heads_a_collage_is_told_there_alone() -> None:
    other, collage = 4, 5
    beside = as_matrix(np.array([[0.5, 0, 0.5], [0, 0.5, 0.5], [0, 0, 1]]))
    in_corner = pasted(other, collage)
    ties = (
        pasted(FLAG, FIJI), pasted(FLAG, AUSTRALIA), pasted(AUSTRALIA, collage),
        replace(in_corner, verdict=replace(in_corner.verdict, matrix=beside)),
    )  # fmt: skip
    rows = [row for found in told(*ties) for row in found]
    assert rows.count(AUSTRALIA) == 1
    assert rows.count(collage) == 1


@given(st.frozensets(st.sampled_from(list(combinations(range(6), 2)))), st.integers(0, 2**15 - 1))
def test_no_file_is_in_two_clusters(pairs: frozenset[tuple[int, int]], which: int) -> None:
    ties = [(pasted if which >> n & 1 else copied)(*pair) for n, pair in enumerate(sorted(pairs))]
    rows = [row for found in told(*ties) for row in found] if ties else []
    assert len(rows) == len(set(rows))
