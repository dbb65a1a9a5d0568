"""Rows by list, sorted in parts, and lists in groups."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.search import lists
from copyfind.search.centres import Labels
from copyfind.search.lists import balanced, ends_of, members_of
from tests.search.collections import isotropic


@pytest.mark.parametrize("at_once", [1, 30, 10**6])
@pytest.mark.parametrize("of", [np.uint16, np.uint32])
def test_every_row_stands_in_its_lists_ascending(
    monkeypatch: pytest.MonkeyPatch, at_once: int, of: type[np.uint16] | type[np.uint32]
) -> None:
    monkeypatch.setattr(lists, "_AT_ONCE", at_once)
    chance = np.random.default_rng(0)
    labels: Labels = np.stack([chance.choice(20, 3, replace=False) for _ in range(100)]).astype(of)

    ends = ends_of(labels, centres=20)
    members = members_of(labels, ends)

    expected = [np.flatnonzero((labels == one).any(axis=1)).tolist() for one in range(20)]
    assert [part.tolist() for part in np.split(members, ends[:-1])] == expected


def test_groups_hold_each_list_once_and_are_no_larger_than_they_may_be() -> None:
    centres = isotropic(300, 8)
    sizes = np.random.default_rng(0).integers(1, 100, 300)
    sizes[7] = 5000

    groups = balanced(centres, sizes, most=1000)

    assert sorted(np.concatenate(groups).tolist()) == list(range(300))
    weights = [int(sizes[group].sum()) for group in groups]
    assert [weight for weight in weights if weight > 1000] == [
        weight for group, weight in zip(groups, weights, strict=True) if group.tolist() == [7]
    ]
    assert len(groups) < 3 * sizes.sum() / 1000


def test_lists_near_to_each_other_stand_in_one_group() -> None:
    poles = np.repeat([[1.0, 0], [-1.0, 0]], 50, axis=0) + 0.1 * isotropic(100, 2)
    poles = poles.astype(np.float32)

    groups = balanced(poles, np.full(100, 10), most=500)

    assert sorted(group.tolist() for group in groups) == [list(range(50)), list(range(50, 100))]
