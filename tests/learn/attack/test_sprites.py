"""The bank of text and emoji."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from copyfind.errors import TrainingError
from copyfind.learn.attack import sprites as module
from copyfind.learn.attack.sprites import Sprites, draw_sprites


def test_a_bank_is_the_same_for_the_same_seed(sprites: Sprites) -> None:
    again = draw_sprites(lines=8, emoji=8)
    assert torch.equal(again.text, sprites.text)
    assert torch.equal(again.emoji, sprites.emoji)


def test_lines_have_ink_and_emoji_have_transparency(sprites: Sprites) -> None:
    assert (sprites.text.amax(dim=(1, 2, 3)) > 128).all()
    assert (sprites.aspect > 0).all()
    assert (sprites.emoji[:, 3].amax(dim=(1, 2)) > 128).all()
    assert (sprites.emoji[:, 3].amin(dim=(1, 2)) == 0).any()


def test_a_bank_comes_back_from_its_file(sprites: Sprites, tmp_path: Path) -> None:
    sprites.save(tmp_path / "bank.npz")
    back = Sprites.load(tmp_path / "bank.npz")
    for name in ("text", "aspect", "emoji"):
        assert torch.equal(getattr(back, name), getattr(sprites, name))


def test_a_file_that_is_no_bank_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bank.npz").write_bytes(b"not a bank")
    with pytest.raises(TrainingError, match="not a bank"):
        Sprites.load(tmp_path / "bank.npz")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EMOJI_PACKAGE", "no_such_package_of_emoji")
    with pytest.raises(TrainingError, match=r"no_such_package_of_emoji is missing.*train"):
        draw_sprites(lines=1, emoji=1)
