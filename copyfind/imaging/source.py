"""Where the bytes of files come from: the folders of this machine, or what else can be opened."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from copyfind.paths import is_address, modified_ns
from copyfind.records import FoundFile


class Opened(Protocol):
    """A file that is open for reading."""

    @property
    def stream(self) -> BinaryIO:
        """Its bytes from the first on; it can be sought."""

    @property
    def file(self) -> FoundFile:
        """Which file it is, with size and time as of the moment it was opened."""

    def is_unchanged(self) -> bool:
        """Whether it is still that, now that its bytes have been read."""


class Source(Protocol):
    """Opens files by the path that is remembered of them; the path may be an address.

    It travels to worker processes with every task, so it is small and has to be pickled: what it
    needs to connect, but no connection. What a worker keeps of a picture is kept by its source too,
    so equal ones have one hash.
    """

    def __hash__(self) -> int:
        """As of a frozen record."""

    def open(self, file: FoundFile) -> AbstractContextManager[Opened]:
        """What lies at the file's path by now. Raises FileNotFoundError where nothing does,
        PermissionError, or another OSError whose `strerror` is one line for people."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A local file that is open."""

    stream: BinaryIO
    file: FoundFile

    def is_unchanged(self) -> bool:
        """Whether size and time are what they were."""
        now = os.fstat(self.stream.fileno())
        return (now.st_size, modified_ns(now)) == (self.file.size, self.file.mtime_ns)


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """The file systems of this machine, the `Source` that is meant where none is named."""

    @contextmanager
    def open(self, file: FoundFile) -> Iterator[OpenFile]:
        """Open a regular file; its device and inode are those found now. What has an address is
        not here."""
        if is_address(file.path):
            raise FileNotFoundError(errno.ENOENT, "it is in an object store", file.path)
        with Path(os.fsdecode(file.path)).open("rb") as stream:
            now = os.fstat(stream.fileno())
            if not stat.S_ISREG(now.st_mode):
                raise OSError(errno.EINVAL, "it is not a regular file any more")
            yield OpenFile(
                stream,
                replace(
                    file,
                    device=now.st_dev,
                    inode=now.st_ino,
                    size=now.st_size,
                    mtime_ns=modified_ns(now),
                ),
            )


LOCAL = LocalFiles()
