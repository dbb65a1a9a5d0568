"""copyfind train: from photos to weights, by SSCD and RDCD."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from copyfind.cli.console import emit, note, work
from copyfind.cli.interrupt import graceful_stop
from copyfind.cli.training import calibrating, choices, distilling, running, teaching
from copyfind.cli.training.showing import counting, measuring, one_voice, reporting, stopped
from copyfind.descriptor.architectures import STUDENTS, TEACHERS
from copyfind.errors import TrainingError
from copyfind.learn.recipes import Recipe, TeacherRecipe

if TYPE_CHECKING:
    from copyfind.learn.attack.attacks import Attacks
    from copyfind.learn.calibrate import Calibration
    from copyfind.learn.device import Device
    from copyfind.learn.job import Job
    from copyfind.learn.teacher_job import TeacherJob

RDCD, SSCD = Recipe(), TeacherRecipe()  # the papers' settings are the defaults here


def train(
    more_data: running.MoreData = None,
    data: running.Data = None,
    output: running.Output = None,
    teacher: running.Teacher = "r50",
    stage: running.Stage = None,
    student: distilling.Student = ["efficientnet-lite0"],  # noqa: B006 - Typer copies it
    dim: distilling.Dim = list(RDCD.dims),  # noqa: B006 - Typer copies it
    start: running.Start = None,
    attacks: distilling.Attacks = choices.Edits.PEOPLE,
    steps: distilling.Steps = RDCD.steps,
    batch: distilling.Batch = RDCD.batch,
    side: distilling.Side = RDCD.side,
    last_side: distilling.LastSide = RDCD.last_side,
    optimizer: distilling.Optimizer = choices.StudentOptimizer(RDCD.optimizer),
    learning_rate: distilling.LearningRate = RDCD.learning_rate,
    momentum: distilling.Momentum = RDCD.momentum,
    weight_decay: distilling.WeightDecay = RDCD.weight_decay,
    warmup: distilling.Warmup = RDCD.warmup,
    queue: distilling.Queue = RDCD.queue,
    key_momentum: distilling.KeyMomentum = RDCD.key_momentum,
    tau_relation: distilling.TauRelation = RDCD.tau_relation,
    tau_contrast: distilling.TauContrast = RDCD.tau_contrast,
    relation_weight: distilling.RelationWeight = RDCD.relation_weight,
    contrast_weight: distilling.ContrastWeight = RDCD.contrast_weight,
    hard_negative_weight: distilling.HardNegativeWeight = RDCD.hard_negative_weight,
    tau_bank: distilling.TauBank = RDCD.tau_bank,
    bank_weight: distilling.BankWeight = RDCD.bank_weight,
    region_weight: distilling.RegionWeight = RDCD.region_weight,
    contrast_with: distilling.ContrastWith = choices.ContrastWith(RDCD.contrast_with),
    frozen_stages: distilling.FrozenStages = RDCD.frozen_stages,
    teacher_sees: distilling.TeacherSees = choices.TeacherSees(RDCD.teacher_sees),
    depthwise_every: distilling.DepthwiseEvery = RDCD.depthwise_every,
    precision: distilling.Precision = choices.Precision(RDCD.precision),
    frozen_statistics: distilling.FrozenStatistics = RDCD.frozen_statistics,
    average_decay: distilling.AverageDecay = RDCD.average_decay,
    clean_side: distilling.CleanSide = 288,
    val: distilling.Val = None,
    val_every: distilling.ValEvery = 1000,
    objective: teaching.Objective = choices.Objective.SSCD,
    teacher_steps: teaching.TeacherSteps = SSCD.steps,
    teacher_batch: teaching.TeacherBatch = SSCD.batch,
    teacher_side: teaching.TeacherSide = SSCD.side,
    teacher_attacks: teaching.TeacherAttacks = choices.Edits.SSCD,
    teacher_tau: teaching.TeacherTau = SSCD.tau,
    entropy_weight: teaching.EntropyWeight = None,
    entropy_ramp: teaching.EntropyRamp = SSCD.entropy_ramp,
    mixed: teaching.Mixed = None,
    teacher_optimizer: teaching.TeacherOptimizer = choices.TeacherOptimizer(SSCD.optimizer),
    teacher_learning_rate: teaching.TeacherLearningRate = SSCD.learning_rate,
    teacher_momentum: teaching.TeacherMomentum = SSCD.momentum,
    teacher_weight_decay: teaching.TeacherWeightDecay = SSCD.weight_decay,
    teacher_warmup: teaching.TeacherWarmup = SSCD.warmup,
    weights: calibrating.Weights = None,
    average: calibrating.Average = False,
    whitening: calibrating.Whitening = choices.Whitening.AUTO,
    background: calibrating.Background = 2000,
    negatives: calibrating.Negatives = 4000,
    calibrate_on: calibrating.CalibrateOn = None,
    input_size: calibrating.InputSize = None,
    graph: calibrating.Graph = True,
    device: running.Device = "auto",
    seed: running.Seed = RDCD.seed,
    bank_side: running.BankSide = 288,
    memory: running.Memory = 32.0,
    save_every: running.SaveEvery = 60.0,
    sprites: running.Sprites = None,
    draw_sprites: running.DrawSprites = None,
    preview: running.Preview = None,
    data_licence: running.DataLicence = "see the model card",
) -> None:
    """Train a teacher by SSCD, distill it into light students by RDCD, and calibrate these.

    The same command, run again, goes on where it was stopped: Ctrl-C saves a checkpoint first. A
    stage whose result is there is skipped. Defaults are the papers'.
    """
    try:
        from copyfind.learn import device as devices
        from copyfind.learn.attack.attacks import SSCD_ADVANCED, Attacks
        from copyfind.learn.calibrate import Calibration
        from copyfind.learn.job import Job
        from copyfind.learn.teacher_job import TeacherJob
        from copyfind.learn.world import own_device
    except ImportError as error:
        raise TrainingError(
            f'training needs the package {error.name}: pip install "copyfind[train]"'
        ) from None

    edits = {choices.Edits.PEOPLE: Attacks(), choices.Edits.SSCD: SSCD_ADVANCED}
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
    if stage is choices.Stage.TEACHER and not trained_here:
        raise typer.BadParameter(
            f"{teacher} is trained already; --stage teacher trains one of {', '.join(TEACHERS)}",
            param_hint="--teacher",
        )
    beginnings = _start_weights(start or ())
    plain = objective is choices.Objective.SIMCLR
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
            depthwise_every=depthwise_every,
            precision=precision.value,
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
    calibration = Calibration(
        data=sources,
        output=output,
        weights=weights or (),
        average=average,
        measured_on=calibrate_on or (),
        background=background,
        negatives=negatives,
        whitening=whitening.value,
        attacks=edits[attacks],
        sprites=sprites,
        bank_side=bank_side,
        seed=seed,
        input_size=input_size,
        graph=graph,
    )
    chosen = devices.choose_device(own_device(device))
    if stage is choices.Stage.CALIBRATE:
        _calibrate(calibration, job, chosen)
    else:
        _train(job, lesson if trained_here else None, calibration, stage, chosen)


def _calibrate(calibration: Calibration, job: Job, device: Device) -> None:
    """That stage alone, on weights that are named, or on those of the students in the folder."""
    from dataclasses import replace

    from copyfind.learn.calibrate import calibrate
    from copyfind.learn.memory import enough_memory

    if not calibration.weights:
        names = [f"{name}-{dim}.safetensors" for name in job.students for dim in job.recipe.dims]
        found = [path for name in names if (path := job.output / name).is_file()]
        if not found:
            raise TrainingError(
                f"none of {', '.join(names)} in {job.output}: name files with --weights"
            )
        calibration = replace(calibration, weights=found)
    with (
        work() as show,
        graceful_stop(terminate=True, kept="what is written") as stop,
        enough_memory(
            advice="a smaller --negatives, --background, --bank-side or --input-size needs less"
        ),
    ):
        written = calibrate(calibration, device=device, say=note, on_count=counting(show, stop))
    for path in written:
        emit(f"{path}\n")


def _train(
    job: Job,
    lesson: TeacherJob | None,
    calibration: Calibration,
    stage: choices.Stage | None,
    device: Device,
) -> None:
    """The stages that are still to do; paths of what they wrote on stdout."""
    from dataclasses import replace

    from copyfind.learn.calibrate import calibrate
    from copyfind.learn.job import check, make_folder, run
    from copyfind.learn.log import Log
    from copyfind.learn.memory import enough_memory
    from copyfind.learn.plots import plot_log
    from copyfind.learn.teacher_job import given_teacher, teacher_file, train_teacher
    from copyfind.learn.world import joined

    if stage is not choices.Stage.TEACHER:
        check(job)
    make_folder(job.output)
    written: list[Path] = []  # told at the end: a live display catches what goes to stdout
    with (
        joined(device) as world,
        one_voice(world.is_first),
        work() as show,
        graceful_stop(terminate=True, kept="the last checkpoint") as stop,
        enough_memory(
            advice="a smaller --batch (--teacher-batch), --side, --queue or --memory needs less;"
            " the last checkpoint is kept"
        ),
        Log(job.output, speaks=world.is_first) as log,
    ):
        on_count = counting(show, stop)
        if lesson is not None:
            path = given_teacher(job.output, lesson.architecture)
            if path is not None:
                note(f"{path} is there: it is not trained again")
            elif stage is choices.Stage.DISTILL:
                raise TrainingError(
                    f"no {teacher_file(job.output)} to distill: leave out --stage, "
                    "or name a file with --teacher"
                )
            else:
                path = train_teacher(
                    lesson,
                    device=device,
                    say=note,
                    on_progress=reporting(choices.Stage.TEACHER, show, log),
                    on_count=on_count,
                    should_stop=stop,
                    world=world,
                )
            if path is None:
                raise stopped(stop)
            written.append(path)
            job = replace(job, teacher=str(path))
        if stage is not choices.Stage.TEACHER and not stop():
            students = run(
                job,
                device=device,
                say=note,
                on_progress=reporting(choices.Stage.DISTILL, show, log),
                on_count=on_count,
                on_reports=measuring(log),
                should_stop=stop,
                world=world,
            )
            written += students
            if stage is None and students and not stop():
                calibration = replace(calibration, weights=students)
                calibrate(calibration, device=device, say=note, on_count=on_count)
        if world.is_first and log.path.exists() and plot_log(log.path, job.output / "log.png"):
            note(f"losses and figures are drawn in {job.output / 'log.png'}")
        if not world.is_first:
            written.clear()
        world.wait()
    for path in written:
        emit(f"{path}\n")
    if stop():
        raise stopped(stop)


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
    from copyfind.learn.attack.sprites import draw_sprites

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
