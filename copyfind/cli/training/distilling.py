"""Options of the distillation, in the terms of RDCD (arXiv:2405.17928)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from copyfind.cli.training import choices
from copyfind.descriptor.architectures import FEATURE_DIM, STUDENTS


def option(flag: str, text: str, **more: Any) -> Any:
    return typer.Option(
        flag, help=text, rich_help_panel="Distillation (RDCD, arXiv:2405.17928)", **more
    )


def _student(name: str) -> str:
    if name not in STUDENTS:
        raise typer.BadParameter(f"{name} is none of {', '.join(STUDENTS)}")
    return name


Student = Annotated[
    list[str],
    option(
        "--student",
        f"A light network to train: {', '.join(STUDENTS)}; repeatable, "
        "all of them share the teacher's forward pass.",
        metavar="NAME",
        parser=_student,
    ),
]
Dim = Annotated[
    list[int],
    option(
        "--dim",
        "Numbers in the descriptor, such as 64, 128, 256; repeatable, each is the "
        "beginning of the next (Matryoshka) and is written to its own file.",
        min=2,
        max=FEATURE_DIM,
    ),
]
Attacks = Annotated[
    choices.Edits,
    option("--attacks", "Edits of the views: those people make, or SSCD's advanced list."),
]
Steps = Annotated[int, option("--steps", "Optimizer steps.", min=1)]
Batch = Annotated[int, option("--batch", "Photos a step, each in two attacked views.", min=2)]
Side = Annotated[int, option("--side", "Pixels of a view.", min=32)]
LastSide = Annotated[
    int,
    option(
        "--last-side",
        "Pixels in the last tenth of the steps; the input size of the weights.",
        min=32,
    ),
]
Optimizer = Annotated[choices.StudentOptimizer, option("--optimizer", "sgd as in RDCD, or adamw.")]
LearningRate = Annotated[
    float, option("--learning-rate", "Peak rate for a batch of 256; scaled linearly.", min=0)
]
Momentum = Annotated[float, option("--momentum", "Of SGD.", min=0, max=1)]
WeightDecay = Annotated[
    float, option("--weight-decay", "Of matrices and kernels, not of biases.", min=0)
]
Warmup = Annotated[
    float,
    option("--warmup", "Share of the steps before the rate falls on a cosine.", min=0, max=1),
]
Queue = Annotated[
    int,
    option("--queue", "Past keys, and past teacher features, to compare with.", min=2),
]
KeyMomentum = Annotated[
    float,
    option("--key-momentum", "Of the momentum encoder (MoCo) that makes keys.", min=0, max=1),
]
TauRelation = Annotated[
    float,
    option("--tau-relation", "Temperature of relational self-distillation.", min=1e-4),
]
TauContrast = Annotated[
    float, option("--tau-contrast", "Temperature of the contrastive loss.", min=1e-4)
]
RelationWeight = Annotated[
    float,
    option(
        "--relation-weight",
        "Of RSD: KL from the student's similarities with the teacher queue to the teacher's.",
        min=0,
    ),
]
ContrastWeight = Annotated[
    float,
    option("--contrast-weight", "Of momentum contrast on the descriptor.", min=0),
]
HardNegativeWeight = Annotated[
    float,
    option(
        "--hard-negative-weight",
        "Of the loss that drives the most alike other photo of the queue away.",
        min=0,
    ),
]
TauBank = Annotated[float, option("--tau-bank", "Temperature of --bank-weight's loss.", min=1e-4)]
BankWeight = Annotated[
    float,
    option(
        "--bank-weight",
        "Ours: of recognising the clean picture among all the teacher's vectors.",
        min=0,
    ),
]
RegionWeight = Annotated[
    float,
    option(
        "--region-weight",
        "Ours: of the same for the windows of the feature map that are the regions' "
        "descriptors; the best three of five.",
        min=0,
    ),
]
ContrastWith = Annotated[
    choices.ContrastWith,
    option(
        "--contrast-with",
        "What the contrastive and hard-negative losses compare a view with: queue, the past "
        "keys of a momentum encoder, as in RDCD; or batch, ours: both views are learned, and "
        "compared with each other and the teacher's vectors, which a CPU has done sooner.",
    ),
]
FrozenStages = Annotated[
    int,
    option(
        "--frozen-stages",
        "Ours: stem and first stages of the network that are not trained; 0 trains all.",
        min=0,
    ),
]
TeacherSees = Annotated[
    choices.TeacherSees,
    option(
        "--teacher-sees",
        "The student's views, as in RDCD; or ours: only clean pictures, whose answers are "
        "kept, which is many times faster on a CPU.",
    ),
]
DepthwiseEvery = Annotated[
    int,
    option(
        "--depthwise-every",
        "Ours: train depthwise kernels in every so many steps only. They are a thirtieth of the "
        "weights, and up to half of a step's work on a CPU (in bfloat16).",
        min=1,
    ),
]
Precision = Annotated[
    choices.Precision,
    option(
        "--precision",
        "Of passes through the network: auto is bfloat16 on GPUs, float32 on CPUs; those with "
        "AVX-512 BF16 or AMX are faster in bfloat16.",
    ),
]
FrozenStatistics = Annotated[
    bool,
    option("--frozen-statistics", "Ours: BatchNorm keeps the statistics it started with."),
]
AverageDecay = Annotated[
    float,
    option(
        "--average-decay",
        "Ours: of the running mean of the students, which is what is written.",
        min=0,
        max=1,
    ),
]
CleanSide = Annotated[
    int, option("--clean-side", "Pixels at which the teacher sees clean photos.", min=32)
]
Val = Annotated[
    Path | None,
    option("--val", "A benchmark in DISC2021's layout to report on.", metavar="DIR"),
]
ValEvery = Annotated[int, option("--val-every", "Steps between reports.", min=1)]
