"""Which picture of a proven pair the other one was made from, read from both at full size.

Only pairs are asked that show each other whole, as they lie; what was cropped or pasted is told by
the verdict. Answers are kept in the catalog beside the verdicts, so that the same file is kept
tomorrow; what may not be read has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from copyfind.collection.catalog import Catalog
from copyfind.collection.verdicts import VerdictWriter, told_origins
from copyfind.evidence.verify import VERIFIER
from copyfind.grouping.clusters import Tie
from copyfind.imaging.apart import Apart
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.lineage import LINEAGE, Seen, odds_of, read_seen
from copyfind.imaging.readers import Readers
from copyfind.imaging.reading import read_decoded
from copyfind.imaging.source import Source
from copyfind.pipeline.kept import Kept
from copyfind.pipeline.verifying import side_by_side
from copyfind.records import Content, Facts, FoundFile, Pair, Tier, Unreadable
from copyfind.verdict import Outside, Verdict
from copyfind.watch import NOBODY, Stage, Watch

_IN_A_TASK = 8  # pairs with one picture that travel together
_KEPT = 150_000_000  # bytes of pictures at full size that a worker keeps: four of a camera
_MADE_READY = 1_500_000  # bytes of what is looked at of one
_STORED = 64  # tasks between two times that answers are stored
_WHOLE = 0.97  # share of each picture that the other one shows
_PLAIN = 4.0  # log odds of what needs no look at the files
_AS_IT_LIES = 0.01  # of a side, that a corner may be off


@dataclass(frozen=True, slots=True)
class _Task:
    """A picture and those that it is compared with, by row, each with its files."""

    row: int
    files: tuple[FoundFile, ...]
    others: tuple[tuple[int, tuple[FoundFile, ...]], ...]
    source: Source  # of their bytes


@dataclass(frozen=True, slots=True)
class Telling:
    """How origins are told. path: of the catalog. apart: the processes that read."""

    path: Path
    known: Catalog
    apart: Apart
    watch: Watch

    def with_origins(self, ties: Sequence[Tie], contents: Mapping[int, Content]) -> list[Tie]:
        """The ties, each with what its files say of their origin, where they were asked. Raises
        Interrupted; what was told up to there is kept."""
        plain = {tie.pair: _plainly(tie, contents) for tie in ties}
        asked = asked_of(ties, contents)
        known = told_origins(self.known, version=LINEAGE) if asked else {}
        new = [pair for pair in asked if pair not in known]
        told = {pair: known[pair] for pair in asked if pair in known} | self._told(new, contents)
        return [replace(tie, odds=told.get(tie.pair, plain[tie.pair])) for tie in ties]

    def _told(self, pairs: Sequence[Pair], contents: Mapping[int, Content]) -> dict[Pair, float]:
        if not pairs:
            return {}
        told: dict[Pair, float] = {}
        fresh: dict[Pair, float] = {}
        with VerdictWriter(self.path, self.known.sha256s(), verifier=VERIFIER) as writer:
            readers = self.apart.readers
            try:
                for done, answers in enumerate(tell_pairs(pairs, contents, readers, self.watch), 1):
                    fresh |= answers
                    if done % _STORED == 0:
                        writer.store_origins(fresh, version=LINEAGE)
                        told, fresh = told | fresh, {}
            finally:
                writer.store_origins(fresh, version=LINEAGE)
        return told | fresh


def asked_of(ties: Sequence[Tie], contents: Mapping[int, Content]) -> list[Pair]:
    """The pairs of these ties whose origin nothing tells but both files."""
    return [
        tie.pair for tie in ties if _plainly(tie, contents) is None and _is_asked(tie, contents)
    ]


def tell_pairs(
    pairs: Sequence[Pair],
    contents: Mapping[int, Content],
    readers: Readers,
    watch: Watch = NOBODY,
) -> Iterator[dict[Pair, float]]:
    """Log odds, some at a time, that the higher row of a pair was made from the lower, of those
    whose files can be read. Raises Interrupted."""
    tasks = list(_tasks(pairs, contents, readers.source))
    watch.show(Stage.ORIGINS, 0, len(tasks))
    for done, (_, answers) in enumerate(readers.each(tell, tasks), start=1):
        watch.show(Stage.ORIGINS, done, len(tasks))
        yield {} if isinstance(answers, Undecodable) else answers
        if done < len(tasks):
            watch.check(f"while {Stage.ORIGINS}")


def tell(task: _Task) -> dict[Pair, float]:
    """In a worker: log odds of each pair that could be read that the higher row was made from the
    lower."""
    cv2.setNumThreads(1)
    answers = {}
    one = _pictures.of((task.files, task.source))
    for row, files in task.others if one else ():
        other = _pictures.of((files, task.source))
        if one is None or other is None:
            continue
        in_order = task.row < row
        odds = odds_of(one, other) if in_order else odds_of(other, one)
        answers[(task.row, row) if in_order else (row, task.row)] = odds
    return answers


def _is_asked(tie: Tie, contents: Mapping[int, Content]) -> bool:
    """Whether both could be read once, and show all of the other as it lies."""
    verdict = tie.verdict
    if verdict.tier not in (Tier.NEAR, Tier.EDITED) or verdict.mirrored:
        return False
    if verdict.overlap is None or min(verdict.overlap) < _WHOLE or not _lies_alike(verdict):
        return False
    if any(side is not Outside.NOTHING for side in verdict.adds):
        return False
    return all(contents[row].facts is not None for row in tie.pair)


def _lies_alike(verdict: Verdict) -> bool:
    if verdict.matrix is None:
        return False
    corners = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], np.float64)
    moved = corners @ np.array(verdict.matrix).T
    away = moved[:, :2] / moved[:, 2:] - corners[:, :2]
    return float(np.abs(away).max()) <= _AS_IT_LIES


def _plainly(tie: Tie, contents: Mapping[int, Content]) -> float | None:
    """The log odds where one alone, as large, comes from a camera, is transparent or has more
    frames: the other one lost that. None where none of it tells."""
    if tie.verdict.tier not in (Tier.NEAR, Tier.EDITED):
        return None
    one, other = (contents[row].facts for row in tie.pair)
    if one is None or other is None:
        return None
    for ours, theirs in zip(_held(one), _held(other), strict=True):
        if ours != theirs:
            original, copy = (one, other) if ours > theirs else (other, one)
            if original.width * original.height < copy.width * copy.height:
                return None
            return _PLAIN if original is one else -_PLAIN
    return None


def _held(facts: Facts) -> tuple[bool, bool, int]:
    """What no edit gives back, what tells most first."""
    from_camera = facts.camera is not None and facts.captured_at is not None
    return from_camera, facts.has_alpha, facts.frames


def _tasks(
    pairs: Sequence[Pair], contents: Mapping[int, Content], source: Source
) -> Iterable[_Task]:
    for row, group in groupby(side_by_side(pairs), key=lambda pair: pair[0]):
        others = [other for _, other in group]
        for at in range(0, len(others), _IN_A_TASK):
            yield _Task(
                row,
                contents[row].files,
                tuple((other, contents[other].files) for other in others[at : at + _IN_A_TASK]),
                source,
            )


def _read(where: tuple[tuple[FoundFile, ...], Source]) -> Seen | None:
    """The picture at full size, from the first file that still is what it was."""
    files, source = where
    for file in files:
        seen = read_decoded(file, read_seen, source)
        if not isinstance(seen, Unreadable):
            return seen
    return None


def _bytes_of(seen: Seen | None) -> int:
    return 0 if seen is None else seen.full.planes.nbytes + _MADE_READY


# A worker's own: one that tells many pairs of a cluster reads each of its pictures once.
_pictures = Kept(_read, size_of=_bytes_of, most=_KEPT)
