"""Figures of small benchmarks worked by hand, and against the published code's definitions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.errors import EvaluationError
from copyfind.evaluate.datasets import Benchmark, read_copydays
from copyfind.evaluate.exchange import Descriptors, NamedPredictions, Rows
from copyfind.evaluate.names import Metric
from copyfind.evaluate.protocol import Protocol, Score, score_descriptors, score_predictions
from copyfind.records import Floats

Scored = list[tuple[str, str, float]]


def benchmark(*pairs: tuple[int, int], queries: int = 3, references: int = 3) -> Benchmark:
    return Benchmark(
        tuple(Path(f"Q{number}.jpg") for number in range(queries)),
        tuple(Path(f"R{number}.jpg") for number in range(references)),
        np.array(pairs, np.int64),
    )


def named(*rows: tuple[str, str, float]) -> NamedPredictions:
    query, reference, score = zip(*rows, strict=True)
    return NamedPredictions(query, reference, np.array(score))


def descriptors(
    queries: list[list[float]],
    references: list[list[float]],
    training: list[list[float]] | None = None,
) -> Descriptors:
    def some(letter: str, vectors: list[list[float]]) -> Rows:
        ids = tuple(f"{letter}{number}" for number in range(len(vectors)))
        return Rows(ids, np.array(vectors, np.float32))

    return Descriptors(
        some("Q", queries),
        some("R", references),
        None if training is None else some("T", training),
    )


def at_angle(degrees: float) -> list[float]:
    return [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]


def circle(*degrees: float) -> list[list[float]]:
    return [at_angle(d) for d in degrees]


def micro(score: Score, *, track: str = "all") -> float:
    return next(f for f in score.figures if f.track == track).plain.micro_average_precision


def test_predictions_are_scored_by_the_names_of_their_pictures() -> None:
    score = score_predictions(
        "theirs",
        benchmark((0, 2), (1, 0)),
        named(("Q0", "R2", 0.9), ("Q2", "R1", 0.8), ("Q1", "R0", 0.7)),
    )
    assert micro(score) == pytest.approx((1 + 2 / 3) / 2)
    assert score.figures[0].plain.accuracy_at_1 == 1
    assert score.dim is None


def test_predictions_about_unknown_pictures_are_false_ones() -> None:
    rows = [("Q0", "R2", 0.9), ("Q77", "R0", 0.95), ("Q0", "R99", 0.92)]
    assert micro(score_predictions("theirs", benchmark((0, 2)), named(*rows))) == 1 / 3


def test_what_is_about_another_benchmark_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no query of this benchmark is named: 'X' instead"):
        score_predictions("theirs", benchmark((0, 0)), named(("X", "R0", 1.0)))
    one = np.ones((1, 2), np.float32)
    found = Descriptors(Rows(("X",), one), Rows(("R0",), one))
    with pytest.raises(EvaluationError, match="'X' instead of 'Q0'"):
        score_descriptors("theirs", benchmark((0, 0)), found, Protocol())


def test_predictions_that_cannot_be_ranked_are_refused() -> None:
    with pytest.raises(EvaluationError, match="predicted twice"):
        score_predictions("t", benchmark((0, 0)), named(("Q0", "R0", 1.0), ("Q0", "R0", 0.5)))


def test_a_track_is_its_queries_and_all_strangers() -> None:
    plain = benchmark((0, 0), (1, 1))
    tracked = Benchmark(
        plain.queries,
        plain.references,
        plain.truth,
        {"light": np.array([0]), "hard": np.array([1])},
    )
    rows = [("Q0", "R0", 0.9), ("Q0", "R1", 0.8), ("Q2", "R2", 0.7), ("Q1", "R1", 0.6)]
    score = score_predictions("theirs", tracked, named(*rows))
    assert [(f.track, f.queries, f.true_pairs) for f in score.figures] == [
        ("all", 3, 2),
        ("light", 2, 1),
        ("hard", 2, 1),
    ]
    assert micro(score) == pytest.approx((1 + 2 / 4) / 2)
    assert micro(score, track="light") == 1
    assert micro(score, track="hard") == 1 / 2  # the stranger is before it, Q0 is not there


def test_each_query_brings_its_k_best() -> None:
    found = descriptors(circle(0, 90), circle(10, 20, 95))
    two = score_descriptors("ours", benchmark((0, 1), queries=2), found, Protocol(k=2))
    rows = list(zip(two.predictions.query, two.predictions.reference, strict=True))
    assert rows == [("Q0", "R0"), ("Q0", "R1"), ("Q1", "R2"), ("Q1", "R1")]
    one = score_descriptors("ours", benchmark((0, 1), queries=2), found, Protocol(k=1))
    assert micro(one) == 0
    assert one.figures[0].recall_among[10] == 1  # of the query's list, not of the candidates


def test_global_candidates_are_the_best_of_all_queries() -> None:
    found = descriptors(circle(0, 90), circle(1, 2, 3))
    score = score_descriptors(
        "ours", benchmark((0, 1), queries=2), found, Protocol(k=1, global_candidates=True)
    )
    rows = list(zip(score.predictions.query, score.predictions.reference, strict=True))
    assert rows == [("Q0", "R0"), ("Q0", "R1")]  # k × 2 queries


def test_all_pairs_are_candidates_while_there_are_few() -> None:
    found = descriptors(circle(0, 90), circle(1, 2, 3))
    score = score_descriptors("ours", benchmark((0, 1), queries=2), found, Protocol())
    assert len(score.predictions.query) == 6
    assert (np.diff(score.predictions.score) <= 0).all()


@pytest.mark.parametrize("global_candidates", [False, True])
def test_score_normalisation_lowers_a_query_that_resembles_everything(
    global_candidates: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    # The stranger Q1 is nearer to R1 than Q0 is to its original, and nearer still to T0.
    found = descriptors(circle(0, 100), circle(20, 110), circle(100, 250))
    protocol = Protocol(k=1, global_candidates=global_candidates, neighbours=1)
    figures = score_descriptors("ours", benchmark((0, 0), queries=2), found, protocol).figures[0]
    assert figures.plain.micro_average_precision == 1 / 2
    assert figures.normalised is not None
    assert figures.normalised.micro_average_precision == 1
    expected = np.cos(np.radians(20)) - np.cos(np.radians(100))
    assert figures.normalised.threshold_at_p90 == pytest.approx(expected, abs=1e-6)


def test_a_background_stands_in_for_training_images() -> None:
    found = descriptors(circle(0, 100), circle(20, 110))
    background: Floats = np.array(circle(100, 250), np.float32)
    bench = benchmark((0, 0), queries=2)
    with_it = score_descriptors(
        "ours", bench, found, Protocol(k=1, neighbours=1), background=background
    )
    assert with_it.figures[0].normalised is not None
    for protocol in (Protocol(k=1), Protocol(k=1, score_normalisation=False)):
        alone = score_descriptors("ours", bench, found, protocol)
        assert alone.figures[0].normalised is None
    with pytest.raises(EvaluationError, match="3 neighbours, and there are 2 training images"):
        score_descriptors("ours", bench, found, Protocol(), background=background)


def test_a_codec_is_trained_on_training_images() -> None:
    # Both lie far from the origin in one direction, which says nothing.
    near = [[9.0, 0.0, 0.1], [9.0, 0.1, 0.0]]
    rng = np.random.default_rng(0)
    training = (rng.normal(size=(200, 3)) * [1, 0.1, 0.1] + [9, 0, 0]).tolist()
    found = descriptors(near, [[12.0, 0.1, 0.0], [6.0, 0.0, 0.1]], training)
    bench = benchmark((0, 1), (1, 0), queries=2)
    score = score_descriptors("ours", bench, found, Protocol(codec="PCA3,Flat", metric=Metric.IP))
    assert score.dim == 3
    shorter = score_descriptors("ours", bench, found, Protocol(codec="PCAW2,L2norm,Flat"))
    assert shorter.dim == 2


def test_a_codec_without_training_images_is_refused() -> None:
    found = descriptors(circle(0), circle(0))
    with pytest.raises(EvaluationError, match="there are none: put them in train/"):
        score_descriptors("ours", benchmark((0, 0)), found, Protocol(codec="PCAW2,L2norm,Flat"))


def test_a_codec_that_faiss_does_not_know_is_refused() -> None:
    found = descriptors(circle(0), circle(0), circle(0, 1, 2))
    with pytest.raises(EvaluationError, match="cannot make 'zip'"):
        score_descriptors("ours", benchmark((0, 0)), found, Protocol(codec="zip"))


def test_a_background_of_another_length_is_refused() -> None:
    found = descriptors(circle(0), circle(0))
    with pytest.raises(EvaluationError, match="3-d for 2-d"):
        score_descriptors(
            "o", benchmark((0, 0)), found, Protocol(), background=np.ones((5, 3), np.float32)
        )


def test_a_picture_without_descriptor_is_not_found() -> None:
    found = Descriptors(
        Rows(("Q0",), np.array(circle(0), np.float32)),
        Rows(("R1",), np.array(circle(0), np.float32)),
    )
    figures = score_descriptors("o", benchmark((0, 1), (1, 0)), found, Protocol()).figures[0]
    assert figures.plain.micro_average_precision == 0.5
    assert figures.recall_among[50] == 0.5


def test_copydays_by_hand(copydays: Path) -> None:
    bench = read_copydays(copydays)
    # Originals 0 and 1. The second strong attack of 0 resembles 1 more: rank 1, AP (0 + 1/2) / 2.
    query = {"original": circle(0, 90), "strong": circle(1, 80, 90), "jpegqual/3": circle(0, 90)}
    vectors = [row for name in bench.tracks for row in query[name]]
    found = Descriptors(
        Rows(bench.query_ids, np.array(vectors, np.float32)),
        Rows(bench.reference_ids, np.array(circle(0, 90), np.float32)),
    )
    score = score_descriptors("ours", bench, found, Protocol())
    mean_ap = {f.track: f.mean_average_precision for f in score.figures}
    assert mean_ap == {
        "all": pytest.approx((6 + 0.25) / 7),
        "original": 1,
        "strong": pytest.approx((1 + 0.25 + 1) / 3),
        "jpegqual/3": 1,
    }
    # Over all: six true pairs, the false one (cos 10°), then the true one (cos 80°) as 8th of 14.
    assert micro(score) == pytest.approx((6 + (6 / 7 + 7 / 8) / 2) / 7)


@dataclass(frozen=True)
class _Published:
    """What the evaluation code of DISC2021 (facebookresearch/isc2021) defines, in plain loops."""

    average_precision: float
    recall_at_p90: float | None
    threshold_at_p90: float | None
    recall_at_rank1: float
    recall_at_rank10: float


def published(truth: list[tuple[str, str]], rows: Scored) -> _Published:
    ordered = sorted(rows, key=lambda row: (-row[2], (row[0], row[1]) in truth))
    hits, area, best = 0, 0.0, None
    for rank, (query, reference, score) in enumerate(ordered, start=1):
        if (query, reference) in truth:
            hits += 1
            area += hits / rank / len(truth)
        if hits / rank >= 0.9 and (best is None or hits / len(truth) > best[0]):
            best = (hits / len(truth), score)
    places = []
    for query, reference in truth:
        own = [score for q, r, score in rows if (q, r) == (query, reference)]
        if own:
            places.append(sum(q == query and score >= own[0] for q, _, score in rows) - 1)
    first, ten = (sum(place < k for place in places) / len(truth) for k in (1, 10))
    return _Published(area, best and best[0], best and best[1], first, ten)


_PAIR = st.tuples(st.integers(0, 4), st.integers(0, 14))


@given(
    st.lists(_PAIR, min_size=1, max_size=60, unique=True),
    st.lists(_PAIR, min_size=1, max_size=8, unique=True),
    st.data(),
)
def test_figures_of_predictions_are_those_of_the_published_code(
    predicted: list[tuple[int, int]], true: list[tuple[int, int]], data: st.DataObject
) -> None:
    few = st.sampled_from([-1.5, 0.0, 0.25, 0.5, 0.500001, 2.0])  # so that ties are common
    scores = data.draw(st.lists(few, min_size=len(predicted), max_size=len(predicted)))
    rows = [(f"Q{q}", f"R{r}", s) for (q, r), s in zip(predicted, scores, strict=True)]
    expected = published([(f"Q{q}", f"R{r}") for q, r in true], rows)
    bench = benchmark(*true, queries=5, references=15)
    figures = score_predictions("theirs", bench, named(*rows)).figures[0]
    assert figures.plain.micro_average_precision == pytest.approx(expected.average_precision)
    assert figures.plain.recall_at_p90 == expected.recall_at_p90
    assert figures.plain.threshold_at_p90 == expected.threshold_at_p90
    assert figures.recall_among[1] == expected.recall_at_rank1
    assert figures.recall_among[10] == pytest.approx(expected.recall_at_rank10)
