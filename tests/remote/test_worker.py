"""One shard: whatever its objects are and do, there is a row for each."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.records import Problem, ReadFile, Unreadable
from copyfind.remote.fetching import Fetched, read_fetched
from copyfind.remote.rows import Listed
from copyfind.remote.run import Run, begin_run
from copyfind.remote.shards import Objects, Shard, cut, what_is_left
from copyfind.remote.store import Store
from copyfind.remote.worker import Worker, made_by
from tests.embedding import Grid
from tests.remote.conftest import Depot


def crashing(fetched: Fetched, *, side: int) -> ReadFile | Unreadable:
    """What a picture does that crashes its decoder."""
    if fetched.data is not None and b"crash" in fetched.data:
        os.kill(os.getpid(), signal.SIGSEGV)
    return read_fetched(fetched, side=side)


@pytest.fixture
def run(depot: Depot) -> Run:
    return begin_run(depot.to, made_by(Grid()))


@pytest.fixture
def worker(run: Run) -> Iterator[Worker]:
    with Worker(run, Grid(), workers=1, read_with=crashing) as worker:
        yield worker


def only_shard(depot: Depot, run: Run) -> Shard:
    (shard,) = cut(Store(depot.source).listed(), run.made_by)
    return shard


def test_a_decoder_that_dies_costs_one_object(depot: Depot, run: Run, worker: Worker) -> None:
    depot.add("a.jpg", 1)
    (depot.folder / "b.jpg").write_bytes(b"crash")
    depot.add("c.jpg", 2)

    done = worker.do(only_shard(depot, run))
    a, b, c = run.rows([done.name])

    assert a.row is not None
    assert c.row is not None
    assert a.row.descriptor is not None
    assert c.row.descriptor is not None
    assert b.row is not None
    assert b.row.problem is Problem.CRASHED
    assert "SIGSEGV" in (b.row.reason or "")
    assert not done.name.again
    assert done.troubles == 1


def test_an_object_that_was_replaced_since_it_was_listed_is_read_as_it_is(
    depot: Depot, run: Run, worker: Worker
) -> None:
    depot.add("a.jpg", 1)
    shard = only_shard(depot, run)
    path = depot.add("a.jpg", 2)

    (row,) = run.rows([worker.do(shard).name])

    (now,) = Store(depot.source).listed()
    assert row.listed == now
    assert row.row is not None
    assert row.row.size == path.stat().st_size
    (again,) = (shard for shard, _ in what_is_left([only_shard(depot, run)], run.there()))
    assert again.name != shard.name
    assert worker.do(again).reused == 1


def test_an_object_that_is_gone_is_a_row_and_not_asked_for_again(
    depot: Depot, run: Run, worker: Worker
) -> None:
    depot.add("a.jpg", 1)
    path = depot.add("b.jpg", 2)
    shard = only_shard(depot, run)
    path.unlink()

    done = worker.do(shard)
    _, gone = run.rows([done.name])

    assert gone.trouble is not None
    assert gone.trouble.problem is Problem.VANISHED
    assert not done.name.again


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_tried_again(depot: Depot, run: Run, worker: Worker) -> None:
    depot.add("a.jpg", 1)
    depot.add("b.jpg", 2).chmod(0)
    shard = only_shard(depot, run)

    done = worker.do(shard)
    (depot.folder / "b.jpg").chmod(0o600)
    ((left, is_there),) = what_is_left([only_shard(depot, run)], run.there())
    again = worker.do(left)

    assert done.name.again
    assert not is_there
    assert not again.name.again
    assert again.reused == 1


def test_an_object_that_is_listed_twice_has_one_row(depot: Depot, run: Run, worker: Worker) -> None:
    depot.add("a.jpg", 1)
    shard = only_shard(depot, run)
    assert isinstance(shard.work, Objects)

    done = worker.do(replace(shard, work=Objects(shard.work.listed * 2)))

    assert done.objects == len(list(run.rows([done.name]))) == 1


def test_an_object_too_large_to_be_held_is_read_from_disk(
    depot: Depot, run: Run, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    depot.add("a.png", 1)
    shard = only_shard(depot, run)
    (held,) = run.rows([worker.do(shard).name])
    monkeypatch.setattr("copyfind.remote.fetching.HELD", 1000)
    elsewhere = replace(shard, name=replace(shard.name, content="c" * 32))

    (laid,) = run.rows([worker.do(elsewhere).name])

    assert held.listed == laid.listed
    assert held.row is not None
    assert laid.row is not None
    assert (held.row.sha256, held.row.pixels) == (laid.row.sha256, laid.row.pixels)


def test_a_store_that_gives_nothing_ends_the_shard(
    run: Run, worker: Worker, tmp_path: Path
) -> None:
    bad = [Listed(f"file://{tmp_path}/bucket/{'x' * 300}{n}.jpg", 5, '"e"') for n in range(40)]
    shard = Shard(next(iter(cut(bad, run.made_by))).name, Objects(tuple(bad)))

    with pytest.raises(OSError, match="the store"):
        worker.do(shard)

    assert run.there() == {}
    assert not [one.name for one in threading.enumerate() if one.name.startswith("fetch")]
