"""Find the rows of a descriptor matrix nearest to a few queries, exactly."""

from __future__ import annotations

import numpy as np

from copyfind.records import Floats, Ints
from copyfind.search.join import SLACK, for_each
from copyfind.search.rows import Stored, UnitRows, cosines, unit_rows
from copyfind.watch import UNCOUNTED, Count

_QUERIES_AT_ONCE = 256
_ROWS_AT_ONCE = 8192
_FEW = 8  # times k: so many of a block are sorted; of more the best are chosen before


def nearest(
    descriptors: Stored, queries: Stored, *, k: int, count: Count = UNCOUNTED
) -> tuple[Ints, Floats]:
    """Return the `k` rows most like each query, and their cosines.

    descriptors (N, D), queries (Q, D), float16 or float32, rows of about unit length; returns
    rows (Q, k) int64 and similarities (Q, k) float32, the highest first, ties by row. Where
    N < k the rest is -1 and -inf. count is shown how many queries are done. ValueError as in
    `find_candidates`, and for k < 1.
    """
    rows, asked = unit_rows(descriptors), unit_rows(queries)
    if k < 1 or rows.dim != asked.dim:
        raise ValueError(f"k must be 1 or more, not {k}; both dimensions {rows.dim}, {asked.dim}")
    found: list[tuple[Ints, Floats]] = []

    def then(result: tuple[Ints, Floats]) -> None:
        found.append(result)
        count.show(min(len(found) * _QUERIES_AT_ONCE, len(asked)), len(asked))

    for_each(
        lambda start: _nearest(rows, asked.block(slice(start, start + _QUERIES_AT_ONCE)), k=k),
        range(0, len(asked), _QUERIES_AT_ONCE),
        then=then,
    )
    none = np.empty((0, k))
    return (
        np.concatenate([none.astype(np.int64), *(part for part, _ in found)]),
        np.concatenate([none.astype(np.float32), *(part for _, part in found)]),
    )


def _nearest(rows: UnitRows, asked: Floats, *, k: int) -> tuple[Ints, Floats]:
    best_rows = np.full((len(asked), k), -1)
    best = np.full((len(asked), k), -np.inf, np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows.block(slice(start, start + _ROWS_AT_ONCE))
        product = asked @ block.T
        close = product >= best[:, -1:] - SLACK
        if k <= len(block) and np.count_nonzero(close) > _FEW * k * len(asked):
            limit = np.partition(product, len(block) - k, axis=1)[:, -k, None]
            close &= product >= limit - SLACK
        of, row = np.divmod(np.flatnonzero(close), len(block))
        similarity = np.concatenate([best.ravel(), cosines(asked, of, block, row)])
        row = np.concatenate([best_rows.ravel(), row + start])
        of = np.concatenate([np.repeat(np.arange(len(asked)), k), of])
        order = np.lexsort((row, -similarity, of))
        ends = np.searchsorted(of[order], np.arange(len(asked)))
        kept = order[ends[:, None] + np.arange(k)]
        best_rows, best = row[kept], similarity[kept]
    return best_rows, best
