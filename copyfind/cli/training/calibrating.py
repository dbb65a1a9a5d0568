"""Options of the calibration, which measures and trains nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from copyfind.cli.training import choices


def option(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(flag, help=text, rich_help_panel="Calibration", **more)


Weights = Annotated[
    list[Path] | None,
    option(
        "--weights",
        "With --stage calibrate: weights files to calibrate; repeatable.",
        metavar="FILE",
        show_default="those distilled in --output",
    ),
]
Average = Annotated[
    bool,
    option(
        "--average",
        "Of all --weights, which began from the same start, make one: their mean (model soups).",
    ),
]
Whitening = Annotated[
    choices.Whitening,
    option(
        "--whitening",
        "PCA whitening and L2 (FAISS PCAW) as a part of the network: auto, as far as it helps "
        "(variance to the power 0.5, 0.4, 0.3, 0.2); always, whole; never.",
    ),
]
Background = Annotated[
    int,
    option(
        "--background",
        "Training photos whose descriptors are kept in the file for score normalisation.",
        min=6,
    ),
]
Negatives = Annotated[
    int,
    option(
        "--negatives",
        "Further training photos whose descriptors become a part of the network: what a picture "
        "shares with those near it is subtracted (negative embedding subtraction), as far as it "
        "helps; 0: none.",
        min=0,
    ),
]
CalibrateOn = Annotated[
    list[Path] | None,
    option(
        "--calibrate-on",
        "Photos never trained on, whose generated edits decide the thresholds; of more than "
        "1,000 every so many; repeatable.",
        metavar="DIR|TAR",
        show_default="3 % of --data, which are held out",
    ),
]
InputSize = Annotated[
    int | None,
    option(
        "--input-size",
        "Pixels of the square that these weights are to be fed; a larger one than they were "
        "trained on may show them more.",
        min=32,
        show_default="the last of training",
    ),
]
Graph = Annotated[
    bool,
    option("--graph/--no-graph", "Write the network's graph for ONNX Runtime beside the weights."),
]
