"""From photos and a teacher to weights files: the whole way of `distill`, in one function."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student
from copyfind.errors import OutputError, TrainingError, WeightsError
from copyfind.evaluate.datasets import read_disc
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import Sprites, draw_sprites
from copyfind.learn.checkpoint import load_checkpoint, save_checkpoint
from copyfind.learn.data import (
    Bank,
    Photo,
    Stream,
    bytes_needed,
    find_photos,
    is_held_out,
    load_bank,
)
from copyfind.learn.distill import Course, answers_of, distill
from copyfind.learn.export import export_student
from copyfind.learn.measure import Reports, descriptors, examine, load_exam, thresholds_of
from copyfind.learn.memory import room_for_photos
from copyfind.learn.pace import Progress
from copyfind.learn.recipes import Recipe
from copyfind.learn.start import (
    Filled,
    Targets,
    align,
    find_start_weights,
    fit_head,
    load_start_weights,
    pooled,
    project,
    targets_of,
)
from copyfind.learn.teachers import Teacher, find_teacher, load_teacher
from copyfind.learn.world import ALONE, World
from copyfind.report.numbers import shown_bytes

HELD_OUT, FILLERS = 0.03, 0.05  # shares of the photos: to measure on, and to paste into
# Of a million photos these shares would be more than memory holds, and 8 views of each, compared
# with all, more still; of so many false pairs the rarest look-alikes are known, too.
MOST_HELD_OUT, MOST_FILLERS = 1000, 4000
FIT_ON = 20_000  # photos at most for the closed-form start
T = TypeVar("T")
OnCount = Callable[[str, int, int], None]  # what is under way, how many are done, of how many


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
    attacks: Attacks = Attacks()  # noqa: RUF009 - frozen
    sprites: Path | None = None  # None: drawn now
    bank_side: int = 288
    teacher_side: int = 288  # for clean pictures
    validation: Path | None = None
    validate_every: int = 1000
    memory: int = 32 * 2**30  # bytes that decoded photos may take
    save_every: float = 60.0
    data_licence: str = "see the model card"


def run(
    job: Job,
    *,
    device: torch.device,
    say: Callable[[str], None],
    on_progress: Callable[[Progress], None],
    on_count: OnCount = lambda _what, _done, _total: None,
    on_reports: Callable[[int, str, Reports], None] = lambda _step, _name, _reports: None,
    should_stop: Callable[[], bool] = lambda: False,
    world: World = ALONE,
) -> list[Path]:
    """Distill and export; goes on from the checkpoint in `job.output` if there is one.

    Returns the weights files; where it was stopped, of what was learned so far. Of several
    processes the first alone asks the teacher for clean answers, measures and writes.
    """
    make_folder(job.output)
    path = find_teacher(job.teacher)
    teacher = load_teacher(path).to(device)
    if teacher.dim < FEATURE_DIM:
        raise WeightsError(
            f"{path}: its vectors have {teacher.dim} numbers; distillation compares {FEATURE_DIM}"
            " or more"
        )
    learned, held_out, fillers = divide(
        find_photos(job.data),
        side=job.bank_side,
        memory=job.memory,
        device=device,
        say=say,
        on_count=on_count,
        world=world,
    )
    sprites = sprites_of(job.sprites, seed=job.recipe.seed).to(device)
    if not world.is_first:
        world.wait()  # for the answers
    targets = _targets(job, path, teacher, learned, device, say, on_count).to(device)
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
        say(f"going on from {checkpoint}")
    elif world.is_first:
        for name, student in students.items():
            _start(student.to(device), course, job, device, say, name)

    exam = None
    if job.validation is not None and world.is_first:
        exam = load_exam(read_disc(job.validation), side=job.recipe.last_side, device=device)

    def on_step(step: int, averages: Mapping[str, Student]) -> None:
        if exam is not None and (step % job.validate_every == 0 or step == job.recipe.steps):
            for name, average in averages.items():
                on_reports(step, name, examine(average, exam, dims=job.recipe.dims))

    if exam is not None and not checkpoint.exists():
        for student in students.values():
            student.eval()
        on_step(0, students)
    averages = distill(
        students,
        course,
        job.recipe,
        device=device,
        checkpoint=checkpoint,
        save_every=job.save_every,
        on_progress=on_progress,
        on_step=on_step,
        should_stop=should_stop,
        world=world,
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
            "training_data": f"{len(learned)} photos; {job.data_licence}",
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
    if job.validation is not None:
        read_disc(job.validation)
    for name in job.students:
        path = job.start[name] if name in job.start else find_start_weights(name)
        if path is not None and not path.is_file():
            raise WeightsError(f"{path}: no such file of start weights for {name}")


def make_folder(folder: Path) -> None:
    """Where a run writes to; OutputError where it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: not a folder to write to ({error})") from None


