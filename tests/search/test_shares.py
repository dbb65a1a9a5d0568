"""What one task of a join needs, and finds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from copyfind.records import Halves, Ints
from copyfind.search.shares import join_share, lists_of_all, share_of
from tests.search.collections import as_set, isotropic, naive_cosines

ROWS: Halves = isotropic(400, 8).astype(np.float16)
IDS = np.arange(1, 400, 2)


def rows_of(numbers: Ints) -> Halves:
    return ROWS[numbers]


def close_among(rows: Ints) -> set[tuple[int, int]]:
    cosines = naive_cosines(ROWS.astype(np.float32))
    return {(a, b) for a, b in combinations(rows.tolist(), 2) if cosines[a, b] >= 0.7}


def test_a_share_finds_the_pairs_in_its_lists_by_their_ids() -> None:
    lists = [np.arange(0, 60, dtype=np.uint32), np.arange(50, 150, 2, dtype=np.uint32)]

    share = share_of(rows_of, IDS, lists)
    found = join_share(share, threshold=0.7, strongest=1000, threads=1)

    assert len(share.ids) == len(share.stored) == 60 + 45
    assert as_set(found) == close_among(IDS[lists[0]]) | close_among(IDS[lists[1]])
    assert (np.diff(found.first * 400 + found.second) > 0).all()


@pytest.mark.parametrize(("size", "most"), [(0, 10), (1, 10), (10, 10), (11, 10), (57, 10)])
def test_every_two_rows_meet_where_all_are_compared(size: int, most: int) -> None:
    members, ends = lists_of_all(size, most=most)

    lists = np.split(members, ends[:-1])
    met = {pair for one in lists for pair in combinations(one.tolist(), 2)}
    assert met == set(combinations(range(size), 2))
    assert all(len(one) <= most and (np.diff(one.astype(int)) > 0).all() for one in lists)
