"""The best references of each query and of all, against sorting every pair."""

from __future__ import annotations

import numpy as np
import pytest

import copyfind.evaluate.matching as module
from copyfind.evaluate.matching import comparable, nearest_of_all, nearest_of_each
from copyfind.evaluate.metrics import Predictions
from copyfind.evaluate.names import Metric
from copyfind.records import Floats

Triples = list[tuple[int, int, float]]


def rows(count: int, dim: int = 6, *, seed: int = 0) -> Floats:
    made: Floats = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return made


def triples(found: Predictions) -> Triples:
    columns = (found.query.tolist(), found.reference.tolist(), found.score.tolist())
    return [(q, r, round(s, 4)) for q, r, s in zip(*columns, strict=True)]


def every_pair(scores: Floats) -> Triples:
    return [(q, r, round(float(scores[q, r]), 4)) for q, r in np.ndindex(*scores.shape)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are several blocks."""
    monkeypatch.setattr(module, "_QUERIES_AT_ONCE", 4)
    monkeypatch.setattr(module, "_REFERENCES_AT_ONCE", 5)


@pytest.mark.parametrize("k", [1, 3, 7, 40])
def test_the_nearest_of_each_are_those_of_a_full_sort(k: int) -> None:
    queries, references = rows(10), rows(23, seed=1)
    pairs = sorted(every_pair(queries @ references.T), key=lambda t: (t[0], -t[2], t[1]))
    expected = [t for q in range(10) for t in [p for p in pairs if p[0] == q][:k]]
    assert triples(nearest_of_each(queries, references, k=k)) == expected


@pytest.mark.parametrize("at_most", [1, 17, 100, 1000])
def test_the_nearest_of_all_are_those_of_a_full_sort(at_most: int) -> None:
    queries, references = rows(10), rows(23, seed=1)
    lowered_by = np.linspace(0, 1, 10, dtype=np.float32)
    pairs = every_pair(queries @ references.T - lowered_by[:, None])
    expected = sorted(pairs, key=lambda t: (-t[2], t[0], t[1]))[:at_most]
    found = nearest_of_all(queries, references, at_most=at_most, lowered_by=lowered_by)
    assert triples(found) == expected


def test_equal_descriptors_tie_and_the_lower_row_comes_first() -> None:
    references = np.repeat(rows(1, 77), 12, axis=0)
    found = nearest_of_each(rows(3, 77, seed=2), references, k=2)
    assert found.reference.tolist() == [0, 1] * 3
    assert (found.score[::2] == found.score[1::2]).all()


def test_metrics_score_as_their_formulas_do() -> None:
    a, b = rows(3), rows(5, seed=1)
    scores = {}
    for metric in Metric:
        asked, known = comparable(a, b, metric=metric)
        scores[metric] = asked @ known.T
    lengths = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(scores[Metric.IP], a @ b.T)
    np.testing.assert_allclose(scores[Metric.COSINE], a @ b.T / lengths, atol=1e-6)
    squared = ((a[:, None] - b) ** 2).sum(axis=2)
    np.testing.assert_allclose(scores[Metric.L2], -squared, rtol=1e-5)


def test_a_row_without_direction_resembles_nothing() -> None:
    asked, known = comparable(np.zeros((1, 6), np.float32), rows(2), metric=Metric.COSINE)
    assert (asked @ known.T).tolist() == [[0, 0]]


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="6-d, references of 5-d"):
        comparable(rows(2), rows(2, 5), metric=Metric.COSINE)


def test_no_query_has_no_predictions() -> None:
    assert len(nearest_of_each(rows(0), rows(4), k=2).query) == 0
