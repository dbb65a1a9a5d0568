"""copyfind train: from photos to weights, by SSCD and RDCD."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from copyfind.cli.console import emit
from copyfind.cli.training import flags
from copyfind.descriptor.architectures import STUDENTS, TEACHERS
from copyfind.descriptor.pytorch import INSTALL, can_run_networks
from copyfind.errors import TrainingError
from copyfind.learn.recipe_file import SETTINGS, Recipes, as_toml, read_recipe, read_words


def train(
    more_data: flags.MoreData = None,
    data: flags.Data = None,
    output: flags.Output = None,
    teacher: flags.Teacher = "r50",
    student: flags.Student = ["efficientnet-lite0"],  # noqa: B006 - Typer copies it
    stage: flags.Stage_ = None,
    start: flags.Start = None,
    weights: flags.Weights = None,
    device: flags.Device = "auto",
    dim: flags.Dim = None,
    steps: flags.Steps = None,
    batch: flags.Batch = None,
    side: flags.Side = None,
    seed: flags.Seed = None,
    memory: flags.Memory = None,
    settings: flags.Set = None,
    recipe: flags.RecipeFile = None,
    show_recipe: flags.ShowRecipe = False,
    preview: flags.Preview = None,
    draw_sprites: flags.DrawSprites = None,
) -> None:
    """Train a teacher by SSCD, distill it into light students by RDCD, and calibrate these.

    The same command, run again, goes on where it was stopped: Ctrl-C saves a checkpoint first. A
    stage whose result is there is skipped. Defaults are the papers' (arXiv:2202.10261, 2405.17928).
    """
    recipes = Recipes() if recipe is None else Recipes().changed(read_recipe(recipe))
    recipes = recipes.changed(read_words(settings or ()))
    given = {"steps": steps, "batch": batch, "side": side, "seed": seed, "memory": memory}
    recipes = recipes.changed({name: value for name, value in given.items() if value is not None})
    if dim:
        recipes = recipes.changed({"dim": SETTINGS["dim"].take(dim)})
    if show_recipe:
        emit(as_toml(recipes))
        return
    if not can_run_networks():
        raise TrainingError(f"training needs PyTorch: {INSTALL}")
    try:
        from copyfind.cli.training import drawing, stages
        from copyfind.learn import device as devices
        from copyfind.learn.calibrate import Calibration
        from copyfind.learn.job import Job
        from copyfind.learn.teacher_job import TeacherJob
        from copyfind.learn.world import own_device
    except ImportError as error:
        raise TrainingError(
            f'training needs the package {error.name}: pip install "copyfind[train]"'
        ) from None

    if draw_sprites is not None:
        drawing.draw_bank(draw_sprites, seed=recipes.distillation.seed)
        return
    sources = [*(data or ()), *(more_data or ())]
    if not sources:
        raise typer.BadParameter("name a folder or tar file of photos", param_hint="--data")
    if preview is not None:
        drawing.draw_preview(preview, sources, recipes, device=devices.choose_device(device))
        return
    if output is None:
        raise typer.BadParameter("name the folder for the results", param_hint="--output")
    trained_here = teacher in TEACHERS
    if stage is flags.Stage.TEACHER and not trained_here:
        raise typer.BadParameter(
            f"{teacher} is trained already; --stage teacher trains one of {', '.join(TEACHERS)}",
            param_hint="--teacher",
        )
    beginnings = _start_weights(start or ())
    lesson = TeacherJob(
        data=sources,
        output=output,
        architecture=teacher,
        recipe=recipes.teacher,
        start=beginnings.get(teacher),
        conditions=recipes.conditions,
    )
    job = Job(
        data=sources,
        output=output,
        teacher=teacher,
        students=student,
        recipe=recipes.distillation,
        start={name: path for name, path in beginnings.items() if name in STUDENTS},
        conditions=recipes.conditions,
    )
    calibration = Calibration(
        data=sources,
        output=output,
        weights=weights or (),
        recipe=recipes.calibration,
        conditions=recipes.conditions,
        seed=recipes.distillation.seed,
    )
    chosen = devices.choose_device(own_device(device))
    if stage is flags.Stage.CALIBRATE:
        stages.calibrate_alone(calibration, job, device=chosen)
    else:
        only = None if stage is None else stage.value
        stages.train_all(
            job, lesson if trained_here else None, calibration, only=only, device=chosen
        )


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
