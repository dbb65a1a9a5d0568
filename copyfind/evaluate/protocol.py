"""From descriptors or predictions to the papers' figures, over all queries and for each track.

Candidates are chosen as in the published evaluations: the 500,000 best pairs of all queries
together (DISC2021's own), the k best references of each query (SSCD and RDCD, k = 10; Copydays,
k = 100), or the k × queries best of all (RDCD). The figures that look at one query's list
(accuracy@1, recall among k, mAP) do so whatever is a candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from copyfind.errors import EvaluationError
from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.describe import Pace
from copyfind.evaluate.exchange import Descriptors, NamedPredictions
from copyfind.evaluate.matching import comparable, nearest_of_all, nearest_of_each
from copyfind.evaluate.metrics import (
    Curve,
    Predictions,
    Report,
    accuracy_at_1,
    is_correct,
    precision_recall,
    ranks,
    recall_at,
    report,
    trapezoid_average_precision,
)
from copyfind.evaluate.names import Layout, Metric
from copyfind.records import Doubles, Floats, Ints, Unreadable
from copyfind.search.codec import CodecError, train_codec
from copyfind.watch import NOBODY, Watch

AMONG = (1, 10, 16, 50)  # k of recall among k; verification of candidates starts from 16
ALL = "all"
_COPYDAYS_K = 100
_DISC_AT_MOST = 500_000


@dataclass(frozen=True, slots=True)
class Protocol:
    """How descriptors become predictions. The defaults are those of the data sets."""

    k: int | None = None  # references a query; None: as many as fit, for Copydays 100
    global_candidates: bool = False  # k × queries pairs, the best of all
    codec: str | None = None  # as FAISS writes it: PCAW128,L2norm,Flat
    metric: Metric = Metric.COSINE
    score_normalisation: bool = True  # where there are training images or a background
    neighbours: int = 3  # of them nearest to a query
    weight: float = 1.0  # of their mean similarity

    def each(self, layout: Layout) -> int | None:
        """How many candidates each query has; None where queries compete for theirs."""
        if self.global_candidates:
            return None
        return self.k or (_COPYDAYS_K if layout is Layout.COPYDAYS else None)

    def of_all(self, layout: Layout, *, queries: int) -> int:
        """How many candidates all queries have together."""
        k = self.k or (_COPYDAYS_K if layout is Layout.COPYDAYS else None)
        return k * queries if k else _DISC_AT_MOST


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of one track: its own queries and all queries without a match."""

    track: str  # ALL for all queries
    queries: int
    true_pairs: int
    plain: Report  # for Copydays its µAP is by the trapezoid rule, as published
    normalised: Report | None  # the same after score normalisation: µAP_SN
    recall_among: Mapping[int, float]
    mean_average_precision: float | None  # Copydays: trapezoid rule a query, mean over the folder


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """A method on a benchmark. What is not known of it is None."""

    method: str
    figures: tuple[Figures, ...]  # over all first
    curve: Curve  # over all, without score normalisation
    predictions: NamedPredictions
    dim: int | None = None  # as compared, after the codec
    is_hash: bool = False  # `dim` counts bits
    side: int | None = None  # of the square it looks at, pixels
    pace: Pace | None = None
    skipped: tuple[Unreadable, ...] = ()


def score_descriptors(
    name: str,
    benchmark: Benchmark,
    descriptors: Descriptors,
    protocol: Protocol,
    *,
    background: Floats | None = None,
    watch: Watch = NOBODY,
) -> Score:
    """The figures of descriptors. Raises EvaluationError.

    background: (B, D) of photos that match nothing, where `descriptors` has no training images.
    """
    ids = _Numbers(benchmark)
    queries, references = descriptors.queries, descriptors.references
    _check_names(queries.ids, benchmark)
    training = background if descriptors.training is None else descriptors.training.vectors
    try:
        vectors = _coded(protocol.codec, queries.vectors, references.vectors, training, descriptors)
        asked, known = comparable(vectors[0], vectors[1], metric=protocol.metric)
    except (CodecError, ValueError) as error:
        raise EvaluationError(str(error)) from None
    lowered_by = None
    if protocol.score_normalisation and vectors[2] is not None:
        lowered_by = _closeness(vectors[0], vectors[2], protocol)
    each = protocol.each(benchmark.layout)
    lists = nearest_of_each(
        asked,
        known,
        k=max(each or 0, *AMONG),
        watch=watch,
    )
    normalised = None
    if each is None:
        at_most = protocol.of_all(benchmark.layout, queries=len(queries.ids))
        plain = nearest_of_all(asked, known, at_most=at_most)
        if lowered_by is not None:
            normalised = nearest_of_all(asked, known, at_most=at_most, lowered_by=lowered_by)
    else:
        plain = _first(lists, each)
        if lowered_by is not None:
            # One amount a query: the order of its list stays.
            normalised = Predictions(
                plain.query, plain.reference, plain.score - lowered_by[plain.query]
            )
    named = NamedPredictions(
        tuple(queries.ids[row] for row in plain.query),
        tuple(references.ids[row] for row in plain.reference),
        plain.score.astype(np.float64),
    )
    query, reference = ids.queries(queries.ids), ids.references(references.ids)
    plain, lists = (_renumbered(some, query, reference) for some in (plain, lists))
    if normalised is not None:
        normalised = _renumbered(normalised, query, reference)
    figures, curve = _figures(benchmark, plain, normalised, lists)
    return Score(name, figures, curve, named, dim=vectors[1].shape[1])


