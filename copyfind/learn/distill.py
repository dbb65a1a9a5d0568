"""RDCD's distillation (arXiv:2405.17928): light students learn to see what the teacher sees.

Several students and several lengths of descriptor share the views and the teacher's forward
pass. A shorter descriptor is the beginning of a longer one (Matryoshka, arXiv:2205.13147), so
one projector is trained and exported at every length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from copyfind.descriptor.networks import Student
from copyfind.errors import TrainingError
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.checkpoint import (
    load_checkpoint,
    refuse_another_recipe,
    save_checkpoint,
    saved_recipe,
)
from copyfind.learn.data import Bank, Batch, Stream, shuffled_epochs
from copyfind.learn.device import autocast, is_depthwise, spare_strided_depthwise
from copyfind.learn.learner import Learner, look_at, losses_of
from copyfind.learn.pace import (
    Clock,
    Loop,
    cosine_with_warmup,
    refuse_nonsense,
    set_learning_rate,
)
from copyfind.learn.queues import Queue
from copyfind.learn.recipes import Recipe
from copyfind.learn.targets import Targets
from copyfind.learn.teachers import Teacher
from copyfind.learn.world import World, random_states, resume_random, seed_of, synchronise

FILLERS_A_STEP = 64  # photos to paste into, newly chosen for each step; at most one for a picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """What is learned from, on the device where it is learned."""

    photos: Bank | Stream
    fillers: Bank  # other photos, to paste into; never learned themselves
    targets: Targets  # of `photos`, row for row
    teacher: Teacher
    sprites: Sprites
    attacks: Attacks


def distill(
    students: Mapping[str, Student],
    course: Course,
    recipe: Recipe,
    loop: Loop,
    *,
    on_step: Callable[[int, Mapping[str, Student]], None] = lambda _step, _averages: None,
) -> Mapping[str, Student]:
    """Train the students in place for `recipe.steps`; goes on from the checkpoint if it exists.

    Returns the running means of the students, in eval mode. `on_step` may measure them on the
    way. Where the loss is not finite, TrainingError leaves the last good checkpoint. Where the
    loop's watch asks to stop, the state is saved first, and what was learned so far is returned.
    Each process of a world learns from its part of every batch; the first saves.
    """
    device, world = loop.device, loop.world
    for one in students.values():
        synchronise(one, world)
    learners = nn.ModuleDict({name: Learner(s, recipe) for name, s in students.items()}).to(device)
    learners = learners.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch documents it
    world.share_start(learners)
    if device.type == "cpu" and recipe.precision == "bfloat16":
        for _, learner in _each(learners):
            spare_strided_depthwise(learner.student)
    past = Queue(recipe.queue, course.targets.bank.shape[1]).to(device)  # teacher features
    generator = torch.Generator(device).manual_seed(seed_of(recipe.seed, world))
    optimizer = _optimizer(learners, recipe)
    depthwise = [m.weight for m in learners.modules() if is_depthwise(m) and m.weight.requires_grad]
    state = _State(learners, past, generator, optimizer, recipe, world)
    first_step = state.load(loop.checkpoint) if loop.checkpoint.exists() else 0
    _set_modes(learners, recipe)

    clean = course.targets.bank @ course.targets.axes  # (N, max(dims)), as descriptors should be
    orders = shuffled_epochs(
        len(course.photos),
        batch=world.part_of(recipe.batch),
        seed=recipe.seed,
        first_step=first_step,
        share=(world.rank, world.size),
    )
    batches = course.photos.batches(orders)
    clock = Clock(recipe, loop, first_step=first_step)
    for step in range(first_step, recipe.steps):
        set_learning_rate(optimizer, cosine_with_warmup(step, recipe))
        for kernel in depthwise:
            kernel.requires_grad_(step % recipe.depthwise_every == 0)
        batch = next(batches)
        rows = batch.rows.to(device)
        side = recipe.last_side if step >= 0.9 * recipe.steps else recipe.side
        queries, keys = _views(batch, course, generator, side=side, device=device)

        if recipe.teacher_sees == "views":
            with autocast(device, recipe.precision):
                wanted = course.targets.centre(course.teacher(queries).float())  # (B, 512)
            relations = past.get()[0]
        else:
            wanted, relations = course.targets.bank[rows], course.targets.bank

        total = torch.zeros((), device=device)
        parts: dict[str, Tensor] = {}
        for name, learner in _each(learners):
            look = look_at(
                learner,
                queries,
                keys,
                rows=rows,
                wanted=wanted,
                clean=clean,
                recipe=recipe,
                world=world,
            )
            losses, seen = losses_of(
                look, relations=relations, bank=course.targets.bank, clean=clean, recipe=recipe
            )
            total = total + sum(losses.values(), torch.zeros((), device=device))
            parts |= {f"{name} {part}": loss.detach() for part, loss in losses.items()}
            parts |= seen

        optimizer.zero_grad()
        torch.autograd.backward(total)
        world.average_gradients(learners.parameters())
        optimizer.step()
        past.put(world.gather(wanted), world.gather(rows))
        for _, learner in _each(learners):
            if recipe.contrast_with == "queue":
                learner.follow(learner.key, recipe.key_momentum)
            # Early on the running mean is young: it must not remember the start for long.
            learner.follow(learner.average, min(recipe.average_decay, (1 + step) / (10 + step)))

        stopping = world.any(loop.watch.should_stop(), device)
        saving = stopping or step + 1 == recipe.steps or world.any(clock.saves(), device)
        if saving or world.any(clock.reports(step), device):
            refuse_nonsense(total, learners, step, loop)
            loop.on_report(clock.report(step, total, parts))
        if saving:
            state.save(loop.checkpoint, step + 1)
            clock.saved()
        on_step(step + 1, {name: learner.average for name, learner in _each(learners)})
        if stopping:
            break
    return {name: learner.average for name, learner in _each(learners)}


def _views(
    batch: Batch, course: Course, generator: torch.Generator, *, side: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Two attacked views of every picture, (B, side, side, 3) uint8 each."""
    pictures, aspects = batch.pictures.to(device), batch.aspects.to(device)
    count = min(FILLERS_A_STEP, len(pictures))
    chosen = torch.randint(len(course.fillers), (count,), generator=generator, device=device)
    fillers = course.fillers.pictures[chosen]

    views = attack(
        pictures,
        aspects,
        fillers,
        side=side,
        attacks=course.attacks,
        sprites=course.sprites,
        generator=generator,
        times=2,
    )
    queries, keys = views.chunk(2)
    return queries, keys


