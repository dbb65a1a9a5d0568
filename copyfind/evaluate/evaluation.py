"""Every method asked for on one benchmark, one after the other, under one protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from copyfind.errors import EvaluationError
from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.describe import Described, describe
from copyfind.evaluate.exchange import (
    check_writable,
    read_descriptors,
    read_predictions,
    write_descriptors,
    write_predictions,
)
from copyfind.evaluate.methods import Method, load_baseline, load_model
from copyfind.evaluate.protocol import (
    Protocol,
    Score,
    score_descriptors,
    score_predictions,
)
from copyfind.watch import NOBODY, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrants:
    """What is to be measured, in the order of the table."""

    models: tuple[str, ...] = ()  # names of bundled models, weights files
    descriptors: Path | None = None  # a file to read instead of describing pictures
    predictions: Path | None = None
    baselines: tuple[str, ...] = ()  # see methods.load_baseline
    size: int | None = None  # for baselines that take any size
    device: str = "auto"  # on which networks run
    batch_size: int | None = None  # pictures a pass through a model


def evaluate(
    benchmark: Benchmark,
    entrants: Entrants,
    protocol: Protocol,
    *,
    workers: int | None = None,
    descriptors_to: Path | None = None,
    predictions_to: Path | None = None,
    watch: Watch = NOBODY,
    on_score: Callable[[Score], None] = lambda _: None,
) -> list[Score]:
    """Measure every method: one score each, of which on_score hears at once.

    descriptors_to, predictions_to: new files for those of the first method.
    Raises EvaluationError, WeightsError, DeviceError, OutputError, Interrupted.
    """
    for path in (descriptors_to, predictions_to):
        if path is not None:
            check_writable(path)
    # All are loaded first: a wrong name must not end a run after hours.
    methods = [
        *(
            load_model(name, device=entrants.device, batch_size=entrants.batch_size)
            for name in entrants.models
        ),
        *(
            load_baseline(name, size=entrants.size, device=entrants.device)
            for name in entrants.baselines
        ),
    ]
    scores: list[Score] = []

    def take(score: Score) -> None:
        if not scores and predictions_to is not None:
            write_predictions(predictions_to, score.predictions)
        scores.append(score)
        on_score(score)

    for path in (entrants.descriptors, entrants.predictions):
        if path is not None and not path.is_file():
            raise EvaluationError(f"{path}: no such file")
    if entrants.descriptors is not None:
        found = read_descriptors(entrants.descriptors)
        name = entrants.descriptors.name
        take(score_descriptors(name, benchmark, found, protocol, watch=watch))
    if entrants.predictions is not None:
        named = read_predictions(entrants.predictions)
        take(score_predictions(entrants.predictions.name, benchmark, named))
    for method in methods:
        described = describe(
            benchmark,
            method,
            workers=workers,
            training=protocol.score_normalisation or protocol.codec is not None,
            watch=watch,
        )
        if method is methods[0] and descriptors_to is not None:
            write_descriptors(descriptors_to, described.descriptors)
        take(_score(benchmark, method, described, protocol, watch))
    return scores


def _score(
    benchmark: Benchmark,
    method: Method,
    described: Described,
    protocol: Protocol,
    watch: Watch,
) -> Score:
    score = score_descriptors(
        method.name,
        benchmark,
        described.descriptors,
        protocol,
        background=method.background,
        watch=watch,
    )
    return replace(
        score,
        is_hash=method.is_hash,
        side=method.side,
        pace=described.pace,
        skipped=described.skipped,
    )
