"""Drawn benchmarks all the way from files to figures."""

from __future__ import annotations

from pathlib import Path

import pytest

import copyfind.evaluate.evaluation as module
from copyfind.errors import EvaluationError, Interrupted, OutputError
from copyfind.evaluate.datasets import read_disc
from copyfind.evaluate.describe import describe
from copyfind.evaluate.evaluation import Entrants, evaluate
from copyfind.evaluate.exchange import read_descriptors, read_predictions
from copyfind.evaluate.methods import Method
from copyfind.evaluate.plot import check_plot, plot_precision_recall
from copyfind.evaluate.protocol import Protocol, Score
from copyfind.records import Problem
from tests.evaluate.conftest import draw

MEAN = Method(
    "mean", 8, lambda pictures: pictures.reshape(len(pictures), -1).astype("float32") - 128
)


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


def test_training_images_are_described_for_score_normalisation(disc: Path) -> None:
    for number in range(3):
        draw(disc / f"train/T{number:06d}.png", 50 + number)
    described = describe(read_disc(disc), MEAN, workers=1, training=True)
    assert described.descriptors.training is not None
    assert len(described.descriptors.training.ids) == 3


def test_a_picture_that_cannot_be_read_is_listed_and_not_found(disc: Path) -> None:
    (disc / "references/R00000.png").write_bytes(b"no such thing")
    (disc / "queries/Q00000.png").unlink()
    described = describe(read_disc(disc), MEAN, workers=1)
    assert described.descriptors.references.ids == ("R00001", "R00002", "R00003")
    assert [trouble.problem for trouble in described.skipped] == [
        Problem.NOT_A_PICTURE,
        Problem.VANISHED,
    ]


def test_a_benchmark_of_unreadable_pictures_is_refused(disc: Path) -> None:
    for path in (disc / "queries").iterdir():
        path.write_bytes(b"")
    with pytest.raises(EvaluationError, match="none of the queries can be read"):
        describe(read_disc(disc), MEAN, workers=1)
    for path in (disc / "references").iterdir():
        path.write_bytes(b"")
    with pytest.raises(EvaluationError, match="none of the 8 photos can be read"):
        describe(read_disc(disc), MEAN, workers=1)


def test_a_stop_ends_it(disc: Path) -> None:
    with pytest.raises(Interrupted, match="nothing was written"):
        describe(read_disc(disc), MEAN, workers=1, should_stop=lambda: True)


def test_what_cannot_be_written_is_refused_before_any_work(disc: Path, tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    with pytest.raises(OutputError, match="exists already"):
        evaluate(
            read_disc(disc),
            Entrants(models=("no such model",)),
            Protocol(),
            predictions_to=tmp_path / "there.csv",
        )


def test_precision_over_recall_is_drawn(disc: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Q00000,R00002,0.9\nQ00001,R00003,0.8\nQ00001,R00000,0.7\n")
    score = evaluate(read_disc(disc), Entrants(predictions=tmp_path / "p.csv"), Protocol())[0]
    picture = tmp_path / "curve.png"
    check_plot(picture)
    plot_precision_recall([(score.method, score.curve)], picture, title="drawn")
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match="exists already"):
        check_plot(picture)
    with pytest.raises(OutputError, match=r"must end in \.png"):
        check_plot(tmp_path / "curve.txt")
    with pytest.raises(OutputError, match="folder does not exist"):
        check_plot(tmp_path / "nowhere/curve.png")


def test_missing_files_of_other_tools_are_named(disc: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no such file"):
        evaluate(read_disc(disc), Entrants(predictions=tmp_path / "p.csv"), Protocol())