def split(photos: Sequence[Photo]) -> tuple[list[Photo], list[Photo], list[Photo]]:
    """Photos to learn, to measure on, and to paste into; by name, so the same in every run.

    Of very many, not all that are kept from learning are used.
    """
    names = [photo.name for photo in photos]
    held = is_held_out(names, share=HELD_OUT)
    filling = is_held_out(names, share=HELD_OUT + FILLERS) & ~held

    def chosen(rows: Tensor) -> list[Photo]:
        return [photos[row] for row in rows.nonzero().flatten().tolist()]

    learned = chosen(~held & ~filling)
    held_out = some_of(chosen(held), most=MOST_HELD_OUT)
    fillers = some_of(chosen(filling), most=MOST_FILLERS)
    if min(len(learned), len(held_out), len(fillers)) < 2:
        raise TrainingError(
            f"{len(photos)} photos are too few: {len(learned)} to learn, {len(held_out)} to"
            f" measure on and {len(fillers)} to paste into are left; some hundred are needed"
        )
    return learned, held_out, fillers


def some_of(things: Sequence[T], *, most: int) -> list[T]:
    """All of them, or `most` at the most, at even distances."""
    count = min(most, len(things))
    return [things[number * len(things) // count] for number in range(count)]


def divide(
    photos: Sequence[Photo],
    *,
    side: int,
    memory: int,
    device: torch.device,
    say: Callable[[str], None],
    on_count: OnCount,
    world: World = ALONE,
) -> tuple[Bank | Stream, Bank, Bank]:
    """The parts of `split`, decoded; the first as it is needed where memory is too small.

    Beside `memory`, which the user grants, counts what is free. All processes do the same, for
    a stream has rows for photos that cannot be decoded.
    """
    learning, *others = split(photos)
    began = time.monotonic()
    held_out, fillers = (load_bank(part, side=side).to(device) for part in others)
    learned: Bank | Stream
    counted = partial(on_count, "decoding photos")
    needed = bytes_needed(learning, side=side)
    room = min(memory, room_for_photos(device, processes=world.here))
    if not world.any(needed > room, device):
        learned = load_bank(learning, side=side, on_progress=counted).to(device)
        skipped = len(learned.skipped) + len(held_out.skipped) + len(fillers.skipped)
        say(
            f"{len(learned)} photos to learn, {len(held_out)} held out, {len(fillers)} to paste"
            f" into, {skipped} skipped; decoded in {time.monotonic() - began:.0f} s"
        )
    else:
        learned = Stream(learning, side, threads=16)
        say(
            f"{len(learned)} photos to learn do not fit into memory ({shown_bytes(needed)}, of"
            f" which {shown_bytes(room)} may be taken): decoded as they are needed"
        )
    return learned, held_out, fillers


def sprites_of(bank: Path | None, *, seed: int) -> Sprites:
    """Text and emoji: a bank drawn elsewhere, or one drawn now."""
    return draw_sprites(seed=seed) if bank is None else Sprites.load(bank)


def _targets(
    job: Job,
    path: Path,
    teacher: Teacher,
    photos: Bank | Stream,
    device: torch.device,
    say: Callable[[str], None],
    on_count: OnCount,
) -> Targets:
    """The teacher's answers to clean pictures, asked once and kept beside the checkpoint."""
    asked = hashlib.sha256(path.read_bytes())
    asked.update("\0".join(photos.names).encode("utf-8", "surrogateescape"))
    asked.update(f"{job.teacher_side} {job.bank_side}".encode())
    kept = job.output / "answers.pt"
    if kept.exists() and (state := load_checkpoint(kept))["asked"] == asked.hexdigest():
        answers = state["answers"]
    else:
        began = time.monotonic()
        answers = answers_of(
            teacher,
            photos,
            side=job.teacher_side,
            device=device,
            on_progress=partial(on_count, "the teacher looks at photos"),
        )
        save_checkpoint(kept, {"asked": asked.hexdigest(), "answers": answers})
        seconds = time.monotonic() - began
        say(f"the teacher looked at {len(answers)} photos in {seconds:.0f} s")
    return targets_of(answers, axes=max(job.recipe.dims))


@torch.no_grad()
def _start(
    student: Student,
    course: Course,
    job: Job,
    device: torch.device,
    say: Callable[[str], None],
    name: str,
) -> None:
    """An earlier student; or ImageNet weights, and the head in closed form from clean and
    attacked pictures."""
    path = job.start[name] if name in job.start else find_start_weights(name)
    filled = Filled.BACKBONE if path is None else load_start_weights(student, path)
    origin = path.name if path else "random weights"
    student.eval()
    if filled is Filled.FEATURE:
        project(student, course.targets.axes)
        say(f"{name} starts from {origin}, with a new projector")
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
        say(f"{name} starts from {origin}, which agrees with the teacher to {cosine:.2f}")
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
    say(f"{name} starts from {origin}, fitted to the teacher at cosine {cosine:.2f}")
