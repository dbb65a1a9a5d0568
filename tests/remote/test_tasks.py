"""Pairs are shared out so that pictures are fetched about once."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.records import Ints
from copyfind.remote.tasks import tasks_of


def pairs_of(found: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    both = np.array(found, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def fetched(first: Ints, second: Ints, tasks: list[Ints]) -> list[int]:
    """How many pictures each task fetches."""
    return [len(np.unique([first[task], second[task]])) for task in tasks]


rows = st.integers(0, 40)
PAIRS = st.lists(st.tuples(rows, rows).filter(lambda p: p[0] < p[1]), unique=True, max_size=120)


@given(PAIRS, st.integers(2, 12), st.integers(1, 30))
def test_every_pair_is_in_one_task_of_so_many_pictures(
    found: list[tuple[int, int]], pictures: int, pairs: int
) -> None:
    first, second = pairs_of(found)

    tasks = list(tasks_of(first, second, pictures=pictures, pairs=pairs))

    assert sorted(np.concatenate([*tasks, np.empty(0, np.int64)]).tolist()) == list(
        range(len(found))
    )
    assert max(fetched(first, second, tasks), default=0) <= pictures
    assert max(map(len, tasks), default=0) <= pairs


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_no_task(
    found: list[tuple[int, int]], chance: random.Random
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)

    told = [
        [
            {pairs[place] for place in task.tolist()}
            for task in tasks_of(*pairs_of(pairs), pictures=6)
        ]
        for pairs in (found, mixed)
    ]

    assert told[0] == told[1]


def test_small_components_share_a_task() -> None:
    first = np.arange(0, 3000, 3)
    found = np.concatenate([first, first]), np.concatenate([first + 1, first + 2])

    tasks = list(tasks_of(*found, pictures=500))

    assert sum(fetched(*found, tasks)) <= 3000 + 2 * len(tasks)
    assert len(tasks) == 6 + 1


@pytest.mark.parametrize("width", [1, 5])
def test_of_a_large_component_pictures_are_fetched_about_once(width: int) -> None:
    """A burst of many thousand shots, each alike to the next few, met in any order."""
    names = np.random.default_rng(0).permutation(20_000)
    at = np.arange(20_000 - width)
    first = np.concatenate([names[at] for _ in range(width)])
    second = np.concatenate([names[at + step] for step in range(1, width + 1)])

    tasks = list(tasks_of(np.minimum(first, second), np.maximum(first, second)))

    assert sum(fetched(first, second, tasks)) < 1.05 * len(names)
