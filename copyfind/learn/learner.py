"""A student that is distilled: what it makes of a batch, and RDCD's losses over that."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from copyfind.descriptor.networks import Student, at_a_glance, joined
from copyfind.learn.device import autocast
from copyfind.learn.frozen import FrozenStart
from copyfind.learn.losses import (
    bank_cross_entropy,
    best_windows,
    hard_negative,
    momentum_contrast,
    relational_distillation,
)
from copyfind.learn.queues import Queue
from copyfind.learn.recipes import Recipe
from copyfind.learn.windows import features_with_windows
from copyfind.learn.world import World

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


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a student makes of a batch, and what its descriptors are compared with."""

    rows: Tensor  # (B,) the picture in each view
    wanted: Tensor  # (B, 512) the teacher's features, as the bank's rows are
    feature: Tensor  # (B, 512), not normalised, like the rest
    windows: Tensor  # (B, W, max(dims)) descriptors of windows, none where they are not learned
    long: Tensor  # (B, max(dims)) descriptors
    other_view: Tensor  # (B, max(dims)) of the same pictures
    others: Tensor  # (M, max(dims))
    same: Tensor  # (B, M), which of them show the row's own picture


def look_at(
    learner: Learner,
    queries: Tensor,
    keys: Tensor,
    *,
    rows: Tensor,
    wanted: Tensor,
    clean: Tensor,
    recipe: Recipe,
    world: World,
) -> Look:
    """What the student makes of two views of the pictures `rows`, uint8 (B, S, S, 3) each.

    Queries are compared with the keys of a momentum encoder; or both views are learned, and
    compared with each other and with `clean` (N, max(dims)), the teacher's vectors of all pictures.
    wanted (B, 512): the teacher's features.
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
    return Look(rows, wanted, feature, windows, long, other_view, others, same)


def losses_of(
    look: Look, *, relations: Tensor, bank: Tensor, clean: Tensor, recipe: Recipe
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The weighted parts of one student's loss, and the cosines to watch.

    relations (M, 512): the teacher's features to compare with. bank (N, 512), clean (N, max(dims)):
    the teacher's vectors of all pictures, whole and shortened.
    """
    losses: dict[str, Tensor] = {}
    if recipe.relation_weight and len(relations):
        relation = relational_distillation(
            F.normalize(look.feature), look.wanted, relations, tau=recipe.tau_relation
        )
        losses["relation"] = recipe.relation_weight * relation
    if recipe.bank_weight:
        recognised = bank_cross_entropy(
            F.normalize(look.feature), bank, look.rows, tau=recipe.tau_bank
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
            shortened = F.normalize(clean[:, :dim])
            recognised = bank_cross_entropy(query, shortened, look.rows, tau=recipe.tau_bank)
            losses[f"bank {dim}"] = share * recipe.bank_weight * recognised
    with torch.no_grad():
        query = F.normalize(look.long)
        positive = (query * F.normalize(look.other_view)).sum(dim=1).mean()
        hardest = (query @ look.others.T).masked_fill(look.same, -1.0).amax(dim=1).mean()
    return losses, {"positive": positive, "hardest negative": hardest}


def _describe(
    student: Student, maps_of: Callable[[Tensor], Tensor], views: Tensor, recipe: Recipe
) -> tuple[Tensor, Tensor, Tensor]:
    """Describe uint8 views (B, S, S, 3): feature (B, 512), descriptors of windows (B, W, dim),
    W = 0 where they are not learned, and of the whole (B, dim), joined with the same at a glance
    where it is learned. Nothing needs to be normalised."""

    def maps(pictures: Tensor) -> Tensor:
        normalised = student.normalise(pictures).contiguous(memory_format=torch.channels_last)
        return maps_of(normalised).float()  # a sum of cubes wants more than eight bits

    with autocast(views.device, recipe.precision):
        whole = maps(views)
        if recipe.region_weight:
            features = features_with_windows(student, whole).float()
        else:
            features = student.features_of(whole).float()[:, None]
        described = student.proj(features).float()
        feature, long = features[:, 0], described[:, 0]
        if glance := recipe.learned_glance:
            seen = student.features_of(maps(at_a_glance(views))).float()
            long = joined(long, student.proj(seen).float(), glance=glance)
            feature = joined(feature, seen, glance=glance)
    return feature, described[:, 1:], long
