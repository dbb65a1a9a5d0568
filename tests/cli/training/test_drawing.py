"""What `copyfind train` draws instead of training."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from copyfind.learn.attack.sprites import Sprites
from tests.cli.conftest import Run
from tests.training import settings


def test_a_preview_is_a_picture(train: Run, ground: Path) -> None:
    sheet = ground / "sheet.png"
    small = settings(sprites=ground / "sprites.npz", bank_side=32)

    ran = train("--data", ground / "photos", "--preview", sheet, *small, "--device", "cpu")

    assert (ran.code, ran.out) == (0, f"{sheet}\n")
    with Image.open(sheet) as picture:
        assert picture.size == (8 * 160, 12 * 160)


def test_a_package_that_is_missing_is_named_with_the_command(
    train: Run, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copyfind.learn.attack.sprites._EMOJI_PACKAGE", "no_such_emoji")

    ran = train("--data", ground / "photos", "--preview", ground / "sheet.png", "--device", "cpu")

    assert ran.code == 1
    assert 'no_such_emoji is missing: pip install "copyfind[train]"' in ran.err


def test_the_edits_of_the_recipe_are_drawn(train: Run, ground: Path) -> None:
    small = [*settings(sprites=ground / "sprites.npz", bank_side=32), "--device", "cpu"]
    words = ["--data", ground / "photos", *small]

    train(*words, "--preview", ground / "people.png")
    train(*words, "--preview", ground / "sscd.png", *settings(attacks="sscd"))

    assert (ground / "people.png").read_bytes() != (ground / "sscd.png").read_bytes()


def test_a_bank_is_drawn_for_another_machine(train: Run, tmp_path: Path) -> None:
    ran = train("--draw-sprites", tmp_path / "bank.npz")

    assert (ran.code, ran.out) == (0, f"{tmp_path / 'bank.npz'}\n")
    assert len(Sprites.load(tmp_path / "bank.npz").text) > 8


def test_a_bank_that_cannot_be_written_is_named(train: Run, tmp_path: Path) -> None:
    ran = train("--draw-sprites", tmp_path / "nowhere" / "bank.npz")

    assert ran.code == 1
    assert "the bank cannot be written" in ran.err
