"""The pace of a training run: its learning rate, what it reports, when it saves, when it stops."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from copyfind.errors import TrainingError
from copyfind.learn.world import World


class Schedule(Protocol):
    """What of a recipe decides its learning rate."""

    @property
    def steps(self) -> int: ...
    @property
    def batch(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def warmup(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run stands; shown, logged, never stored."""

    step: int
    steps: int
    losses: Mapping[str, float]  # unweighted parts and their weighted sum, by student
    positive: float  # mean cosine of two views of one picture, longest descriptor
    hardest_negative: float  # mean cosine with the most alike picture in the queue
    pictures_per_second: float  # attacked views that a student learned from
    seconds_left: float


def cosine_with_warmup(step: int, recipe: Schedule) -> float:
    """The learning rate: linear scaling, up during the warm-up, then down on a cosine."""
    peak = recipe.learning_rate * recipe.batch / 256
    warmup = max(1, round(recipe.warmup * recipe.steps))
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (1 + math.cos(math.pi * (step - warmup) / max(1, recipe.steps - warmup))) / 2


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def refuse_nonsense(
    total: Tensor, learners: nn.Module, step: int, checkpoint: Path, world: World
) -> None:
    """Looked at before every save: the loss, and what the step after it made of the networks."""
    finite = [total.isfinite(), *(value.isfinite().all() for value in learners.parameters())]
    if world.any(not torch.stack(finite).all(), total.device):
        kept = f"; {checkpoint} holds the last good state" if checkpoint.exists() else ""
        raise TrainingError(
            f"the loss is not finite at step {step + 1}: lower the learning rate{kept}"
        )


class Clock:
    """When to report and to save, and how fast it goes."""

    def __init__(
        self, steps: int, batch: int, step: int, *, save_every: float, report_every: float
    ) -> None:
        self.steps, self.batch = steps, batch
        self.save_every, self.report_every = save_every, report_every
        self.reported_step = step
        self.reported_at = self.saved_at = time.monotonic()

    def reports(self, step: int) -> bool:
        return step > self.reported_step and time.monotonic() - self.reported_at > self.report_every

    def saves(self) -> bool:
        return time.monotonic() - self.saved_at > self.save_every

    def saved(self) -> None:
        self.saved_at = time.monotonic()

    def progress(self, step: int, total: Tensor, parts: Mapping[str, Tensor]) -> Progress:
        now, done = time.monotonic(), step + 1 - self.reported_step
        per_step = max(now - self.reported_at, 1e-9) / max(done, 1)
        self.reported_at, self.reported_step = now, step + 1
        values = {name: value.item() for name, value in parts.items()}
        return Progress(
            step=step + 1,
            steps=self.steps,
            positive=values.pop("positive"),
            hardest_negative=values.pop("hardest negative"),
            losses={"loss": total.item(), **values},
            pictures_per_second=self.batch / per_step,
            seconds_left=per_step * (self.steps - step - 1),
        )
