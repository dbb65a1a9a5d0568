"""What a run of training can be told, with the papers' settings as defaults.

Free of torch, so that the command line can show it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.learn.settings import check, setting

OURS = "ours"
TRAIN_SH = "RDCD's train.sh"
SSCD_PAPER = "SSCD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A distillation by RDCD. Defaults are those of its train.sh; what is ours says so."""

    steps: int = setting(
        390_600,
        "Optimizer steps of the distillation.",
        low=1,
        source=f"{TRAIN_SH}, 100 epochs of the 1M photos of DISC2021",
    )
    batch: int = setting(
        256,
        "Photos a step, each in two attacked views.",
        low=2,
        source=TRAIN_SH,
    )
    side: int = setting(224, "Pixels of a view's side.", low=32, source=TRAIN_SH)
    last_side: int = setting(
        224,
        "Pixels of a view's side in the last tenth of the steps, which is the input size of the "
        "weights.",
        low=32,
        source=OURS,
    )
    dims: tuple[int, ...] = setting(
        (256,),
        "Numbers in the descriptor, such as 64, 128, 256; each length is the beginning of the next "
        "(Matryoshka) and is written to a file of its own.",
        low=2,
        high=FEATURE_DIM,
        source=f"{TRAIN_SH}; several at once are ours",
        name="dim",
    )
    optimizer: str = setting(
        "sgd", "The optimizer of the students.", among=("sgd", "adamw"), source=TRAIN_SH
    )
    learning_rate: float = setting(
        1.0,
        "Peak of the students' learning rate for a batch of 256; scaled linearly with the batch.",
        low=0,
        source=TRAIN_SH,
    )
    momentum: float = setting(0.9, "Momentum of SGD.", low=0, high=1, source=TRAIN_SH)
    weight_decay: float = setting(
        1e-6, "Weight decay of matrices and kernels; biases have none.", low=0, source=TRAIN_SH
    )
    warmup: float = setting(
        0.05,
        "Share of the steps in which the learning rate rises, before it falls on a cosine.",
        low=0,
        high=1,
        source=TRAIN_SH,
    )
    queue: int = setting(
        65_536,
        "Past keys, and past features of the teacher, that a view is compared with.",
        low=2,
        source=TRAIN_SH,
    )
    key_momentum: float = setting(
        0.99,
        "Momentum of the encoder (MoCo) that makes the keys.",
        low=0,
        high=1,
        source=TRAIN_SH,
    )
    tau_relation: float = setting(
        0.04, "Temperature of relational self-distillation (RSD).", low=1e-4, source=TRAIN_SH
    )
    tau_contrast: float = setting(
        0.07, "Temperature of the contrastive loss.", low=1e-4, source=TRAIN_SH
    )
    relation_weight: float = setting(
        1.0,
        "Weight of RSD: KL from the student's similarities with the teacher queue to the "
        "teacher's.",
        low=0,
        source=TRAIN_SH,
    )
    contrast_weight: float = setting(
        1.0, "Weight of momentum contrast on the descriptor.", low=0, source=TRAIN_SH
    )
    hard_negative_weight: float = setting(
        5.0,
        "Weight of the loss that drives the most alike other photo of the queue away.",
        low=0,
        source=TRAIN_SH,
    )
    tau_bank: float = setting(
        0.05, "Temperature of the losses of bank_weight and region_weight.", low=1e-4, source=OURS
    )
    bank_weight: float = setting(
        0.0,
        "Weight of recognising the clean picture among all the teacher's vectors.",
        low=0,
        source=OURS,
    )
    region_weight: float = setting(
        0.0,
        "Weight of recognising it in five windows of the feature map as well (corners and middle, "
        "60 % of either side); the best three of five count.",
        low=0,
        source=OURS,
    )
    contrast_with: str = setting(
        "queue",
        "What the contrastive and hard-negative losses compare a view with: queue, the past keys "
        "of a momentum encoder; or batch, ours: both views are learned, and compared with each "
        "other and the teacher's vectors, which a CPU has done sooner.",
        among=("queue", "batch"),
        source=TRAIN_SH,
    )
    teacher_sees: str = setting(
        "views",
        "What the teacher looks at: the student's views; or clean, ours: only clean pictures, "
        "whose answers are kept, which is many times faster on a CPU.",
        among=("views", "clean"),
        source=TRAIN_SH,
    )
    frozen_stages: int = setting(
        0,
        "How many first stages of the network, and its stem with them, are not trained; 0 trains "
        "all.",
        low=0,
        source=OURS,
    )
    depthwise_every: int = setting(
        1,
        "Depthwise kernels are trained in every so many steps only. They are a thirtieth of the "
        "weights, and up to half of a step's work on a CPU (in bfloat16).",
        low=1,
        source=OURS,
    )
    precision: str = setting(
        "auto",
        "Numbers that passes through the network are made of: auto is bfloat16 on GPUs and float32 "
        "on CPUs, though those with AVX-512 BF16 or AMX are faster in bfloat16.",
        among=("auto", "float32", "bfloat16"),
        source=OURS,
    )
    frozen_statistics: bool = setting(
        False,  # noqa: FBT003 - a default
        "Whether BatchNorm keeps the statistics it started with.",
        source=OURS,
    )
    learned_glance: float = setting(
        0.0,
        "How much a second look, which calibration adds (glance), counts while a student learns: "
        "the middle of a view, half as large and mirrored. 0: only the whole is learned.",
        low=0,
        source=OURS,
    )
    average_decay: float = setting(
        0.999,
        "How slowly the running mean of a student, which is what is written, follows it.",
        low=0,
        high=1,
        source=OURS,
    )
    seed: int = setting(
        0, "Decides views, order and random weights: the same seed gives the same run."
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherRecipe:
    """A teacher's training by SSCD. Defaults are as published (advanced augmentation, mixup); what
    is ours says so."""

    steps: int = setting(
        24_400,
        "Optimizer steps of the teacher.",
        low=1,
        source=f"{SSCD_PAPER}, 100 epochs of the 1M photos of DISC2021",
        name="teacher_steps",
    )
    batch: int = setting(
        4096,
        "Photos a step of the teacher, each in two views; the others of a batch are negatives.",
        low=2,
        source=SSCD_PAPER,
        name="teacher_batch",
    )
    side: int = setting(
        224,
        "Pixels of a view's side for the teacher.",
        low=32,
        source=SSCD_PAPER,
        name="teacher_side",
    )
    tau: float = setting(
        0.05, "Temperature of InfoNCE.", low=1e-4, source=SSCD_PAPER, name="teacher_tau"
    )
    entropy_weight: float = setting(
        30.0,
        "Weight of the entropy (KoLeo) of descriptors; 10 where 30 is not stable.",
        low=0,
        source=SSCD_PAPER,
    )
    entropy_ramp: float = setting(
        0.0,
        "Share of the steps over which that weight is reached.",
        low=0,
        high=1,
        source=OURS,
    )
    mixed: float = setting(
        0.05,
        "Share of the views that show two photos (mixup, CutMix), both of which are positives.",
        low=0,
        high=1,
        source=SSCD_PAPER,
    )
    optimizer: str = setting(
        "lars",
        "The optimizer of the teacher.",
        among=("lars", "adamw"),
        source=SSCD_PAPER,
        name="teacher_optimizer",
    )
    learning_rate: float = setting(
        0.3,
        "Peak of the teacher's learning rate for a batch of 256; scaled linearly with the batch.",
        low=0,
        source=SSCD_PAPER,
        name="teacher_learning_rate",
    )
    momentum: float = setting(
        0.9, "Momentum of LARS.", low=0, high=1, source=SSCD_PAPER, name="teacher_momentum"
    )
    weight_decay: float = setting(
        1e-6,
        "Weight decay of all the teacher's tensors.",
        low=0,
        source=SSCD_PAPER,
        name="teacher_weight_decay",
    )
    warmup: float = setting(
        0.05,
        "Share of the teacher's steps in which its learning rate rises, before it falls on a "
        "cosine.",
        low=0,
        high=1,
        source=SSCD_PAPER,
        name="teacher_warmup",
    )
    seed: int = setting(
        0, "Decides views, order and random weights: the same seed gives the same run."
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRecipe:
    """What follows a trained network, and on what it is measured."""

    whitening: str = setting(
        "auto",
        "PCA whitening and L2 (FAISS PCAW) as a part of the network: auto, as far as it helps "
        "(variance to the power 0.5, 0.4, 0.3, 0.2); always, whole; never.",
        among=("auto", "always", "never"),
        source=OURS,
    )
    background: int = setting(
        600,
        "Training photos whose descriptors are kept in the file for score normalisation.",
        low=6,
        source=OURS,
    )
    negatives: int = setting(
        6000,
        "Further training photos whose descriptors become a part of the network: what a picture "
        "shares with those near it is subtracted (negative embedding subtraction), as far as it "
        "helps; 0 for none.",
        low=0,
        source=OURS,
    )
    average: bool = setting(
        False,  # noqa: FBT003 - a default
        "Whether all --weights, which began from the same start, become one: their mean (model "
        "soups, arXiv:2203.05482).",
    )
    calibrate_on: tuple[Path, ...] = setting(
        (),
        "Folders or tar files of photos never trained on, whose generated edits decide the "
        "thresholds; of more than 1,000 photos every so many. Without, 3 % of --data are held out.",
    )
    input_size: int | None = setting(
        None,
        "Pixels of the square that the weights are to be fed; a larger one than they were trained "
        "on may show them more. Without, that of the end of training.",
        low=32,
    )
    glance: float = setting(
        0.5,
        "How much it counts what the middle of a picture looks like, half as large and mirrored, "
        "beside the whole. To look at it takes a sixth of the time again; 0: only the whole is "
        "looked at.",
        low=0,
        source=OURS,
    )
    quantise: bool = setting(
        True,  # noqa: FBT003 - a default
        "Whether the network is rounded to whole numbers of 8 bits, which take a CPU half the time "
        "(GPTQ, arXiv:2210.17323); of architectures that are convolutions, ReLU6 and sums.",
    )
    graph: bool = setting(
        True,  # noqa: FBT003 - a default
        "Whether the network's graph for ONNX Runtime is written beside the weights.",
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a run has around it at any stage: edits, memory, checkpoints, a benchmark."""

    attacks: str = setting(
        "people",
        "Edits of the views: those people make, or SSCD's advanced list.",
        among=("people", "sscd"),
        source=OURS,
    )
    teacher_attacks: str = setting(
        "sscd",
        "Edits of the views that the teacher is trained on.",
        among=("people", "sscd"),
        source=SSCD_PAPER,
    )
    sprites: Path | None = setting(
        None,
        "A bank of text and emoji to lay over views, as --draw-sprites writes it. Without, one is "
        "drawn.",
    )
    bank_side: int = setting(
        288, "Pixels of the squares as which photos are kept decoded.", low=32, source=OURS
    )
    clean_side: int = setting(
        288, "Pixels at which the teacher sees clean photos.", low=32, source="SSCD's evaluation"
    )
    memory: float = setting(
        32.0,
        "GiB that decoded photos may take, at most half of what is free; more photos are decoded "
        "as they are needed.",
        low=0,
        source=OURS,
    )
    save_every: float = setting(60.0, "Seconds between checkpoints.", low=0)
    val: Path | None = setting(
        None, "A benchmark in DISC2021's layout that students are measured on."
    )
    val_every: int = setting(1000, "Steps between two measurements on that benchmark.", low=1)
    data_licence: str = setting("see the model card", "What the weights' card says of the photos.")

    def __post_init__(self) -> None:
        check(self)

    @property
    def memory_bytes(self) -> int:
        """The memory that decoded photos may take, in bytes."""
        return int(min(self.memory * 2**30, sys.maxsize))
