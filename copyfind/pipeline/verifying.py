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

from copyfind.evidence.features import Features
from copyfind.evidence.verify import Look, verify
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.readers import Readers
from copyfind.imaging.reading import read_thumbnail
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.pipeline.gallery import Gallery, Picture
from copyfind.records import FoundFile, Pixels, Tier, Unreadable
from copyfind.verdict import Verdict
from copyfind.watch import NOBODY, Stage, Watch

Pair = tuple[bytes, bytes]  # SHA-256 of two contents, the lower first
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
    unread: frozenset[bytes]  # contents that could not be looked at: their pairs have no verdict


@dataclass(frozen=True, slots=True)
class _Task:
    """A picture, and those that it is to be compared with."""

    one: Picture
    others: tuple[Picture, ...]


def verify_pairs(
    pairs: Sequence[Pair],
    gallery: Gallery,
    *,
    keep: Keep = lambda _: None,
    watch: Watch = NOBODY,
) -> Verified:
    """Judge pairs in about their order, the most promising first.

    gallery: holds the contents of all pairs. keep is given the verdicts,
    proven or not, every now and then. A picture whose file is gone, or is another by now, leaves
    its pairs without a verdict. Raises Interrupted; what was judged up to there is kept.
    """
    if not pairs:
        return Verified({}, frozenset())
    proven: dict[Pair, Verdict] = {}
    unread: set[bytes] = set()
    fresh: dict[Pair, Verdict] = {}
    kept_at = time.monotonic()
    done = 0
    watch.show(Stage.VERIFY, 0, len(pairs))
    try:
        for task, answers in _judged(_tasks(pairs, gallery, unread), gallery.readers):
            for other, (verdict, is_sure) in zip(task.others, answers, strict=True):
                pair = ordered(task.one.sha256, other.sha256)
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


def ordered(one: bytes, other: bytes) -> Pair:
    """The direction in which every pair is judged, in any catalog."""
    return (one, other) if one < other else (other, one)


def _tasks(pairs: Sequence[Pair], gallery: Gallery, unread: set[bytes]) -> Iterator[_Task]:
    """The pairs, some at a time, those that share a picture together."""
    for now in _blocks(pairs):
        pictures = gallery.pictures(sha256 for pair in now for sha256 in pair)
        unread.update({sha256 for pair in now for sha256 in pair} - pictures.keys())
        there = [pair for pair in now if pair[0] in pictures and pair[1] in pictures]
        for first, group in groupby(side_by_side(there), key=lambda pair: pair[0]):
            others = [pictures[second] for _, second in group]
            for at in range(0, len(others), _IN_A_TASK):
                yield _Task(pictures[first], tuple(others[at : at + _IN_A_TASK]))


def _blocks(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """The pairs in their order, with `_AT_ONCE` pictures at a time: where each resembles many,
    as documents do, those are many pairs."""
    block: list[Pair] = []
    shown: set[bytes] = set()
    for pair in pairs:
        if len(shown) + sum(sha256 not in shown for sha256 in pair) > _AT_ONCE:
            yield block
            block, shown = [], set()
        block.append(pair)
        shown.update(pair)
    if block:
        yield block


def side_by_side(pairs: Sequence[Pair]) -> list[Pair]:
    """In an order (of Cuthill and McKee, 1969) in which the pairs of a picture lie near to those
    of its partners, so that what a worker keeps of it is still there when it is met again."""
    partners: dict[bytes, set[bytes]] = {}
    for one, other in pairs:
        partners.setdefault(one, set()).add(other)
        partners.setdefault(other, set()).add(one)
    fewest_first = sorted(partners, key=lambda sha256: (len(partners[sha256]), sha256))
    rank = {sha256: rank for rank, sha256 in enumerate(fewest_first)}
    place: dict[bytes, int] = {}
    for start in fewest_first:
        reached = deque([] if start in place else [start])
        place.setdefault(start, len(place))
        while reached:
            for sha256 in sorted(partners[reached.popleft()] - place.keys(), key=rank.__getitem__):
                place[sha256] = len(place)
                reached.append(sha256)
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
    """In a worker: a verdict on each pair, the lower hash first, and whether it may be kept."""
    cv2.setNumThreads(1)
    one = _Subject(task.one)
    answers = []
    for picture in task.others:
        other = _Subject(picture)
        first, second = (one, other) if one.sha256 < other.sha256 else (other, one)
        verdict = verify(first.look(), second.look())
        answers.append((verdict, not (one.is_missed or other.is_missed)))
    return answers


class _Subject:
    """A picture in a worker, unpacked once."""

    def __init__(self, picture: Picture) -> None:
        self.sha256 = picture.sha256
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

    def _closer(self, longest: int) -> Pixels | None:
        found = read_larger(self._picture.sha256, self._picture.files, longest)
        self.is_missed |= found is None
        return found


@lru_cache(maxsize=_UNPACKED)
def _unpacked(thumbnail: bytes) -> Pixels:
    return decode_thumbnail(thumbnail)


@lru_cache(maxsize=_LARGER)
def read_larger(_sha256: bytes, files: tuple[FoundFile, ...], longest: int) -> Pixels | None:
    """The picture at up to so many pixels, from the first file that still is what it was.

    Kept in the worker: of documents on one layout each is compared with many, and decoding two
    pages takes about as long as comparing them.
    """
    for file in files:
        small = read_thumbnail(file, longest=longest)
        if not isinstance(small, Unreadable):
            return small
    return None
