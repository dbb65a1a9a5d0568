"""A run that lies in a store: what it is, which shards belong to it, and the rows in them.

`manifest/run.json` says what describes its pictures and is written once. `manifest/sources/` holds
one object a source, a bucket or a list, which names the shards of its last listing; it is written
when all of them are there. `rows/` holds the shards, those of listings before too: what no source
names does not count.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import pyarrow as pa

from copyfind.errors import StoreError
from copyfind.remote.rows import VERSION, MadeBy, ObjectRow, read_rows, read_table
from copyfind.remote.store import Store

ROWS = "rows"
_RUN, _SOURCES = "manifest/run.json", "manifest/sources"
_NAME = re.compile(r"(?P<place>[0-9a-f]{16})-(?P<content>[0-9a-f]{32})(?P<again>-again)?")
_SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class ShardName:
    """The name of a shard's object: where in its source it begins, and the hash of its input."""

    place: str  # 16 hexadecimal digits
    content: str  # 32 of them
    again: bool = False  # it has rows that a further run should try again

    def __str__(self) -> str:
        return f"{self.place}-{self.content}" + "-again" * self.again

    @property
    def key(self) -> str:
        """Of its object, in the run's folder."""
        return f"{ROWS}/{self}{_SUFFIX}"

    @classmethod
    def parse(cls, text: str) -> ShardName | None:
        """A name out of a key or a manifest; None where it is no such name."""
        found = _NAME.fullmatch(text.rpartition("/")[2].removesuffix(_SUFFIX))
        if found is None:
            return None
        return cls(found["place"], found["content"], again=found["again"] is not None)


@dataclass(frozen=True, slots=True)
class Finished:
    """A source whose objects have all been looked at."""

    source: str  # a bucket's address, or a list's
    shards: tuple[ShardName, ...]
    finished_at: str = ""  # ISO 8601, UTC


@dataclass(frozen=True)
class Run:
    """A run's folder, and what describes its pictures."""

    store: Store
    made_by: MadeBy

    @cached_property
    def sources(self) -> tuple[Finished, ...]:
        """The sources that were finished, by their address."""
        found = []
        for listed in self.store.listed(_SOURCES):
            told = json.loads(self.store.get(self.store.key_of(listed.uri))[1])
            names = (ShardName.parse(name) for name in told.pop("shards"))
            found.append(Finished(shards=tuple(name for name in names if name), **told))
        return tuple(sorted(found, key=lambda one: one.source))

    @property
    def shards(self) -> tuple[ShardName, ...]:
        """The shards that belong to it, each once. Raises StoreError where no source is finished:
        a report of a part would call the rest unique."""
        if not self.sources:
            raise StoreError(
                f"{self.store.url}: no source of this run is finished; index it to its end first"
            )
        return tuple(dict.fromkeys(name for one in self.sources for name in one.shards))

    def there(self) -> dict[ShardName, int]:
        """Every shard that was ever written, with the time (ns) at which it was."""
        names = ((ShardName.parse(one.uri), one.modified_ns) for one in self.store.listed(ROWS))
        return {name: written for name, written in names if name is not None}

    def rows(self, shards: Iterable[ShardName] | None = None) -> Iterator[ObjectRow]:
        """The rows of some shards, of all that belong to the run by default."""
        for name in self.shards if shards is None else shards:
            with self.store.open(name.key) as stream:
                yield from read_rows(stream)

    def table(self, name: ShardName, columns: Sequence[str]) -> pa.Table:
        """Some columns of a shard; no more is fetched than they need."""
        with self.store.open(name.key) as stream:
            return read_table(stream, columns)[1]

    def finish(self, finished: Finished) -> None:
        """Say that a source is looked at to its end: from now on these are its shards."""
        told = asdict(finished) | {
            "shards": [str(name) for name in finished.shards],
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        digits = hashlib.sha256(finished.source.encode()).hexdigest()[:32]
        self.store.write(f"{_SOURCES}/{digits}.json", json.dumps(told, indent=1).encode())


def open_run(url: str) -> Run:
    """The run that lies at an address. Raises StoreError where there is none, or one of a newer
    copyfind, and OSError where the store does not give it."""
    store = Store(url)
    made_by = _made_by(store)
    if made_by is None:
        raise StoreError(
            f"{store.url}: no run lies there; make one with: copyfind index SOURCE --to {store.url}"
        )
    return Run(store, made_by)


def begin_run(url: str, made_by: MadeBy) -> Run:
    """The run at an address, begun where there is none. Raises StoreError where what lies there
    was made by another model or other decoders, and OSError."""
    store = Store(url)
    text = json.dumps(asdict(made_by), indent=1, sort_keys=True).encode()
    # Looked for first: not every store heeds the condition under which it is created.
    there = _made_by(store)
    if there is None and not store.create(_RUN, text):
        there = _made_by(store)
    if there in (None, made_by):
        return Run(store, made_by)
    same = replace(there, decoder=made_by.decoder) == made_by
    how = f"other decoders ({there.decoder})" if same else f"the model {there.name}"
    raise StoreError(f"{store.url}: this run was made with {how}; name another folder with --to")


def _made_by(store: Store) -> MadeBy | None:
    try:
        told = json.loads(store.get(_RUN)[1])
    except FileNotFoundError:
        return None
    except ValueError:
        raise StoreError(f"{store.url}: {_RUN} is damaged") from None
    if not isinstance(told, dict) or told.get("version") != VERSION:
        raise StoreError(f"{store.url}: another version of copyfind made this run")
    return MadeBy(**told)
