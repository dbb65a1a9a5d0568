"""The join on an engine: close pairs of any number of rows, by tasks that know nothing of another.

Rows go into overlapping lists as in `search.index`; lists whose centres lie near to each other are
a task. Where every node reads the same folder, a task is told where the rows lie and maps them to
memory; elsewhere those that stand in its lists travel with it. What a task finds is one Parquet
object, named by the hash of all that it depends on, so that a rerun skips what is there. How many
of the close pairs of a sample were found, among all rows, is measured in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Candidates, Floats, Ints
from copyfind.remote.close import key_of, pairs_as_parquet, read_pairs, written
from copyfind.remote.mapped import Mapped, created
from copyfind.remote.store import Store
from copyfind.search.centres import (
    Labels,
    Ranking,
    assign,
    choose_centres,
    exact_pairs,
    labels_of,
    planted,
    sampled,
)
from copyfind.search.lists import balanced, ends_of, members_of
from copyfind.search.pairs import EXACT_UP_TO, EqualRows, equal_rows, expand, strongest_among
from copyfind.search.rows import UnitRows, let_go, unit_rows
from copyfind.search.shares import Share, join_share, lists_of_all, share_of
from copyfind.search.strongest import StrongestPairs
from copyfind.watch import UNCOUNTED, Count

Task = TypeVar("Task")
Made = TypeVar("Made")

_VERSION = 1  # of how pairs are found; raised when others would be
_ENTRIES = 1_500_000  # rows in the lists of a task, one in several of them counted as often
_RANKED = 65_536  # rows of a task that puts rows into lists
_SAMPLED = 512  # rows whose pairs are looked for among all
_PLANTED = 2048  # rows that are given a partner


class Map(Protocol):
    """Does a function of an importable module on each task, anywhere, and hands on what comes of
    them, in any order. The built-in `map` does it here, one after the other."""

    def __call__(
        self, function: Callable[[Task], Made], tasks: Iterable[Task], /
    ) -> Iterable[Made]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How to join."""

    threshold: float
    strongest: int | None = None  # pairs of a row; `strongest_among` all by default
    entries: int = _ENTRIES
    exact_up_to: int = EXACT_UP_TO  # rows that are all compared with all
    travels: bool = False  # rows go with their tasks: no folder is seen by all nodes
    threads: int | None = 1  # of a task; None: all cores


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of the close pairs of some rows the lists brought together."""

    pairs: int  # that a comparison of these rows with all finds
    found: int
    planted: int  # rows with a partner made up, spread evenly from the threshold to 1
    met: int

    @property
    def share(self) -> float:
        """Of both kinds; 1 where there are none."""
        asked = self.pairs + self.planted
        return (self.found + self.met) / asked if asked else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The close pairs of rows, and how they were found."""

    pairs: Candidates
    recall: Recall
    tasks: int
    skipped: int  # of these, whose pairs had been written before
    centres: int  # 0: everything was compared with everything
    width: int  # lists that a row stands in


