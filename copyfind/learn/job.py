"""From photos and a teacher to the weights files of students: the whole way, in one function."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student
from copyfind.errors import OutputError, WeightsError
from copyfind.evaluate.datasets import read_disc
from copyfind.learn.attack.attacks import EDITS, Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import sprites_of
from copyfind.learn.checkpoint import load_checkpoint, save_checkpoint
from copyfind.learn.data import Bank, Stream, find_photos
from copyfind.learn.distill import Course, distill
from copyfind.learn.export import export_student
from copyfind.learn.measure import Reports, descriptors, examine, load_exam, thresholds_of
from copyfind.learn.pace import Loop, OnReport, unheard
from copyfind.learn.recipes import Conditions, Recipe
from copyfind.learn.shares import divide
from copyfind.learn.start import (
    Filled,
    align,
    find_start_weights,
    fit_head,
    load_start_weights,
    pooled,
    project,
)
from copyfind.learn.targets import Targets, answers_of, targets_of
from copyfind.learn.teachers import Teacher, find_teacher, load_teacher
from copyfind.learn.world import ALONE, World
from copyfind.watch import NOBODY, Watch

FIT_ON = 20_000  # photos at most for the closed-form start


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to distill, from what, to where."""

    data: Sequence[Path]
    output: Path
    teacher: str  # a file, or "sscd"
    students: Sequence[str]
    recipe: Recipe
    # Start weights by student, None for random ones; where a student is not named here,
    # ImageNet weights of an installed package.
    start: Mapping[str, Path | None] = field(default_factory=dict)
    conditions: Conditions = field(default=Conditions())

    @property
    def attacks(self) -> Attacks:
        """The edits that views suffer."""
        return EDITS[self.conditions.attacks]


def train_students(
    job: Job,
    *,
    device: torch.device,
    watch: Watch = NOBODY,
    on_report: OnReport = unheard,
    on_exam: Callable[[int, str, Reports], None] = lambda _step, _name, _reports: None,
    world: World = ALONE,
) -> list[Path]:
    """Distill and export; goes on from the checkpoint in `job.output` if there is one.

    Returns the weights files; where it was stopped, those of what was learned so far. The first
    of several processes alone asks the teacher for clean answers, measures and writes. on_exam
    hears the figures of a student, by its name, on the benchmark of the conditions.
    """
    make_folder(job.output)
    conditions = job.conditions
    path = find_teacher(job.teacher)
    teacher = load_teacher(path).to(device)
    if teacher.dim < FEATURE_DIM:
        raise WeightsError(
            f"{path}: its vectors have {teacher.dim} numbers; distillation compares {FEATURE_DIM}"
            " or more"
        )
    learned, held_out, fillers = divide(
        find_photos(job.data),
        side=conditions.bank_side,
        memory=conditions.memory_bytes,
        device=device,
        watch=watch,
        world=world,
    )
    sprites = sprites_of(conditions.sprites, seed=job.recipe.seed).to(device)
    if not world.is_first:
        world.wait()  # for the answers
    targets = _targets(job, path, teacher, learned, device, watch).to(device)
    if world.is_first:
        world.wait()
    course = Course(
        photos=learned,
        fillers=fillers,
        targets=targets,
        teacher=teacher,
        sprites=sprites,
        attacks=job.attacks,
    )

    checkpoint = job.output / "checkpoint.pt"
    students = {name: Student(name, max(job.recipe.dims)) for name in job.students}
    if checkpoint.exists():
        watch.note(f"going on from {checkpoint}")
    elif world.is_first:
        for student in students.values():
            _start(student.to(device), course, job, device, watch)

    exam = None
    if conditions.val is not None and world.is_first:
        exam = load_exam(read_disc(conditions.val), side=job.recipe.last_side, device=device)

    def on_step(step: int, averages: Mapping[str, Student]) -> None:
        if exam is not None and (step % conditions.val_every == 0 or step == job.recipe.steps):
            for name, average in averages.items():
                on_exam(step, name, examine(average, exam, dims=job.recipe.dims))

    if exam is not None and not checkpoint.exists():
        for student in students.values():
            student.eval()
        on_step(0, students)
    averages = distill(
        students,
        course,
        job.recipe,
        Loop(
            device=device,
            checkpoint=checkpoint,
            save_every=conditions.save_every,
            world=world,
            watch=watch,
            on_report=on_report,
        ),
        on_step=on_step,
    )
    written: list[Path] = []
    if not world.is_first:
        return written
    for average in averages.values():
        thresholds = thresholds_of(
            average,
            held_out,
            fillers,
            dims=job.recipe.dims,
            side=job.recipe.last_side,
            attacks=job.attacks,
            sprites=sprites,
        )
        facts = {
            "teacher": f"{path.name}, {teacher.dim}-d",
            "training": f"{job.recipe.steps} steps of {job.recipe.batch} photos in two views",
            "training_data": f"{len(learned)} photos; {conditions.data_licence}",
            "recipe": {**asdict(job.recipe), "dims": list(job.recipe.dims)},
            "licence": "MIT",
        }
        written += [
            weights.path
            for weights in export_student(
                average,
                job.output,
                input_size=job.recipe.last_side,
                thresholds=thresholds,
                facts=facts,
            )
        ]
    return written


