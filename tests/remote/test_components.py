"""Components of pairs that come in any order and in any portions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copyfind.remote.components import Components

Pairs = list[tuple[int, int]]


def slowly(pairs: Pairs, size: int) -> list[int]:
    """The lowest row that leads to each row, found by hand."""
    lowest = list(range(size))
    for _ in range(size):
        for one, other in pairs:
            lowest[one] = lowest[other] = min(lowest[one], lowest[other])
    return lowest


def added(pairs: Pairs, size: int, *, portion: int) -> list[int]:
    components = Components(size)
    for start in range(0, len(pairs), portion):
        some = np.array(pairs[start : start + portion], np.int64)
        components.add(some[:, 0], some[:, 1])
    tops: list[int] = components.tops(np.arange(size)).tolist()
    return tops


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60), st.integers(1, 60))
def test_each_row_knows_the_lowest_that_it_is_tied_to(pairs: Pairs, portion: int) -> None:
    assert added(pairs, 31, portion=portion) == slowly(pairs, 31)


def test_a_long_chain_costs_no_step_for_each_of_its_links() -> None:
    size = 300_000
    chain = np.random.default_rng(0).permutation(size)
    components = Components(size)

    for some in np.array_split(np.arange(size - 1), 7):
        components.add(chain[some], chain[some + 1])

    assert (components.tops(np.arange(size)) == 0).all()