def score_predictions(name: str, benchmark: Benchmark, named: NamedPredictions) -> Score:
    """The figures of scored pairs that any tool made. Raises EvaluationError."""
    ids = _Numbers(benchmark)
    _check_names(named.query, benchmark)
    try:
        predictions = Predictions(
            ids.queries(named.query), ids.references(named.reference), named.score
        )
    except ValueError as error:
        raise EvaluationError(f"these predictions cannot be scored: {error}") from None
    figures, curve = _figures(benchmark, predictions, None, predictions)
    return Score(name, figures, curve, named)


class _Numbers:
    """Numbers for ids: those of the benchmark, and further ones for ids it does not know."""

    def __init__(self, benchmark: Benchmark) -> None:
        self._queries = {name: row for row, name in enumerate(benchmark.query_ids)}
        self._references = {name: row for row, name in enumerate(benchmark.reference_ids)}

    def queries(self, ids: Sequence[str]) -> Ints:
        return self._number(ids, self._queries)

    def references(self, ids: Sequence[str]) -> Ints:
        return self._number(ids, self._references)

    @staticmethod
    def _number(ids: Sequence[str], known: dict[str, int]) -> Ints:
        return np.array([known.setdefault(name, len(known)) for name in ids], np.int64)


def _check_names(queries: Sequence[str], benchmark: Benchmark) -> None:
    if queries and set(queries).isdisjoint(benchmark.query_ids):
        raise EvaluationError(
            f"no query of this benchmark is named: {queries[0]!r} instead of"
            f" {benchmark.query_ids[0]!r}"
        )


def _coded(
    codec: str | None,
    queries: Floats,
    references: Floats,
    background: Floats | None,
    descriptors: Descriptors,
) -> tuple[Floats, Floats, Floats | None]:
    """Queries, references and background after the codec, which training images alone teach."""
    if background is not None and background.shape[1] != references.shape[1]:
        raise ValueError(
            f"a background of {background.shape[1]}-d for {references.shape[1]}-d descriptors"
        )
    if codec is None:
        return queries, references, background
    if descriptors.training is None:
        raise EvaluationError(
            f"the codec {codec} is trained on training images, and there are none: put them in"
            " train/ or name a folder with --training"
        )
    change = train_codec(codec, descriptors.training.vectors)
    return change(queries), change(references), None if background is None else change(background)


def _closeness(queries: Floats, background: Floats, protocol: Protocol) -> Floats:
    """What score normalisation takes from each query: weight × mean of its nearest, (Q,)."""
    if len(background) < protocol.neighbours:
        raise EvaluationError(
            f"score normalisation asks for {protocol.neighbours} neighbours, and there are"
            f" {len(background)} training images"
        )
    asked, known = comparable(queries, background, metric=protocol.metric)
    nearest = nearest_of_each(asked, known, k=protocol.neighbours)
    mean: Floats = nearest.score.reshape(len(queries), -1).mean(axis=1, dtype=np.float32)
    return np.float32(protocol.weight) * mean


def _first(lists: Predictions, k: int) -> Predictions:
    """Only the k best of each query, out of lists that have the best first."""
    starts = np.searchsorted(lists.query, lists.query)
    kept = np.arange(len(lists.query)) - starts < k
    return Predictions(lists.query[kept], lists.reference[kept], lists.score[kept])


def _renumbered(found: Predictions, query: Ints, reference: Ints) -> Predictions:
    return Predictions(query[found.query], reference[found.reference], found.score)


def _figures(
    benchmark: Benchmark, plain: Predictions, normalised: Predictions | None, lists: Predictions
) -> tuple[tuple[Figures, ...], Curve]:
    matched = np.unique(benchmark.truth[:, 0])
    others = len(benchmark.queries) - len(matched)
    figures = []
    for track, rows in {ALL: matched, **benchmark.tracks}.items():
        truth = benchmark.truth[np.isin(benchmark.truth[:, 0], rows)]
        elsewhere = np.setdiff1d(matched, rows)
        own, own_lists = _without(plain, elsewhere), _without(lists, elsewhere)
        rank = ranks(own_lists, truth)
        among = {k: recall_at(k, rank) for k in AMONG}
        cached = {
            "accuracy_at_1": accuracy_at_1(rank, truth),
            "recall_at_10": among[10],
        }
        ours = replace(report(own, truth), **cached)
        mean_ap = None
        if benchmark.layout is Layout.COPYDAYS:
            ours = replace(ours, micro_average_precision=_micro_by_trapezoid(own, truth))
            mean_ap = _mean_by_trapezoid(rank, truth)
        theirs = None
        if normalised is not None:
            theirs = replace(report(_without(normalised, elsewhere), truth), **cached)
        figures.append(Figures(track, len(rows) + others, len(truth), ours, theirs, among, mean_ap))
    correct = is_correct(plain, benchmark.truth)
    curve = precision_recall(plain.score, correct, true_pairs=len(benchmark.truth))
    return tuple(figures), curve


def _without(found: Predictions, queries: Ints) -> Predictions:
    if not len(queries):
        return found
    kept = ~np.isin(found.query, queries)
    return Predictions(found.query[kept], found.reference[kept], found.score[kept])


def _micro_by_trapezoid(found: Predictions, truth: Ints) -> float:
    """µAP of Copydays: the trapezoid rule over the predictions of all queries."""
    correct = is_correct(found, truth)
    order = np.lexsort((correct, -found.score))  # of equal scores the false one first
    return trapezoid_average_precision(np.flatnonzero(correct[order]), true_pairs=len(truth))


def _mean_by_trapezoid(rank: Doubles, truth: Ints) -> float:
    """mAP: the mean over queries of the trapezoid rule over their ranks."""
    precisions = []
    for query in np.unique(truth[:, 0]):
        own = np.sort(rank[truth[:, 0] == query])
        hits = own[np.isfinite(own)].astype(np.int64)
        precisions.append(trapezoid_average_precision(hits, true_pairs=len(own)))
    return float(np.mean(precisions))
