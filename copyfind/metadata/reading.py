"""Metadata read in a process of its own, under the limits of reading pictures: what is in a file
may crash, hang or swell whatever reads it, and that costs this file alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

from copyfind.imaging.formats import Undecodable
from copyfind.imaging.readers import MEMORY_LIMIT, TIME_LIMIT, Readers
from copyfind.metadata.known import Metadata, read_metadata


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture file (None: it is not to be opened) and the bytes of what lies beside it."""

    picture: bytes | None
    sidecars: tuple[bytes, ...] = ()
    takeout: bytes | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nothing is known of what a file says, in words for people."""

    reason: str


ReadMetadata: TypeAlias = Callable[[Asked], Metadata | Unread]


def read_asked(asked: Asked) -> Metadata | Unread:
    """What all of them say, read here and now. A picture that is gone says nothing."""
    if asked.picture is None:
        return read_metadata(None, sidecars=asked.sidecars, takeout=asked.takeout)
    try:
        with open(os.fsdecode(asked.picture), "rb") as stream:
            return read_metadata(stream, sidecars=asked.sidecars, takeout=asked.takeout)
    except OSError as error:
        return Unread(error.strerror or str(error))


class MetadataReader:
    """A context manager over one worker process, which starts when the first file is asked for."""

    def __init__(self, *, time_limit: float = TIME_LIMIT, memory_limit: int = MEMORY_LIMIT) -> None:
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

    def __call__(self, asked: Asked) -> Metadata | Unread:
        """What all of them say, or how reading them ended the worker."""
        if self._readers is None:
            time_limit, memory_limit = self._limits
            self._readers = Readers(
                workers=1, side=1, time_limit=time_limit, memory_limit=memory_limit
            )
        ((_, said),) = self._readers.each(read_asked, [asked])
        return Unread(said.reason) if isinstance(said, Undecodable) else said
