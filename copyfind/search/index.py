"""The FAISS index of large collections: overlapping inverted lists, kept in the cache folder.

Every row stands in the lists of its `width` nearest centres, and two rows are compared when
they share a list. Against one list a row and many probes, this finds as many pairs with half to
a third of the comparisons, needs no separate queries, and every list is one dense product.

The centres are rows of the collection: k-means moves them at a cost and gains nothing here. A
centre in a dense region would draw a crowd, so each has a level, the cosine that one row in 200
reaches, and rows go where they exceed the level most; this halves the comparisons among
clustered descriptors. The number of centres and `width` are chosen by what they cost and find
on a sample.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import faiss
import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints
from copyfind.search.cache_file import write_arrays
from copyfind.search.join import for_each, join_within
from copyfind.search.rows import Marks, UnitRows
from copyfind.search.strongest import StrongestPairs
from copyfind.watch import Count

Labels = NDArray[np.uint16]

CACHE_NAME = "search-lists.npz"
_FORMAT = 2
_RECALL = 0.995  # of the sampled pairs; 0.99 is what is promised of all
_LEVEL = 0.005  # share of rows beyond a centre's level
_WIDEST = 96  # lists a row may stand in: more cost more than comparing everything
_SAMPLED = 4096  # rows that stand for all when the lists are chosen
_EXACT_SAMPLED = 512  # rows of these whose copies are looked up among all rows
_ENOUGH_PAIRS = 200  # fewer real pairs say nothing about a recall of 0.995
_MOST_PAIRS = 8192  # of the real pairs
_ROWS_A_CENTRE = (32, 64, 128, 256)  # tried; the cheapest is taken
_MOST_CENTRES = 32_768  # a label has 16 bits
_ROWS_AT_ONCE = 4096

# Costs in products of two rows (3.5 ns on one core at 128-d), as measured:
_WASTED = 0.8  # of a list's square: 0.6 of it computed, in smaller products
_GATHERED = 100.0  # fetching and widening one row of a list
_LIST = 20_000.0  # what a list costs besides
_ASSIGNED = 0.7  # a row against a centre, with selection
_ALL_PAIRS = 0.55  # of the square: comparing everything


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
    everything = _ALL_PAIRS * len(ids) ** 2
    sample = _sample(rows, ids, threshold=float(into.threshold))
    marks = rows.marks()[ids]
    lists = None if cache is None else _read(cache / CACHE_NAME, marks, dim=rows.dim)
    choice = None
    if lists is not None and len(ids) <= 1.5 * lists.chosen_for:
        choice = _choose(lists.centres, sample, size=len(ids))
    if lists is None or choice is None:
        lists, choice = _fresh(rows, ids, sample)
    if choice is None or choice.cost > everything:
        return False
    per_row = _ASSIGNED * len(lists.centres)
    total = per_row * len(ids) + choice.cost

    def show(done: float) -> None:
        count.show(min(int(len(ids) * done / total), len(ids)), len(ids))

    labels, lacking = lists.labels_of(marks, width=choice.width)
    known = len(ids) - len(lacking)
    labels[lacking] = _assign(
        lists.centres,
        rows,
        ids[lacking],
        width=labels.shape[1],
        then=lambda assigned: show(per_row * (known + assigned)),
    )
    if cache is not None and len(lacking):
        with suppress(OSError):  # a cache that cannot be written costs time, not the result
            _write(cache / CACHE_NAME, replace(lists, marks=marks, labels=labels))
    order, ends = _invert(labels[:, : choice.width], centres=len(lists.centres))
    products = float((np.diff(ends, prepend=0).astype(np.float64) ** 2).sum())
    if _WASTED * products > everything:
        return False
    joined = 0

    def then(squares: int) -> None:
        nonlocal joined
        joined += squares
        show(per_row * len(ids) + choice.cost * joined / products)

    join_within(rows, _tasks(ids, order, ends), into=into, then=then)
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
        labels = np.empty((len(marks), max(width, self.labels.shape[1])), np.uint16)
        if len(self.marks) and self.labels.shape[1] >= width:
            order = np.argsort(self.marks)
            places = order[np.searchsorted(self.marks, marks, sorter=order) % len(order)]
            known = self.marks[places] == marks
            labels[known] = self.labels[places[known]]
        return labels, np.flatnonzero(~known)


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Pairs that the lists must find, and rows that tell how long the lists will be."""

    rows: Floats  # (S, D)
    first: Floats  # (P, D)
    second: Floats  # (P, D)
    groups: NDArray[np.int64]  # (P,) 0: planted, 1: found by exact search


