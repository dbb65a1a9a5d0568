"""The stages of a training, one after the other or alone, as people follow them on a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from copyfind.cli.console import emit
from copyfind.cli.following import following
from copyfind.cli.training.showing import measuring, one_voice, reporting
from copyfind.errors import Interrupted, TrainingError
from copyfind.learn.calibrate import Calibration, calibrate
from copyfind.learn.device import Device
from copyfind.learn.job import Job, check, make_folder, train_students
from copyfind.learn.log import Log
from copyfind.learn.memory import enough_memory
from copyfind.learn.plots import plot_log
from copyfind.learn.teacher_job import TeacherJob, given_teacher, teacher_file, train_teacher
from copyfind.learn.world import World, joined
from copyfind.watch import Watch

GOES_ON = "what was learned is kept, and the same command goes on with it"


def calibrate_alone(calibration: Calibration, job: Job, *, device: Device) -> None:
    """Calibrate weights that are named, or those of the folder, and tell their paths on stdout."""
    if not calibration.weights:
        names = [f"{name}-{dim}.safetensors" for name in job.students for dim in job.recipe.dims]
        found = [path for name in names if (path := job.output / name).is_file()]
        if not found:
            raise TrainingError(
                f"none of {', '.join(names)} in {job.output}: name files with --weights"
            )
        calibration = replace(calibration, weights=found)
    with (
        following(terminate=True, kept="what is written") as watch,
        enough_memory(
            advice="smaller settings negatives, background, bank_side or input_size need less"
        ),
    ):
        written = calibrate(calibration, device=device, watch=watch)
    for path in written:
        emit(f"{path}\n")


def train_all(
    job: Job,
    lesson: TeacherJob | None,
    calibration: Calibration,
    *,
    only: str | None,
    device: Device,
) -> None:
    """Run the stages that are still to do, and tell the paths of what they wrote on stdout.

    lesson: how the teacher is trained, None where one is given. only: teacher or distill, to run
    that stage alone. Raises Interrupted where it was stopped; what is written by then is told too.
    """
    if only != "teacher":
        check(job)
    make_folder(job.output)
    written: list[Path] = []
    try:
        with (
            joined(device) as world,
            one_voice(speaks=world.is_first),
            following(terminate=True, kept="the last checkpoint") as watch,
            enough_memory(
                advice="a smaller --batch, --side or --memory, or setting queue or teacher_batch,"
                " needs less; the last checkpoint is kept"
            ),
            Log(job.output, speaks=world.is_first) as log,
        ):
            if lesson is not None:
                path = _taught(lesson, device, watch, log, world, must_be_there=only == "distill")
                written += [path] if world.is_first else []
                job = replace(job, teacher=str(path))
            if only != "teacher" and not watch.should_stop():
                students = train_students(
                    job,
                    device=device,
                    watch=watch,
                    on_report=reporting("distill", watch, log),
                    on_exam=measuring(log),
                    world=world,
                )
                written += students
                if only is None and students and not watch.should_stop():
                    calibrate(replace(calibration, weights=students), device=device, watch=watch)
            if world.is_first and log.path.exists() and plot_log(log.path, job.output / "log.png"):
                watch.note(f"losses and figures are drawn in {job.output / 'log.png'}")
            world.wait()
            watch.check(then=GOES_ON)
    finally:  # a live display, which has gone by now, would have caught it
        for path in written:
            emit(f"{path}\n")


def _taught(
    lesson: TeacherJob,
    device: Device,
    watch: Watch,
    log: Log,
    world: World,
    *,
    must_be_there: bool,
) -> Path:
    """The teacher of an earlier run, or one that is trained now."""
    path = given_teacher(lesson.output, lesson.architecture)
    if path is not None:
        watch.note(f"{path} is there: it is not trained again")
        return path
    if must_be_there:
        raise TrainingError(
            f"no {teacher_file(lesson.output)} to distill: leave out --stage, "
            "or name a file with --teacher"
        )
    path = train_teacher(
        lesson,
        device=device,
        watch=watch,
        on_report=reporting("teacher", watch, log),
        world=world,
    )
    if path is None:  # this process, or another one of the run, was asked to stop
        raise Interrupted(f"stopped; {GOES_ON}")
    return path
