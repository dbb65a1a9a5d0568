"""Measure what a step of distillation costs, one saving after the other, in one run.

    python -m benchmarks.train_speed --data ../shared/photos/photos-00.tar

Every row adds one way to spare work to those above it. The rows take turns, a few steps each, so
that a busy machine slows all alike. Nothing of what is learned is kept: the teacher's vectors are
random. The last column is what a step keeps for its way back, which is most of what a GPU needs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.sprites import draw_sprites
from copyfind.learn.data import find_photos, load_bank
from copyfind.learn.device import Device, choose_device
from copyfind.learn.distill import Course, distill
from copyfind.learn.pace import Loop
from copyfind.learn.recipes import Recipe
from copyfind.learn.targets import targets_of
from copyfind.learn.teachers import Teacher

PHOTOS, TEACHERS_VECTORS = 300, 6000  # as many to recognise as in a run on some thousand photos


def main() -> None:
    asked = arguments()
    device = choose_device(asked.device)
    course = course_of(asked.data, asked.bank_side, device)
    whole = Recipe(
        steps=asked.steps + 1,
        batch=asked.batch,
        side=asked.side,
        last_side=asked.side,
        dims=(64, 128, 256),
        optimizer="adamw",
        learning_rate=1e-6,
        bank_weight=1.0,
        region_weight=0.5,
        contrast_with="batch",
        teacher_sees="clean",
        frozen_statistics=True,
        precision="float32",
    )
    rows = {
        "everything, in float32": whole,
        f"{asked.frozen} stages frozen": (frozen := replace(whole, frozen_stages=asked.frozen)),
        "depthwise kernels every 8 steps": (seldom := replace(frozen, depthwise_every=8)),
        "in bfloat16": replace(seldom, precision="bfloat16"),
    }
    taken: Mapping[str, list[float]] = {name: [] for name in rows}
    for _ in range(asked.rounds):
        for name, recipe in rows.items():
            taken[name].append(milliseconds_a_view(course, recipe, asked.network, device))
    first = median(taken[next(iter(rows))])
    print(f"{asked.network}, {asked.batch} photos at {asked.side} px, {device}\n")
    print("| | ms a view | times as fast | MB a view |\n|---|---|---|---|")
    for name, values in taken.items():
        kept = megabytes_a_view(course, rows[name], asked.network, device)
        print(f"| {name} | {median(values):.1f} | {first / median(values):.2f} | {kept:.0f} |")


def course_of(data: Path, bank_side: int, device: Device) -> Course:
    bank = load_bank(find_photos([data])[:PHOTOS], side=bank_side).to(device)
    torch.manual_seed(0)
    answers = F.normalize(torch.randn(TEACHERS_VECTORS, FEATURE_DIM))
    return Course(
        photos=bank,
        fillers=bank,
        targets=targets_of(answers, axes=256).to(device),
        teacher=Teacher(torch.nn.Identity(), dim=FEATURE_DIM),  # never asked
        sprites=draw_sprites(lines=64, emoji=64).to(device),
        attacks=Attacks(),
    )


def milliseconds_a_view(course: Course, recipe: Recipe, network: str, device: Device) -> float:
    """The mean of all steps but the first, which sets up."""
    began: list[float] = []
    learn(course, recipe, network, device, on_step=lambda: began.append(time.perf_counter()))
    return (began[-1] - began[0]) / (len(began) - 1) / (2 * recipe.batch) * 1000


def megabytes_a_view(course: Course, recipe: Recipe, network: str, device: Device) -> float:
    """What autograd keeps of one step, the network's own numbers among it."""
    kept: dict[int, torch.Tensor] = {}  # by where they lie: many keep the same

    def keep(one: torch.Tensor) -> torch.Tensor:
        kept[one.untyped_storage().data_ptr()] = one
        return one

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda one: one):
        learn(course, replace(recipe, steps=1), network, device)
    size = sum(one.untyped_storage().nbytes() for one in kept.values())
    return size / (2 * recipe.batch) / 1e6


def learn(
    course: Course,
    recipe: Recipe,
    network: str,
    device: Device,
    *,
    on_step: Callable[[], None] = lambda: None,
) -> None:
    with TemporaryDirectory() as folder:
        distill(
            {network: Student(network, max(recipe.dims))},
            course,
            recipe,
            Loop(
                device=device,
                checkpoint=Path(folder) / "checkpoint.pt",
                save_every=float("inf"),
            ),
            on_step=lambda _step, _averages: on_step(),
        )


def arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, required=True, help="photos: a folder or a tar file")
    options.add_argument("--network", default="efficientnet-lite0")
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--side", type=int, default=160)
    options.add_argument("--bank-side", type=int, default=256)
    options.add_argument("--frozen", type=int, default=2, help="stages that are not trained")
    options.add_argument("--steps", type=int, default=16, help="timed in every round")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--device", default="auto")
    return options.parse_args()


if __name__ == "__main__":
    main()
