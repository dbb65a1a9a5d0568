"""One student as a weights file of every length."""

from __future__ import annotations

from pathlib import Path

import torch

from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import Thresholds, read_weights
from copyfind.learn.export import export_student
from tests.learn.conftest import draw_pictures
from tests.training import STUDENT

LEVELS = Thresholds(0.5, 0.6, 0.7, "nothing")


def test_a_shorter_file_holds_the_beginning_of_the_longer_ones_descriptor(tmp_path: Path) -> None:
    torch.manual_seed(0)
    student = Student(STUDENT, 16).eval()

    short, long = export_student(
        student, tmp_path, input_size=32, thresholds={8: LEVELS, 16: LEVELS}, facts={}
    )

    assert [one.path.name for one in (short, long)] == [
        f"{STUDENT}-8.safetensors",
        f"{STUDENT}-16.safetensors",
    ]
    views = draw_pictures(2, 32).permute(0, 2, 3, 1)
    with torch.no_grad():
        own, whole = (load_student(one)(views) for one in (short, long))
    beginning = torch.nn.functional.normalize(whole[:, :8])
    torch.testing.assert_close(own, beginning, atol=2e-3, rtol=0)


def test_its_card_says_what_was_told_and_what_was_measured(tmp_path: Path) -> None:
    (written,) = export_student(
        Student(STUDENT, 8).eval(),
        tmp_path,
        input_size=48,
        thresholds={8: LEVELS},
        facts={"teacher": "someone", "licence": "MIT"},
    )

    card = read_weights(written.path).card
    assert (card["teacher"], card["licence"], card["input_size"]) == ("someone", "MIT", 48)
    assert (card["default_threshold"], card["dim"]) == (0.7, 8)
