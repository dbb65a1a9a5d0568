"""The bytes of a shard's objects, fetched a few ahead while others are decoded."""

from __future__ import annotations

import io
import os
import tarfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from copyfind.collection.pictures import PICTURE_SUFFIXES, suffix_of
from copyfind.imaging.reading import ReadJob, read_file
from copyfind.imaging.source import LOCAL
from copyfind.records import FoundFile, Problem, ReadFile, Unreadable
from copyfind.remote.odd_keys import odd_folder_of
from copyfind.remote.rows import Listed, file_of
from copyfind.remote.shards import Cells, Objects, TarMembers, Work
from copyfind.remote.store import BrokeOff, Replaced, located
from copyfind.remote.web import Web, is_web

HELD = 16 << 20  # bytes; a larger object is laid on disk, as a large file is not held in memory
LARGEST = 4 << 30  # bytes of one object: the disk of a worker is not for more
_AT_ONCE = 16  # requests
_TRIES = 2  # an object that is replaced, or breaks off; what does not answer is asked for longer
_CELLS = 32  # rows of pictures held at a time
_ODD = (
    "its name has an empty part, or . or .. for one, which the store's client does not take: all "
    "that lies below is left out, and may be what beside it begins with a character before /"
)


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """An object's bytes, in memory or on disk, or why they were not had."""

    listed: Listed  # as of the moment of fetching
    data: bytes | None = None
    path: Path | None = None  # deleted by whoever takes it
    trouble: Unreadable | None = None
    failed: OSError | None = None  # behind trouble that says more of the store than of the object


Fetching = Generator[Fetched, None, None]  # some are under way until it is closed


@dataclass(frozen=True, slots=True)
class _Held:
    """Bytes that were fetched already, as a `Source`; they are what they are."""

    data: bytes

    @contextmanager
    def open(self, file: FoundFile) -> Iterator[_OpenBytes]:
        yield _OpenBytes(io.BytesIO(self.data), replace(file, size=len(self.data)))


@dataclass(frozen=True, slots=True)
class _OpenBytes:
    stream: BinaryIO
    file: FoundFile

    def is_unchanged(self) -> bool:
        return True


