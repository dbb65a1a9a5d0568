"""Pairs of contents to verdicts: a second look at each, several at a time, most promising first.

The worker processes that decode pictures also compare them: a library that crashes over a pair
costs that pair, and each has a core to itself. Everything they need of a picture is its thumbnail
and its local features, which the cache keeps; what is missing there is made from the files.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby

import cv2

from copyfind.collection.cache import PictureCache
from copyfind.evidence.features import Features
from copyfind.evidence.verify import Look, verify
from copyfind.imaging.colour import GREY
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.readers import Readers
from copyfind.imaging.reading import read_thumbnail
from copyfind.imaging.source import LOCAL, Source
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.pipeline.gallery import Gallery, Picture
from copyfind.records import (
    Colour,
    Content,
    FoundFile,
    Ints,
    Pair,
    Pixels,
    Tier,
    Unreadable,
    ordered,
)
from copyfind.verdict import Verdict
from copyfind.watch import NOBODY, Stage, Watch

Keep = Callable[[Mapping[Pair, Verdict]], None]
_AT_ONCE = 512  # pictures in memory together: some 60 MB
_IN_A_TASK = 8  # pairs with one picture that travel together
_UNPACKED = 64  # thumbnails that a worker keeps as pixels: 30 MB at most
_LARGER = 32  # decoded larger than a thumbnail, that a worker keeps: 160 MB at most
_KEEP_EVERY = 1.0  # seconds between two times that verdicts are stored


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of some pairs."""

    proven: Mapping[Pair, Verdict]  # those that anything ties
    unread: frozenset[int]  # contents that could not be looked at: their pairs have no verdict


@dataclass(frozen=True, slots=True)
class _Task:
    """A picture, and those that it is to be compared with."""

    one: Picture
    others: tuple[Picture, ...]


def verify_pairs(
    pairs: Sequence[Pair] | Ints,
    gallery: Gallery,
    *,
    keep: Keep = lambda _: None,
    watch: Watch = NOBODY,
) -> Verified:
    """Judge pairs (P, 2) in about their order, the most promising first.

    gallery: holds the contents of all pairs. keep is given the verdicts,
    proven or not, every now and then. A picture whose file is gone, or is another by now, leaves
    its pairs without a verdict. Raises Interrupted; what was judged up to there is kept.
    """
    if not len(pairs):
        return Verified({}, frozenset())
    proven: dict[Pair, Verdict] = {}
    unread: set[int] = set()
    fresh: dict[Pair, Verdict] = {}
    kept_at = time.monotonic()
    done = 0
    watch.show(Stage.VERIFY, 0, len(pairs))
    try:
        for task, answers in _judged(_tasks(pairs, gallery, unread), gallery.readers):
            for other, (verdict, is_sure) in zip(task.others, answers, strict=True):
                pair = ordered(task.one.row, other.row)
                if is_sure:
                    fresh[pair] = verdict
                if verdict.tier is not Tier.UNVERIFIED:
                    proven[pair] = verdict
            done += len(task.others)
            watch.show(Stage.VERIFY, done, len(pairs))
            if time.monotonic() - kept_at > _KEEP_EVERY:
                keep(fresh)
                fresh, kept_at = {}, time.monotonic()
            if done < len(pairs):
                watch.check(f"after {done:,} of {len(pairs):,} pairs, all of them kept")
    finally:
        keep(fresh)
    watch.show(Stage.VERIFY, len(pairs), len(pairs))
    return Verified(proven, frozenset(unread))


def verify_with(
    one: Content, others: Sequence[Content], cached: PictureCache, readers: Readers
) -> list[Verdict]:
    """What ties each of some other contents to one, told from the other to it.

    The contents may be of any catalog or of none: they are judged by `verify_pairs`, in the same
    order as in a catalog that holds both.
    """
    by_hash = {content.sha256: content for content in (one, *others)}
    contents = {row: by_hash[sha256] for row, sha256 in enumerate(sorted(by_hash))}
    row_of = {content.sha256: row for row, content in contents.items()}
    pairs = [ordered(row_of[one.sha256], row_of[other.sha256]) for other in others]
    judged: dict[Pair, Verdict] = {}
    gallery = Gallery(lambda _: contents, cached, readers)
    verified = verify_pairs(list(dict.fromkeys(pairs)), gallery, keep=judged.update)
    judged.update(verified.proven)
    nothing = Verdict(Tier.UNVERIFIED)
    verdicts = (judged.get(pair, nothing) for pair in pairs)
    return [
        verdict if other.sha256 < one.sha256 else verdict.reversed()
        for other, verdict in zip(others, verdicts, strict=True)
    ]


