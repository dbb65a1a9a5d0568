"""Processes that start when they are first asked, and read what strangers wrote under the limits of
reading pictures: what is in a file may crash, hang or swell whatever reads it, and that costs this
file alone.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TypeVar

from copyfind.imaging.formats import Undecodable
from copyfind.imaging.readers import MEMORY_LIMIT, TIME_LIMIT, Readers

J = TypeVar("J")
T = TypeVar("T")


class Ask(Protocol):
    """Whoever calls a function of an importable module, or says how it ended its process."""

    def __call__(self, function: Callable[[J], T], argument: J, /) -> T | Undecodable:
        """What the function makes of its argument."""


def at_once(function: Callable[[J], T], argument: J, /) -> T | Undecodable:
    """What the function makes of its argument, here and now: for what we wrote ourselves."""
    return function(argument)


class Apart:
    """A context manager over worker processes, which start when they are first asked.

    Some stages of a run may have nothing to ask, and a process takes .4 CPU s to start: who comes
    first starts them for all.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        time_limit: float = TIME_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        self._workers = workers
        self._limits = time_limit, memory_limit
        self._readers: Readers | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._readers is not None:
            self._readers.close()

    @property
    def readers(self) -> Readers:
        """Those that read, started by now."""
        if self._readers is None:
            time_limit, memory_limit = self._limits
            self._readers = Readers(
                workers=self._workers, side=1, time_limit=time_limit, memory_limit=memory_limit
            )
        return self._readers

    @property
    def is_running(self) -> bool:
        """Whether anything was asked yet."""
        return self._readers is not None

    def __call__(self, function: Callable[[J], T], argument: J, /) -> T | Undecodable:
        """What the function makes of its argument, or how that ended the worker."""
        ((_, told),) = self.readers.each(function, [argument])
        return told
