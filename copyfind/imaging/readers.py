"""Files to pictures and hashes, several at a time, in order, whatever is in the files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from functools import partial
from typing import Any, Self, TypeVar

from copyfind.imaging.colour import GREY
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.pool import Pool
from copyfind.imaging.reading import ReadJob, hash_file, hash_pixels, read_file, read_thumbnail
from copyfind.imaging.source import LOCAL, Source
from copyfind.records import Colour, FoundFile, Pixels, ReadFile, Unreadable

__all__ = ["MEMORY_LIMIT", "TIME_LIMIT", "ReadJob", "Readers"]

TIME_LIMIT = 60.0  # seconds a file, with room for a large RAW on a slow, busy computer
MEMORY_LIMIT = 4 << 30  # bytes a worker: the largest transparent picture needs three of its copies
_AHEAD = 64  # files: decoding goes on while a batch is embedded

J = TypeVar("J")
T = TypeVar("T")
ReadFunction = Callable[[ReadJob], ReadFile | Unreadable]


class Readers:
    """A context manager over the worker processes; they start at once and end with it.

    Limits are of one file and one worker. source: where the bytes of files come from. ahead: how
    many files are being read or waiting to be taken. `read_with` stands in for reading and decoding
    in tests of what happens when that goes wrong.
    """

    def __init__(
        self,
        *,
        workers: int,
        side: int,
        time_limit: float = TIME_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
        source: Source = LOCAL,
        ahead: int = _AHEAD,
        read_with: ReadFunction | None = None,
    ) -> None:
        self.source = source
        self._ahead = ahead
        self._read: ReadFunction = read_with or partial(read_file, side=side, source=source)
        self._pool = Pool(workers=workers, time_limit=time_limit, memory_limit=memory_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers at once; results not taken are lost."""
        self._pool.close()

    def read(self, jobs: Iterable[ReadJob]) -> Iterator[ReadFile | Unreadable]:
        """One result for each job, in their order. `jobs` is drawn from as results are taken, a
        bounded number ahead, in the thread of the caller."""
        for job, future in self._ordered(self._read, jobs):
            try:
                yield _result(future)
            except Undecodable as error:
                yield self._without_picture(job.file, error)

    def pixel_hashes(
        self, files: Iterable[FoundFile]
    ) -> Iterator[tuple[FoundFile, bytes | Unreadable]]:
        """The pixel hash of each file, in their order, or why there is none."""
        return self._each(partial(hash_pixels, source=self.source), files)

    def thumbnails(
        self,
        files: Iterable[FoundFile],
        *,
        longest: int,
        page: int = 0,
        ground: Colour = GREY,
    ) -> Iterator[tuple[FoundFile, Pixels | Unreadable]]:
        """A small upright picture of each file (H, W, 3), in their order, or why there is none."""
        read = partial(
            read_thumbnail, longest=longest, page=page, ground=ground, source=self.source
        )
        return self._each(read, files)

    def each(
        self, function: Callable[[J], T], arguments: Iterable[J]
    ) -> Iterator[tuple[J, T | Undecodable]]:
        """What a function of an importable module makes of each argument, in their order, or how
        it ended its worker. `arguments` is drawn from as results are taken."""
        for argument, future in self._ordered(function, arguments):
            try:
                yield argument, _result(future)
            except Undecodable as error:
                yield argument, error

    def _each(
        self, function: Callable[[FoundFile], T | Unreadable], files: Iterable[FoundFile]
    ) -> Iterator[tuple[FoundFile, T | Unreadable]]:
        for file, future in self._ordered(function, files):
            try:
                yield file, _result(future)
            except Undecodable as error:
                yield file, Unreadable(file.path, error.problem, error.reason)

    def _without_picture(self, file: FoundFile, error: Undecodable) -> ReadFile | Unreadable:
        """The hash of a file whose decoding ended its worker, and what happened to it."""
        trouble = Unreadable(file.path, error.problem, error.reason)
        try:
            hashed = partial(hash_file, source=self.source)
            read: ReadFile | Unreadable = _result(self._pool.submit(hashed, file))
        except Undecodable:
            return trouble
        if isinstance(read, Unreadable):
            return read
        return ReadFile(file=read.file, sha256=read.sha256, problem=trouble)

    def _ordered(
        self, function: Callable[[J], object], arguments: Iterable[J]
    ) -> Iterator[tuple[J, Future[Any]]]:
        """Submit each argument, `ahead` of them at once, and yield it with the future of its
        result."""
        under_way: deque[tuple[J, Future[Any]]] = deque()
        try:
            for argument in arguments:
                under_way.append((argument, self._pool.submit(function, argument)))
                if len(under_way) > self._ahead:
                    yield under_way.popleft()
            while under_way:
                yield under_way.popleft()
        finally:
            for _, future in under_way:  # whoever asked went away
                future.cancel()


def _result(future: Future[Any]) -> Any:
    """The result of a task, waited for in steps: Windows delivers Ctrl-C between them only."""
    while not future.done():
        wait([future], timeout=0.5)
    return future.result()
