"""Tasks that look at pictures again, on a Ray cluster: each actor has some cores of a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self, TypeVar

from copyfind.imaging.readers import Readers
from copyfind.remote.here import Function
from copyfind.remote.objects import ObjectsAgain
from copyfind.remote.on_ray import ended, shared_out, started_actors
from copyfind.remote.run import Run

Task = TypeVar("Task")
Told = TypeVar("Told")


class _Actor:
    """Looks at pictures on a node, with as many processes as it has cores."""

    def __init__(self, run: Run, workers: int) -> None:
        self._run = run
        self._readers = Readers(workers=workers, side=1, source=ObjectsAgain())

    def do(self, function: Function[Any, Any], task: object) -> object:
        return function(task, self._run, self._readers)

    def call(self, function: Callable[[Any], Any], task: object) -> object:
        return function(task)


class There:
    """A cluster's actors, as `Engine` of `here` has it; without `address` a cluster of this machine
    alone, started for it. actors: how many, by default as many as there is room for."""

    def __init__(self, run: Run, *, address: str | None = None, actors: int | None = None) -> None:
        self._run, self._address, self._wanted = run, address, actors
        self._actors: list[Any] = []

    def __enter__(self) -> Self:
        self._actors = started_actors(_Actor, self._run, address=self._address, wanted=self._wanted)
        return self

    def __exit__(self, *_: object) -> None:
        ended(self._actors)

    def each(self, function: Function[Task, Told], tasks: Iterable[Task]) -> Iterator[Told]:
        """In the order in which they are done."""
        return shared_out(self._actors, lambda actor, task: actor.do.remote(function, task), tasks)

    def map(self, function: Callable[[Task], Told], tasks: Iterable[Task]) -> Iterator[Told]:
        """Likewise."""
        return shared_out(
            self._actors, lambda actor, task: actor.call.remote(function, task), tasks
        )

    @property
    def sees_folders(self) -> bool:
        """Nodes of a cluster that is not of this machine alone have their own."""
        return self._address is None
