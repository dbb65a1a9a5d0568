"""Shards on a Ray cluster: a fixed number of actors, each of which holds the network.

Plain tasks of actors, and nothing of Ray Data: what is written must be named by what went in, so
that a repeat cannot double it (docs/decisions.md). Each actor takes some cores of one node and
decodes in processes of its own, as the local engine does. A dead actor is started again, and does
again what it was at.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Self, TypeVar

from copyfind.descriptor.embed import Embedder, Network
from copyfind.errors import DeviceError, StoreError
from copyfind.remote.engines import AT_ONCE
from copyfind.remote.run import Run
from copyfind.remote.shards import Shard
from copyfind.remote.worker import Done, Worker, made_by

Task = TypeVar("Task")

CORES = 4  # of an actor at most: a shard's begin and end leave few of them idle
_RESTARTS, _TRIES = 10, 3  # of an actor; of a shard that went down with one
# Ray takes 127.0.0.1 for the address that others reach it at, and then listens at nothing else,
# where it is not to be a cluster; the name is of the systems on which that is its own choice.
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}


class _Actor:
    """A worker on a node."""

    def __init__(self, run: Run, embedder: Embedder, workers: int) -> None:
        here = made_by(embedder)
        if here != run.made_by:
            raise StoreError(
                f"a node has other decoders ({here.decoder}) than the run "
                f"({run.made_by.decoder}): install the same copyfind on all"
            )
        if isinstance(embedder, Network):
            _ = embedder.running
        self._worker = Worker(run, embedder, workers=workers)

    def do(self, shard: Shard) -> Done:
        return self._worker.do(shard)


class OnRay:
    """A cluster's actors; without `address` a cluster of this machine alone, started for it.

    actors: how many at most, by default as many as the cluster has room for, `CORES` cores each or
    as many as the smallest node has. With CUDA each takes a GPU and its share of the node's cores.
    """

    def __init__(
        self, run: Run, embedder: Embedder, *, address: str | None = None, actors: int | None = None
    ) -> None:
        self._run = run
        self._embedder = embedder
        self._address = address
        self._wanted = actors
        self._actors: list[Any] = []

    def __enter__(self) -> Self:
        gpu = isinstance(self._embedder, Network) and self._embedder.device == "cuda"
        self._actors = started_actors(
            _Actor, self._run, self._embedder, address=self._address, wanted=self._wanted, gpu=gpu
        )
        return self

    def __exit__(self, *_: object) -> None:
        ended(self._actors)

    def do(self, shards: Iterable[Shard]) -> Iterator[Done]:
        """As `Engine` says. Raises StoreError where a shard ends its actor again and again."""
        return shared_out(self._actors, lambda actor, shard: actor.do.remote(shard), shards)


def started_actors(
    kind: type, *given: object, address: str | None, wanted: int | None, gpu: bool = False
) -> list[Any]:
    """Actors of this kind on a cluster, or on one of this machine, made of what is given and of the
    number of cores that each has."""
    ray = _started(address)
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    each, room = shares(
        [(int(node.get("CPU", 0)), int(node.get("GPU", 0))) for node in nodes], wanted, gpu=gpu
    )
    actor = ray.remote(kind).options(
        num_cpus=each,
        num_gpus=int(gpu),
        max_restarts=_RESTARTS,
        max_task_retries=_TRIES,
        max_concurrency=AT_ONCE,
    )
    return [actor.remote(*given, each) for _ in range(room)]


def shares(
    nodes: Sequence[tuple[int, int]], wanted: int | None, *, gpu: bool = False
) -> tuple[int, int]:
    """How many cores each actor has on nodes of so many cores and GPUs, and how many actors there
    are: no more than have room at once, for one that has none would be waited for. Raises
    DeviceError where no node has a GPU and each is to have one."""
    if gpu:
        with_gpus = [(cores, gpus) for cores, gpus in nodes if cores and gpus]
        if not with_gpus:
            raise DeviceError("no node of the cluster has a GPU; use --device cpu")
        each = max(min(cores // gpus for cores, gpus in with_gpus), 1)
        room = sum(min(gpus, cores // each) for cores, gpus in with_gpus)
    else:
        cores = [n for n, _ in nodes if n] or [1]
        each = min([CORES, *cores, max(sum(cores) // (wanted or 1), 1)])
        room = sum(n // each for n in cores)
    return each, min(wanted or room, room)


def ended(actors: Iterable[Any]) -> None:
    """Let go of the actors and of the cluster."""
    import ray

    for one in actors:
        ray.kill(one)
    ray.shutdown()


def shared_out(
    actors: Sequence[Any], start: Callable[[Any, Task], Any], tasks: Iterable[Task]
) -> Iterator[Any]:
    """What comes of tasks, in any order: each actor has `AT_ONCE` of them. start: what begins a
    task on an actor. Raises what a task raises of a store, and StoreError where one ends its actor
    again and again."""
    import ray

    remaining = iter(tasks)
    under_way: dict[Any, Any] = {}
    for actor in [*actors] * AT_ONCE:
        for task in islice(remaining, 1):
            under_way[start(actor, task)] = actor
    while under_way:
        (first, *_), _ = ray.wait(list(under_way), num_returns=1, timeout=None)
        actor = under_way.pop(first)
        for task in islice(remaining, 1):
            under_way[start(actor, task)] = actor
        yield _result(first)


def _result(future: Any) -> Any:
    import ray

    try:
        done = ray.get(future)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, OSError | StoreError):
            raise cause from None
        raise
    except ray.exceptions.RayError as error:
        said = " ".join(str(error).split())
        raise StoreError(
            f"Ray: {said[:300]}; what was written is kept, and the same command goes on from there"
        ) from None
    return done


def _started(address: str | None) -> Any:
    """Ray, connected to a cluster, or to one of this machine that nobody else can reach."""
    if address is None:
        os.environ.update(_ALONE)
        # Other users of this machine reach 127.0.0.1 too; what they ask for needs a word.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray  # it reads the environment as it loads

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init("local", include_dashboard=False, **quiet)
    else:
        ray.init(address, **quiet)
    return ray