def check(job: Job) -> None:
    """Refuse before the first hour what would fail after it: photos, benchmark, start weights."""
    find_photos(job.data)
    if job.conditions.val is not None:
        read_disc(job.conditions.val)
    for name in job.students:
        path = job.start[name] if name in job.start else find_start_weights(name)
        if path is not None and not path.is_file():
            raise WeightsError(f"{path}: no such file of start weights for {name}")


def make_folder(folder: Path) -> None:
    """Make the folder that a run writes to; OutputError where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: not a folder to write to ({error})") from None


def _targets(
    job: Job,
    path: Path,
    teacher: Teacher,
    photos: Bank | Stream,
    device: torch.device,
    watch: Watch,
) -> Targets:
    """The teacher's answers to clean pictures, asked once and kept beside the checkpoint."""
    asked = hashlib.sha256(path.read_bytes())
    asked.update("\0".join(photos.names).encode("utf-8", "surrogateescape"))
    asked.update(f"{job.conditions.clean_side} {job.conditions.bank_side}".encode())
    kept = job.output / "answers.pt"
    if kept.exists() and (state := load_checkpoint(kept))["asked"] == asked.hexdigest():
        answers = state["answers"]
    else:
        began = time.monotonic()
        answers = answers_of(
            teacher, photos, side=job.conditions.clean_side, device=device, watch=watch
        )
        save_checkpoint(kept, {"asked": asked.hexdigest(), "answers": answers})
        seconds = time.monotonic() - began
        watch.note(f"the teacher looked at {len(answers)} photos in {seconds:.0f} s")
    return targets_of(answers, axes=max(job.recipe.dims))


@torch.no_grad()
def _start(student: Student, course: Course, job: Job, device: torch.device, watch: Watch) -> None:
    """Fill a student: with an earlier one; or with ImageNet weights, and the head in closed form
    from clean and attacked pictures."""
    name = student.architecture.name
    path = job.start[name] if name in job.start else find_start_weights(name)
    filled = Filled.BACKBONE if path is None else load_start_weights(student, path)
    origin = path.name if path else "random weights"
    student.eval()
    if filled is Filled.FEATURE:
        project(student, course.targets.axes)
        watch.note(f"{name} starts from {origin}, with a new projector")
        return
    order = torch.arange(min(len(course.photos), FIT_ON))
    batches = course.photos.batches(torch.split(order, 64))
    wanted = []
    if filled is Filled.DESCRIPTOR:
        said = []
        for batch in batches:
            views = clean_view(batch.pictures.to(device), side=job.recipe.side)
            said.append(descriptors(student, views))
            wanted.append(course.targets.bank[batch.rows.to(device)] @ course.targets.axes)
        cosine = align(student, torch.cat(said), torch.cat(wanted).cpu())
        watch.note(f"{name} starts from {origin}, which agrees with the teacher to {cosine:.2f}")
        return
    features = []
    generator = torch.Generator(device).manual_seed(job.recipe.seed)
    for batch in batches:
        pictures, rows = batch.pictures.to(device), batch.rows.to(device)
        attacked = attack(
            pictures,
            batch.aspects.to(device),
            course.fillers.pictures[:64],
            side=job.recipe.side,
            attacks=job.attacks,
            sprites=course.sprites,
            generator=generator,
        )
        for views in (clean_view(pictures, side=job.recipe.side), attacked):
            features.append(pooled(student, views))
            wanted.append(course.targets.bank[rows])
    cosine = fit_head(student, torch.cat(features), torch.cat(wanted), course.targets.axes)
    watch.note(f"{name} starts from {origin}, fitted to the teacher at cosine {cosine:.2f}")
