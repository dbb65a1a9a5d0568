"""Objects of a run as they are read again, by the address that their row has."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.imaging.source import LOCAL, Opened
from copyfind.paths import is_address
from copyfind.records import FoundFile
from copyfind.remote.fetching import picture_bytes
from copyfind.remote.rows import Listed
from copyfind.remote.store import located
from copyfind.remote.web import Web, is_web

_TAR, _PARQUET = ".tar", ".parquet"


@dataclass(frozen=True, slots=True)
class _Had:
    """The bytes of an object, as they were when they were asked for."""

    stream: BinaryIO
    file: FoundFile

    def is_unchanged(self) -> bool:
        """They are in memory."""
        return True


@dataclass(frozen=True, slots=True)
class ObjectsAgain:
    """The `Source` of what a run has rows of: objects, pictures in tars, cells of a column. What
    has no address is a file of this machine."""

    @contextmanager
    def open(self, file: FoundFile) -> Iterator[Opened]:
        """The object at the file's path, with size and time as they are now. Raises OSError; of
        what was behind a signature no row says how to reach it."""
        if not is_address(file.path):
            with LOCAL.open(file) as opened:
                yield opened
            return
        now, data = _had(file)
        yield _Had(io.BytesIO(data), replace(file, size=len(data), mtime_ns=now.modified_ns))


def _had(file: FoundFile) -> tuple[Listed, bytes]:
    uri = file.path.decode()
    if is_web(uri):
        now, pieces = Web().get(uri)
        return now, b"".join(pieces)
    container, _, within = uri.rpartition("#")
    begin, slash, _ = within.partition("/")
    if begin.isdecimal() and slash and container.endswith(_TAR):
        store, key = located(container)
        return store.look(key), store.part(key, int(begin), file.size)
    if begin.isdecimal() and not slash and container.endswith(_PARQUET):
        store, key = located(container)
        return store.look(key), _cell(store.open(key), int(begin))
    store, key = located(uri)
    return store.get(key)


def _cell(stream: BinaryIO, row: int) -> bytes:
    """The picture in a row of a Parquet object that holds pictures in one column."""
    with pq.ParquetFile(stream) as table:
        named = [field.name for field in table.schema_arrow if _holds_pictures(field.type)]
        if len(named) != 1:
            raise OSError(errno.EINVAL, "several of its columns hold bytes")
        for group in range(table.num_row_groups):
            rows = table.metadata.row_group(group).num_rows
            if row < rows:
                column = table.read_row_group(group, named).column(0).slice(row, 1)
                (data,) = picture_bytes(column.combine_chunks())
                return data or b""
            row -= rows
    raise FileNotFoundError(errno.ENOENT, "no such row")


def _holds_pictures(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(kind.field(place).name == "bytes" for place in range(kind.num_fields))
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
