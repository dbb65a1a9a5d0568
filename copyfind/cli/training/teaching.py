"""Options of the teacher's training, in the terms of SSCD (arXiv:2202.10261)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from copyfind.cli.training import choices
from copyfind.learn.recipes import TeacherRecipe


def option(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(
        flag, help=text, rich_help_panel="Training the teacher (SSCD, arXiv:2202.10261)", **more
    )


SSCD = TeacherRecipe()
Objective = Annotated[
    choices.Objective,
    option(
        "--objective",
        "InfoNCE with entropy and mixed views, or the baseline without both that SSCD improves on.",
    ),
]
TeacherSteps = Annotated[int, option("--teacher-steps", "Optimizer steps.", min=1)]
TeacherBatch = Annotated[
    int,
    option("--teacher-batch", "Photos a step, each in two views; the others are negatives.", min=2),
]
TeacherSide = Annotated[int, option("--teacher-side", "Pixels of a view.", min=32)]
TeacherAttacks = Annotated[
    choices.Edits, option("--teacher-attacks", "Edits of the views, as for --attacks.")
]
TeacherTau = Annotated[float, option("--teacher-tau", "Temperature of InfoNCE.", min=1e-4)]
EntropyWeight = Annotated[
    float | None,
    option(
        "--entropy-weight",
        "Of the entropy (KoLeo) of descriptors; 10 where 30 is not stable.",
        min=0,
        show_default=f"{SSCD.entropy_weight:g}, with simclr 0",
    ),
]
EntropyRamp = Annotated[
    float,
    option(
        "--entropy-ramp",
        "Ours: share of the steps over which that weight is reached.",
        min=0,
        max=1,
    ),
]
Mixed = Annotated[
    float | None,
    option(
        "--mixed",
        "Share of the views that show two photos (mixup, CutMix); both are positives.",
        min=0,
        max=1,
        show_default=f"{SSCD.mixed:g}, with simclr 0",
    ),
]
TeacherOptimizer = Annotated[
    choices.TeacherOptimizer, option("--teacher-optimizer", "lars as in SSCD, or adamw.")
]
TeacherLearningRate = Annotated[
    float,
    option("--teacher-learning-rate", "Peak rate for a batch of 256; scaled linearly.", min=0),
]
TeacherMomentum = Annotated[float, option("--teacher-momentum", "Of LARS.", min=0, max=1)]
TeacherWeightDecay = Annotated[float, option("--teacher-weight-decay", "Of the optimizer.", min=0)]
TeacherWarmup = Annotated[
    float,
    option(
        "--teacher-warmup",
        "Share of the steps before the rate falls on a cosine.",
        min=0,
        max=1,
    ),
]
