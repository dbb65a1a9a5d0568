"""RDCD's distillation (arXiv:2405.17928): light students learn to see what the teacher sees.

Several students and several lengths of descriptor share the views and the teacher's forward
pass. A shorter descriptor is the beginning of a longer one (Matryoshka, arXiv:2205.13147), so
one projector is trained and exported at every length.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from copyfind.descriptor.networks import Student
from copyfind.errors import TrainingError
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.checkpoint import load_checkpoint, save_checkpoint
from copyfind.learn.data import Bank, Batch, Stream, shuffled_epochs
from copyfind.learn.device import autocast, is_depthwise, spare_strided_depthwise
from copyfind.learn.frozen import FrozenStart
from copyfind.learn.losses import (
    bank_cross_entropy,
    best_windows,
    hard_negative,
    momentum_contrast,
    relational_distillation,
)
from copyfind.learn.pace import (
    Clock,
    Progress,
    cosine_with_warmup,
    refuse_nonsense,
    set_learning_rate,
)
from copyfind.learn.queues import Queue
from copyfind.learn.recipes import Recipe
from copyfind.learn.start import Targets
from copyfind.learn.teachers import Teacher
from copyfind.learn.world import ALONE, World, random_states, resume_random, seed_of, synchronise

FILLERS_A_STEP = 64  # photos to paste into, newly chosen for each step; at most one for a picture
BEST_WINDOWS = 3  # of five; the others may lie beside a picture that was pasted somewhere


class Learner(nn.Module):
    """A student with its momentum encoder, its running mean and its past keys."""

    def __init__(self, student: Student, recipe: Recipe) -> None:
        super().__init__()
        self.student = student
        self.key = copy.deepcopy(student).requires_grad_(requires_grad=False)
        self.average = copy.deepcopy(student).requires_grad_(requires_grad=False).eval()
        self.keys = Queue(recipe.queue, max(recipe.dims))
        self.maps: Callable[[Tensor], Tensor] = student.maps
        if recipe.frozen_stages:
            self.maps = FrozenStart(
                student, recipe.frozen_stages, frozen_statistics=recipe.frozen_statistics
            ).maps

    @torch.no_grad()
    def follow(self, network: Student, decay: float) -> None:
        """Move `key` or `average` towards the student; statistics are copied."""
        ours: list[Tensor] = [*network.parameters()]
        theirs: list[Tensor] = [*self.student.parameters()]
        torch._foreach_lerp_(ours, theirs, 1 - decay)
        for mine, buffer in zip(network.buffers(), self.student.buffers(), strict=True):
            mine.copy_(buffer)


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
    *,
    device: torch.device,
    checkpoint: Path,
    save_every: float = 60.0,
    report_every: float = 3.0,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_step: Callable[[int, Mapping[str, Student]], None] = lambda _step, _averages: None,
    should_stop: Callable[[], bool] = lambda: False,
    world: World = ALONE,
) -> Mapping[str, Student]:
    """Train the students in place of `recipe.steps`; goes on from `checkpoint` if it exists.

    Returns the running means of the students, in eval mode. `on_step` may measure them on the
    way. Where the loss is not finite, TrainingError leaves the last good checkpoint. When
    `should_stop` says so, the state is saved first, and what was learned so far is returned.
    Of the processes of a `world`, each learns from its part of every batch; the first saves.
    """
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
    first_step = state.load(checkpoint) if checkpoint.exists() else 0
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
    clock = Clock(
        recipe.steps, recipe.batch, first_step, save_every=save_every, report_every=report_every
    )
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
            look = _look(learner, queries, keys, rows, wanted, clean, recipe, world)
            losses, seen = _losses(look, relations, clean, course, recipe)
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

        stopping = world.any(should_stop(), device)
        saving = stopping or step + 1 == recipe.steps or world.any(clock.saves(), device)
        if saving or world.any(clock.reports(step), device):
            refuse_nonsense(total, learners, step, checkpoint, world)
            on_progress(clock.progress(step, total, parts))
        if saving:
            state.save(checkpoint, step + 1)
            clock.saved()
        on_step(step + 1, {name: learner.average for name, learner in _each(learners)})
        if stopping:
            break
    return {name: learner.average for name, learner in _each(learners)}


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What a student makes of a batch, and what its descriptors are compared with."""

    rows: Tensor  # (B,) the picture in each view
    wanted: Tensor  # (B, 512) the teacher's features, as the bank's rows are
    feature: Tensor  # (B, 512), not normalised, like the rest
    windows: Tensor  # (B, R, max(dims)) descriptors of the regions, none where they are not learned
    long: Tensor  # (B, max(dims)) descriptors
    other_view: Tensor  # (B, max(dims)) of the same pictures
    others: Tensor  # (M, max(dims))
    same: Tensor  # (B, M), which of them show the row's own picture


