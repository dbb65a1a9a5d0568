"""A grey picture goes for a coloured one only where it was surely made from that."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.grouping.clusters import Tie, cluster
from copyfind.grouping.colours import COLOURS_MAY_BE_ADDED
from copyfind.records import Role, Tier
from copyfind.verdict import Verdict, as_matrix
from tests.making import NOTHING_ALIKE, PHOTO, made_content, made_file


def role_of_the_grey_one(odds: float | None, how: str = "greyscale") -> tuple[Role, str | None]:
    eye = as_matrix(np.eye(3))
    verdict = Verdict(
        Tier.EDITED, (how,), ("coloured",), (1.0, 1.0), eye, scale=1.0, inliers=90, alike=1.0
    )
    contents = {
        row: made_content(row, made_file(f"/{row}.jpg", inode=row + 1), facts=PHOTO)
        for row in (0, 1)
    }
    ties = (Tie((0, 1), verdict, 0.9, odds),)
    (found,) = cluster(contents, same_pixels=(), ties=ties, alike=NOTHING_ALIKE).clusters
    (other,) = (m for m in found.members if m.role is not Role.KEEPER)
    assert other.content.row == 1
    return other.role, other.reason


@pytest.mark.parametrize("odds", [1.2, 2.0, 2.9])
def test_it_stays_where_that_is_not_sure(odds: float) -> None:
    assert role_of_the_grey_one(odds) == (Role.RELATED, COLOURS_MAY_BE_ADDED)


@pytest.mark.parametrize("odds", [3.5, None])
def test_it_may_go_where_that_is_sure_or_was_never_asked(odds: float | None) -> None:
    assert role_of_the_grey_one(odds)[0] is Role.REDUNDANT


def test_other_edits_are_as_they_were() -> None:
    assert role_of_the_grey_one(1.2, "brighter")[0] is Role.REDUNDANT
