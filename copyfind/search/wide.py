"""Wide candidates: for each picture the few others that it, or a part of it, resembles most.

A crop resembles a window of its original, and a pasted picture a window of what it lies in, more
than the wholes resemble each other. So windows count too; the best match of two pictures counts
for the pair. Two pictures are compared wherever they stand: small collections by the products of
all with all, large ones through an inverted index (`search.index` is for pairs above a threshold).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Bools, Candidates, Floats, Halves, Ints
from copyfind.search.join import for_each
from copyfind.watch import UNCOUNTED, Count

_CELLS = 24_000_000  # of the products in memory at a time, of one thread: 96 MB
_PICTURES = 256  # whose neighbours are looked for at a time


def wide_candidates(
    regions: Halves,
    *,
    k: int,
    floor: float = -1.0,
    parts_of_both: bool = True,
    new: Bools | None = None,
    count: Count = UNCOUNTED,
) -> Candidates:
    """Return the pairs of pictures that are among the `k` best of one of them, from `floor` on.

    regions (N, R, D), float16 or float32 unit rows, region 0 the whole picture. The similarity of
    a pair is the best of a region of one and the whole of the other, and with parts_of_both of
    any two regions. new (N,): only pairs with such a picture, which then are among its `k` best.
    Ties go to the lower row; everything is compared with everything.
    """
    size = len(regions)
    asked = np.arange(size) if new is None else np.flatnonzero(new)
    width = min(k, max(size - 1, 0))
    if not width or not len(asked):
        return _candidates(np.empty((0, 3)), size)
    blocks = [asked[start : start + _PICTURES] for start in range(0, len(asked), _PICTURES)]
    found: list[NDArray[np.float64]] = []
    done = 0

    def work(block: Ints) -> tuple[Ints, NDArray[np.float64]]:
        return block, _best_of(regions, block, width, parts_of_both=parts_of_both)

    def then(result: tuple[Ints, NDArray[np.float64]]) -> None:
        nonlocal done
        found.append(result[1])
        done += len(result[0])
        count.show(done, len(asked))

    for_each(work, blocks, then=then)
    pairs = np.concatenate(found)
    return _candidates(pairs[pairs[:, 2] >= floor], size)


def _best_of(
    regions: Halves, block: Ints, width: int, *, parts_of_both: bool
) -> NDArray[np.float64]:
    """(B * width, 3): row of the block, other row, similarity."""
    size, count, dim = regions.shape
    own = regions[block].astype(np.float32)  # (B, R, D)
    others_at_once = max(1, _CELLS // (len(block) * count * (count if parts_of_both else 2)))
    best = np.full((len(block), width), -np.inf, np.float32)
    rows = np.full((len(block), width), size, np.int64)
    for start in range(0, size, others_at_once):
        some = regions[start : start + others_at_once].astype(np.float32)  # (S, R, D)
        if parts_of_both:
            product = own.reshape(-1, dim) @ some.reshape(-1, dim).T
            alike = product.reshape(len(block), count, len(some), count).max(axis=(1, 3))
        else:
            there = own.reshape(-1, dim) @ some[:, 0].T  # our regions, their wholes
            alike = there.reshape(len(block), count, len(some)).max(axis=1)
            back = own[:, 0] @ some.reshape(-1, dim).T
            np.maximum(alike, back.reshape(len(block), len(some), count).max(axis=2), out=alike)
        here = np.arange(start, start + len(some))
        alike[block[:, None] == here] = -np.inf  # itself
        # Products depend in their last bits on the shape of the blocks.
        alike = np.round(np.concatenate([best, alike], axis=1), 5)
        numbers = np.concatenate([rows, np.broadcast_to(here, (len(block), len(here)))], axis=1)
        best, rows = _first(alike, numbers, width)
    of = np.repeat(block, width)
    return np.stack([of, rows.ravel(), best.ravel()], axis=1)


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


def _candidates(pairs: NDArray[np.float64], size: int) -> Candidates:
    """Each pair once, the lower row first, sorted."""
    pairs = pairs[np.isfinite(pairs[:, 2])] if len(pairs) else pairs
    low, high = np.minimum(pairs[:, 0], pairs[:, 1]), np.maximum(pairs[:, 0], pairs[:, 1])
    keys = low.astype(np.int64) * max(size, 1) + high.astype(np.int64)
    once, places = np.unique(keys, return_index=True)
    first, second = np.divmod(once, max(size, 1))
    return Candidates(first, second, pairs[places, 2].astype(np.float32))
