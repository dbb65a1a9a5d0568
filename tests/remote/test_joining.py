"""The join on an engine finds what one search finds, and says how much that is."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from copyfind.records import Candidates, Halves
from copyfind.remote.close import CLOSE
from copyfind.remote.joining import Joined, Plan, join
from copyfind.remote.store import Store
from copyfind.search.pairs import find_candidates
from tests.search.collections import as_set, isotropic, share_found, with_copies

Task = TypeVar("Task")
Made = TypeVar("Made")

SIZE, DIM, THRESHOLD = 10_000, 32, 0.8
BY_LISTS = Plan(threshold=THRESHOLD, exact_up_to=1000, entries=10_000)


@pytest.fixture(scope="module")
def rows() -> Halves:
    planted, _ = with_copies(isotropic(SIZE, DIM), count=1000, threshold=THRESHOLD)
    return planted.astype(np.float16)


@pytest.fixture(scope="module")
def path(rows: Halves, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("rows") / "rows.npy"
    np.save(found, rows)
    return found


def same(found: Candidates, expected: Candidates) -> bool:
    columns = ("first", "second", "similarity")
    return all(getattr(found, c).tobytes() == getattr(expected, c).tobytes() for c in columns)


def store(folder: Path) -> Store:
    return Store(f"file://{folder}/run")


def test_few_rows_are_all_compared(rows: Halves, path: Path, tmp_path: Path) -> None:
    found = join(path, Plan(threshold=THRESHOLD), work=tmp_path)

    assert same(found.pairs, find_candidates(rows, threshold=THRESHOLD))
    assert (found.centres, found.tasks) == (0, 1)
    assert found.recall.share == 1


@pytest.mark.parametrize("travels", [False, True])
def test_the_pairs_are_those_of_one_search(
    rows: Halves, path: Path, tmp_path: Path, *, travels: bool
) -> None:
    plan = Plan(threshold=THRESHOLD, exact_up_to=1000, entries=10_000, travels=travels)

    found = join(path, plan, work=tmp_path)

    assert same(found.pairs, find_candidates(rows, threshold=THRESHOLD, exact_up_to=1000))
    assert found.centres > 1
    assert found.tasks > 3


def test_recall_is_measured_among_all_rows(path: Path, tmp_path: Path) -> None:
    found = join(path, BY_LISTS, work=tmp_path)

    assert found.recall.pairs > 50
    assert found.recall.planted == 2048
    assert 0.99 <= found.recall.share <= 1


def test_a_crowd_keeps_the_pairs_that_one_search_keeps(tmp_path: Path) -> None:
    crowd = isotropic(1, DIM) + 0.05 * isotropic(90, DIM, seed=1)
    rows = np.concatenate([isotropic(3000, DIM, seed=2), crowd, crowd[:30]]).astype(np.float16)
    np.save(tmp_path / "rows.npy", rows)
    plan = Plan(threshold=0.8, strongest=3, exact_up_to=1000, entries=3000)

    found = join(tmp_path / "rows.npy", plan, work=tmp_path / "work")

    expected = find_candidates(rows, threshold=0.8, strongest=3, exact_up_to=1000)
    assert same(found.pairs, expected)
    assert len(found.pairs.first) < 120 * 119 / 2


def test_equal_rows_are_paired(rows: Halves, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.concatenate([rows, rows[:500]]))

    found = join(tmp_path / "rows.npy", BY_LISTS, work=tmp_path / "work")

    assert share_found(found.pairs, np.stack([np.arange(500), SIZE + np.arange(500)], axis=1)) == 1


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_have_no_pairs(count: int, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", isotropic(count, DIM))

    found = join(tmp_path / "rows.npy", BY_LISTS, work=tmp_path / "work", into=store(tmp_path))

    assert len(found.pairs.first) == 0
    assert found.recall.share == 1


def in_processes(function: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(function, tasks)


def test_tasks_may_be_done_by_other_processes(rows: Halves, path: Path, tmp_path: Path) -> None:
    plan = Plan(threshold=THRESHOLD, exact_up_to=1000, entries=100_000)

    found = join(path, plan, work=tmp_path, run=in_processes)

    assert same(found.pairs, find_candidates(rows, threshold=THRESHOLD, exact_up_to=1000))


def test_paths_may_be_told_from_here(
    rows: Halves, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)

    def elsewhere(function: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
        for task in tasks:
            monkeypatch.chdir("/")
            yield function(task)
            monkeypatch.chdir(path.parent)

    plan = Plan(threshold=THRESHOLD)
    found = join(Path(path.name), plan, work=Path("work"), run=elsewhere)

    assert same(found.pairs, find_candidates(rows, threshold=THRESHOLD))


def written(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in (folder / "run" / CLOSE).iterdir()}


def backwards(function: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
    yield from [function(task) for task in reversed(list(tasks))]


def test_a_rerun_does_what_is_missing_and_finds_the_same(path: Path, tmp_path: Path) -> None:
    def run(work: str) -> Joined:
        return join(path, BY_LISTS, work=tmp_path / work, into=store(tmp_path), run=backwards)

    first = run("one")
    before = written(tmp_path)
    again = run("two")
    for name in sorted(before)[:2]:
        (tmp_path / "run" / CLOSE / name).unlink()
    mended = run("three")

    assert len(before) == first.tasks
    assert (first.skipped, again.skipped) == (0, first.tasks)
    assert mended.skipped == first.tasks - 2
    assert same(again.pairs, first.pairs)
    assert same(mended.pairs, first.pairs)
    assert written(tmp_path) == before


def test_other_rows_or_another_threshold_take_nothing_from_before(
    rows: Halves, path: Path, tmp_path: Path
) -> None:
    join(path, BY_LISTS, work=tmp_path / "one", into=store(tmp_path))
    other = rows.copy()
    other[5] = rows[7]
    np.save(tmp_path / "other.npy", other)

    of_others = join(tmp_path / "other.npy", BY_LISTS, work=tmp_path / "two", into=store(tmp_path))
    closer = join(
        path,
        Plan(threshold=0.85, exact_up_to=1000),
        work=tmp_path / "three",
        into=store(tmp_path),
    )

    assert (of_others.skipped, closer.skipped) == (0, 0)
    assert (5, 7) in as_set(of_others.pairs)
    assert closer.pairs.similarity.min() >= 0.85


@pytest.mark.slow
def test_ray_finds_the_same_pairs(rows: Halves, path: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        _node_ip_address="127.0.0.1",
    )

    def on_ray(function: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
        remote, waiting = ray.remote(function), list[object]()
        for task in tasks:
            waiting.append(remote.remote(task))
            if len(waiting) > 4:
                (done, *_), waiting = ray.wait(waiting, num_returns=1)
                yield ray.get(done)
        yield from (ray.get(one) for one in waiting)

    try:
        apart = join(
            path,
            Plan(threshold=THRESHOLD, exact_up_to=1000, entries=10_000, travels=True),
            work=tmp_path,
            run=on_ray,
        )
    finally:
        ray.shutdown()

    assert same(apart.pairs, find_candidates(rows, threshold=THRESHOLD, exact_up_to=1000))
