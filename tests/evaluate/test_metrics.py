"""The figures on cases worked by hand, and against loops written from the definitions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.evaluate.metrics import (
    Predictions,
    Report,
    accuracy_at_1,
    best_predictions,
    is_correct,
    micro_average_precision,
    operating_point,
    precision_recall,
    ranks,
    recall_at,
    report,
    trapezoid_average_precision,
)

Row = tuple[int, int, float]


def predictions(*rows: Row) -> Predictions:
    query, reference, score = zip(*rows, strict=True)
    return Predictions(np.array(query), np.array(reference), np.array(score, np.float32))


def truth(*pairs: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array(pairs, np.int64).reshape(len(pairs), 2)


def average_precision(found: Predictions, *pairs: tuple[int, int]) -> float:
    correct = is_correct(found, truth(*pairs))
    return micro_average_precision(precision_recall(found.score, correct, true_pairs=len(pairs)))


def test_every_pair_found_before_any_stranger_is_one() -> None:
    found = predictions((0, 0, 0.9), (1, 1, 0.8), (2, 5, 0.1))
    assert average_precision(found, (0, 0), (1, 1)) == 1


def test_a_stranger_in_between_costs_its_share_of_precision() -> None:
    found = predictions((0, 0, 0.9), (2, 5, 0.85), (1, 1, 0.8))
    assert average_precision(found, (0, 0), (1, 1)) == pytest.approx((1 + 2 / 3) / 2)


def test_of_equal_scores_the_false_one_counts_first() -> None:
    found = predictions((0, 0, 0.5), (0, 1, 0.5), (0, 2, 0.5))
    assert average_precision(found, (0, 0)) == pytest.approx(1 / 3)


def test_recall_counts_pairs_that_nobody_predicted() -> None:
    found = predictions((0, 0, 0.9))
    assert average_precision(found, (0, 0), (1, 1), (2, 2), (3, 3)) == 0.25


def test_all_references_of_a_query_count() -> None:
    found = predictions((0, 0, 0.9), (0, 7, 0.8), (0, 1, 0.7))
    assert average_precision(found, (0, 0), (0, 1)) == pytest.approx((1 + 2 / 3) / 2)


def test_a_query_without_match_can_only_cost() -> None:
    without = predictions((0, 0, 0.9))
    with_stranger = predictions((0, 0, 0.9), (9, 3, 0.95))
    assert average_precision(without, (0, 0)) == 1
    assert average_precision(with_stranger, (0, 0)) == 0.5


def test_recall_at_p90_is_the_furthest_point_that_still_holds() -> None:
    rows = [(i, i, 1 - i / 100) for i in range(9)]
    found = predictions(*rows, (50, 0, 0.5), (51, 0, 0.4), (9, 9, 0.3))
    correct = is_correct(found, truth(*((i, i) for i in range(10))))
    curve = precision_recall(found.score, correct, true_pairs=10)
    point = operating_point(curve, precision=0.9)
    assert point is not None
    assert (point.recall, point.precision) == (0.9, 1.0)  # not the stranger at 9 of 10
    assert point.threshold == pytest.approx(0.92)


def test_a_precision_that_is_lost_may_be_reached_again() -> None:
    scores = np.linspace(1, 0, 11, dtype=np.float32)
    correct = np.array([False] + 10 * [True])
    point = operating_point(precision_recall(scores, correct, true_pairs=10), precision=0.9)
    assert point is not None
    assert (point.recall, point.threshold) == (1.0, 0.0)


def test_a_precision_never_reached_gives_no_operating_point() -> None:
    found = report(predictions((0, 1, 0.9), (0, 0, 0.8)), truth((0, 0)))
    assert found == Report(0.5, None, None, accuracy_at_1=0.0, recall_at_10=1.0)


def test_ranks_count_equal_scores_against_the_pair() -> None:
    found = predictions((0, 0, 0.5), (0, 1, 0.5), (0, 2, 0.1), (4, 2, 0.9))
    rank = ranks(found, truth((0, 0), (0, 2), (4, 3), (7, 0)))
    assert rank.tolist() == [1, 2, np.inf, np.inf]
    assert recall_at(1, rank) == 0
    assert recall_at(2, rank) == 0.25


def test_accuracy_at_1_asks_for_any_of_the_references() -> None:
    found = predictions((0, 0, 0.5), (0, 1, 0.6), (1, 9, 0.9), (1, 1, 0.8))
    pairs = truth((0, 0), (0, 1), (1, 1))
    assert accuracy_at_1(ranks(found, pairs), pairs) == 0.5


def test_average_precision_by_trapezoid() -> None:
    assert trapezoid_average_precision(np.array([0, 1]), true_pairs=2) == 1
    assert trapezoid_average_precision(np.array([1]), true_pairs=1) == 0.25  # (0/1 + 1/2) / 2
    assert trapezoid_average_precision(np.array([0, 2]), true_pairs=2) == pytest.approx(
        (1 + (1 / 2 + 2 / 3) / 2) / 2
    )
    assert trapezoid_average_precision(np.array([], np.int64), true_pairs=3) == 0


def test_best_predictions_are_the_best_of_each_query_then_of_all() -> None:
    scores = np.array([[0.9, 0.8, 0.1], [0.2, 0.3, 0.85]], np.float32)
    found = best_predictions(scores, per_query=2, at_most=3)
    assert list(zip(found.query.tolist(), found.reference.tolist(), strict=True)) == [
        (0, 0),
        (1, 2),
        (0, 1),
    ]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([(0, 0, 0.5), (0, 0, 0.6)], "twice"),
        ([(0, 0, float("nan"))], "NaN"),
    ],
)
def test_predictions_that_cannot_be_ranked_are_refused(rows: list[Row], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        predictions(*rows)


@st.composite
def benchmarks(draw: st.DrawFn) -> tuple[Predictions, list[tuple[int, int]]]:
    pairs = st.tuples(st.integers(0, 5), st.integers(0, 5))
    predicted = draw(st.lists(pairs, min_size=1, max_size=25, unique=True))
    few_scores = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 0.75])  # so that ties are common
    scores = draw(st.lists(few_scores, min_size=len(predicted), max_size=len(predicted)))
    true = draw(st.lists(pairs, min_size=1, max_size=10, unique=True))
    rows = [(q, r, s) for (q, r), s in zip(predicted, scores, strict=True)]
    return predictions(*rows), true


@given(benchmarks())
def test_the_report_is_what_loops_over_the_definitions_find(
    benchmark: tuple[Predictions, list[tuple[int, int]]],
) -> None:
    found, true = benchmark
    rows = [
        (float(s), (int(q), int(r)) in true, int(q), int(r))
        for q, r, s in zip(found.query, found.reference, found.score, strict=True)
    ]
    rows.sort(key=lambda row: (-row[0], row[1]))
    hits, area, p90 = 0, Fraction(0), None
    for n, (score, correct, _, _) in enumerate(rows, start=1):
        hits += correct
        area += Fraction(hits, n) * Fraction(int(correct), len(true))
        recall = Fraction(hits, len(true))
        if hits / n >= 0.9 and (p90 is None or recall > p90[0]):
            p90 = (recall, score)
    positions = []
    for q, r in true:
        own = [s for s, _, other, _ in rows if other == q]
        hit = [s for s, _, other, reference in rows if (other, reference) == (q, r)]
        positions.append(sum(s >= hit[0] for s in own) - 1 if hit else None)
    queries = {q for q, _ in true}
    firsts = {q for (q, _), position in zip(true, positions, strict=True) if position == 0}

    result = report(found, truth(*true))
    assert result.micro_average_precision == pytest.approx(float(area))
    assert result.recall_at_p90 == (None if p90 is None else pytest.approx(float(p90[0])))
    assert result.threshold_at_p90 == (None if p90 is None else p90[1])
    assert result.accuracy_at_1 == pytest.approx(len(firsts) / len(queries))
    assert result.recall_at_10 == pytest.approx(
        sum(p is not None and p < 10 for p in positions) / len(true)
    )