def _look(
    learner: Learner,
    queries: Tensor,
    keys: Tensor,
    rows: Tensor,
    wanted: Tensor,
    clean: Tensor,
    recipe: Recipe,
    world: World,
) -> _Look:
    """Queries are compared with the keys of a momentum encoder; or both views are learned, and
    compared with each other and with `clean` (N, max(dims)), the teacher's vectors of all pictures.
    """
    if recipe.contrast_with == "batch":
        views = torch.cat([queries, keys])
        feature, windows, long = _describe(learner.student, learner.maps, views, recipe)
        rows, wanted = rows.repeat(2), wanted.repeat(2, 1)
        every = torch.arange(len(clean), device=rows.device)
        pictures = torch.cat([world.gather(rows), every])
        other_view = long.roll(len(queries), dims=0)
        others = torch.cat([world.gather(F.normalize(long)), F.normalize(clean)])
    else:
        feature, windows, long = _describe(learner.student, learner.maps, queries, recipe)
        with torch.no_grad():
            _, _, other_view = _describe(learner.key, learner.key.maps, keys, recipe)
        # The row's own key is among them too.
        learner.keys.put(world.gather(F.normalize(other_view)), world.gather(rows))
        others, pictures = learner.keys.get()
    same = rows[:, None] == pictures[None, :]
    return _Look(rows, wanted, feature, windows, long, other_view, others, same)


def _losses(
    look: _Look, relations: Tensor, clean: Tensor, course: Course, recipe: Recipe
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The weighted parts of one student's loss, and what to watch."""
    losses: dict[str, Tensor] = {}
    if recipe.relation_weight and len(relations):
        relation = relational_distillation(
            F.normalize(look.feature), look.wanted, relations, tau=recipe.tau_relation
        )
        losses["relation"] = recipe.relation_weight * relation
    if recipe.bank_weight:
        recognised = bank_cross_entropy(
            F.normalize(look.feature), course.targets.bank, look.rows, tau=recipe.tau_bank
        )
        losses["bank 512"] = recipe.bank_weight * recognised
    if recipe.region_weight:
        recognised = best_windows(
            F.normalize(look.windows, dim=2),
            F.normalize(clean),
            look.rows,
            tau=recipe.tau_bank,
            best=BEST_WINDOWS,
        )
        losses["regions"] = recipe.region_weight * recognised
    share = 1 / len(recipe.dims)
    for dim in recipe.dims:
        query, own, others = (
            F.normalize(z[:, :dim]) for z in (look.long, look.other_view, look.others)
        )
        contrast = momentum_contrast(query, own, others, look.same, tau=recipe.tau_contrast)
        losses[f"contrast {dim}"] = share * recipe.contrast_weight * contrast
        if recipe.hard_negative_weight:
            nearest = hard_negative(query, others, look.same)
            losses[f"hard negative {dim}"] = share * recipe.hard_negative_weight * nearest
        if recipe.bank_weight:
            bank = F.normalize(clean[:, :dim])
            recognised = bank_cross_entropy(query, bank, look.rows, tau=recipe.tau_bank)
            losses[f"bank {dim}"] = share * recipe.bank_weight * recognised
    with torch.no_grad():
        query = F.normalize(look.long)
        positive = (query * F.normalize(look.other_view)).sum(dim=1).mean()
        hardest = (query @ look.others.T).masked_fill(look.same, -1.0).amax(dim=1).mean()
    return losses, {"positive": positive, "hardest negative": hardest}


def _describe(
    student: Student, maps_of: Callable[[Tensor], Tensor], views: Tensor, recipe: Recipe
) -> tuple[Tensor, Tensor, Tensor]:
    """uint8 views (B, S, S, 3) -> not normalised: feature (B, 512), descriptors of the regions
    (B, R, dim), R = 0 where they are not learned, and of the whole (B, dim)."""
    with autocast(views.device, recipe.precision):
        normalised = student.normalise(views).contiguous(memory_format=torch.channels_last)
        maps = maps_of(normalised).float()  # a sum of cubes wants more than eight bits
        if recipe.region_weight:
            regions = student.region_features_of(maps).float()
        else:
            regions = student.features_of(maps).float()[:, None]
        described = student.proj(regions).float()
    return regions[:, 0], described[:, 1:], described[:, 0]


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
    """Weight decay for matrices and kernels, none for biases and BatchNorm."""
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
        recipe = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.recipe).items()}
        save_checkpoint(
            path,
            {
                "recipe": recipe,
                "step": step,
                "learners": self.learners.state_dict(),
                "past": self.past.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "random": random,
            },
        )

    def load(self, path: Path) -> int:
        """Returns the step to go on with."""
        state = load_checkpoint(path)
        recipe = {k: tuple(v) if isinstance(v, list) else v for k, v in state["recipe"].items()}
        if recipe != asdict(self.recipe):
            changed = [k for k, v in asdict(self.recipe).items() if recipe.get(k) != v]
            raise TrainingError(
                f"{path}: begun with another recipe ({', '.join(changed)});"
                " give the same options, or another output folder"
            )
        try:
            self.learners.load_state_dict(state["learners"])
        except RuntimeError as error:
            raise TrainingError(f"{path}: begun with other students ({error})") from None
        self.past.load_state_dict(state["past"])
        self.optimizer.load_state_dict(state["optimizer"])
        resume_random(state["random"], self.generator, self.world)
        return int(state["step"])


@torch.no_grad()
def answers_of(
    teacher: Teacher,
    photos: Bank | Stream,
    *,
    side: int,
    device: torch.device,
    batch: int = 64,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Tensor:
    """The teacher's unit vectors of all clean pictures, (N, dim) on the CPU, row for row.

    A photo that cannot be decoded leaves zeros, and is never drawn into a batch either.
    """
    answers = torch.zeros(len(photos), teacher.dim)
    done = 0
    for some in photos.batches(torch.split(torch.arange(len(photos)), batch)):
        with autocast(device, "auto"):
            answer = teacher(clean_view(some.pictures.to(device), side=side))
        answers[some.rows.cpu()] = answer.float().cpu()
        done += len(some.rows)
        on_progress(done, len(photos))
    return answers