@dataclass(frozen=True, slots=True)
class _Choice:
    """How wide to go with some centres, and what it takes."""

    width: int  # lists a row stands in
    cost: float  # of the join, in products of two rows


def _sample(rows: UnitRows, ids: Ints, *, threshold: float) -> _Sample:
    rng = np.random.default_rng(0)
    chosen = ids[np.sort(rng.choice(len(ids), min(_SAMPLED, len(ids) // 4 + 1), replace=False))]
    sample = rows.block(chosen)
    planted = _plant(sample, threshold=threshold, rng=rng)
    first, second = _exact_pairs(
        rows, rng.permutation(chosen)[:_EXACT_SAMPLED], ids, threshold=threshold, rng=rng
    )
    return _Sample(
        rows=sample,
        first=np.concatenate([sample, rows.block(first)]),
        second=np.concatenate([planted, rows.block(second)]),
        groups=np.repeat([0, 1], [len(sample), len(first)]),
    )


def _plant(sample: Floats, *, threshold: float, rng: np.random.Generator) -> Floats:
    """Return a partner of each row with a cosine between the threshold and 1, evenly spread.

    It leaves its row in the direction of another row, so that it lies where descriptors do.
    """
    aside = sample[rng.permutation(len(sample))]
    aside = aside - np.einsum("nd,nd->n", aside, sample)[:, None] * sample
    aside /= np.maximum(np.linalg.norm(aside, axis=1, keepdims=True), 1e-6)
    cosine = rng.uniform(min(threshold, 1), 1, (len(sample), 1)).astype(np.float32)
    planted: Floats = cosine * sample + np.sqrt(1 - cosine**2) * aside
    return planted


def _exact_pairs(
    rows: UnitRows, chosen: Ints, ids: Ints, *, threshold: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return pairs of `chosen` with rows of `ids` at or above the threshold, at most so many."""
    queries = rows.block(chosen)
    first, second = [], []
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        block = ids[start : start + _ROWS_AT_ONCE]
        close = queries @ rows.block(block).T >= threshold
        i, j = np.divmod(np.flatnonzero(close), len(block))  # ten times faster than 2-d nonzero
        other = rng.permutation(np.flatnonzero(chosen[i] != block[j]))[:_MOST_PAIRS]
        first.append(chosen[i[other]])
        second.append(block[j[other]])
    pairs = np.stack([np.concatenate(first), np.concatenate(second)])
    if pairs.shape[1] < _ENOUGH_PAIRS:
        pairs = pairs[:, :0]
    kept = rng.permutation(pairs.shape[1])[:_MOST_PAIRS]
    return pairs[0, kept], pairs[1, kept]


def _fresh(rows: UnitRows, ids: Ints, sample: _Sample) -> tuple[_Lists, _Choice | None]:
    """Return the centres that find enough of the sample for the least work, in no lists yet."""
    shuffled = np.random.default_rng(1).permutation(ids)
    best, least = None, _ALL_PAIRS * len(ids) ** 2
    chosen = rows.block(shuffled[:0])
    for share in _ROWS_A_CENTRE:
        centres = rows.block(shuffled[: max(1, min(len(ids) // share, _MOST_CENTRES))])
        levels = np.quantile(sample.rows[:1024] @ centres.T, 1 - _LEVEL, axis=0)
        centres = np.column_stack([centres, -levels]).astype(np.float32)
        choice = _choose(centres, sample, size=len(ids))
        if choice is None:
            continue
        cost = choice.cost + _ASSIGNED * len(ids) * len(centres)
        if cost < least:
            best, chosen, least = choice, centres, cost
    return _Lists(chosen, len(ids), np.empty(0, np.uint64), np.empty((0, 0), np.uint16)), best


def _choose(centres: Floats, sample: _Sample, *, size: int) -> _Choice | None:
    """Return the least width that finds enough of the sample, or None where none does."""
    flat = _flat(centres)
    widest = min(_WIDEST, len(centres))
    first = _rank(flat, sample.first, widest)
    second = _rank(flat, sample.second, widest)
    needed = _needed_width(first, second)
    width = 1
    for group in np.unique(sample.groups):
        of_group = np.sort(needed[sample.groups == group])
        width = max(width, int(of_group[int(np.ceil(_RECALL * len(of_group))) - 1]))
    if width > widest:
        return None
    labels = _rank(flat, sample.rows, width)
    lengths = np.bincount(labels.ravel(), minlength=len(centres))
    squares = float((lengths * (lengths - 1.0)).sum()) * (size / len(sample.rows)) ** 2
    return _Choice(
        width=width,
        cost=_WASTED * squares + _GATHERED * size * width + _LIST * len(centres),
    )


def _needed_width(first: Labels, second: Labels) -> Ints:
    """Return for each pair of ranked lists (P, W) how many of each must be looked at to meet."""
    widest = first.shape[1]
    rank = np.maximum.outer(np.arange(widest), np.arange(widest)).astype(np.uint8) + np.uint8(1)
    needed = np.empty(len(first), np.int64)
    for start in range(0, len(first), 256):
        part = slice(start, start + 256)
        equal = first[part, :, None] == second[part, None, :]
        needed[part] = np.where(equal, rank, np.uint8(widest + 1)).min(axis=(1, 2))
    return needed


def _flat(centres: Floats) -> faiss.IndexFlatIP:
    flat = faiss.IndexFlatIP(centres.shape[1])
    flat.add(centres)
    return flat


def _rank(flat: faiss.IndexFlatIP, block: Floats, width: int) -> Labels:
    """Return the `width` best centres of each row (B, D) as (B, width), best first."""
    padded = np.column_stack([block, np.ones(len(block), np.float32)])
    labels: Labels = flat.search(padded, width)[1].astype(np.uint16)
    return labels


def _assign(
    centres: Floats, rows: UnitRows, ids: Ints, *, width: int, then: Callable[[int], None]
) -> Labels:
    """Return the labels (N, width) of the rows `ids` (N,); `then` is told how many are done."""
    flat = _flat(centres)
    parts: list[Labels] = []
    done = 0

    def work(some: Ints) -> Labels:
        faiss.omp_set_num_threads(1)  # of this thread; the threads of `for_each` are enough
        return _rank(flat, rows.block(some), width)

    def take(part: Labels) -> None:
        nonlocal done
        parts.append(part)
        done += len(part)
        then(done)

    blocks = (ids[start : start + _ROWS_AT_ONCE] for start in range(0, len(ids), _ROWS_AT_ONCE))
    for_each(work, blocks, then=take)
    return np.concatenate([np.empty((0, width), np.uint16), *parts])


def _invert(labels: Labels, *, centres: int) -> tuple[Ints, Ints]:
    """Return the places (N * width,) of the rows of list after list, and where each list ends."""
    order = np.argsort(labels, axis=None, kind="stable")  # 16 bits: a radix sort
    order //= labels.shape[1]
    return order, np.cumsum(np.bincount(labels.ravel(), minlength=centres))


def _tasks(ids: Ints, order: Ints, ends: Ints) -> Iterator[list[Ints]]:
    """Hand out the lists, some small ones or one large one at a time."""
    task: list[Ints] = []
    for start, end in pairwise([0, *ends.tolist()]):
        if end - start > 1:
            task.append(ids[order[start:end]])
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
        and lists.labels.dtype == np.uint16
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