def join(
    path: Path,
    plan: Plan,
    *,
    work: Path,
    into: Store | None = None,
    run: Map = map,
    count: Count = UNCOUNTED,
) -> Joined:
    """Find the pairs of rows in a file whose cosine is at least the threshold, as `find_candidates`
    does.

    path: (N, D) float16 or float32 as `numpy.save` writes them, in an order that does not depend on
    when they came. work: an empty folder for what tasks share, some 8 bytes for each row and list;
    all nodes see it and the rows, unless these travel. into: where each task writes its pairs, and
    where they are looked for first. run: what does the tasks. count: shown how many rows are done.
    Memory here: some 50 bytes a row and 12 a pair, beside what of the files is mapped for a while.
    """
    whole = _Whole.of(path.resolve(), work.resolve())
    lists = _into_lists(whole, plan, run)
    strongest = plan.strongest or strongest_among(max(len(whole.rows), 1))
    pairs = StrongestPairs(size=len(whole.rows), threshold=plan.threshold, strongest=strongest)
    missing: list[tuple[Ints, str]] = []
    there = set() if into is None else written(into)
    for group in lists.groups:
        key = key_of(lists.name(group, f"{whole.digest} {plan.threshold} {strongest}"))
        if into is not None and key in there:
            pairs.add(*_columns(read_pairs(into, key)))
        else:
            missing.append((group, key))
    skipped = len(lists.groups) - len(missing)

    def tasks() -> Iterator[_Join]:
        for group, key in missing:
            where = _Where(Mapped(whole.path), whole.ids, lists.members, lists.spans(group))
            share = where.share() if plan.travels else where
            yield _Join(share, plan.threshold, strongest, plan.threads, into, key)

    for done, found in enumerate(run(_join, tasks()), skipped + 1):
        pairs.add(*_columns(found))
        count.show(len(whole.rows) * done // len(lists.groups), len(whole.rows))
    recall = _recall(whole, lists, pairs)
    if len(whole.equal.firsts) < len(whole.rows):
        pairs = expand(whole.rows, whole.equal, pairs)
    count.show(len(whole.rows), len(whole.rows))
    return Joined(
        pairs.candidates(), recall, len(lists.groups), skipped, len(lists.centres), lists.width
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """All rows, seen from where the tasks are given out."""

    path: Path
    rows: UnitRows
    equal: EqualRows
    digest: str  # of all rows
    ids: Mapped  # (M,) the rows that are no repetition of another
    work: Path

    @classmethod
    def of(cls, path: Path, work: Path) -> _Whole:
        rows = unit_rows(Mapped(path).open())
        marks = rows.marks()
        digest = hashlib.sha256(f"{_VERSION} {rows.stored.dtype} {rows.dim}".encode())
        digest.update(marks.data)
        equal = equal_rows(rows, marks)
        work.mkdir(parents=True, exist_ok=True)
        np.save(work / "ids.npy", equal.firsts)
        return cls(path, rows, equal, digest.hexdigest(), Mapped(work / "ids.npy"), work)


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Which rows stand in which list, and which lists are a task."""

    centres: Floats  # (K, D + 1); none where all rows meet
    width: int
    members: Mapped  # places in `ids`, list after list
    ends: Ints  # (L,)
    groups: list[Ints]

    def spans(self, group: Ints) -> Ints:
        """(G, 2) where the members of these lists stand."""
        return np.stack([np.where(group > 0, self.ends[group - 1], 0), self.ends[group]], axis=1)

    def name(self, group: Ints, beside: str) -> str:
        """A hash of who stands in these lists, and of what else their pairs depend on."""
        digest = hashlib.sha256(beside.encode())
        members = self.members.open()
        for start, end in self.spans(group).tolist():
            digest.update(members[start:end].tobytes() + b"|")
        let_go(members)
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True, eq=False)
class _Where:
    """Some lists, by where their rows lie."""

    rows: Mapped
    ids: Mapped
    members: Mapped
    spans: Ints  # (G, 2)

    def share(self) -> Share:
        members = self.members.open()
        lists = [np.array(members[start:end]) for start, end in self.spans.tolist()]
        let_go(members)
        return share_of(self.rows.rows, self.ids.open(), lists)


@dataclass(frozen=True, slots=True, eq=False)
class _Join:
    """One task of the join."""

    share: Share | _Where
    threshold: float
    strongest: int
    threads: int | None
    into: Store | None
    key: str


def _join(task: _Join) -> Candidates:
    """On a node: the pairs of a task, once they are written."""
    share = task.share if isinstance(task.share, Share) else task.share.share()
    found = join_share(
        share, threshold=task.threshold, strongest=task.strongest, threads=task.threads
    )
    if task.into is not None:
        task.into.create(task.key, pairs_as_parquet(found))  # another may have been quicker
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Rank:
    """One task of putting rows into lists."""

    start: int  # place of the first in `ids`
    rows: NDArray[Any] | tuple[Mapped, Ints]  # (B, D), or where they lie
    centres: Floats | Mapped
    width: int
    threads: int | None


def _rank(task: _Rank) -> tuple[int, Labels]:
    """On a node: the lists of some rows."""
    rows = task.rows[0].rows(task.rows[1]) if isinstance(task.rows, tuple) else task.rows
    centres = task.centres.open() if isinstance(task.centres, Mapped) else task.centres
    everyone = np.arange(len(rows))
    return task.start, assign(
        np.asarray(centres), unit_rows(rows), everyone, width=task.width, threads=task.threads
    )


def _into_lists(whole: _Whole, plan: Plan, run: Map) -> _Lists:
    """Lists by centres where these pay, or some in which every two rows meet."""
    ids, members = whole.equal.firsts, Mapped(whole.work / "members.npy")
    chosen = None
    centres = np.empty((0, whole.rows.dim + 1), np.float32)
    if len(ids) > plan.exact_up_to:
        centres, chosen = choose_centres(
            whole.rows, ids, sampled(whole.rows, ids, threshold=plan.threshold)
        )
    if chosen is None:
        everyone, ends = lists_of_all(len(ids), most=EXACT_UP_TO)
        np.save(members.path, everyone)
        return _Lists(centres[:0], 0, members, ends, [np.array([n]) for n in range(len(ends))])
    np.save(whole.work / "centres.npy", centres)
    shape = len(ids), chosen.width
    labels = created(whole.work / "labels.npy", shape, labels_of(len(centres)))

    def tasks() -> Iterator[_Rank]:
        for start in range(0, len(ids), _RANKED):
            some = Mapped(whole.path), ids[start : start + _RANKED]
            yield _Rank(
                start,
                some[0].rows(some[1]) if plan.travels else some,
                centres if plan.travels else Mapped(whole.work / "centres.npy"),
                chosen.width,
                plan.threads,
            )

    for start, part in run(_rank, tasks()):
        labels[start : start + len(part)] = part
        let_go(labels)
    ends = ends_of(labels, centres=len(centres))
    sorted_in = created(members.path, (labels.size,), np.uint32)
    members_of(labels, ends, into=sorted_in)
    sizes = np.diff(ends, prepend=0)
    return _Lists(
        centres, chosen.width, members, ends, balanced(centres[:, :-1], sizes, most=plan.entries)
    )


def _recall(whole: _Whole, lists: _Lists, pairs: StrongestPairs) -> Recall:
    """Of other rows than those that the lists were chosen by."""
    chance = np.random.default_rng(5)
    ids = whole.equal.firsts
    rows, threshold = whole.rows, float(pairs.threshold)
    chosen = chance.permutation(ids)[:_SAMPLED]
    first, second = exact_pairs(rows, chosen, ids, threshold=threshold, rng=chance)
    similarity = rows.similarity(first, second)
    # Of a crowd the weaker pairs are left out on purpose.
    wanted = similarity >= np.minimum(pairs.limits[first], pairs.limits[second])
    keys = np.minimum(first, second) * len(rows) + np.maximum(first, second)
    known = pairs.candidates()
    found = np.isin(keys[wanted], known.first * len(rows) + known.second)
    asked = met = 0
    if len(lists.centres):
        ranking = Ranking(lists.centres)
        some = rows.block(np.sort(chance.permutation(ids)[:_PLANTED]))
        near = planted(some, threshold=threshold, rng=chance)
        one, other = ranking(some, lists.width), ranking(near, lists.width)
        asked = len(some)
        met = int((one[:, :, None] == other[:, None, :]).any(axis=(1, 2)).sum())
    return Recall(len(found), int(found.sum()), asked, met)


def _columns(pairs: Candidates) -> tuple[Ints, Ints, Floats]:
    return pairs.first, pairs.second, pairs.similarity
