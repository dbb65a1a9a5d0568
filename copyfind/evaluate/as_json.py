"""Scores for programs: JSON, schema `copyfind.eval/1`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.protocol import Figures, Protocol, Score
from copyfind.report.as_json import skipped_as_dict

SCHEMA = "copyfind.eval/1"


def scores_as_json(
    scores: Sequence[Score], benchmark: Benchmark, protocol: Protocol, folder: Path
) -> str:
    """A document of all methods' figures, and of the protocol under which they were measured.

    folder: where the benchmark lies. An unknown figure is null.
    """
    document = {
        "schema": SCHEMA,
        "dataset": benchmark.layout.value,
        "path": str(folder),
        "queries": len(benchmark.queries),
        "references": len(benchmark.references),
        "true_pairs": len(benchmark.truth),
        "protocol": {
            "candidates_each": protocol.each(benchmark.layout),
            "candidates_of_all": protocol.of_all(benchmark.layout, queries=len(benchmark.queries)),
            "codec": protocol.codec,
            "metric": protocol.metric.value,
            "sn_neighbours": protocol.neighbours,
            "sn_weight": protocol.weight,
        },
        "methods": [
            {
                "name": score.method,
                "dim": score.dim,
                "is_hash": score.is_hash,
                "input_size": score.side,
                "pictures": score.pace.pictures if score.pace else None,
                "seconds": round(score.pace.seconds, 3) if score.pace else None,
                "seconds_describing": round(score.pace.describing, 3) if score.pace else None,
                "tracks": {figures.track: _figures(figures) for figures in score.figures},
                "skipped": [skipped_as_dict(skipped) for skipped in score.skipped],
            }
            for score in scores
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _figures(figures: Figures) -> dict[str, object]:
    normalised = figures.normalised
    return {
        "queries": figures.queries,
        "true_pairs": figures.true_pairs,
        "micro_average_precision": figures.plain.micro_average_precision,
        "recall_at_p90": figures.plain.recall_at_p90,
        "threshold_at_p90": figures.plain.threshold_at_p90,
        "accuracy_at_1": figures.plain.accuracy_at_1,
        "recall_among": {str(k): recall for k, recall in figures.recall_among.items()},
        "mean_average_precision": figures.mean_average_precision,
        "score_normalised": None
        if normalised is None
        else {
            "micro_average_precision": normalised.micro_average_precision,
            "recall_at_p90": normalised.recall_at_p90,
            "threshold_at_p90": normalised.threshold_at_p90,
        },
    }
