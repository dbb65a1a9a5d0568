"""The shard function: objects in, one Parquet object out. Repeating it changes nothing."""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self

import psutil

from copyfind.descriptor.embed import Embedder
from copyfind.imaging.formats import Undecodable, decoder_version
from copyfind.imaging.readers import Readers
from copyfind.pipeline.describing import rows_of
from copyfind.records import ABOUT_THE_FILE, Problem, ReadFile, Unreadable
from copyfind.remote.fetching import Fetched, Fetcher, read_fetched
from copyfind.remote.rows import Listed, MadeBy, ObjectRow, file_of, rows_as_parquet
from copyfind.remote.run import Run, ShardName
from copyfind.remote.shards import Objects, Shard
from copyfind.remote.web import WEB, Web, is_web

ReadFetched = Callable[..., ReadFile | Unreadable]

BATCH = 32  # pictures embedded at a time
_AHEAD = 24  # objects being decoded or waiting for it; each is held twice
_GIVE_UP = 32  # objects in a row that a store fails to give: it is the store, not they


@dataclass(frozen=True, slots=True)
class Done:
    """A shard that is there now."""

    name: ShardName
    objects: int
    bytes: int
    troubles: int  # objects without a descriptor
    reused: int  # objects whose rows were there
    worker: str  # where
    spent: float  # CPU seconds of this worker since it began, with the processes that decode


def made_by(embedder: Embedder) -> MadeBy:
    """What rows of this embedder and of the decoders here are made by."""
    return MadeBy(
        model=embedder.id,
        name=embedder.name,
        dim=embedder.dim,
        side=embedder.side,
        default_threshold=embedder.default_threshold,
        decoder=decoder_version(),
    )


class Worker:
    """Describes shards for a run: a context manager over the processes that decode. Two threads
    may have it do a shard each: one is decoded while the other's last pictures are written.

    workers: processes that decode. `read_with` stands in for reading and decoding in tests of what
    happens when that goes wrong.
    """

    def __init__(
        self,
        run: Run,
        embedder: Embedder,
        *,
        workers: int,
        web: Web = WEB,
        read_with: ReadFetched = read_fetched,
    ) -> None:
        self._run = run
        self._embedder = embedder
        self._read = partial(read_with, side=embedder.side)
        self._readers = Readers(workers=workers, side=embedder.side, ahead=_AHEAD)
        self._web = web
        self._began = _cpu_seconds()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes at once; a shard under way is lost."""
        self._readers.close()

    def do(self, shard: Shard) -> Done:
        """Describe a shard and write it. Raises OSError where a store does not give objects or
        take the rows, StoreError where the rows would be those of other decoders."""
        known = self._known(shard)
        with tempfile.TemporaryDirectory(prefix="copyfind-") as folder:
            fetcher = Fetcher(Path(folder), self._web)
            # Closed here, not by whatever thread collects garbage: one of its own would wait for
            # itself, and others may still write into the folder.
            with closing(fetcher.fetch(shard.work, lambda uri: uri not in known)) as fetched:
                rows = {row.listed.uri: row for row in self._rows(fetched)}
        if isinstance(shard.work, Objects):
            uris = dict.fromkeys(one.uri for one in shard.work.listed)  # a list may repeat itself
            found = [known.get(uri) or rows[uri] for uri in uris]
        else:
            found = list(rows.values())
        again = any(row.trouble is not None and _may_pass(row.trouble) for row in found)
        name = replace(shard.name, again=again)
        data = rows_as_parquet(found, self._run.made_by)
        if again:
            self._run.store.write(name.key, data)
        else:
            self._run.store.create(name.key, data)
        return Done(
            name,
            objects=len(found),
            bytes=sum(row.listed.size or 0 for row in found),
            troubles=sum(row.row is None or row.row.descriptor is None for row in found),
            reused=len(found) - len(rows),
            worker=f"{platform.node()}-{os.getpid()}",
            spent=_cpu_seconds() - self._began,
        )

    def _known(self, shard: Shard) -> dict[str, ObjectRow]:
        """The rows that were made of the very objects of this shard before, by uri."""
        if shard.before is None or not isinstance(shard.work, Objects):
            return {}
        listed = {one.uri: one for one in shard.work.listed}
        return {
            row.listed.uri: row
            for row in self._run.rows([shard.before])
            if (now := listed.get(row.listed.uri)) and _is_of(row, now)
        }

    def _rows(self, fetched: Iterator[Fetched]) -> Iterator[ObjectRow]:
        """A row for each object, in their order but for troubles, which come when they are met."""
        met: list[ObjectRow] = []
        given = self._given(fetched, met)
        read = self._readers.each(self._read, given)
        while batch := list(islice(read, BATCH)):
            yield from self._described(batch)
        yield from met

    def _given(self, fetched: Iterator[Fetched], met: list[ObjectRow]) -> Iterator[Fetched]:
        """What there are bytes of; the rest goes to `met`."""
        failures = 0
        for one in fetched:
            if one.trouble is None:
                failures = 0
                yield one
                continue
            met.append(ObjectRow(one.listed, trouble=one.trouble))
            failures = failures + 1 if one.failed else 0
            if one.failed and failures == _GIVE_UP:
                raise one.failed

    def _described(
        self, batch: Sequence[tuple[Fetched, ReadFile | Unreadable | Undecodable]]
    ) -> Iterator[ObjectRow]:
        read: list[tuple[Listed, ReadFile]] = []
        for fetched, result in batch:
            one = _ended(fetched, result) if isinstance(result, Undecodable) else result
            if fetched.path is not None:
                fetched.path.unlink(missing_ok=True)
            if isinstance(one, Unreadable):
                yield ObjectRow(fetched.listed, trouble=one)
            else:
                read.append((fetched.listed, one))
        rows = rows_of([one for _, one in read], self._embedder)
        for (listed, _), row in zip(read, rows, strict=True):
            yield ObjectRow(listed, row)


def _ended(fetched: Fetched, error: Undecodable) -> ReadFile:
    """What is told of an object that ended its decoder."""
    if fetched.path is None:
        sha256 = hashlib.sha256(fetched.data or b"").digest()
    else:
        with fetched.path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").digest()
    file = file_of(fetched.listed)
    return ReadFile(file, sha256, problem=Unreadable(file.path, error.problem, error.reason))


def _is_of(row: ObjectRow, now: Listed) -> bool:
    """Whether a row is of the object that is listed now, and final."""
    if row.trouble is not None and _may_pass(row.trouble):
        return False
    if now.etag is None:  # an address in a list, of which nothing else is told
        return is_web(now.uri)
    return (row.listed.etag, row.listed.size) == (now.etag, now.size)


def _may_pass(trouble: Unreadable) -> bool:
    """Whether a further run should try again."""
    return trouble.problem in ABOUT_THE_FILE and trouble.problem is not Problem.VANISHED


def _cpu_seconds() -> float:
    """Of this process, and of those that it started and that run."""
    here = psutil.Process()
    times = [here.cpu_times()]
    for child in here.children(recursive=True):
        try:
            times.append(child.cpu_times())
        except psutil.Error:  # it has just ended
            continue
    return float(sum(one.user + one.system for one in times))
