"""The way from photos and a teacher to students, with everything tiny."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copyfind.errors import FolderError, Interrupted, OutputError, WeightsError
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.job import Job, check, make_folder, train_students
from copyfind.learn.measure import Reports
from copyfind.learn.pace import StepReport
from copyfind.learn.recipes import Conditions, Recipe
from copyfind.watch import Progress, Watch
from tests.learn.conftest import CPU, stopped_after
from tests.training import STUDENT, make_ground


@pytest.fixture
def ground(tmp_path: Path, sprites: Sprites) -> Path:
    make_ground(tmp_path, sprites)
    return tmp_path


@pytest.fixture
def job(ground: Path) -> Job:
    return Job(
        data=[ground / "photos"],
        output=ground / "out",
        teacher=str(ground / "teacher.pt"),
        students=[STUDENT],
        recipe=Recipe(
            steps=2,
            batch=4,
            side=32,
            last_side=32,
            dims=(8, 16),
            queue=32,
            optimizer="adamw",
            learning_rate=0.01,
        ),
        start={STUDENT: ground / "start.pt"},
        conditions=Conditions(
            sprites=ground / "sprites.npz", bank_side=32, clean_side=32, val=ground / "bench"
        ),
    )


def test_photos_become_weights_and_who_follows_hears_of_it(job: Job) -> None:
    notes, progress = list[str](), list[Progress]()
    reports, exams = list[StepReport](), list[tuple[int, str, Reports]]()

    written = train_students(
        job,
        device=CPU,
        watch=Watch(on_note=notes.append, on_progress=progress.append),
        on_report=reports.append,
        on_exam=lambda *exam: exams.append(exam),
    )

    assert written == [job.output / f"{STUDENT}-{dim}.safetensors" for dim in (8, 16)]
    assert list(dict.fromkeys(p.stage for p in progress)) == [
        "decoding photos",
        "the teacher looks at photos",
    ]
    assert [report.step for report in reports] == [2]
    assert [(step, name) for step, name, _ in exams] == [(0, STUDENT), (2, STUDENT)]
    assert f"{STUDENT} starts from start.pt, fitted to the teacher" in notes[-1]


def test_the_teacher_is_asked_again_only_where_the_question_is_another(job: Job) -> None:
    def asked(one: Job) -> bool:
        notes: list[str] = []
        train_students(one, device=CPU, watch=Watch(on_note=notes.append))
        return any("the teacher looked at" in note for note in notes)

    other = replace(job.conditions, clean_side=48)
    assert asked(job)
    assert not asked(job)
    assert asked(replace(job, conditions=other))


def test_what_was_learned_before_a_stop_is_written(job: Job) -> None:
    reports: list[StepReport] = []
    training = Watch(should_stop=lambda: bool(reports))
    first = replace(job.conditions, save_every=0.0)

    written = train_students(
        replace(job, recipe=replace(job.recipe, steps=500), conditions=first),
        device=CPU,
        watch=training,
        on_report=reports.append,
    )

    assert len(written) == 2
    assert (job.output / "checkpoint.pt").exists()
    assert reports[-1].step < 500


def test_a_stop_before_the_first_step_ends_it_at_once(job: Job) -> None:
    with pytest.raises(Interrupted, match="run the same command again"):
        train_students(job, device=CPU, watch=stopped_after(3))


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ({"data": [Path("/no/such/folder")]}, FolderError, "no such folder or tar file"),
        ({"start": {STUDENT: Path("/no/such/file")}}, WeightsError, "no such file of start"),
        ({"conditions": Conditions(val=Path("/no/bench"))}, FolderError, "no benchmark in DISC"),
    ],
)
def test_what_would_fail_after_an_hour_is_refused_before(
    job: Job, change: dict[str, Any], error: type[Exception], complaint: str
) -> None:
    check(job)

    with pytest.raises(error, match=complaint):
        check(replace(job, **change))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match="not a folder to write to"):
        make_folder(tmp_path / "file" / "out")
