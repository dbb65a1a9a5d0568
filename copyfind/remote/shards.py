"""A shard: the objects that are described by one task and lie in one object of the run.

Where a shard begins is told by the addresses themselves, so an object that comes or goes changes
the shard that it lies in and no other. Its name holds the hash of all that goes into it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from copyfind.remote.rows import Listed, MadeBy
from copyfind.remote.run import ShardName

MEAN, LEAST, MOST = 400, 100, 1200  # objects: some ten seconds of a core, ten megabytes of rows


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects that are fetched one by one."""

    listed: tuple[Listed, ...]
    # By uri, the addresses that hold more than that: a signature, which no row may keep.
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TarMembers:
    """The pictures in a tar, as of a WebDataset."""

    tar: Listed


@dataclass(frozen=True, slots=True)
class Cells:
    """The pictures in a column of one row group of a Parquet object: bytes, or a struct that has
    them under `bytes`, as Hugging Face writes them."""

    file: Listed
    column: str
    group: int
    first_row: int


Work = Objects | TarMembers | Cells


@dataclass(frozen=True, slots=True)
class Shard:
    """What one task does."""

    name: ShardName
    work: Work
    before: ShardName | None = None  # a shard of an earlier listing that has rows of the same


def cut(
    found: Iterable[Listed],
    made_by: MadeBy,
    *,
    mean: int = MEAN,
    signed: dict[str, str] | None = None,
) -> Iterator[Shard]:
    """Objects, in the order of their listing, as shards of about `mean` of them.

    signed: filled by whoever lists, while this draws from `found`, and emptied here: the addresses
    by uri.
    """
    least, most = max(mean * LEAST // MEAN, 1), mean * MOST // MEAN
    begun: list[Listed] = []
    place = _digest("")[:16]
    for listed in found:
        begins = _digest(listed.uri)[:16]
        if len(begun) >= most or (len(begun) >= least and int(begins, 16) % mean == 0):
            yield _of_objects(begun, place, made_by, signed)
            begun, place = [], begins
        begun.append(listed)
    if begun:
        yield _of_objects(begun, place, made_by, signed)


def of_tar(tar: Listed, made_by: MadeBy) -> Shard:
    """A tar's shard."""
    return Shard(_named(_digest(tar.uri)[:16], made_by, _told(tar)), TarMembers(tar))


def of_cells(cells: Cells, made_by: MadeBy) -> Shard:
    """The shard of a row group."""
    told = [*_told(cells.file), cells.column, cells.group]
    place = _digest(f"{cells.file.uri}#{cells.first_row}")[:16]
    return Shard(_named(place, made_by, told), cells)


def what_is_left(
    shards: Iterable[Shard], there: Mapping[ShardName, int]
) -> Iterator[tuple[Shard, bool]]:
    """Each shard, and whether it is there already. One that is not takes what it can from the last
    that was written at its place; there: names, and when each was written (ns)."""
    last: dict[str, ShardName] = {}
    for name in sorted(there, key=lambda name: (there[name], str(name))):
        last[name.place] = name
    for shard in shards:
        again = replace(shard.name, again=True)
        before = again if again in there else last.get(shard.name.place)
        yield replace(shard, before=before), shard.name in there


def _of_objects(
    begun: list[Listed], place: str, made_by: MadeBy, signed: dict[str, str] | None
) -> Shard:
    told = [one for listed in begun for one in _told(listed)]
    addresses = (
        {one.uri: signed.pop(one.uri) for one in begun if one.uri in signed} if signed else {}
    )
    return Shard(_named(place, made_by, told), Objects(tuple(begun), addresses))


def _told(listed: Listed) -> list[object]:
    return [listed.uri, listed.etag, listed.size]


def _named(place: str, made_by: MadeBy, told: list[object]) -> ShardName:
    made = [made_by.version, made_by.model, made_by.decoder]
    return ShardName(place, _digest(json.dumps([made, told]))[:32])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
