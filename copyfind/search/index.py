"""The index of large collections: overlapping inverted lists, kept in the cache folder.

Every row stands in the lists of its `width` nearest centres, and two rows are compared when
they share a list. Against one list a row and many probes, this finds as many pairs with half to
a third of the comparisons, needs no separate queries, and every list is one dense product.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from copyfind.records import Floats, Ints
from copyfind.search.cache_file import write_arrays
from copyfind.search.centres import (
    ASSIGNED,
    WASTED,
    Choice,
    Labels,
    assign,
    choose_centres,
    choose_width,
    cost_of_everything,
    labels_of,
    sampled,
)
from copyfind.search.join import join_within
from copyfind.search.lists import Members, ends_of, members_of
from copyfind.search.rows import Marks, UnitRows
from copyfind.search.strongest import StrongestPairs
from copyfind.watch import Count

CACHE_NAME = "search-lists.npz"
_FORMAT = 3
_ROWS_AT_ONCE = 4096


def join_by_lists(
    rows: UnitRows,
    ids: Ints,
    *,
    into: StrongestPairs,
    cache: Path | None,
    count: Count,
) -> bool:
    """Put the pairs of the rows `ids` (ascending, all distinct) into `into`, 0.99 of them or more.

    Returns False, with nothing done, where comparing everything would take less time.
    """
    everything = cost_of_everything(len(ids))
    sample = sampled(rows, ids, threshold=float(into.threshold))
    marks = rows.marks()[ids]
    lists = None if cache is None else _read(cache / CACHE_NAME, marks, dim=rows.dim)
    choice: Choice | None = None
    if lists is not None and len(ids) <= 1.5 * lists.chosen_for:
        choice = choose_width(lists.centres, sample, size=len(ids))
    if lists is None or choice is None:
        centres, choice = choose_centres(rows, ids, sample)
        none = np.empty((0, 0), labels_of(len(centres)))
        lists = _Lists(centres, len(ids), np.empty(0, np.uint64), none)
    if choice is None or choice.cost > everything:
        return False
    per_row = ASSIGNED * len(lists.centres)
    total = per_row * len(ids) + choice.cost

    def show(done: float) -> None:
        count.show(min(int(len(ids) * done / total), len(ids)), len(ids))

    labels, lacking = lists.labels_of(marks, width=choice.width)
    known = len(ids) - len(lacking)
    labels[lacking] = assign(
        lists.centres,
        rows,
        ids[lacking],
        width=labels.shape[1],
        then=lambda assigned: show(per_row * (known + assigned)),
    )
    if cache is not None and len(lacking):
        with suppress(OSError):  # a cache that cannot be written costs time, not the result
            _write(cache / CACHE_NAME, replace(lists, marks=marks, labels=labels))
    used = labels[:, : choice.width]
    ends = ends_of(used, centres=len(lists.centres))
    products = float((np.diff(ends, prepend=0).astype(np.float64) ** 2).sum())
    if WASTED * products > everything:
        return False
    members = members_of(used, ends)
    del labels, used
    joined = 0

    def then(squares: int) -> None:
        nonlocal joined
        joined += squares
        show(per_row * len(ids) + choice.cost * joined / products)

    join_within(rows, _tasks(ids, members, ends), into=into, then=then)
    return True


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Centres, and in which of their lists rows stand that were met before."""

    centres: Floats  # (K, D + 1) unit row and minus its level
    chosen_for: int  # distinct rows when the centres were chosen
    marks: Marks  # (N,) of the rows, in any order: others may come between them
    labels: Labels  # (N, W) best first

    def labels_of(self, marks: Marks, *, width: int) -> tuple[Labels, Ints]:
        """Labels (M, `width` or wider) of rows with these marks (M,), and the places of those that
        are not known, whose labels are still to be filled in."""
        known = np.zeros(len(marks), bool)
        labels: Labels = np.empty((len(marks), max(width, self.labels.shape[1])), self.labels.dtype)
        if len(self.marks) and self.labels.shape[1] >= width:
            order = np.argsort(self.marks)
            places = order[np.searchsorted(self.marks, marks, sorter=order) % len(order)]
            known = self.marks[places] == marks
            labels[known] = self.labels[places[known]]
        return labels, np.flatnonzero(~known)


def _tasks(ids: Ints, members: Members, ends: Ints) -> Iterator[list[Ints]]:
    """Hand out the lists, some small ones or one large one at a time."""
    task: list[Ints] = []
    for start, end in pairwise([0, *ends.tolist()]):
        if end - start > 1:
            task.append(ids[members[start:end]])
        if sum(map(len, task)) >= _ROWS_AT_ONCE:
            yield task
            task = []
    if task:
        yield task


def _read(path: Path, marks: Marks, *, dim: int) -> _Lists | None:
    """Return the lists in the cache if most of the rows with these marks stand in them."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            version, chosen_for = stored["header"].tolist()
            lists = _Lists(stored["centres"], chosen_for, stored["marks"], stored["labels"])
    except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile, zlib.error):
        return None
    fits = (
        version == _FORMAT
        and lists.centres.dtype == np.float32
        and lists.centres.ndim == 2
        and lists.centres.shape[1] == dim + 1
        and lists.marks.dtype == np.uint64
        and lists.labels.dtype == labels_of(len(lists.centres))
        and lists.labels.ndim == 2
        and lists.marks.shape == lists.labels.shape[:1]
        and len(marks) <= 1.5 * np.isin(marks, lists.marks).sum()
    )
    return lists if fits else None


def _write(path: Path, lists: _Lists) -> None:
    """Replace the cache, whole or not at all."""
    write_arrays(
        path,
        header=np.array([_FORMAT, lists.chosen_for]),
        centres=lists.centres,
        marks=lists.marks,
        labels=lists.labels,
    )
