"""SSCD (arXiv:2202.10261): a network learns from photos alone to tell copies from look-alikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from copyfind.descriptor.networks import Student
from copyfind.descriptor.torchvision_import import import_torchvision
from copyfind.errors import TrainingError
from copyfind.learn.attack.attacks import SSCD_ADVANCED, Attacks
from copyfind.learn.attack.augment import attack
from copyfind.learn.attack.mixing import mix
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.checkpoint import load_checkpoint, save_checkpoint
from copyfind.learn.data import Bank, Stream, shuffled_epochs
from copyfind.learn.device import autocast
from copyfind.learn.losses import compare, entropy, info_nce
from copyfind.learn.pace import (
    Clock,
    Progress,
    cosine_with_warmup,
    refuse_nonsense,
    set_learning_rate,
)
from copyfind.learn.recipes import TeacherRecipe
from copyfind.learn.world import ALONE, World, random_states, resume_random, seed_of, synchronise


def teach(
    network: Student,
    photos: Bank | Stream,
    sprites: Sprites,
    recipe: TeacherRecipe,
    *,
    device: torch.device,
    checkpoint: Path,
    attacks: Attacks = SSCD_ADVANCED,
    save_every: float = 60.0,
    report_every: float = 3.0,
    on_progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    world: World = ALONE,
) -> Student:
    """Train `network`, whose descriptor becomes its 512-d feature; it returns in eval mode.

    Goes on from `checkpoint` if it exists. Where the loss is not finite, TrainingError leaves
    the last good checkpoint; when `should_stop` says so, the state is saved first. Of the
    processes of a `world`, each learns from its part of every batch, with the others' rows as
    negatives; the first saves.
    """
    if network.proj.out_features != network.proj.in_features:
        raise ValueError("SSCD has no projector: build the network with dim 512")
    network.proj.requires_grad_(requires_grad=False)
    nn.init.eye_(network.proj.weight)
    nn.init.zeros_(network.proj.bias)
    synchronise(network, world)
    network = network.to(device).train()
    world.share_start(network)
    generator = torch.Generator(device).manual_seed(seed_of(recipe.seed, world))
    optimizer = optimizer_of(network, recipe)
    first_step = 0
    if checkpoint.exists():
        first_step = _load(checkpoint, network, optimizer, generator, recipe, world)

    orders = shuffled_epochs(
        len(photos),
        batch=world.part_of(recipe.batch),
        seed=recipe.seed,
        first_step=first_step,
        share=(world.rank, world.size),
    )
    batches = photos.batches(orders)
    clock = Clock(
        recipe.steps, recipe.batch, first_step, save_every=save_every, report_every=report_every
    )
    for step in range(first_step, recipe.steps):
        set_learning_rate(optimizer, cosine_with_warmup(step, recipe))
        batch = next(batches)
        pictures, aspects = batch.pictures.to(device), batch.aspects.to(device)
        pairs = attack(
            pictures,
            aspects,
            pictures,
            side=recipe.side,
            attacks=attacks,
            sprites=sprites,
            generator=generator,
            times=2,
        )
        views, contents = mix(  # (2B, side, side, 3), (2B, 2)
            pairs,
            batch.rows.to(device).repeat(2),
            share=recipe.mixed,
            generator=generator,
        )
        with autocast(device, "auto"):
            z = F.normalize(network.features(network.normalise(views)).float())  # (2B, 512)
        # Own rows against those of all processes: (2B, W·2B) each.
        similarity, positive, negative = (
            matrix[world.rank * len(z) :][: len(z)]
            for matrix in compare(world.gather(z), world.gather(contents))
        )
        contrast = info_nce(similarity, positive, negative, tau=recipe.tau)
        spread = _entropy_weight(step, recipe) * entropy(similarity, negative)
        total = contrast + spread
        optimizer.zero_grad()
        torch.autograd.backward(total)
        world.average_gradients(network.parameters())
        optimizer.step()

        stopping = world.any(should_stop(), device)
        saving = stopping or step + 1 == recipe.steps or world.any(clock.saves(), device)
        if saving or world.any(clock.reports(step), device):
            refuse_nonsense(total, network, step, checkpoint, world)
            parts = {"contrast": contrast.detach(), "entropy": spread.detach()}
            on_progress(clock.progress(step, total, parts | _seen(similarity, positive, negative)))
        if saving:
            _save(checkpoint, step + 1, network, optimizer, generator, recipe, world)
            clock.saved()
        if stopping:
            break
    return network.eval()


def _entropy_weight(step: int, recipe: TeacherRecipe) -> float:
    ramp = recipe.entropy_ramp * recipe.steps
    return recipe.entropy_weight * min(1.0, (step + 1) / ramp if ramp else 1.0)


@torch.no_grad()
def _seen(similarity: Tensor, positive: Tensor, negative: Tensor) -> dict[str, Tensor]:
    return {
        "positive": similarity[positive].mean(),
        "hardest negative": similarity.masked_fill(~negative, -1.0).amax(dim=1).mean(),
    }


def optimizer_of(network: nn.Module, recipe: TeacherRecipe) -> torch.optim.Optimizer:
    """LARS (arXiv:1708.03888) as in SSCD's published training, or AdamW.

    LARS is SGD with momentum over λ·(∇ + w·decay), λ = 1e-3·|w| / (|∇| + decay·|w|) for each
    tensor, those of BatchNorm too.
    """
    trained = [p for p in network.parameters() if p.requires_grad]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(trained, lr=rate, weight_decay=decay)
    import_torchvision()  # timm imports it, and would die beside a CPU build of torch
    from timm.optim.lars import Lars

    lars: torch.optim.Optimizer = Lars(
        trained,
        lr=rate,
        momentum=recipe.momentum,
        weight_decay=decay,
        trust_coeff=1e-3,
        always_adapt=True,
    )
    return lars


def _save(
    path: Path,
    step: int,
    network: Student,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    recipe: TeacherRecipe,
    world: World,
) -> None:
    random = random_states(generator, world)
    if not world.is_first:
        return
    save_checkpoint(
        path,
        {
            "recipe": repr(asdict(recipe)),
            "step": step,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "random": random,
        },
    )


def _load(
    path: Path,
    network: Student,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    recipe: TeacherRecipe,
    world: World,
) -> int:
    """Returns the step to go on with."""
    state = load_checkpoint(path)
    if state.get("recipe") != repr(asdict(recipe)):
        raise TrainingError(
            f"{path}: begun with another recipe; give the same options, or another output folder"
        )
    try:
        network.load_state_dict(state["network"])
    except RuntimeError as error:
        raise TrainingError(f"{path}: begun with another network ({error})") from None
    optimizer.load_state_dict(state["optimizer"])
    resume_random(state["random"], generator, world)
    return int(state["step"])