def read_fetched(fetched: Fetched, *, side: int) -> ReadFile | Unreadable:
    """Hash and decode what was fetched; in a worker process."""
    file = file_of(fetched.listed)
    if fetched.path is None:
        return read_file(ReadJob(file), side=side, source=_Held(fetched.data or b""))
    there = replace(file, path=os.fsencode(fetched.path))
    read = read_file(ReadJob(there), side=side, source=LOCAL)
    if isinstance(read, Unreadable):
        return replace(read, path=file.path)
    return replace(read, file=replace(file, size=read.file.size))


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches with a few threads; folder: for what is too large to be held."""

    folder: Path
    web: Web

    def fetch(self, work: Work, wanted: Callable[[str], bool]) -> Fetching:
        """The objects of a shard in their order, those whose uri is wanted; to be closed by whoever
        does not take all. Raises OSError where a container of them cannot be read."""
        if isinstance(work, Objects):
            listed = [one for one in work.listed if wanted(one.uri)]
            return self._one_by_one(listed, work)
        if isinstance(work, TarMembers):
            return self._members(work.tar)
        return self._cells(work)

    def _one_by_one(self, wanted: Iterable[Listed], work: Objects) -> Fetching:
        under_way: deque[Future[Fetched]] = deque()
        with ThreadPoolExecutor(_AT_ONCE, "fetch") as threads:
            try:
                for listed in wanted:
                    address = work.addresses.get(listed.uri, listed.uri)
                    under_way.append(threads.submit(self._fetched, listed, address))
                    if len(under_way) > _AT_ONCE:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                for future in under_way:
                    future.cancel()

    def _fetched(self, listed: Listed, address: str) -> Fetched:
        def without(problem: Problem, reason: str, failed: OSError | None = None) -> Fetched:
            trouble = Unreadable(listed.uri.encode(), problem, reason)
            return Fetched(listed, trouble=trouble, failed=failed)

        key = listed.uri.partition("://")[2].partition("/")[2]
        if not is_web(address) and odd_folder_of(key):
            return without(Problem.IO, _ODD)
        etag, last = listed.etag, without(Problem.CHANGING, "it was replaced while it was read")
        for _ in range(_TRIES):
            try:
                return self._once(listed, address, etag)
            except Replaced:
                etag = None  # it is there, and another one: read what is there now
            except FileNotFoundError:
                return without(Problem.VANISHED, "it is not there any more")
            except PermissionError as error:
                failed = None if is_web(listed.uri) else error
                return without(Problem.PERMISSION, error.strerror or "not allowed", failed)
            except OSError as error:
                reason = f"reading failed: {error.strerror or type(error).__name__}"
                last = without(Problem.IO, reason, None if is_web(listed.uri) else error)
                if not isinstance(error, BrokeOff):
                    break
        return last

    def _once(self, listed: Listed, address: str, etag: str | None) -> Fetched:
        if is_web(address):
            now, pieces = self.web.get(address)
        else:
            store, key = located(address)
            now, pieces = store.pieces(key, etag=etag)
        return self._kept(replace(now, uri=listed.uri), pieces)

    def _kept(self, listed: Listed, pieces: Iterable[bytes]) -> Fetched:
        held: list[bytes] = []
        size = 0
        rest = iter(pieces)
        for piece in rest:
            held.append(piece)
            size += len(piece)
            if size > HELD:
                break
        else:
            return Fetched(replace(listed, size=size), b"".join(held))
        path = self.folder / os.urandom(8).hex()
        try:
            with path.open("xb") as file:
                file.writelines(held)
                for piece in rest:
                    size += len(piece)
                    if size > LARGEST:
                        raise OSError(0, f"it is larger than {LARGEST >> 30} GB")
                    file.write(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Fetched(replace(listed, size=size), path=path)

    def _members(self, tar: Listed) -> Fetching:
        store, key = located(tar.uri)
        now, pieces = store.pieces(key, etag=tar.etag)
        stream = cast("BinaryIO", _Pieces(pieces))
        try:
            with tarfile.open(fileobj=stream, mode="r|*") as opened:
                for member in opened:
                    name = member.name.encode("utf-8", "surrogateescape")
                    if not member.isfile() or suffix_of(name) not in PICTURE_SUFFIXES:
                        continue
                    uri = f"{tar.uri}#{member.offset_data}/{_told(member.name)}"
                    listed = Listed(uri, member.size, now.etag, now.modified_ns)
                    body = opened.extractfile(member)
                    yield self._kept(listed, iter(lambda b=body: b.read(1 << 20), b""))  # type: ignore[misc]
        except tarfile.TarError as error:
            trouble = Unreadable(tar.uri.encode(), Problem.DAMAGED, f"a damaged tar: {error}")
            yield Fetched(now, trouble=trouble)

    def _cells(self, cells: Cells) -> Fetching:
        store, key = located(cells.file.uri)
        column, _, within = cells.column.partition(".")
        row = cells.first_row
        with pq.ParquetFile(store.open(key), pre_buffer=True) as file:
            for batch in file.iter_batches(_CELLS, row_groups=[cells.group], columns=[column]):
                for value in picture_bytes(batch.column(0), within):
                    listed = replace(cells.file, uri=f"{cells.file.uri}#{row}")
                    if not value:
                        trouble = Unreadable(listed.uri.encode(), Problem.EMPTY, "no bytes")
                        yield Fetched(replace(listed, size=0), trouble=trouble)
                    else:
                        yield self._kept(listed, [value])
                    row += 1


def picture_bytes(column: pa.Array, within: str = "") -> list[bytes | None]:
    """The bytes in a column of binary values or of structs that have them under `within`, which is
    `bytes` by default."""
    if pa.types.is_struct(column.type):
        column = pc.struct_field(column, within or "bytes")
    values: list[bytes | None] = column.to_pylist()
    return values


def _told(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class _Pieces(io.RawIOBase):
    """A stream of pieces as a file that is read from its begin to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        held = [self._left]
        length = len(self._left)
        while size < 0 or length < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            held.append(piece)
            length += len(piece)
        joined = b"".join(held)
        end = length if size < 0 else size
        self._left = joined[end:]
        return joined[:end]
