"""Drawn benchmarks all the way from files to figures."""

from __future__ import annotations

from pathlib import Path

import pytest

import copyfind.evaluate.evaluation as module
from copyfind.errors import EvaluationError, OutputError
from copyfind.evaluate.datasets import read_disc
from copyfind.evaluate.evaluation import Entrants, evaluate
from copyfind.evaluate.exchange import read_descriptors, read_predictions
from copyfind.evaluate.protocol import Protocol, Score
from tests.evaluate.conftest import MEAN


@pytest.fixture
def mean_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without weights in the place of any, so that no network is loaded."""
    monkeypatch.setattr(module, "load_model", lambda *_, **__: MEAN)


@pytest.mark.usefixtures("mean_only")
def test_copies_are_found_and_written_and_found_again(disc: Path, tmp_path: Path) -> None:
    bench = read_disc(disc)
    descriptors, predictions = tmp_path / "d.csv", tmp_path / "p.csv"
    told: list[Score] = []
    scores = evaluate(
        bench,
        Entrants(models=("any",), baselines=("dhash",)),
        Protocol(),
        workers=1,
        descriptors_to=descriptors,
        predictions_to=predictions,
        on_score=told.append,
    )
    assert told == scores
    assert [score.method for score in scores] == ["mean", "dHash"]
    for score in scores:
        assert score.figures[0].plain.accuracy_at_1 == 1
        assert score.pace is not None
        assert score.pace.pictures == 8
    again = evaluate(bench, Entrants(descriptors=descriptors, predictions=predictions), Protocol())
    assert [score.method for score in again] == ["d.csv", "p.csv"]
    for score in again:
        assert score.figures[0].plain == scores[0].figures[0].plain
    assert len(read_predictions(predictions).query) == 16
    assert read_descriptors(descriptors).training is None


def test_what_cannot_be_written_is_refused_before_any_work(disc: Path, tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    with pytest.raises(OutputError, match="exists already"):
        evaluate(
            read_disc(disc),
            Entrants(models=("no such model",)),
            Protocol(),
            predictions_to=tmp_path / "there.csv",
        )


def test_missing_files_of_other_tools_are_named(disc: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no such file"):
        evaluate(read_disc(disc), Entrants(predictions=tmp_path / "p.csv"), Protocol())
