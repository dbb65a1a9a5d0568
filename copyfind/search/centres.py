"""Centres of overlapping lists: which rows, how many, and how wide to go with them.

The centres are rows of the collection: k-means moves them at a cost and gains nothing here. A
centre in a dense region would draw a crowd, so each has a level, the cosine that one row in 200
reaches, and rows go where they exceed the level most; this halves the comparisons among
clustered descriptors. The number of centres and the width are chosen by what they cost and find
on a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints
from copyfind.search.faiss_import import faiss
from copyfind.search.join import for_each
from copyfind.search.rows import UnitRows

Labels = NDArray[np.unsignedinteger[Any]]  # of lists, as small as these allow

_RECALL = 0.995  # of the sampled pairs; 0.99 is what is promised of all
_LEVEL = 0.005  # share of rows beyond a centre's level
_LEVELS_AT_ONCE = 16_384  # centres whose level is measured at a time: 67 MB
_WIDEST = 96  # lists a row may stand in: more cost more than comparing everything
_SAMPLED = 4096  # rows that stand for all when the lists are chosen
_EXACT_SAMPLED = 512  # rows of these whose copies are looked up among all rows
_ENOUGH_PAIRS = 200  # fewer real pairs say nothing about a recall of 0.995
_MOST_PAIRS = 8192  # of the real pairs
_ROWS_A_CENTRE = (256, 128, 64, 32)  # tried; the cheapest is taken
_ROWS_AT_ONCE = 4096

# Costs in products of two rows (3.5 ns on one core at 128-d), as measured:
WASTED = 0.8  # of a list's square: 0.6 of it computed, in smaller products
_GATHERED = 100.0  # fetching and widening one row of a list
_LIST = 20_000.0  # what a list costs besides
ASSIGNED = 0.7  # a row against a centre, with selection
_ALL_PAIRS = 0.55  # of the square: comparing everything


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Pairs that the lists must find, and rows that tell how long the lists will be."""

    rows: Floats  # (S, D)
    first: Floats  # (P, D)
    second: Floats  # (P, D)
    groups: NDArray[np.int64]  # (P,) 0: planted, 1: found by exact search


@dataclass(frozen=True, slots=True)
class Choice:
    """How wide to go with some centres, and what it takes."""

    width: int  # lists a row stands in
    cost: float  # of the join, in products of two rows


