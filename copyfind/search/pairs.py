"""Find all pairs of descriptors that are alike enough to be worth a check.

Equal rows are found first and searched once: blank pictures have one descriptor between them.
Up to 100,000 different rows, every row is compared with every other; above, those that share
a list of the index (`search.index`). Where most rows were searched before, the new ones alone look
for others (`search.earlier`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copyfind.records import Candidates, Ints
from copyfind.search.earlier import read_earlier, write_earlier
from copyfind.search.join import join_all, join_new
from copyfind.search.rows import Marks, Stored, UnitRows, unit_rows
from copyfind.search.strongest import StrongestPairs, spans
from copyfind.watch import UNCOUNTED, Count

EXACT_UP_TO = 100_000  # rows; 30 CPU s at 256-d
_STRONGEST = 1000  # pairs kept of one row, of few rows
_LEAST_STRONGEST = 32  # of as many as there may be
_PAIRS = 32_000_000  # in all, of which no row gets more than its share: 400 MB

_ROWS_AT_ONCE = 16_384
_EXPANDED_AT_ONCE = 2_000_000  # pairs


def find_candidates(
    descriptors: Stored,
    *,
    threshold: float,
    cache: Path | None = None,
    earlier: Path | None = None,
    count: Count = UNCOUNTED,
    exact_up_to: int = EXACT_UP_TO,
    strongest: int | None = None,
) -> Candidates:
    """Return the pairs of rows whose cosine is at least `threshold`.

    descriptors (N, D), float16 or float32, rows of about unit length (made exact here); with
    NaN, infinity or zeros for a row: ValueError. The similarities are rounded from float64 sums
    and depend on the two rows alone.

    All pairs up to `exact_up_to` different rows; above, at least 0.99 of them. A pair is left
    out when each of its rows has `strongest` better ones (ties go to the lower row), by default
    `strongest_among` so many rows: a crowd loses pairs, and nobody else does.

    `cache` is a folder for the index of large collections, `earlier` a file for the pairs found,
    from which those of rows that were searched before are taken; nothing else is written.
    `count` is shown how many of the different rows are done, on the calling thread.
    """
    rows = unit_rows(descriptors)
    if not len(rows):
        return StrongestPairs(size=0, threshold=threshold, strongest=1).candidates()
    strongest = strongest or strongest_among(len(rows))
    marks = rows.marks()
    equal = equal_rows(rows, marks)
    ids = equal.firsts
    pairs = StrongestPairs(size=len(rows), threshold=threshold, strongest=strongest)
    before = earlier and read_earlier(earlier, marks[ids], threshold=threshold, strongest=strongest)
    if before:
        known = before.pairs
        pairs.lost[ids[before.lost]] = True
        pairs.add(ids[known.first], ids[known.second], known.similarity)
        join_new(rows, ids, before.new, into=pairs, count=count)
    elif len(ids) <= exact_up_to or not _joined_by_lists(rows, ids, pairs, cache, count):
        join_all(rows, ids, into=pairs, count=count)
    if earlier and not (before and not before.new.any()):
        write_earlier(earlier, marks[ids], ids, pairs)
    if len(ids) < len(rows):
        pairs = expand(rows, equal, pairs)
    count.show(len(ids), len(ids))
    return pairs.candidates()


def _joined_by_lists(
    rows: UnitRows, ids: Ints, pairs: StrongestPairs, cache: Path | None, count: Count
) -> bool:
    from copyfind.search.index import join_by_lists  # FAISS loads here: few need it

    return join_by_lists(rows, ids, into=pairs, cache=cache, count=count)


def strongest_among(size: int) -> int:
    """How many pairs one of so many rows may have."""
    return min(_STRONGEST, max(_LEAST_STRONGEST, _PAIRS // size))


@dataclass(frozen=True, slots=True, eq=False)
class EqualRows:
    """Groups of rows that are the same byte for byte, in the order of their first rows."""

    members: Ints  # (N,) rows, group after group, ascending in each
    starts: Ints  # (G + 1,) where each group begins in `members`

    @property
    def firsts(self) -> Ints:
        """(G,) the lowest row of each group, ascending."""
        return self.members[self.starts[:-1]]


def equal_rows(rows: UnitRows, marks: Marks) -> EqualRows:
    """Which rows are the same, given their marks (N,)."""
    order = np.argsort(marks, kind="stable")
    alike = np.flatnonzero(marks[order[1:]] == marks[order[:-1]])
    new = np.ones(len(rows), bool)
    for start in range(0, len(alike), _ROWS_AT_ONCE):
        place = alike[start : start + _ROWS_AT_ONCE]
        same = rows.stored[order[place]] == rows.stored[order[place + 1]]
        new[place + 1] = ~same.all(axis=1)
    group = np.cumsum(new) - 1  # of order
    firsts = order[new]
    by_first = np.empty(len(firsts), np.int64)
    by_first[np.argsort(firsts)] = np.arange(len(firsts))
    group = by_first[group]
    members = order[np.argsort(group, kind="stable")]
    return EqualRows(members, np.concatenate([[0], np.cumsum(np.bincount(group))]))


def expand(rows: UnitRows, equal: EqualRows, found: StrongestPairs) -> StrongestPairs:
    """Return the pairs of all rows, given those of the first row of each group of equal ones.

    Only the lowest `strongest` members of a group can matter to a row: they tie, and ties go
    to the lower row.
    """
    pairs = StrongestPairs(
        size=len(rows), threshold=float(found.threshold), strongest=found.strongest
    )
    known = found.candidates()
    sizes = np.diff(equal.starts)
    group_of = np.zeros(len(rows), np.int64)
    group_of[equal.firsts] = np.arange(len(sizes))
    first, second = group_of[known.first], group_of[known.second]
    alone = (sizes[first] == 1) & (sizes[second] == 1)
    pairs.add(known.first[alone], known.second[alone], known.similarity[alone])
    first, second, similarity = first[~alone], second[~alone], known.similarity[~alone]
    several = np.flatnonzero(sizes > 1)
    of_several = equal.members[equal.starts[several]]
    itself = rows.similarity(of_several, of_several)  # 1, but for the last bit
    several, itself = several[itself >= pairs.threshold], itself[itself >= pairs.threshold]
    for left, right, alike in (
        (first, second, similarity),
        (second, first, similarity),
        (several, several, itself),
    ):
        # each member of the left group, with the lowest of the right one
        places, of = _ranges(equal.starts[left], sizes[left])
        row, right_of_row, alike_of_row = equal.members[places], right[of], alike[of]
        taken = np.minimum(sizes[right_of_row], found.strongest + 1)
        for low, high in spans(taken, _EXPANDED_AT_ONCE):
            places, of = _ranges(equal.starts[right_of_row[low:high]], taken[low:high])
            one, other = row[low:high][of], equal.members[places]
            different = one != other
            pairs.add(
                np.minimum(one, other)[different],
                np.maximum(one, other)[different],
                alike_of_row[low:high][of][different],
            )
    return pairs


def _ranges(starts: Ints, lengths: Ints) -> tuple[Ints, Ints]:
    """Return start, start + 1, ... for each of the ranges, and which range each comes from."""
    of = np.repeat(np.arange(len(starts)), lengths)
    within = np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return starts[of] + within, of
