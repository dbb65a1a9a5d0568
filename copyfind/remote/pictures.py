"""The contents of a run in memory: what finding copies needs of each, and where the rest lies.

Some 350 bytes a picture. A content is named by its row, its place in the order of SHA-256, as in a
catalog; what only few are asked for (addresses, facts, thumbnails) stays in the shards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from copyfind.records import Bools, Halves, Ints, Problem, Unreadable
from copyfind.remote.rows import (
    Listed,
    ObjectRow,
    descriptors_of_table,
    listed_of_table,
    read_rows,
)
from copyfind.remote.run import Run, ShardName
from copyfind.watch import UNCOUNTED, Count

Digests = NDArray[np.uint8]  # (n, 32)

_COLUMNS = ("size", "sha256", "pixels", "width", "height", "problem", "descriptor")
_NAMED = ("uri", "size", "etag", "modified")
_SAID = ("uri", "problem", "reason")


@dataclass(frozen=True, slots=True)
class Asked:
    """A content, and the row that says what is known of it."""

    sha256: bytes
    shard: ShardName
    place: int  # in the shard


@dataclass(frozen=True, eq=False)
class Pictures:
    """N objects of a run with M distinct contents."""

    run: Run
    hashes: Digests  # (M, 32) SHA-256, ascending
    content: Ints  # (N,) row of each object's content; -1: its bytes were not had
    shard: NDArray[np.int32]  # (N,) number of the shard that each object's row stands in
    place: NDArray[np.int32]  # (N,) and where in it
    size: Ints  # (N,) bytes
    troubled: Bools  # (N,) objects that gave no picture
    first: Ints  # (M,) the object that stands for a content: what is told of it is told there
    width: NDArray[np.int32]  # (M,) pixels; 0: not decoded
    height: NDArray[np.int32]
    pixels: Digests  # (M, 32) hash of the pixels; zeros: not known
    described: Ints  # (K,) rows with a descriptor, ascending
    descriptors: Halves  # (K, D)

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def objects(self) -> int:
        """How many there are."""
        return len(self.content)

    def sha256s(self, rows: Ints | Sequence[int]) -> list[bytes]:
        """The hashes of these contents."""
        joined = self.hashes[rows].tobytes()
        return [joined[start : start + 32] for start in range(0, len(joined), 32)]

    def rows_of(self, hashes: Digests) -> Ints:
        """(R,) rows of these SHA-256, (R, 32); -1 for what is not here."""
        if not len(self):
            return np.full(len(hashes), -1, np.int64)
        asked = _sortable(hashes)
        found = np.searchsorted(self._sorted, asked) % len(self)
        return np.where(self._sorted[found] == asked, found, -1)

    @cached_property
    def _shards(self) -> tuple[ShardName, ...]:
        return self.run.shards

    @cached_property
    def _sorted(self) -> NDArray[np.bytes_]:
        return _sortable(self.hashes)

    @cached_property
    def _by_content(self) -> tuple[Ints, Ints]:
        """Objects with bytes by content, and (M + 1,) where those of each begin."""
        order = np.argsort(self.content, kind="stable")
        order = order[np.searchsorted(self.content[order], 0) :]
        return order, np.searchsorted(self.content[order], np.arange(len(self) + 1))

    def objects_of(self, rows: Ints) -> Ints:
        """All objects with these contents, each once."""
        order, starts = self._by_content
        parts = [order[starts[row] : starts[row + 1]] for row in rows.tolist()]
        return np.concatenate([*parts, np.empty(0, np.int64)])

    def asked(self, rows: Ints) -> tuple[Asked, ...]:
        """Where a task finds what is known of these contents."""
        objects = self.first[rows]
        return tuple(
            Asked(sha256, self._shards[shard], place)
            for sha256, shard, place in zip(
                self.sha256s(rows),
                self.shard[objects].tolist(),
                self.place[objects].tolist(),
                strict=True,
            )
        )

    def repeated(self) -> Ints:
        """Rows of contents that several objects have."""
        _, starts = self._by_content
        return np.flatnonzero(np.diff(starts) > 1)

    def listed(self, objects: Ints) -> dict[int, Listed]:
        """What these objects are called; only the shards they stand in are asked."""
        found: dict[int, Listed] = {}
        for name, some in self._by_shard(objects):
            table = self.run.table(name, _NAMED).take(self.place[some])
            found |= zip(some.tolist(), listed_of_table(table), strict=True)
        return found

    def rows(self, objects: Ints) -> Iterator[tuple[int, ObjectRow]]:
        """All that is known of these objects, in no particular order, a shard at a time."""
        for name, some in self._by_shard(objects):
            with self.run.store.open(name.key) as stream:
                wanted = dict(zip(self.place[some].tolist(), some.tolist(), strict=True))
                for place, row in enumerate(read_rows(stream)):
                    if place in wanted:
                        yield wanted[place], row

    def problems(self) -> list[tuple[Unreadable, int]]:
        """Every object that gave no picture, by address, with the reason; and its size."""
        found = []
        for name, some in self._by_shard(np.flatnonzero(self.troubled)):
            said = self.run.table(name, _SAID).take(self.place[some]).to_pylist()
            for one, size in zip(said, self.size[some].tolist(), strict=True):
                problem = Problem(one["problem"])
                found.append((Unreadable(one["uri"].encode(), problem, one["reason"]), size))
        return sorted(found, key=lambda one: one[0].path)

    def _by_shard(self, objects: Ints) -> Iterator[tuple[ShardName, Ints]]:
        """These objects, those of a shard together, in its order."""
        order = objects[np.lexsort((self.place[objects], self.shard[objects]))]
        for some in np.split(order, np.flatnonzero(np.diff(self.shard[order])) + 1):
            if len(some):
                yield self._shards[self.shard[some[0]]], some


def read_pictures(run: Run, *, count: Count = UNCOUNTED) -> Pictures:
    """The contents of a run. count: shown how many shards are read. Raises StoreError, OSError."""
    parts = []
    shards = run.shards
    for number, name in enumerate(shards, start=1):
        parts.append(_Part.of(run.table(name, _COLUMNS)))
        count.show(number, len(shards))
    return _together(run, parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One shard: n objects, of which d have a descriptor."""

    hashes: Digests
    pixels: Digests
    shape: NDArray[np.int32]  # (n, 2)
    size: Ints  # (n,)
    has_bytes: Bools  # (n,)
    troubled: Bools  # (n,)
    described: Bools  # (n,)
    descriptors: Halves  # (d, D)

    @classmethod
    def of(cls, table: pa.Table) -> _Part:
        places, descriptors = descriptors_of_table(table)
        described = np.zeros(len(table), bool)
        described[places] = True
        width, height, size = (
            table.column(name).fill_null(0).to_numpy() for name in ("width", "height", "size")
        )
        return cls(
            hashes=digests_of_column(table.column("sha256")),
            pixels=digests_of_column(table.column("pixels")),
            shape=np.stack([width, height], axis=1).astype(np.int32),
            size=size.astype(np.int64),
            has_bytes=table.column("sha256").is_valid().to_numpy(),
            troubled=table.column("problem").is_valid().to_numpy(),
            described=described,
            descriptors=descriptors,
        )