def sampled(rows: UnitRows, ids: Ints, *, threshold: float) -> Sample:
    """What the lists of the rows `ids` are chosen by."""
    rng = np.random.default_rng(0)
    chosen = ids[np.sort(rng.choice(len(ids), min(_SAMPLED, len(ids) // 4 + 1), replace=False))]
    sample = rows.block(chosen)
    partners = planted(sample, threshold=threshold, rng=rng)
    first, second = exact_pairs(
        rows, rng.permutation(chosen)[:_EXACT_SAMPLED], ids, threshold=threshold, rng=rng
    )
    if len(first) < _ENOUGH_PAIRS:
        first, second = first[:0], second[:0]
    return Sample(
        rows=sample,
        first=np.concatenate([sample, rows.block(first)]),
        second=np.concatenate([partners, rows.block(second)]),
        groups=np.repeat([0, 1], [len(sample), len(first)]),
    )


def planted(sample: Floats, *, threshold: float, rng: np.random.Generator) -> Floats:
    """Return a partner of each row with a cosine between the threshold and 1, evenly spread.

    It leaves its row in the direction of another row, so that it lies where descriptors do.
    """
    aside = sample[rng.permutation(len(sample))]
    aside = aside - np.einsum("nd,nd->n", aside, sample)[:, None] * sample
    aside /= np.maximum(np.linalg.norm(aside, axis=1, keepdims=True), 1e-6)
    cosine = rng.uniform(min(threshold, 1), 1, (len(sample), 1)).astype(np.float32)
    partners: Floats = cosine * sample + np.sqrt(1 - cosine**2) * aside
    return partners


def exact_pairs(
    rows: UnitRows, chosen: Ints, ids: Ints, *, threshold: float, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return pairs of `chosen` with rows of `ids` at or above the threshold, at most so many."""
    queries = rows.block(chosen)
    first, second = [chosen[:0]], [chosen[:0]]
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        block = ids[start : start + _ROWS_AT_ONCE]
        close = queries @ rows.block(block).T >= threshold
        i, j = np.divmod(np.flatnonzero(close), len(block))  # ten times faster than 2-d nonzero
        other = rng.permutation(np.flatnonzero(chosen[i] != block[j]))[:_MOST_PAIRS]
        first.append(chosen[i[other]])
        second.append(block[j[other]])
    pairs = np.stack([np.concatenate(first), np.concatenate(second)])
    kept = rng.permutation(pairs.shape[1])[:_MOST_PAIRS]
    return pairs[0, kept], pairs[1, kept]


def choose_centres(rows: UnitRows, ids: Ints, sample: Sample) -> tuple[Floats, Choice | None]:
    """Return the centres (K, D + 1) that find enough of the sample for the least work, and how wide
    to go; no width where comparing everything takes less."""
    shuffled = np.random.default_rng(1).permutation(ids)
    best, least = None, cost_of_everything(len(ids))
    chosen = np.empty((0, rows.dim + 1), np.float32)
    for share in _ROWS_A_CENTRE:
        count = max(1, len(ids) // share)
        assigning = ASSIGNED * len(ids) * count
        if assigning >= least:
            break
        centres = _with_levels(rows.block(shuffled[:count]), sample.rows[:1024])
        choice = choose_width(centres, sample, size=len(ids))
        if choice is not None and choice.cost + assigning < least:
            best, chosen, least = choice, centres, choice.cost + assigning
    return chosen, best


def cost_of_everything(size: int) -> float:
    """What comparing all rows takes, in products of two."""
    return _ALL_PAIRS * size**2


def _with_levels(centres: Floats, sample: Floats) -> Floats:
    """Centres (K, D) as (K, D + 1): unit row and minus its level."""
    levels = [
        np.quantile(sample @ centres[start : start + _LEVELS_AT_ONCE].T, 1 - _LEVEL, axis=0)
        for start in range(0, len(centres), _LEVELS_AT_ONCE)
    ]
    return np.column_stack([centres, -np.concatenate(levels)]).astype(np.float32)


def choose_width(centres: Floats, sample: Sample, *, size: int) -> Choice | None:
    """Return the least width that finds enough of the sample, or None where none does."""
    ranking = Ranking(centres)
    widest = min(_WIDEST, len(centres))
    first = ranking(sample.first, widest)
    second = ranking(sample.second, widest)
    needed = _needed_width(first, second)
    width = 1
    for group in np.unique(sample.groups):
        of_group = np.sort(needed[sample.groups == group])
        width = max(width, int(of_group[int(np.ceil(_RECALL * len(of_group))) - 1]))
    if width > widest:
        return None
    labels = ranking(sample.rows, width)
    lengths = np.bincount(labels.ravel(), minlength=len(centres))
    squares = float((lengths * (lengths - 1.0)).sum()) * (size / len(sample.rows)) ** 2
    return Choice(
        width=width,
        cost=WASTED * squares + _GATHERED * size * width + _LIST * len(centres),
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


class Ranking:
    """Tells the best centres of rows; may be asked by several threads."""

    def __init__(self, centres: Floats) -> None:
        """centres (K, D + 1): unit rows and minus their levels."""
        self._flat = faiss.IndexFlatIP(centres.shape[1])
        self._flat.add(centres)
        self._labels: Any = labels_of(len(centres))

    def __call__(self, block: Floats, width: int) -> Labels:
        """The `width` best centres of each row (B, D) as (B, width), best first."""
        padded = np.column_stack([block, np.ones(len(block), np.float32)])
        labels: Labels = self._flat.search(padded, width)[1].astype(self._labels)
        return labels


def labels_of(centres: int) -> type[np.uint16] | type[np.uint32]:
    """The smallest numbers that name so many lists."""
    return np.uint16 if centres <= 1 << 16 else np.uint32


def assign(
    centres: Floats,
    rows: UnitRows,
    ids: Ints,
    *,
    width: int,
    then: Callable[[int], None] = lambda _: None,
    threads: int | None = None,
) -> Labels:
    """Return the lists (N, width) of the rows `ids` (N,), best first; `then` is told how many are
    done."""
    ranking = Ranking(centres)
    labels: Labels = np.empty((len(ids), width), labels_of(len(centres)))
    done = 0

    def work(some: Ints) -> Labels:
        faiss.omp_set_num_threads(1)  # of this thread; the threads of `for_each` are enough
        return ranking(rows.block(some), width)

    def take(part: Labels) -> None:
        nonlocal done
        labels[done : done + len(part)] = part
        done += len(part)
        then(done)

    blocks = (ids[start : start + _ROWS_AT_ONCE] for start in range(0, len(ids), _ROWS_AT_ONCE))
    for_each(work, blocks, then=take, threads=threads)
    return labels
