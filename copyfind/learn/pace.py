"""The pace of a training loop: its learning rate, what it reports, when it saves, when it stops."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from copyfind.errors import TrainingError
from copyfind.learn.world import ALONE, World
from copyfind.watch import NOBODY, Watch


class Schedule(Protocol):
    """The part of a recipe that decides its learning rate."""

    @property
    def steps(self) -> int: ...
    @property
    def batch(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def warmup(self) -> float: ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a training loop stands after a step; shown, logged, never stored."""

    step: int
    steps: int
    losses: Mapping[str, float]  # unweighted parts and their weighted sum, by student
    positive: float  # mean cosine of two views of one picture, longest descriptor
    hardest_negative: float  # mean cosine with the most alike picture in the queue
    pictures_per_second: float  # attacked views that a student learned from
    seconds_left: float


OnReport = Callable[[StepReport], None]


def unheard(_report: StepReport) -> None:
    """Stands for a listener where nobody wants reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Where a training loop runs, when it saves and reports, and who follows it."""

    device: torch.device
    checkpoint: Path  # to go on from, if it exists, and to save to
    save_every: float = 60.0  # seconds
    report_every: float = 3.0  # seconds
    world: World = field(default=ALONE)
    watch: Watch = field(default=NOBODY)  # asked after each step whether to stop
    on_report: OnReport = unheard


def cosine_with_warmup(step: int, recipe: Schedule) -> float:
    """The learning rate of a step: scaled linearly, up in the warm-up, then down on a cosine."""
    peak = recipe.learning_rate * recipe.batch / 256
    warmup = max(1, round(recipe.warmup * recipe.steps))
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (1 + math.cos(math.pi * (step - warmup) / max(1, recipe.steps - warmup))) / 2


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group of parameters this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def refuse_nonsense(total: Tensor, learners: nn.Module, step: int, loop: Loop) -> None:
    """Raise TrainingError where the loss, or what its step made of the networks, is not finite.

    Called before every save, so that the checkpoint stays that of the last good state.
    """
    finite = [total.isfinite(), *(value.isfinite().all() for value in learners.parameters())]
    if loop.world.any(not torch.stack(finite).all(), total.device):
        kept = f"; {loop.checkpoint} holds the last good state" if loop.checkpoint.exists() else ""
        raise TrainingError(
            f"the loss is not finite at step {step + 1}: lower the learning rate{kept}"
        )


class Clock:
    """When to report and to save, and how fast it goes."""

    def __init__(self, recipe: Schedule, loop: Loop, *, first_step: int) -> None:
        self.steps, self.batch = recipe.steps, recipe.batch
        self.save_every, self.report_every = loop.save_every, loop.report_every
        self.reported_step = first_step
        self.reported_at = self.saved_at = time.monotonic()

    def reports(self, step: int) -> bool:
        """Whether a report is due after a step."""
        return step > self.reported_step and time.monotonic() - self.reported_at > self.report_every

    def saves(self) -> bool:
        """Whether a checkpoint is due."""
        return time.monotonic() - self.saved_at > self.save_every

    def saved(self) -> None:
        """Take note that a checkpoint was saved."""
        self.saved_at = time.monotonic()

    def report(self, step: int, total: Tensor, parts: Mapping[str, Tensor]) -> StepReport:
        """What there is to say after a step; `parts` holds the cosines beside parts of the loss."""
        now, done = time.monotonic(), step + 1 - self.reported_step
        per_step = max(now - self.reported_at, 1e-9) / max(done, 1)
        self.reported_at, self.reported_step = now, step + 1
        values = {name: value.item() for name, value in parts.items()}
        return StepReport(
            step=step + 1,
            steps=self.steps,
            positive=values.pop("positive"),
            hardest_negative=values.pop("hardest negative"),
            losses={"loss": total.item(), **values},
            pictures_per_second=self.batch / per_step,
            seconds_left=per_step * (self.steps - step - 1),
        )