def _tasks(pairs: Sequence[Pair] | Ints, gallery: Gallery, unread: set[int]) -> Iterator[_Task]:
    """The pairs, some at a time, those that share a picture together."""
    for now in _blocks(pairs):
        rows = {row for pair in now for row in pair}
        pictures = gallery.pictures(sorted(rows))
        unread.update(rows - pictures.keys())
        there = [pair for pair in now if pair[0] in pictures and pair[1] in pictures]
        for one, group in groupby(side_by_side(there), key=lambda pair: pair[0]):
            others = [pictures[other] for _, other in group]
            for at in range(0, len(others), _IN_A_TASK):
                yield _Task(pictures[one], tuple(others[at : at + _IN_A_TASK]))


def _blocks(pairs: Sequence[Pair] | Ints) -> Iterator[list[Pair]]:
    """The pairs in their order, with `_AT_ONCE` pictures at a time: where each resembles many,
    as documents do, those are many pairs."""
    block: list[Pair] = []
    shown: set[int] = set()
    for one, other in pairs:
        pair = int(one), int(other)
        if len(shown) + sum(row not in shown for row in pair) > _AT_ONCE:
            yield block
            block, shown = [], set()
        block.append(pair)
        shown.update(pair)
    if block:
        yield block


def side_by_side(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """In an order (of Cuthill and McKee, 1969) in which the pairs of a picture lie near to those
    of its partners, so that what a worker keeps of it is still there when it is met again."""
    partners: dict[int, set[int]] = {}
    for one, other in pairs:
        partners.setdefault(one, set()).add(other)
        partners.setdefault(other, set()).add(one)
    fewest_first = sorted(partners, key=lambda row: (len(partners[row]), row))
    rank = {row: rank for rank, row in enumerate(fewest_first)}
    place: dict[int, int] = {}
    for start in fewest_first:
        reached = deque([] if start in place else [start])
        place.setdefault(start, len(place))
        while reached:
            for row in sorted(partners[reached.popleft()] - place.keys(), key=rank.__getitem__):
                place[row] = len(place)
                reached.append(row)
    turned = (sorted(pair, key=place.__getitem__) for pair in pairs)
    return sorted(((one, other) for one, other in turned), key=lambda p: (place[p[0]], place[p[1]]))


def _judged(
    tasks: Iterable[_Task], readers: Readers
) -> Iterator[tuple[_Task, Sequence[tuple[Verdict, bool]]]]:
    """Each task with its verdicts; the pairs of one that ended its worker are judged alone."""
    for task, answers in readers.each(judge, tasks):
        if not isinstance(answers, Undecodable):
            yield task, answers
            continue
        for other in task.others:
            alone = _Task(task.one, (other,))
            for _, answer in readers.each(judge, [alone]):
                if isinstance(answer, Undecodable):
                    answer = [(Verdict(Tier.UNVERIFIED), True)]
                yield alone, answer


def judge(task: _Task) -> list[tuple[Verdict, bool]]:
    """In a worker: a verdict on each pair, the lower row first, and whether it may be kept."""
    cv2.setNumThreads(1)
    one = _Subject(task.one)
    answers = []
    for picture in task.others:
        other = _Subject(picture)
        lower, higher = (one, other) if one.row < other.row else (other, one)
        verdict = verify(lower.look(), higher.look())
        answers.append((verdict, not (one.is_missed or other.is_missed)))
    return answers


class _Subject:
    """A picture in a worker, unpacked once."""

    def __init__(self, picture: Picture) -> None:
        self.row = picture.row
        self.is_missed = False  # whether a closer look was wanted and could not be had
        self._picture = picture
        self._look: Look | None = None

    def look(self) -> Look:
        if self._look is None:
            features = Features.from_bytes(self._picture.features)
            if features is None:
                raise ValueError("features of another version")
            pixels = partial(_unpacked, self._picture.thumbnail)
            self._look = Look(pixels, features, self._picture.facts, self._closer)
        return self._look

    def _closer(self, longest: int, *, page: int = 0, ground: Colour = GREY) -> Pixels | None:
        picture = self._picture
        found = read_larger(picture.files, longest, page, ground, picture.source)
        self.is_missed |= found is None
        return found


@lru_cache(maxsize=_UNPACKED)
def _unpacked(thumbnail: bytes) -> Pixels:
    return decode_thumbnail(thumbnail)


@lru_cache(maxsize=_LARGER)
def read_larger(
    files: tuple[FoundFile, ...],
    longest: int,
    page: int = 0,
    ground: Colour = GREY,
    source: Source = LOCAL,
) -> Pixels | None:
    """The picture at up to so many pixels, from the first file that still is what it was.

    Kept in the worker: of documents on one layout each is compared with many, and decoding two
    pages takes about as long as comparing them.
    """
    for file in files:
        small = read_thumbnail(file, longest=longest, page=page, ground=ground, source=source)
        if not isinstance(small, Unreadable):
            return small
    return None
