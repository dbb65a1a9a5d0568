"""From photos and a teacher to weights files: the whole way of `distill`, in one function.

`python -m copyfind.learn.run --help` runs it where the whole of copyfind is not installed, as
on a rented GPU: it needs torch, torchvision, timm, numpy, Pillow, safetensors, and onnx for a
teacher in that format.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TextIO

import torch
from torch import Tensor

from copyfind.descriptor.architectures import STUDENTS
from copyfind.descriptor.networks import Student
from copyfind.errors import CopyfindError, DeviceError, OutputError, TrainingError
from copyfind.evaluate.datasets import read_disc
from copyfind.learn.augment import SSCD_ADVANCED, Attacks, attack, clean_view
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
from copyfind.learn.distill import Course, Progress, Recipe, answers_of, distill
from copyfind.learn.export import export_student
from copyfind.learn.measure import Reports, examine, load_exam, thresholds_of
from copyfind.learn.preview import contact_sheet, save_sheet
from copyfind.learn.sprites import Sprites, draw_sprites
from copyfind.learn.start import (
    Targets,
    find_start_weights,
    fit_head,
    load_start_weights,
    pooled,
    targets_of,
)
from copyfind.learn.teachers import Teacher, find_teacher, load_teacher

HELD_OUT, FILLERS = 0.03, 0.05  # shares of the photos: to measure on, and to paste into
ATTACKS = {"people": Attacks(), "sscd": SSCD_ADVANCED}
FIT_ON = 20_000  # photos at most for the closed-form start


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to distill, from what, to where."""

    data: Sequence[Path]
    output: Path
    teacher: str  # a file, or "sscd"
    students: Sequence[str]
    recipe: Recipe
    start: Path | None = None  # None: ImageNet weights of an installed package
    attacks: Attacks = ATTACKS["people"]
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
    on_reports: Callable[[int, str, Reports], None] = lambda _step, _name, _reports: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Distill and export; goes on from the checkpoint in `job.output` if there is one.

    Returns the weights files; where it was stopped, of what was learned so far.
    """
    job.output.mkdir(parents=True, exist_ok=True)
    photos = find_photos(job.data)
    learned, held_out, fillers = _divide(photos, job, say, device)
    sprites = _sprites(job).to(device)
    path = find_teacher(job.teacher)
    teacher = load_teacher(path).to(device)
    targets = _targets(job, path, teacher, learned, device, say).to(device)
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
    else:
        for name, student in students.items():
            _start(student.to(device), course, job, device, say, name)

    exam = None
    if job.validation is not None:
        exam = load_exam(read_disc(job.validation), side=job.recipe.last_side, device=device)

    def on_step(step: int, averages: Mapping[str, Student]) -> None:
        if exam is not None and (step % job.validate_every == 0 or step == job.recipe.steps):
            for name, average in averages.items():
                on_reports(step, name, examine(average, exam, dims=job.recipe.dims))

    if exam is not None and not checkpoint.exists():
        for student in students.values():
            student.eval()
        on_step(0, students)
    stopped = False

    def stop() -> bool:
        nonlocal stopped
        stopped = stopped or should_stop()
        return stopped

    averages = distill(
        students,
        course,
        job.recipe,
        device=device,
        checkpoint=checkpoint,
        save_every=job.save_every,
        on_progress=on_progress,
        on_step=on_step,
        should_stop=stop,
    )
    if stopped:
        say(f"stopped; the same command goes on from {checkpoint}")
    written: list[Path] = []
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


def _divide(
    photos: Sequence[Photo], job: Job, say: Callable[[str], None], device: torch.device
) -> tuple[Bank | Stream, Bank, Bank]:
    """Photos to learn, to measure on, and to paste into; by name, so the same in every run."""
    names = [photo.name for photo in photos]
    held = is_held_out(names, share=HELD_OUT)
    filling = is_held_out(names, share=HELD_OUT + FILLERS) & ~held

    def chosen(rows: Tensor) -> list[Photo]:
        return [photos[row] for row in rows.nonzero().flatten().tolist()]

    parts = [chosen(rows) for rows in (~held & ~filling, held, filling)]
    if any(len(part) < 2 for part in parts):
        raise TrainingError(
            f"{len(photos)} photos are too few: {len(parts[0])} to learn, {len(parts[1])} to"
            f" measure on and {len(parts[2])} to paste into are left; some hundred are needed"
        )
    began = time.monotonic()
    held_out, fillers = (load_bank(part, side=job.bank_side).to(device) for part in parts[1:])
    learned: Bank | Stream
    if bytes_needed(parts[0], side=job.bank_side) <= job.memory:
        learned = load_bank(parts[0], side=job.bank_side).to(device)
        skipped = len(learned.skipped) + len(held_out.skipped) + len(fillers.skipped)
        say(
            f"{len(learned)} photos to learn, {len(held_out)} held out, {len(fillers)} to paste"
            f" into, {skipped} skipped; decoded in {time.monotonic() - began:.0f} s"
        )
    else:
        learned = Stream(parts[0], job.bank_side, threads=16)
        say(f"{len(learned)} photos to learn do not fit into memory: decoded as they are needed")
    return learned, held_out, fillers


def _sprites(job: Job) -> Sprites:
    return draw_sprites(seed=job.recipe.seed) if job.sprites is None else Sprites.load(job.sprites)


def _targets(
    job: Job,
    path: Path,
    teacher: Teacher,
    photos: Bank | Stream,
    device: torch.device,
    say: Callable[[str], None],
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
        answers = answers_of(teacher, photos, side=job.teacher_side, device=device)
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
    """ImageNet weights, then the head in closed form from clean and attacked pictures."""
    path = job.start or find_start_weights(name)
    load_start_weights(student, path)
    student.eval()
    features, wanted = [], []
    generator = torch.Generator(device).manual_seed(job.recipe.seed)
    order = torch.arange(min(len(course.photos), FIT_ON))
    for batch in course.photos.batches(torch.split(order, 64)):
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
    say(f"{name} starts from {path.name}, fitted to the teacher at cosine {cosine:.2f}")


def choose_device(name: str) -> torch.device:
    """auto, cpu, cuda or cuda:N; DeviceError where a GPU is asked for and absent."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise DeviceError("no CUDA device here: leave out --device, or give --device cpu")
    return device


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m copyfind.learn.run",
        description="Distill SSCD into light students (RDCD, arXiv:2405.17928).",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--data", type=Path, nargs="+", default=[], help="folders, tar files, shards of photos")
    add("--output", type=Path, help="where checkpoint, log and weights go")
    add("--teacher", default="sscd", help="a file that holds a teacher, or sscd: the package's")
    add("--student", nargs="+", default=["efficientnet-lite0"], choices=sorted(STUDENTS))
    add("--start", type=Path, help="start weights instead of those of an installed package")
    add("--attacks", choices=sorted(ATTACKS), default="people", help="sscd: the paper's list")
    add("--sprites", type=Path, help="a bank of text and emoji instead of drawing one")
    add("--draw-sprites", type=Path, metavar="FILE", help="draw that bank, and do nothing else")
    add("--preview", type=Path, metavar="FILE", help="only write a contact sheet of attacked views")
    add("--bank-side", type=int, default=288, help="pixels at which photos are kept decoded")
    add("--teacher-side", type=int, default=288, help="pixels at which it sees clean photos")
    add("--val", type=Path, help="a benchmark in DISC layout to report on")
    add("--val-every", type=int, default=1000, help="steps between reports")
    add("--memory", type=float, default=32.0, help="GiB that decoded photos may take")
    add("--save-every", type=float, default=60.0, help="seconds between checkpoints")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--data-licence", default="see the model card", help="for the card of the weights")
    recipe = parser.add_argument_group("recipe", "The defaults are the paper's.")
    for entry in fields(Recipe):
        flag = "--" + entry.name.replace("_", "-")
        if isinstance(entry.default, bool):
            recipe.add_argument(flag, action="store_true", help=" ")
        elif isinstance(entry.default, tuple):
            recipe.add_argument(flag, type=int, nargs="+", default=list(entry.default), help=" ")
        else:
            kind = type(entry.default)
            recipe.add_argument(flag, type=kind, default=entry.default, help=" ")
    return parser


