"""What is to be looked at: the objects of a bucket, of a list, or of tars, as shards."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.collection.pictures import PICTURE_SUFFIXES, suffix_of
from copyfind.errors import StoreError
from copyfind.paths import is_in_store
from copyfind.remote.rows import Listed, MadeBy
from copyfind.remote.shards import MEAN, Cells, Shard, cut, of_cells, of_tar
from copyfind.remote.store import Store, located
from copyfind.remote.web import is_web, without_secrets

_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}|\{([^{}]*)\}")
_TARS_AT_MOST = 1_000_000
_ROWS = 10_000  # of a list, held at a time


class Source(Protocol):
    """Where shards come from."""

    @property
    def name(self) -> str:
        """What the run remembers it by; without anything that gives access."""

    def shards(self, made_by: MadeBy, *, mean: int = MEAN) -> Iterator[Shard]:
        """The shards, as they are listed. Raises OSError and StoreError."""

    def count(self) -> tuple[int, int]:
        """How many objects there are, and their bytes; 0 where neither is known before."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The pictures below an address: what has a picture's suffix or none. Names that begin with a
    dot are left out, as in a folder. Keys with an empty part are told by that."""

    url: str

    @property
    def name(self) -> str:
        return Store(self.url).url

    def shards(self, made_by: MadeBy, *, mean: int = MEAN) -> Iterator[Shard]:
        return cut(self._pictures(), made_by, mean=mean)

    def count(self) -> tuple[int, int]:
        objects = size = 0
        for listed in self._pictures():
            objects += 1
            size += listed.size or 0
        return objects, size

    def _pictures(self) -> Iterator[Listed]:
        store = Store(self.url)
        for listed in store.listed():
            if listed.size != 0 and _may_be_a_picture(store.key_of(listed.uri)):
                yield listed


def _may_be_a_picture(key: str) -> bool:
    parts = key.split("/")
    suffix = suffix_of(parts[-1].encode())
    return not any(part.startswith(".") for part in parts) and (
        not suffix or suffix in PICTURE_SUFFIXES
    )


@dataclass(frozen=True, slots=True)
class Addresses:
    """A column of addresses in a Parquet object, or a text of one a line, of the web or stores."""

    list_uri: str
    column: str

    @property
    def name(self) -> str:
        return f"{self.list_uri}#{self.column}" if self.column else self.list_uri

    def shards(self, made_by: MadeBy, *, mean: int = MEAN) -> Iterator[Shard]:
        signed: dict[str, str] = {}

        def listed() -> Iterator[Listed]:
            for address in self._addresses():
                uri = without_secrets(address) if is_web(address) else address
                if uri != address:
                    signed[uri] = address
                yield Listed(uri)

        return cut(listed(), made_by, mean=mean, signed=signed)

    def count(self) -> tuple[int, int]:
        if self.column:
            store, key = located(self.list_uri)
            with pq.ParquetFile(store.open(key)) as file:
                return file.metadata.num_rows, 0
        return sum(1 for _ in self._addresses()), 0

    def _addresses(self) -> Iterator[str]:
        store, key = located(self.list_uri)
        if not self.column:
            lines: Iterable[str] = io.TextIOWrapper(io.BytesIO(store.get(key)[1]), "utf-8")
        else:
            lines = self._cells(store, key)
        for line in lines:
            if word := line.strip():
                # A list may be of others, and is no way to this machine's files.
                if not (is_web(word) or is_in_store(word)) or word.startswith("file:"):
                    shown = without_secrets(word)[:60]
                    raise StoreError(
                        f"{self.list_uri}: no address of the web or a store: {shown!r}"
                    )
                yield word

    def _cells(self, store: Store, key: str) -> Iterator[str]:
        with pq.ParquetFile(store.open(key), pre_buffer=True) as file:
            for batch in file.iter_batches(_ROWS, columns=[self.column]):
                yield from (value or "" for value in batch.column(0).to_pylist())


@dataclass(frozen=True, slots=True)
class Pictures:
    """A column of a Parquet object that holds the pictures themselves; a row group is a shard."""

    file_uri: str
    column: str

    @property
    def name(self) -> str:
        return f"{self.file_uri}#{self.column}"

    def shards(self, made_by: MadeBy, *, mean: int = MEAN) -> Iterator[Shard]:
        del mean  # a row group is read whole
        store, key = located(self.file_uri)
        file_listed = store.look(key)
        first = 0
        with pq.ParquetFile(store.open(key)) as file:
            for group in range(file.num_row_groups):
                yield of_cells(Cells(file_listed, self.column, group, first), made_by)
                first += file.metadata.row_group(group).num_rows

    def count(self) -> tuple[int, int]:
        store, key = located(self.file_uri)
        with pq.ParquetFile(store.open(key)) as file:
            return file.metadata.num_rows, store.look(key).size or 0


@dataclass(frozen=True, slots=True)
class Tars:
    """The tars of a WebDataset, by a pattern with braces; each is a shard."""

    pattern: str

    @property
    def name(self) -> str:
        return self.pattern

    def shards(self, made_by: MadeBy, *, mean: int = MEAN) -> Iterator[Shard]:
        del mean  # a tar is read whole
        return (of_tar(tar, made_by) for tar in self._tars())

    def count(self) -> tuple[int, int]:
        return 0, sum(tar.size or 0 for tar in self._tars())

    def _tars(self) -> Iterator[Listed]:
        for uri in expanded(self.pattern):
            store, key = located(uri)
            yield store.look(key)


def expanded(pattern: str) -> Iterator[str]:
    """The addresses of a pattern such as s3://b/{00000..00999}.tar or s3://b/{a,b}.tar. Raises
    StoreError for more than a million."""
    pieces: list[list[str]] = []
    end = total = 0
    for found in _BRACES.finditer(pattern):
        pieces.append([pattern[end : found.start()]])
        if found[3] is None:
            low, high, width = int(found[1]), int(found[2]), len(found[1])
            if not 0 <= high - low < _TARS_AT_MOST:
                raise StoreError(f"{pattern}: from {found[1]} to {found[2]} is too far, or nothing")
            pieces.append([f"{n:0{width}d}" for n in range(low, high + 1)])
        else:
            pieces.append(found[3].split(","))
        total = (total or 1) * len(pieces[-1])
        end = found.end()
    if total > _TARS_AT_MOST:
        raise StoreError(f"{pattern}: these are {total:,} addresses")
    return ("".join(choice) for choice in product(*pieces, [pattern[end:]]))


def of_list(list_uri: str, column: str | None) -> Addresses | Pictures:
    """The source that a list is: by the type of its column, or a text of addresses. Raises
    StoreError and OSError."""
    if not list_uri.lower().endswith(".parquet"):
        if column is not None:
            raise StoreError(f"{list_uri}: only .parquet has columns; a text has an address a line")
        return Addresses(list_uri, "")
    store, key = located(list_uri)
    try:
        with pq.ParquetFile(store.open(key)) as file:
            schema = file.schema_arrow
    except pa.ArrowInvalid:
        raise StoreError(f"{list_uri}: no Parquet") from None
    name = (column or "url").partition(".")[0]
    if name not in schema.names:
        there = ", ".join(schema.names)
        raise StoreError(f"{list_uri}: no column {name!r}; name one with --column: {there}")
    kind = schema.field(name).type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Addresses(list_uri, name)
    if pa.types.is_struct(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return Pictures(list_uri, column or name)
    raise StoreError(f"{list_uri}: the column {name!r} holds neither addresses nor pictures")
