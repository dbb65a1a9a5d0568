"""Tasks of a run that look at pictures again: their pixels hashed, their pairs judged.

Each is a function of what it is told, writes one object named by that, and is harmless to repeat.
Thumbnails come from the shards where these hold several of the pictures asked for, else from the
objects themselves, and from the shards all the same where an object is gone; local features are
made on the way and not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa

from copyfind.collection.cache import PictureCache
from copyfind.grouping.clusters import Tie
from copyfind.imaging.readers import Readers
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.origins import asked_of, tell_pairs
from copyfind.pipeline.verifying import verify_pairs
from copyfind.records import Content, Pair, Tier
from copyfind.remote.pictures import Asked
from copyfind.remote.rows import facts_of_table, file_of, listed_of_table
from copyfind.remote.run import Run, ShardName
from copyfind.remote.verdicts import Tied, judged_as_parquet, key_of
from copyfind.verdict import Verdict

_THUMBNAIL = 25_000  # bytes, about
_TOLD = ("uri", "size", "etag", "modified", "facts")
_SMALL = ("thumbnail",)


@dataclass(frozen=True, slots=True)
class PairTask:
    """Pairs of some pictures. pictures: in the order of SHA-256; pairs: places among them, the
    lower first, with their cosines."""

    pictures: tuple[Asked, ...]
    pairs: tuple[Pair, ...]
    cosines: tuple[float, ...]

    @property
    def key(self) -> str:
        """Of the object that comes of it."""
        return key_of(
            (self.pictures[one].sha256, self.pictures[other].sha256) for one, other in self.pairs
        )


@dataclass(frozen=True, slots=True)
class PairsDone:
    """What a task of pairs came to."""

    key: str
    pairs: int
    proven: int
    unread: int  # pictures that were not had: their pairs are judged in a further run


def judge_pairs(task: PairTask, run: Run, readers: Readers) -> PairsDone:
    """Judge the pairs of a task and write what was found. readers: over `ObjectsAgain`. Raises
    OSError where the run's folder does not give rows or take the pairs."""
    cached = PictureCache(None)
    contents = dict(enumerate(contents_of(task.pictures, run, cached)))
    judged: dict[Pair, Verdict] = {}

    def verify(pairs: Sequence[Pair]) -> frozenset[int]:
        gallery = Gallery(lambda rows: {row: contents[row] for row in rows}, cached, readers)
        verified = verify_pairs(pairs, gallery, keep=judged.update)
        judged.update(verified.proven)
        return verified.unread

    unread = verify(task.pairs)
    if unread:  # gone, or another by now: what the run holds of it is judged
        for name, some in _by_shard(task.pictures, unread):
            _keep_thumbnails(task.pictures, some, run.table(name, _SMALL), cached)
        unread = verify([pair for pair in task.pairs if pair not in judged])
    odds = _odds(judged, contents, readers)
    cosine_of = dict(zip(task.pairs, task.cosines, strict=True))
    found = [
        Tied(
            task.pictures[pair[0]].sha256,
            task.pictures[pair[1]].sha256,
            cosine_of[pair],
            judged[pair],
            odds.get(pair),
        )
        for pair in task.pairs
        if pair in judged
    ]
    run.store.write(task.key, judged_as_parquet(found))
    proven = sum(one.verdict.tier is not Tier.UNVERIFIED for one in found)
    return PairsDone(task.key, len(found), proven, len(unread))


def _odds(
    judged: Mapping[Pair, Verdict], contents: Mapping[int, Content], readers: Readers
) -> dict[Pair, float]:
    """Log odds that the second of a pair was made from the first, of those that are asked."""
    ties = [Tie(pair, verdict) for pair, verdict in judged.items()]
    told: dict[Pair, float] = {}
    for answers in tell_pairs(asked_of(ties, contents), contents, readers):
        told |= answers
    return told


def contents_of(
    pictures: Sequence[Asked], run: Run, cached: PictureCache | None = None
) -> Iterator[Content]:
    """The pictures of a task, in their order, by place. Their thumbnails go to the cache, as far as
    these are to be had from the shards for less than the objects. Raises OSError."""
    found: dict[int, Content] = {}
    for name, rows in _by_shard(pictures, range(len(pictures))):
        told = run.table(name, _TOLD)
        count = len(told)
        told = told.take([pictures[row].place for row in rows])
        for row, listed, facts in zip(
            rows, listed_of_table(told), facts_of_table(told), strict=True
        ):
            file = file_of(listed)
            found[row] = Content(row, pictures[row].sha256, file.size, facts, None, (file,))
        if cached and sum(found[row].size for row in rows) > count * _THUMBNAIL:
            _keep_thumbnails(pictures, rows, run.table(name, _SMALL), cached)
    return (found[row] for row in range(len(pictures)))


def _by_shard(
    pictures: Sequence[Asked], rows: Iterable[int]
) -> Iterator[tuple[ShardName, list[int]]]:
    order = sorted(rows, key=lambda row: str(pictures[row].shard))
    for name, some in groupby(order, key=lambda row: pictures[row].shard):
        yield name, list(some)


def _keep_thumbnails(
    pictures: Sequence[Asked], rows: Sequence[int], table: pa.Table, cached: PictureCache
) -> None:
    """Keep those that a shard holds of these pictures, all of which it describes."""
    small = table.take([pictures[row].place for row in rows]).column(0).to_pylist()
    cached.store_thumbnails(
        {pictures[row].sha256: jpeg for row, jpeg in zip(rows, small, strict=True) if jpeg}
    )
