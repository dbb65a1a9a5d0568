"""Scores as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from copyfind.evaluate.as_json import scores_as_json
from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.protocol import Protocol, Score
from copyfind.records import Problem, Unreadable


def test_figures_stand_under_their_method_and_track(benchmark: Benchmark, score: Score) -> None:
    document = json.loads(scores_as_json([score], benchmark, Protocol(k=10), Path("DIR")))

    assert (document["schema"], document["dataset"]) == ("copyfind.eval/1", "disc")
    assert (document["path"], document["queries"], document["true_pairs"]) == ("DIR", 2, 2)
    assert document["protocol"]["candidates_each"] == 10
    (method,) = document["methods"]
    assert list(method["tracks"]) == ["all", "hard"]
    assert method["tracks"]["all"]["micro_average_precision"] == 0.75
    assert method["tracks"]["all"]["score_normalised"] is None
    assert method["seconds"] is None


def test_pictures_that_were_skipped_are_named(benchmark: Benchmark, score: Score) -> None:
    lost = replace(score, skipped=(Unreadable(b"/lost.png", Problem.IO, "gone"),))

    document = json.loads(scores_as_json([lost], benchmark, Protocol(), Path("DIR")))

    assert document["methods"][0]["skipped"][0]["path"] == "/lost.png"
