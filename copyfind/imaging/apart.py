"""Processes that start when they are first asked, and read what strangers wrote under the limits of
reading pictures: what is in a file may crash, hang or swell whatever reads it, and that costs this
file alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, Self, TypeVar

from copyfind.imaging.formats import Undecodable
from copyfind.imaging.readers import MEMORY_LIMIT, TIME_LIMIT, Readers
from copyfind.imaging.source import LOCAL, Source

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
        source: Source = LOCAL,
    ) -> None:
        self._start = partial(
            Readers,
            workers=workers,
            side=1,
            time_limit=time_limit,
            memory_limit=memory_limit,
            source=source,
        )
        self._readers: Readers | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End those that were started."""
        if self._readers is not None:
            self._readers.close()

    @property
    def readers(self) -> Readers:
        """Those that read, started by now."""
        if self._readers is None:
            self._readers = self._start()
        return self._readers

    @property
    def is_running(self) -> bool:
        """Whether anything was asked yet."""
        return self._readers is not None

    def __call__(self, function: Callable[[J], T], argument: J, /) -> T | Undecodable:
        """What the function makes of its argument, or how that ended the worker."""
        ((_, told),) = self.readers.each(function, [argument])
        return told
