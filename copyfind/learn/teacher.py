"""SSCD (arXiv:2202.10261): a network learns from photos alone to tell copies from look-alikes."""

from __future__ import annotations

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
from copyfind.learn.checkpoint import (
    load_checkpoint,
    refuse_another_recipe,
    save_checkpoint,
    saved_recipe,
)
from copyfind.learn.data import Bank, Stream, shuffled_epochs
from copyfind.learn.device import autocast
from copyfind.learn.losses import compare, entropy, info_nce
from copyfind.learn.pace import (
    Clock,
    Loop,
    cosine_with_warmup,
    refuse_nonsense,
    set_learning_rate,
)
from copyfind.learn.recipes import TeacherRecipe
from copyfind.learn.world import World, random_states, resume_random, seed_of, synchronise


def teach(
    network: Student,
    photos: Bank | Stream,
    sprites: Sprites,
    recipe: TeacherRecipe,
    loop: Loop,
    *,
    attacks: Attacks = SSCD_ADVANCED,
) -> Student:
    """Train `network`, whose descriptor becomes its 512-d feature; it returns in eval mode.

    Goes on from the checkpoint if it exists. Where the loss is not finite, TrainingError leaves
    the last good checkpoint; where the loop's watch asks to stop, the state is saved first. Each
    process of a world learns from its part of every batch, with the others' rows as negatives;
    the first saves.
    """
    device, world = loop.device, loop.world
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
    if loop.checkpoint.exists():
        first_step = _load(loop.checkpoint, network, optimizer, generator, recipe, world)

    orders = shuffled_epochs(
        len(photos),
        batch=world.part_of(recipe.batch),
        seed=recipe.seed,
        first_step=first_step,
        share=(world.rank, world.size),
    )
    batches = photos.batches(orders)
    clock = Clock(recipe, loop, first_step=first_step)
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

        stopping = world.any(loop.watch.should_stop(), device)
        saving = stopping or step + 1 == recipe.steps or world.any(clock.saves(), device)
        if saving or world.any(clock.reports(step), device):
            refuse_nonsense(total, network, step, loop)
            parts = {"contrast": contrast.detach(), "entropy": spread.detach()}
            seen = _seen(similarity, positive, negative)
            loop.on_report(clock.report(step, total, parts | seen))
        if saving:
            _save(loop.checkpoint, step + 1, network, optimizer, generator, recipe, world)
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
    """The recipe's optimizer: LARS (arXiv:1708.03888) as in SSCD's published training, or AdamW.

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
            "recipe": saved_recipe(recipe),
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
    """Take up a saved state; returns the step to go on with."""
    state = load_checkpoint(path)
    refuse_another_recipe(path, state, recipe)
    try:
        network.load_state_dict(state["network"])
    except RuntimeError as error:
        raise TrainingError(f"{path}: begun with another network ({error})") from None
    optimizer.load_state_dict(state["optimizer"])
    resume_random(state["random"], generator, world)
    return int(state["step"])