def _recipe(options: argparse.Namespace) -> Recipe:
    values = {entry.name: getattr(options, entry.name) for entry in fields(Recipe)}
    return replace(Recipe(), **{**values, "dims": tuple(sorted(values["dims"]))})


class _Lines:
    """What a run says: lines for people, and the same as JSON lines in a file."""

    def __init__(self, out: TextIO, log: Path) -> None:
        self.out, self.log = out, log

    def say(self, line: str) -> None:
        self.out.write(line + "\n")
        self.out.flush()

    def progress(self, p: Progress) -> None:
        one = len({name.partition(" ")[0] for name in p.losses}) == 2  # "loss" and one student
        parts = ", ".join(
            f"{name.partition(' ')[2] if one and name != 'loss' else name} {value:.2f}"
            for name, value in p.losses.items()
        )
        self.say(
            f"{p.step}/{p.steps} {parts} | positive {p.positive:.3f}"
            f" hardest {p.hardest_negative:.3f} | {p.pictures_per_second:.0f} pictures/s"
            f" {p.seconds_left / 60:.1f} min left"
        )
        self._record(asdict(p))

    def reports(self, step: int, name: str, reports: Reports) -> None:
        for (dim, track), r in reports.items():
            p90 = "-" if r.recall_at_p90 is None else f"{r.recall_at_p90:.3f}"
            self.say(
                f"  {step} {name}-{dim} {track}: µAP {r.micro_average_precision:.4f}"
                f" R@P90 {p90} acc@1 {r.accuracy_at_1:.3f} recall@10 {r.recall_at_10:.3f}"
            )
            self._record({"step": step, "student": name, "dim": dim, "track": track, **asdict(r)})

    def _record(self, values: Mapping[str, object]) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")


