"""Queries against references: the best of each query, or the best of all queries together.

Exact, a block against a block. The products that decide are summed again in float64 and rounded
once, so that equal descriptors have equal scores and ties stay ties on every machine.
"""

from __future__ import annotations

import numpy as np

from copyfind.evaluate.metrics import Predictions
from copyfind.evaluate.names import Metric
from copyfind.records import Floats, Ints
from copyfind.watch import NOBODY, Stage, Watch

_QUERIES_AT_ONCE = 512
_REFERENCES_AT_ONCE = 8192
_PAIRS_AT_ONCE = 4096
_SLACK = 1e-5  # a float32 product differs from the exact one by less, relative to both lengths


def comparable(queries: Floats, references: Floats, *, metric: Metric) -> tuple[Floats, Floats]:
    """Both sets of rows (N, D), so changed that their inner products are the scores.

    Rows for L2 become two columns wider.

    A row without a direction stays one of zeros under the cosine.
    """
    if queries.shape[1] != references.shape[1]:
        raise ValueError(f"queries of {queries.shape[1]}-d, references of {references.shape[1]}-d")
    if metric is Metric.IP:
        return queries, references
    if metric is Metric.COSINE:
        return _unit(queries), _unit(references)
    # −|q − r|² = 2 q·r − |q|² − |r|²
    lengths = [np.einsum("nd,nd->n", rows, rows)[:, None] for rows in (queries, references)]
    return (
        np.concatenate([2 * queries, -lengths[0], -np.ones_like(lengths[0])], axis=1),
        np.concatenate([references, np.ones_like(lengths[1]), lengths[1]], axis=1),
    )


def nearest_of_each(
    queries: Floats,
    references: Floats,
    *,
    k: int,
    watch: Watch = NOBODY,
) -> Predictions:
    """The k references with the highest inner product of each query, best first, ties by row.

    queries (Q, D), references (R, D); all of them where R < k.
    """
    k = min(k, len(references))
    found: list[tuple[Ints, Ints, Floats]] = []
    for first in range(0, len(queries), _QUERIES_AT_ONCE):
        asked = queries[first : first + _QUERIES_AT_ONCE]
        rows, scores = _nearest(asked, references, k=k)
        found.append((np.repeat(np.arange(first, first + len(asked)), k), rows, scores))
        watch.show(Stage.SEARCH, first + len(asked), len(queries))
    return _predictions(found)


def nearest_of_all(
    queries: Floats,
    references: Floats,
    *,
    at_most: int,
    lowered_by: Floats | None = None,
) -> Predictions:
    """The `at_most` pairs with the highest score over all queries: global candidates.

    lowered_by (Q,): what is taken from a query's scores before they compete.
    """
    lower = np.zeros(len(queries), np.float32) if lowered_by is None else lowered_by
    slack = _slack(queries, references)
    kept: list[tuple[Ints, Ints, Floats]] = []
    waiting, cut = 0, np.float32(-np.inf)
    for first in range(0, len(queries), _QUERIES_AT_ONCE):
        asked, own = (rows[first : first + _QUERIES_AT_ONCE] for rows in (queries, lower))
        for start in range(0, len(references), _REFERENCES_AT_ONCE):
            block = references[start : start + _REFERENCES_AT_ONCE]
            of, row = np.nonzero(asked @ block.T - own[:, None] >= cut - slack)
            scores = _products(asked, of, block, row) - own[of]
            kept.append((of + first, row + start, scores))
            waiting += len(of)
            if waiting > 2 * at_most:
                kept = [_best(kept, at_most)]
                waiting, cut = at_most, kept[0][2][-1]
    return _predictions([_best(kept, at_most)])


def _nearest(asked: Floats, references: Floats, *, k: int) -> tuple[Ints, Floats]:
    """The k best references of each query: rows and scores, (Q * k,) each, query after query."""
    best_rows = np.empty((len(asked), 0), np.int64)
    best = np.empty((len(asked), 0), np.float32)
    slack = _slack(asked, references)
    for start in range(0, len(references), _REFERENCES_AT_ONCE):
        block = references[start : start + _REFERENCES_AT_ONCE]
        product = asked @ block.T
        if best.shape[1] == k:
            limit = best[:, -1]
        elif len(block) > k:
            limit = np.partition(product, len(block) - k, axis=1)[:, -k]
        else:
            limit = np.full(len(asked), -np.inf, np.float32)
        of, row = np.nonzero(product >= limit[:, None] - slack)
        known = best.shape[1]
        scores = np.concatenate([best.ravel(), _products(asked, of, block, row)])
        rows = np.concatenate([best_rows.ravel(), row + start])
        of = np.concatenate([np.repeat(np.arange(len(asked)), known), of])
        order = np.lexsort((rows, -scores, of))
        ends = np.searchsorted(of[order], np.arange(len(asked)))
        chosen = order[ends[:, None] + np.arange(min(k, known + len(block)))]
        best_rows, best = rows[chosen], scores[chosen]
    return best_rows.ravel(), best.ravel()


def _products(a: Floats, i: Ints, b: Floats, j: Ints) -> Floats:
    found = np.empty(len(i), np.float32)
    for start in range(0, len(i), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        found[part] = np.einsum(
            "pd,pd->p", a[i[part]].astype(np.float64), b[j[part]].astype(np.float64)
        )
    return found


def _best(found: list[tuple[Ints, Ints, Floats]], at_most: int) -> tuple[Ints, Ints, Floats]:
    """The `at_most` best pairs, best first, ties by query and reference."""
    query, reference, score = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((reference, query, -score))[:at_most]
    return query[order], reference[order], score[order]


def _predictions(found: list[tuple[Ints, Ints, Floats]]) -> Predictions:
    if not found:
        none = np.empty(0, np.int64)
        return Predictions(none, none, np.empty(0, np.float32))
    query, reference, score = (np.concatenate(part) for part in zip(*found, strict=True))
    return Predictions(query, reference, score)


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    unit: Floats = (rows / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def _slack(queries: Floats, references: Floats) -> np.float32:
    longest = [
        np.sqrt(np.einsum("nd,nd->n", rows, rows).max(initial=0)) for rows in (queries, references)
    ]
    return np.float32(_SLACK * longest[0] * longest[1])
