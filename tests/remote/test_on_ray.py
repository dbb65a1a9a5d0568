"""Ray runs the same shards to the same rows, on this machine alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np
import psutil
import pytest

from copyfind.descriptor.embed import Embedder
from copyfind.errors import DeviceError
from copyfind.records import Row
from copyfind.remote.engines import Engine
from copyfind.remote.on_ray import OnRay, shares
from copyfind.remote.run import Run, begin_run
from copyfind.remote.shards import cut
from copyfind.remote.store import Store
from copyfind.remote.worker import made_by
from tests.embedding import Grid
from tests.remote.conftest import Depot

Test = TypeVar("Test", bound=Callable[..., None])


def on_a_cluster(test: Test) -> Test:
    """Mark a test that starts Ray, whose own warnings are none of ours."""
    marked: Test = pytest.mark.ray(pytest.mark.filterwarnings("default")(test))
    return marked


def two_actors(run: Run, embedder: Embedder) -> Engine:
    return OnRay(run, embedder, actors=2)


def listening() -> set[str]:
    """The addresses at which processes that we started can be reached."""
    return {
        one.laddr.ip.removeprefix("::ffff:")
        for process in psutil.Process().children(recursive=True)
        for one in process.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN
    }


def connected_without_the_word() -> subprocess.CompletedProcess[str]:
    """What another program of this machine gets that asks the cluster to let it in."""
    import ray

    address = ray.get_runtime_context().gcs_address
    program = f"import ray; ray.init({address!r}); print('connected')"
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"RAY_AUTH_TOKEN": "0" * 64},
        capture_output=True,
        text=True,
        timeout=120,
    )


@on_a_cluster
def test_two_workers_give_the_rows_of_the_local_engine(depot: Depot) -> None:
    for n in range(40):
        depot.add(f"{n}.jpg", n)
    (depot.folder / "bad.jpg").write_bytes(b"none")
    cluster = replace(depot, to=depot.to + "-ray", engine=two_actors)

    done = cluster.index()
    again = cluster.index()
    depot.index()

    assert (done.objects, done.troubles) == (41, 1)
    assert (again.objects, again.there) == (0, 41)
    mine, theirs = depot.rows(), cluster.rows()
    assert mine.keys() == theirs.keys()
    for key, one in mine.items():
        other = theirs[key]
        assert one.listed == other.listed
        assert one.row is not None
        assert other.row is not None
        for name in {field.name for field in fields(Row)} - {"descriptor"}:
            assert getattr(one.row, name) == getattr(other.row, name), name
        if one.row.descriptor is not None:
            np.testing.assert_array_equal(one.row.descriptor, other.row.descriptor)


@on_a_cluster
def test_a_killed_worker_loses_and_doubles_nothing_and_nobody_else_can_reach_it(
    depot: Depot,
) -> None:
    for n in range(60):
        depot.add(f"{n}.jpg", n)
    run = begin_run(depot.to, made_by(Grid()))
    shards = list(cut(Store(depot.source).listed(), run.made_by, mean=4))

    with OnRay(run, Grid(), actors=2) as engine:
        done = engine.do(shards)
        names = [next(done).name]
        reached = listening()
        for process in psutil.Process().children(recursive=True):
            if "_Actor" in " ".join(process.cmdline()):
                os.kill(process.pid, signal.SIGKILL)
                break
        else:
            pytest.fail("no actor is found")
        names += [one.name for one in done]
        stranger = connected_without_the_word()

    assert sorted(map(str, names)) == sorted(str(shard.name) for shard in shards)
    assert len({row.listed.uri for row in run.rows(names)}) == 60
    assert sum(1 for _ in run.rows(names)) == 60
    assert reached <= {"127.0.0.1", "::1"}
    assert stranger.returncode != 0
    assert "connected" not in stranger.stdout


@pytest.mark.parametrize(
    ("nodes", "wanted", "expected"),
    [
        ([(2, 0)], None, (2, 1)),
        ([(2, 0)], 2, (1, 2)),
        ([(2, 0)], 100, (1, 2)),
        ([(64, 0), (64, 0)], None, (4, 32)),
        ([(64, 0), (2, 0)], None, (2, 33)),
        ([(0, 0), (8, 0)], 1, (4, 1)),
        ([(5, 0), (7, 0)], None, (4, 2)),
    ],
)
def test_actors_share_the_cores_and_none_waits_for_some(
    nodes: list[tuple[int, int]], wanted: int | None, expected: tuple[int, int]
) -> None:
    assert shares(nodes, wanted) == expected


def test_with_gpus_each_actor_has_one_and_its_share_of_the_cores() -> None:
    assert shares([(64, 8)], None, gpu=True) == (8, 8)
    assert shares([(64, 8), (8, 2), (32, 0)], None, gpu=True) == (4, 10)
    assert shares([(64, 8)], 3, gpu=True) == (8, 3)
    with pytest.raises(DeviceError, match="no node of the cluster has a GPU"):
        shares([(8, 0)], None, gpu=True)
