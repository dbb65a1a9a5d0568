"""Tasks that look at pictures again, on this machine: the processes that decode do the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from copyfind.imaging.apart import Apart
from copyfind.imaging.readers import Readers
from copyfind.remote.objects import ObjectsAgain
from copyfind.remote.run import Run

Task = TypeVar("Task")
Told = TypeVar("Told")
Function = Callable[[Task, Run, Readers], Told]


class Engine(Protocol):
    """What does tasks of a run."""

    def each(self, function: Function[Task, Told], tasks: Iterable[Task]) -> Iterator[Told]:
        """What a function of an importable module tells of each task, in any order. `tasks` is
        drawn from as they are done. Raises OSError where a store fails."""

    def map(self, function: Callable[[Task], Told], tasks: Iterable[Task]) -> Iterator[Told]:
        """The same of a function that needs neither run nor readers (`joining.Map`)."""

    @property
    def sees_folders(self) -> bool:
        """Whether all that do tasks see the files of this machine."""


class Here(AbstractContextManager["Here"]):
    """One task after the other, the pairs of each by all workers; these start with the first."""

    def __init__(self, run: Run, *, workers: int) -> None:
        self._run = run
        self._apart = Apart(workers=workers, source=ObjectsAgain())

    def __exit__(self, *_: object) -> None:
        self._apart.close()

    def each(self, function: Function[Task, Told], tasks: Iterable[Task]) -> Iterator[Told]:
        """As `Engine` has it, in the order of the tasks."""
        readers = self._apart.readers
        return (function(task, self._run, readers) for task in tasks)

    def map(self, function: Callable[[Task], Told], tasks: Iterable[Task]) -> Iterator[Told]:
        """As `Engine` has it, in the order of the tasks."""
        return map(function, tasks)

    @property
    def sees_folders(self) -> bool:
        """It is this machine."""
        return True