def _each(learners: nn.ModuleDict) -> Iterator[tuple[str, Learner]]:
    for name, learner in learners.items():
        assert isinstance(learner, Learner)
        yield name, learner


def _optimizer(learners: nn.ModuleDict, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer, with weight decay for matrices and kernels, not biases, BatchNorm."""
    trained = [p for p in learners.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def _set_modes(learners: nn.ModuleDict, recipe: Recipe) -> None:
    for _, learner in _each(learners):
        learner.student.train()
        # Keys come from the momentum encoder's own batch statistics, as in MoCo, unless frozen.
        learner.key.train()
        learner.average.eval()
        if recipe.frozen_statistics:
            for network in (learner.student, learner.key):
                for module in network.modules():
                    if isinstance(module, nn.BatchNorm2d):
                        module.eval()


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Everything a run needs to go on as if it had never stopped."""

    learners: nn.ModuleDict
    past: Queue
    generator: torch.Generator
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    world: World

    def save(self, path: Path, step: int) -> None:
        random = random_states(self.generator, self.world)
        if not self.world.is_first:
            return
        save_checkpoint(
            path,
            {
                "recipe": saved_recipe(self.recipe),
                "step": step,
                "learners": self.learners.state_dict(),
                "past": self.past.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "random": random,
            },
        )

    def load(self, path: Path) -> int:
        """Take up a saved state; returns the step to go on with."""
        state = load_checkpoint(path)
        refuse_another_recipe(path, state, self.recipe)
        try:
            self.learners.load_state_dict(state["learners"])
        except RuntimeError as error:
            raise TrainingError(f"{path}: begun with other students ({error})") from None
        self.past.load_state_dict(state["past"])
        self.optimizer.load_state_dict(state["optimizer"])
        resume_random(state["random"], self.generator, self.world)
        return int(state["step"])
