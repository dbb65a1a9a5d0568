"""The hyper-parameters of both papers, as published. Free of torch, so that help can show them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """RDCD as in its train.sh; what is ours says so."""

    steps: int = 390_600  # 100 epochs of the 1M photos of DISC2021
    batch: int = 256
    side: int = 224  # pixels
    last_side: int = 224  # ours: of the last tenth of the steps
    dims: tuple[int, ...] = (256,)  # ours: several at once, each the beginning of the next
    optimizer: str = "sgd"  # or "adamw", ours
    learning_rate: float = 1.0  # per 256 pictures of a batch
    momentum: float = 0.9
    weight_decay: float = 1e-6
    warmup: float = 0.05  # share of the steps
    queue: int = 65_536  # past keys, and past teacher features
    key_momentum: float = 0.99
    tau_relation: float = 0.04
    tau_contrast: float = 0.07
    relation_weight: float = 1.0
    contrast_weight: float = 1.0
    hard_negative_weight: float = 5.0
    tau_bank: float = 0.05
    bank_weight: float = 0.0  # ours: recognise the clean picture among all the teacher's vectors
    region_weight: float = 0.0  # ours: the same for the windows of the feature map
    contrast_with: str = (
        "queue"  # past keys, as RDCD; or "batch", ours: the other views, both learned
    )
    teacher_sees: str = "views"  # as RDCD; or "clean", ours: its cached vectors of clean pictures
    frozen_stages: int = 0  # ours: stages of the network, after its stem, that are not trained
    # ours: the gradient of these kernels, a thirtieth of the weights, takes a CPU up to half of a
    # step, so that they may be learned in every so many only
    depthwise_every: int = 1
    precision: str = "auto"  # bfloat16 on GPUs, or "float32", "bfloat16"
    frozen_statistics: bool = False  # ours: BatchNorm keeps the statistics it started with
    average_decay: float = 0.999  # ours: what is exported are the students' running means
    seed: int = 0

    def __post_init__(self) -> None:
        if self.optimizer not in ("sgd", "adamw"):
            raise ValueError(f"optimizer {self.optimizer!r} is neither sgd nor adamw")
        if self.contrast_with not in ("queue", "batch"):
            raise ValueError(f"contrast_with {self.contrast_with!r} is neither queue nor batch")
        if self.teacher_sees not in ("views", "clean"):
            raise ValueError(f"teacher_sees {self.teacher_sees!r} is neither views nor clean")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ValueError(f"precision {self.precision!r} is neither float32 nor bfloat16")
        if self.batch < 2:
            raise ValueError("a batch of one has no negatives")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherRecipe:
    """SSCD as published (advanced augmentation, mixup); what is ours says so."""

    steps: int = 24_400  # 100 epochs of the 1M photos of DISC2021
    batch: int = 4096
    side: int = 224  # pixels
    tau: float = 0.05
    entropy_weight: float = 30.0  # 0, without mixing: SimCLR; 10 where 30 is not stable
    entropy_ramp: float = 0.0  # ours: share of the steps over which the weight is reached
    mixed: float = 0.05  # share of the views that show two photos
    optimizer: str = "lars"  # or "adamw", ours
    learning_rate: float = 0.3  # per 256 photos of a batch
    momentum: float = 0.9
    weight_decay: float = 1e-6
    warmup: float = 0.05  # share of the steps
    seed: int = 0

    def __post_init__(self) -> None:
        if self.optimizer not in ("lars", "adamw"):
            raise ValueError(f"optimizer {self.optimizer!r} is neither lars nor adamw")
        if self.batch < 2:
            raise ValueError("a batch of one has no negatives")
