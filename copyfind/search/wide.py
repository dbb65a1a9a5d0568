"""Wide candidates: for each picture the few others that it, or a part of it, resembles most.

A crop resembles a window of its original, and a pasted picture a window of what it lies in, more
than the wholes resemble each other. So every picture asks with its windows for the wholes of
others; the best match of two pictures counts for the pair. In a small collection windows are
compared with windows too. Everything is compared with everything (`search.index` is for pairs above
a threshold), and what is held of the collection are its wholes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from copyfind.records import Bools, Floats, Halves, Ints
from copyfind.search.join import for_each
from copyfind.search.neighbours import Neighbours, neighbours
from copyfind.search.regions import Regions
from copyfind.watch import UNCOUNTED, Count

_CELLS = 24_000_000  # of the products in memory at a time, of one thread: 96 MB
_PICTURES = 256  # whose neighbours are looked for at a time


@dataclass(frozen=True, slots=True, eq=False)
class _Asking:
    """Some pictures that look for others, and among which."""

    rows: Ints  # (B,)
    regions: Halves  # (B, R, D)
    among: Ints  # (M,) rows


def wide_candidates(
    regions: Regions,
    *,
    k: int,
    parts_of_both: bool,
    new: Bools | None = None,
    count: Count = UNCOUNTED,
) -> Neighbours:
    """Return the pairs of pictures that are among the `k` best of one of them.

    The similarity of a pair is the best of a region of one that asked and the whole of the other,
    and with parts_of_both of any two regions. new (N,): only pairs with such a picture; others
    ask among these. Ties go to the lower row.
    """
    size = len(regions)
    asking = np.arange(size) if new is None else np.flatnonzero(new)
    width = min(k, max(size - 1, 0))
    if not width or not len(asking):
        return neighbours(*_nothing(), k=1, asked=0)
    others = regions.of(np.arange(size)) if parts_of_both else regions.wholes[:, None]
    found = [_nothing()]
    done = 0

    def work(task: _Asking) -> tuple[int, Ints, Ints, Floats]:
        rows, best = _best_of(task, others, width)
        there = np.isfinite(best)
        return len(rows), np.repeat(task.rows, width)[there.ravel()], rows[there], best[there]

    def then(result: tuple[int, Ints, Ints, Floats]) -> None:
        nonlocal done
        found.append(result[1:])
        done += result[0]
        count.show(done, size)

    for_each(work, _tasks(regions, asking, windows_of_old=not parts_of_both), then=then)
    of, other, similarity = (np.concatenate(part) for part in zip(*found, strict=True))
    turned = ~np.isin(of, asking)  # old pictures asked: it counts for the new one that they met
    of, other = np.where(turned, other, of), np.where(turned, of, other)
    return neighbours(of, other, similarity, k=width, asked=len(asking))


def _tasks(regions: Regions, asking: Ints, *, windows_of_old: bool) -> Iterator[_Asking]:
    everyone = np.arange(len(regions))
    for start in range(0, len(asking), _PICTURES):
        rows = asking[start : start + _PICTURES]
        yield _Asking(rows, regions.of(rows), everyone)
    if windows_of_old and len(asking) < len(everyone):
        old = np.setdiff1d(everyone, asking)
        for start in range(0, len(old), _PICTURES):
            rows = old[start : start + _PICTURES]
            yield _Asking(rows, regions.of(rows), asking)


def _best_of(task: _Asking, others: Halves, width: int) -> tuple[Ints, Floats]:
    """(B, W) rows and similarities, the best first; -inf where there are no more."""
    count, dim = task.regions.shape[1:]
    parts = others.shape[1]
    own = task.regions.astype(np.float32).reshape(-1, dim)
    at_once = max(1, _CELLS // (len(own) * parts))
    best = np.full((len(task.rows), width), -np.inf, np.float32)
    rows = np.full((len(task.rows), width), -1, np.int64)
    for start in range(0, len(task.among), at_once):
        here = task.among[start : start + at_once]
        some = others[here].astype(np.float32).reshape(-1, dim)
        product = (own @ some.T).reshape(len(task.rows), count, len(here), parts)
        alike = product.max(axis=(1, 3)) if parts > 1 else product[..., 0].max(axis=1)
        alike[task.rows[:, None] == here] = -np.inf  # itself
        # Products depend in their last bits on the shape of the blocks.
        alike = np.round(np.concatenate([best, alike], axis=1), 5)
        numbers = np.concatenate([rows, np.broadcast_to(here, (len(rows), len(here)))], axis=1)
        best, rows = _first(alike, numbers, width)
    return rows, best


def _first(values: Floats, rows: Ints, width: int) -> tuple[Floats, Ints]:
    """The `width` highest of each line, ties by row: (B, W) each, of (B, M)."""
    if values.shape[1] > 4 * width:
        limit = np.partition(values, -width, axis=1)[:, -width, None]
        # At least `width` of a line reach its limit; more only where they tie with it.
        most = int((values >= limit).sum(axis=1).max())
        places = np.argpartition(-values, most - 1, axis=1)[:, :most]
        values = np.take_along_axis(values, places, axis=1)
        rows = np.take_along_axis(rows, places, axis=1)
    order = np.lexsort((rows, -values), axis=1)[:, :width]
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(rows, order, axis=1)


def _nothing() -> tuple[Ints, Ints, Floats]:
    return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
