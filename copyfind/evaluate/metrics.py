"""The figures of the copy-detection papers as array functions, with ties at their worst.

A prediction is (query, reference, score); a query may have no prediction, and a reference
several queries. Recall counts against all true pairs, also those that nobody predicted.
Definitions agree with the published DISC2021 evaluation (arXiv:2106.09672).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Doubles, Floats, Ints

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Scored pairs. A pair occurs once; ids are any integers, the same ones as in the truth."""

    query: Ints  # (P,)
    reference: Ints  # (P,)
    score: Floats | Doubles  # (P,) higher is more alike; no NaN

    def __post_init__(self) -> None:
        if not len(self.query) == len(self.reference) == len(self.score):
            raise ValueError(
                f"{len(self.query)} queries, {len(self.reference)} references and"
                f" {len(self.score)} scores do not make pairs"
            )
        if np.isnan(self.score).any():
            raise ValueError("a score is NaN: it has no rank")
        if len(np.unique(_pair_numbers(self.query, self.reference))) != len(self.query):
            raise ValueError("a pair is predicted twice")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision and recall after each prediction, best score first."""

    precision: Doubles  # (P,)
    recall: Doubles  # (P,)
    threshold: Doubles  # (P,) score of the prediction


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The lowest threshold at which a wanted precision still holds."""

    precision: float
    recall: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark says of one set of predictions; all between 0 and 1."""

    micro_average_precision: float
    recall_at_p90: float | None  # None: precision 0.9 is nowhere reached
    threshold_at_p90: float | None
    accuracy_at_1: float
    recall_at_10: float


def is_correct(predictions: Predictions, truth: Ints) -> Truths:
    """Which predictions are true pairs: (P,) bool. truth (T, 2): query, reference."""
    pair = _pair_numbers(
        np.concatenate([predictions.query, truth[:, 0]]),
        np.concatenate([predictions.reference, truth[:, 1]]),
    )
    return np.isin(pair[: len(predictions.query)], pair[len(predictions.query) :])


def _pair_numbers(query: Ints, reference: Ints) -> Ints:
    """Numbers of pairs, (P,), the same for the same pair. (`unique` of rows takes ten times as
    long, which is felt with 500,000 predictions.)"""
    queries, references = (np.unique(ids, return_inverse=True)[1] for ids in (query, reference))
    numbers: Ints = queries * (references.max(initial=0) + 1) + references
    return numbers


def precision_recall(scores: Floats | Doubles, correct: Truths, *, true_pairs: int) -> Curve:
    """The curve over predictions by falling score; of equal scores the false one comes first.

    scores, correct (P,); true_pairs is how many pairs there were to find.
    """
    if true_pairs < 1:
        raise ValueError("recall needs at least one true pair")
    order = np.lexsort((correct, -scores))
    found = np.cumsum(correct[order])
    rank = np.arange(1, len(order) + 1)
    return Curve(found / rank, found / true_pairs, scores[order].astype(np.float64))


def micro_average_precision(curve: Curve) -> float:
    """µAP: Σ (step of recall) × precision, over the predictions of all queries together."""
    return float((np.diff(curve.recall, prepend=0.0) * curve.precision).sum())


def operating_point(curve: Curve, *, precision: float) -> OperatingPoint | None:
    """The highest recall at which precision is still reached, and the first score to get there."""
    reached = np.flatnonzero(curve.precision >= precision)
    if not len(reached):
        return None
    at = reached[np.argmax(curve.recall[reached])]  # the first of equals
    return OperatingPoint(
        float(curve.precision[at]), float(curve.recall[at]), float(curve.threshold[at])
    )


def ranks(predictions: Predictions, truth: Ints) -> Doubles:
    """For each true pair the number of predictions of its query that score at least as high.

    truth (T, 2); returns (T,) from 0 for the best, infinite where the pair is not predicted.
    """
    result = np.full(len(truth), np.inf)
    order = np.argsort(predictions.query, kind="stable")
    queries = predictions.query[order]
    begin, end = (np.searchsorted(queries, truth[:, 0], side) for side in ("left", "right"))
    for row, (first, last) in enumerate(zip(begin, end, strict=True)):
        own = order[first:last]
        hit = own[predictions.reference[own] == truth[row, 1]]
        if len(hit):
            result[row] = (predictions.score[own] >= predictions.score[hit[0]]).sum() - 1
    return result


def recall_at(k: int, rank: Doubles) -> float:
    """Share of true pairs among the first k predictions of their query."""
    return float((rank < k).mean())


def accuracy_at_1(rank: Doubles, truth: Ints) -> float:
    """Share of the queries with a match whose first prediction is one of their references."""
    _, query = np.unique(truth[:, 0], return_inverse=True)
    best = np.full(query.max() + 1, np.inf)
    np.minimum.at(best, query, rank)
    return float((best == 0).mean())


def report(predictions: Predictions, truth: Ints) -> Report:
    """All figures of the DISC2021 evaluation. truth (T, 2): query, reference."""
    correct = is_correct(predictions, truth)
    curve = precision_recall(predictions.score, correct, true_pairs=len(truth))
    p90, rank = operating_point(curve, precision=0.9), ranks(predictions, truth)
    return Report(
        micro_average_precision=micro_average_precision(curve),
        recall_at_p90=p90.recall if p90 else None,
        threshold_at_p90=p90.threshold if p90 else None,
        accuracy_at_1=accuracy_at_1(rank, truth),
        recall_at_10=recall_at(10, rank),
    )


def best_predictions(scores: Floats, *, per_query: int, at_most: int = 500_000) -> Predictions:
    """The `per_query` best references of each query, of those the `at_most` best in all.

    scores (Q, R). Ids are row and column numbers. The published DISC evaluation takes 500,000.
    """
    per_query = min(per_query, scores.shape[1])
    columns = np.argpartition(-scores, per_query - 1, axis=1)[:, :per_query]
    rows = np.repeat(np.arange(len(scores)), per_query)
    kept = scores[rows, columns.reshape(-1)]
    best = np.argsort(-kept, kind="stable")[:at_most]
    return Predictions(rows[best], columns.reshape(-1)[best], kept[best])


def trapezoid_average_precision(rank: Ints, *, true_pairs: int) -> float:
    """AP of one query as Holidays and Copydays compute it: the trapezoid rule over recall.

    rank (K,) the ascending ranks, from 0, at which its references were found.
    """
    found = np.arange(len(rank))
    before = np.where(rank == 0, 1.0, found / np.maximum(rank, 1))  # precision just above the hit
    after = (found + 1) / (rank + 1)
    return float((before + after).sum() / 2 / true_pairs)
