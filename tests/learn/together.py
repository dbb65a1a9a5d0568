"""Small runs that several processes, or one, can do: for `test_world.py`."""

from __future__ import annotations

import copy
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from copyfind.descriptor.networks import Student
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.distill import Course, distill
from copyfind.learn.pace import Loop
from copyfind.learn.recipes import Recipe, TeacherRecipe
from copyfind.learn.targets import answers_of, targets_of
from copyfind.learn.teacher import teach
from copyfind.learn.teachers import Teacher
from copyfind.learn.world import World, joined
from tests.learn.conftest import CPU, Thumbnail, draw_pictures, drawn_bank

# Each process attacks in its own way; what they do alike is only seen where nothing is attacked.
_NEVER: Any = {f.name: 0.0 for f in fields(Attacks) if isinstance(f.default, float)}
UNHARMED = Attacks(**_NEVER)
# Small steps: large ones make of rounding, which differs, something else altogether in three.
QUEUE = Recipe(
    steps=3,
    batch=8,
    side=32,
    last_side=32,
    dims=(4, 8),
    learning_rate=0.001,
    queue=32,
    bank_weight=1.0,
)
BATCH = replace(QUEUE, teacher_sees="clean", contrast_with="batch", region_weight=0.5)
SSCD = TeacherRecipe(steps=3, batch=8, side=32, mixed=0.0, entropy_weight=1.0, learning_rate=0.1)


def sprites() -> Sprites:
    return Sprites(
        torch.zeros(1, 2, 8, 32, dtype=torch.uint8),
        torch.ones(1),
        torch.zeros(1, 4, 8, 8, dtype=torch.uint8),
    )


def network(dim: int) -> Student:
    torch.manual_seed(0)
    student = Student("mobilenet-v3-small", dim)
    # A network that has learned nothing says nearly the same of everything, and losses over the
    # nearest make mountains of what rounding leaves.
    views = draw_pictures(24, 32, seed=1).permute(0, 2, 3, 1)
    with torch.no_grad():
        student.fc.bias.sub_(copy.deepcopy(student).features(student.normalise(views)).mean(dim=0))
    return student


def run_all(folder: Path, world: World) -> dict[str, dict[str, Tensor]]:
    """What a distillation in both ways and a teacher's training make of the same start."""
    torch.set_num_threads(1)
    photos, teacher = drawn_bank(24, seed=1), Teacher(Thumbnail(), dim=512)
    course = Course(
        photos=photos,
        fillers=drawn_bank(4, seed=2),
        targets=targets_of(answers_of(teacher, photos, side=32, device=CPU), axes=8),
        teacher=teacher,
        sprites=sprites(),
        attacks=UNHARMED,
    )
    made = {}
    for name, recipe in (("queue", QUEUE), ("batch", BATCH)):
        student, checkpoint = network(8), folder / f"{name}-{world.size}.pt"
        loop = Loop(device=CPU, checkpoint=checkpoint, world=world)
        distill({"s": student}, course, recipe, loop)
        made[name] = student.state_dict()
    taught = teach(
        network(512),
        photos,
        course.sprites,
        SSCD,
        Loop(device=CPU, checkpoint=folder / f"sscd-{world.size}.pt", world=world),
        attacks=UNHARMED,
    )
    made["sscd"] = taught.state_dict()
    return made


def one_of_two(rank: int, folder: str) -> None:
    """What each of two processes does."""
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "LOCAL_RANK": str(rank),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": (Path(folder) / "port").read_text(),
    }
    with joined(CPU) as world:
        torch.save(run_all(Path(folder), world), Path(folder) / f"made-{rank}.pt")
