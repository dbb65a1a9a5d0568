"""A drawn benchmark, read and described by a method without weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.errors import EvaluationError, Interrupted
from copyfind.evaluate.datasets import read_disc
from copyfind.evaluate.describe import describe
from copyfind.records import Problem
from copyfind.watch import Progress, Stage, Watch
from tests.evaluate.conftest import MEAN, draw


def test_queries_and_references_keep_their_ids_and_how_far_it_is_is_told(disc: Path) -> None:
    told: list[Progress] = []

    described = describe(read_disc(disc), MEAN, workers=1, watch=Watch(on_progress=told.append))

    assert described.descriptors.queries.ids == ("Q00000", "Q00001", "Q00002", "Q00003")
    assert described.descriptors.references.vectors.shape == (4, 8 * 8 * 3)
    assert described.descriptors.training is None
    assert described.pace.pictures == 8
    assert told == [Progress(Stage.READ, 8, 8)]


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
    with pytest.raises(Interrupted, match=r"^stopped; nothing was written$"):
        describe(read_disc(disc), MEAN, workers=1, watch=Watch(should_stop=lambda: True))
