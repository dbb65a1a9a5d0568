"""A small world to train in: drawn photos, a teacher, start weights, a bank of sprites."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image

from copyfind.descriptor.networks import Student
from copyfind.learn.attack.sprites import Sprites
from tests.learn.conftest import draw_pictures
from tests.learn.test_teachers import TinyResNet

STUDENT = "mobilenet-v3-small"


def make_ground(folder: Path, sprites: Sprites) -> None:
    """photos/, bench/ in DISC layout, teacher.pt, start.pt, sprites.npz."""
    torch.manual_seed(0)
    pictures = draw_pictures(160, 64).permute(0, 2, 3, 1).numpy()
    for inner in ("photos", "bench/queries", "bench/references"):
        (folder / inner).mkdir(parents=True)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / "photos" / f"drawn-{number}.png")
    for number in range(3):
        for inner, letter in (("queries", "Q"), ("references", "R")):
            path = folder / "bench" / inner / f"{letter}{number}.png"
            Image.fromarray(pictures[number]).save(path)
    (folder / "bench" / "ground_truth.csv").write_text("Q0,R0\nQ1,R1\n")
    teacher = TinyResNet()
    teacher.fc = torch.nn.Linear(16, 512)
    torch.save(teacher.state_dict(), folder / "teacher.pt")
    torch.save(Student(STUDENT, 8).net.state_dict(), folder / "start.pt")
    sprites.save(folder / "sprites.npz")


def settings(**values: object) -> list[str]:
    """Words for `copyfind train` that set each of these."""
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


def tiny_options(ground: Path) -> list[str]:
    """Words for `copyfind train`: everything small, all but the teacher."""
    words = ["--data", str(ground / "photos"), "--output", str(ground / "out"), "--device", "cpu"]
    words += ["--student", STUDENT, "--start", f"{STUDENT}={ground / 'start.pt'}"]
    words += ["--dim", "16", "--dim", "8", "--steps", "2", "--batch", "4", "--side", "32"]
    words += settings(sprites=ground / "sprites.npz", bank_side=32, last_side=32, clean_side=32)
    words += settings(queue=32, optimizer="adamw", learning_rate=0.01, graph="false")
    return words + settings(teacher_steps=2, teacher_batch=4, teacher_side=32)
