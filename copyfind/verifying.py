"""Pairs of contents to verdicts: a second look at each, several at a time, most promising first.

The worker processes that decode pictures also compare them: a library that crashes over a pair
costs that pair, and each has a core to itself. Everything they need of a picture is its thumbnail
and its local features, which the cache keeps; what is missing there is made from the files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import cv2

from copyfind.collection.looks import Looks
from copyfind.errors import Interrupted
from copyfind.evidence.features import FEATURES_VERSION, Features, extract_features
from copyfind.evidence.verdict import Verdict
from copyfind.evidence.verify import Look, verify
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.reading import read_thumbnail
from copyfind.imaging.thumbnail import LONGEST, decode_thumbnail, encode
from copyfind.imaging.workers import Readers
from copyfind.records import (
    Content,
    Facts,
    FoundFile,
    Pixels,
    Progress,
    Stage,
    Tier,
    Unreadable,
)

Pair = tuple[bytes, bytes]  # SHA-256 of two contents, the lower first
OnProgress = Callable[[Progress], None]
Keep = Callable[[Mapping[Pair, Verdict]], None]
_AT_ONCE = 256  # pairs whose pictures are in memory together: some 60 MB
_IN_A_TASK = 8  # pairs with one picture that travel together
_KEEP_EVERY = 1.0  # seconds between two times that verdicts are stored


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of some pairs."""

    proven: Mapping[Pair, Verdict]  # those that anything ties
    unread: frozenset[bytes]  # contents that could not be looked at: their pairs have no verdict


@dataclass(frozen=True, slots=True)
class Picture:
    """All of one picture that a comparison needs, as it travels to a worker."""

    sha256: bytes
    facts: Facts
    files: tuple[FoundFile, ...]  # that hold it, for a closer look
    thumbnail: bytes  # JPEG
    features: bytes  # evidence.features.Features.to_bytes


@dataclass(frozen=True, slots=True)
class _Task:
    """A picture, and those that it is to be compared with."""

    one: Picture
    others: tuple[Picture, ...]


def verify_pairs(
    pairs: Sequence[Pair],
    contents: Mapping[bytes, Content],
    *,
    looks: Looks,
    workers: int,
    keep: Keep = lambda _: None,
    on_progress: OnProgress = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Verified:
    """Judge pairs in about their order, the most promising first.

    contents: of all pairs, by SHA-256, each with its present files. keep is given the verdicts,
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
    on_progress(Progress(Stage.VERIFY, 0, len(pairs)))
    with Readers(workers=workers, side=1) as readers:
        gallery = _Gallery(contents, looks, readers)
        try:
            for task, answers in _judged(_tasks(pairs, gallery, unread), readers):
                for other, (verdict, is_sure) in zip(task.others, answers, strict=True):
                    pair = ordered(task.one.sha256, other.sha256)
                    if is_sure:
                        fresh[pair] = verdict
                    if verdict.tier is not Tier.UNVERIFIED:
                        proven[pair] = verdict
                done += len(task.others)
                on_progress(Progress(Stage.VERIFY, done, len(pairs)))
                if time.monotonic() - kept_at > _KEEP_EVERY:
                    keep(fresh)
                    fresh, kept_at = {}, time.monotonic()
                if done < len(pairs) and should_stop():
                    raise Interrupted(
                        f"stopped after {done:,} of {len(pairs):,} pairs, all of them kept; "
                        "run the same command again to go on"
                    )
        finally:
            keep(fresh)
    on_progress(Progress(Stage.VERIFY, len(pairs), len(pairs)))
    return Verified(proven, frozenset(unread))


def ordered(one: bytes, other: bytes) -> Pair:
    """The direction in which every pair is judged, in any catalog."""
    return (one, other) if one < other else (other, one)


@dataclass(slots=True)
class _Gallery:
    """The pictures of contents, from the cache or made anew."""

    contents: Mapping[bytes, Content]
    looks: Looks
    readers: Readers
    _gone: set[bytes] = field(default_factory=set)

    def pictures(self, wanted: Iterable[bytes]) -> dict[bytes, Picture]:
        """Those that can be had."""
        here = [sha256 for sha256 in dict.fromkeys(wanted) if sha256 not in self._gone]
        thumbnails = self.looks.thumbnails(here)
        if missing := [sha256 for sha256 in here if sha256 not in thumbnails]:
            made = dict(self._made_thumbnails(missing))
            self.looks.store_thumbnails(made)
            thumbnails |= made
            self._gone.update(sha256 for sha256 in missing if sha256 not in made)
        features = self.looks.features(thumbnails, version=FEATURES_VERSION)
        if missing := [sha256 for sha256 in thumbnails if sha256 not in features]:
            found = self.readers.each(packed_features, [thumbnails[sha256] for sha256 in missing])
            new = {
                sha256: packed
                for sha256, (_, packed) in zip(missing, found, strict=True)
                if isinstance(packed, bytes)
            }
            self.looks.store_features(new, version=FEATURES_VERSION)
            features |= new
        return {
            sha256: Picture(sha256, facts, content.files, thumbnails[sha256], features[sha256])
            for sha256 in thumbnails
            if sha256 in features and (facts := (content := self.contents[sha256]).facts)
        }

    def _made_thumbnails(self, missing: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Of the first file of each that still is what it was; a content may have several."""
        left = {sha256: list(self.contents[sha256].files) for sha256 in missing}
        while left := {sha256: files for sha256, files in left.items() if files}:
            of = {files.pop(0): sha256 for sha256, files in left.items()}
            for file, small in self.readers.thumbnails(of, longest=LONGEST):
                if not isinstance(small, Unreadable):
                    yield of[file], encode(small)
                    del left[of[file]]


def _tasks(pairs: Sequence[Pair], gallery: _Gallery, unread: set[bytes]) -> Iterator[_Task]:
    """The pairs, some at a time, those that share a picture together."""
    for start in range(0, len(pairs), _AT_ONCE):
        now = sorted(pairs[start : start + _AT_ONCE])
        pictures = gallery.pictures(sha256 for pair in now for sha256 in pair)
        unread.update({sha256 for pair in now for sha256 in pair} - pictures.keys())
        there = [pair for pair in now if pair[0] in pictures and pair[1] in pictures]
        for first, group in groupby(there, key=lambda pair: pair[0]):
            others = [pictures[second] for _, second in group]
            for at in range(0, len(others), _IN_A_TASK):
                yield _Task(pictures[first], tuple(others[at : at + _IN_A_TASK]))


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


def packed_features(thumbnail: bytes) -> bytes:
    """In a worker: the local features of a JPEG."""
    cv2.setNumThreads(1)
    return extract_features(decode_thumbnail(thumbnail)).to_bytes()


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
        self._larger: dict[int, Pixels | None] = {}

    def look(self) -> Look:
        if self._look is None:
            features = Features.from_bytes(self._picture.features)
            if features is None:
                raise ValueError("features of another version")
            pixels = decode_thumbnail(self._picture.thumbnail)
            self._look = Look(pixels, features, self._picture.facts, self._closer)
        return self._look

    def _closer(self, longest: int) -> Pixels | None:
        if longest not in self._larger:
            self._larger[longest] = self._read(longest)
        found = self._larger[longest]
        self.is_missed |= found is None
        return found

    def _read(self, longest: int) -> Pixels | None:
        for file in self._picture.files:
            small = read_thumbnail(file, longest=longest)
            if not isinstance(small, Unreadable):
                return small
        return None