def main(arguments: Iterable[str] | None = None) -> int:
    """Returns the exit code; errors go to stderr as one line."""
    parser = _parser()
    options = parser.parse_args(None if arguments is None else list(arguments))
    try:
        if options.draw_sprites:
            draw_sprites(seed=options.seed).save(options.draw_sprites)
            return 0
        if not options.data or not (options.output or options.preview):
            parser.error("--data and --output are needed")
        device = choose_device(options.device)
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
        if options.preview:
            _preview(options, device)
            return 0
        return _distill(options, device)
    except CopyfindError as error:
        sys.stderr.write(f"copyfind: {error}\n")
        return error.exit_code
    except torch.OutOfMemoryError as error:
        sys.stderr.write(f"copyfind: too little memory: lower --batch or --side ({error})\n")
        return 1


def _distill(options: argparse.Namespace, device: torch.device) -> int:
    try:
        recipe = _recipe(options)
    except ValueError as error:
        raise TrainingError(str(error)) from None
    job = Job(
        data=options.data,
        output=options.output,
        teacher=options.teacher,
        students=options.student,
        recipe=recipe,
        start=options.start,
        attacks=ATTACKS[options.attacks],
        sprites=options.sprites,
        bank_side=options.bank_side,
        teacher_side=options.teacher_side,
        validation=options.val,
        validate_every=options.val_every,
        memory=int(options.memory * 2**30),
        save_every=options.save_every,
        data_licence=options.data_licence,
    )
    try:
        job.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{job.output}: not a folder to write to ({error})") from None
    lines = _Lines(sys.stdout, job.output / "log.jsonl")
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: asked_to_stop.append(received))
    written = run(
        job,
        device=device,
        say=lines.say,
        on_progress=lines.progress,
        on_reports=lines.reports,
        should_stop=lambda: bool(asked_to_stop),
    )
    for path in written:
        lines.say(f"written: {path}")
    return 130 if asked_to_stop else 0


def _preview(options: argparse.Namespace, device: torch.device) -> None:
    photos = find_photos(options.data)
    step = max(1, len(photos) // 76)
    bank = load_bank(photos[::step][:76], side=options.bank_side).to(device)
    sprites = Sprites.load(options.sprites) if options.sprites else draw_sprites(seed=options.seed)
    sheet = contact_sheet(
        bank.pictures[:12],
        bank.aspects[:12],
        bank.pictures[12:] if len(bank) > 12 else bank.pictures,
        attacks=ATTACKS[options.attacks],
        sprites=sprites.to(device),
        seed=options.seed,
    )
    save_sheet(sheet, options.preview)


if __name__ == "__main__":
    raise SystemExit(main())