def _together(run: Run, parts: Sequence[_Part]) -> Pictures:
    """The objects of all shards, and their contents. Of a content it is told what an object says
    that has a descriptor, if there is one: a decoder may have failed at another."""
    hashes = np.concatenate([np.empty((0, 32), np.uint8), *(part.hashes for part in parts)])
    has_bytes, described, troubled = (
        np.concatenate([np.empty(0, bool), *(getattr(part, name) for part in parts)])
        for name in ("has_bytes", "described", "troubled")
    )
    counts = [len(part.size) for part in parts]
    best_first = np.flatnonzero(has_bytes)[np.argsort(~described[has_bytes], kind="stable")]
    _, first, of = np.unique(_sortable(hashes[best_first]), return_index=True, return_inverse=True)
    content = np.full(len(hashes), -1, np.int64)
    content[best_first] = of
    first = best_first[first]
    rows = np.flatnonzero(described[first])
    place_of = np.cumsum(described) - 1  # of each object's descriptor among all
    dim = run.made_by.dim
    vectors = np.concatenate([np.empty((0, dim), np.float16), *(p.descriptors for p in parts)])
    shape = np.concatenate([np.empty((0, 2), np.int32), *(part.shape for part in parts)])[first]
    return Pictures(
        run=run,
        hashes=hashes[first],
        content=content,
        shard=np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        place=np.concatenate(
            [np.empty(0, np.int32), *(np.arange(n, dtype=np.int32) for n in counts)]
        ),
        size=np.concatenate([np.empty(0, np.int64), *(part.size for part in parts)]),
        troubled=troubled & ~np.append(described[first], False)[content],
        first=first,
        width=shape[:, 0],
        height=shape[:, 1],
        pixels=np.concatenate([np.empty((0, 32), np.uint8), *(p.pixels for p in parts)])[first],
        described=rows,
        descriptors=vectors[place_of[first[rows]]],
    )


def digests_of_column(column: pa.ChunkedArray) -> Digests:
    """(n, 32) bytes, zeros where there are none."""
    digests = np.zeros((len(column), 32), np.uint8)
    there = column.is_valid().to_numpy()
    joined = b"".join(column.drop_null().to_pylist())
    digests[there] = np.frombuffer(joined, np.uint8).reshape(-1, 32)
    return digests


def _sortable(digests: Digests) -> NDArray[np.bytes_]:
    """(n,) of (n, 32): zeros at the ends of all of one length change no comparison."""
    return np.ascontiguousarray(digests).view("S32").reshape(-1)
