"""`python -m copyfind.learn.run`: distillation where the whole of copyfind is not installed.

On a rented GPU, say: it needs torch, torchvision, timm, numpy, Pillow, safetensors, and onnx for
a teacher in that format. What it does is in `job.py`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TextIO

import torch

from copyfind.descriptor.architectures import STUDENTS
from copyfind.errors import CopyfindError, DeviceError, OutputError, TrainingError
from copyfind.learn.augment import SSCD_ADVANCED, Attacks
from copyfind.learn.data import find_photos, load_bank
from copyfind.learn.distill import Recipe
from copyfind.learn.job import Job, run
from copyfind.learn.measure import Reports
from copyfind.learn.pace import Progress
from copyfind.learn.preview import contact_sheet, save_sheet
from copyfind.learn.sprites import Sprites, draw_sprites

ATTACKS = {"people": Attacks(), "sscd": SSCD_ADVANCED}


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
    add(
        "--start",
        nargs="+",
        default=[],
        metavar="NAME=FILE",
        help="a student's start weights instead of an installed package's; NAME=none for random",
    )
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


def _start_weights(options: Iterable[str]) -> dict[str, Path | None]:
    start: dict[str, Path | None] = {}
    for option in options:
        name, equals, file = option.partition("=")
        if name not in STUDENTS or not equals:
            raise TrainingError(f"--start {option}: expected NAME=FILE, NAME a student")
        start[name] = None if file == "none" else Path(file)
    return start


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
        start=_start_weights(options.start),
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
