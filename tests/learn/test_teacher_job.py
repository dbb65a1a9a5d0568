"""The way from photos to a teacher's weights file, with everything tiny."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.descriptor.weights import read_weights
from copyfind.errors import TrainingError
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.recipes import Conditions, TeacherRecipe
from copyfind.learn.teacher_job import (
    TeacherJob,
    given_teacher,
    teacher_checkpoint,
    teacher_file,
    train_teacher,
)
from copyfind.watch import Watch
from tests.learn.conftest import CPU
from tests.training import STUDENT, make_ground


@pytest.fixture
def job(tmp_path: Path, sprites: Sprites) -> TeacherJob:
    """Any backbone of the registry will do; that of a student is small."""
    make_ground(tmp_path, sprites)
    return TeacherJob(
        data=[tmp_path / "photos"],
        output=tmp_path / "out",
        architecture=STUDENT,
        recipe=TeacherRecipe(steps=2, batch=4, side=32),
        start=tmp_path / "start.pt",
        conditions=Conditions(sprites=tmp_path / "sprites.npz", bank_side=32),
    )


def test_a_teacher_is_written_once_and_found_again(job: TeacherJob) -> None:
    assert given_teacher(job.output, STUDENT) is None

    path = train_teacher(job, device=CPU)

    assert path == teacher_file(job.output) == given_teacher(job.output, STUDENT)
    card = read_weights(teacher_file(job.output)).card
    assert (card["dim"], card["recipe"]["steps"], card["input_size"]) == (512, 2, 32)
    with pytest.raises(TrainingError, match=f"holds the teacher {STUDENT}, not r50"):
        given_teacher(job.output, "r50")


def test_a_teacher_that_was_stopped_is_not_written_and_goes_on(job: TeacherJob) -> None:
    notes: list[str] = []
    long = replace(job, recipe=replace(job.recipe, steps=3))
    in_its_first_step = Watch(on_note=notes.append, should_stop=lambda: decoded(notes))

    stopped = train_teacher(long, device=CPU, watch=in_its_first_step)

    assert stopped is None
    assert not teacher_file(job.output).exists()
    assert teacher_checkpoint(job.output).exists()
    finished = train_teacher(long, device=CPU, watch=Watch(on_note=notes.append))
    assert finished == teacher_file(job.output)
    assert notes[-1] == f"going on from {teacher_checkpoint(job.output)}"


def decoded(notes: list[str]) -> bool:
    """Whether the photos are there, after which steps follow."""
    return any("photos to learn" in note for note in notes)
