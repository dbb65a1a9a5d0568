"""The record of a verdict: the way to a catalog and back, and the other way round."""

from __future__ import annotations

import json

import numpy as np
import pytest

from copyfind.records import Tier
from copyfind.verdict import Outside, Verdict, as_matrix

CROPPED = Verdict(
    Tier.EDITED,
    how=("cropped to 50%",),
    how_back=("100% added around it",),
    overlap=(0.5, 1.0),
    matrix=as_matrix(np.array([[2.0, 0, -0.5], [0, 1, 0], [0, 0, 1]])),
    scale=0.5,
    inliers=80,
    agreement=0.93,
    alike=0.98,
    boxes=((0.5, 0.25, 1.0, 0.75),),
    adds=(Outside.PICTURE, Outside.NOTHING),
)


@pytest.mark.parametrize("verdict", [CROPPED, Verdict(Tier.UNVERIFIED)])
def test_a_verdict_survives_json(verdict: Verdict) -> None:
    assert Verdict.from_dict(json.loads(json.dumps(verdict.as_dict()))) == verdict


def test_the_other_way_round_everything_changes_sides() -> None:
    back = CROPPED.reversed()

    assert (back.how, back.how_back) == (CROPPED.how_back, CROPPED.how)
    assert (back.overlap, back.scale) == ((1.0, 0.5), 2.0)
    assert back.adds == (Outside.NOTHING, Outside.PICTURE)
    np.testing.assert_allclose(np.array(back.matrix) @ np.array(CROPPED.matrix), np.eye(3))
    assert back.boxes == ((0.5, 0.25, 0.75, 0.75),)


def test_twice_the_other_way_round_is_the_same() -> None:
    assert CROPPED.reversed().reversed() == CROPPED
