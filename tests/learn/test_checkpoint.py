"""Checkpoints: whole or not there, of this format, and begun with the recipe that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from copyfind.errors import OutputError, TrainingError
from copyfind.learn.checkpoint import (
    load_checkpoint,
    refuse_another_recipe,
    save_checkpoint,
    saved_recipe,
)
from copyfind.learn.recipes import Recipe, TeacherRecipe


def test_a_checkpoint_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    save_checkpoint(path, {"step": 1})
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        save_checkpoint(path, {"step": lambda: 1})
    assert path.read_bytes() == before
    path.write_bytes(before[:50])
    with pytest.raises(TrainingError, match="not a readable checkpoint"):
        load_checkpoint(path)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    torch.save({"format": 1, "step": 3}, tmp_path / "c.pt")

    with pytest.raises(TrainingError, match="not a checkpoint of this copyfind"):
        load_checkpoint(tmp_path / "c.pt")


def test_a_checkpoint_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the checkpoint cannot be written"):
        save_checkpoint(tmp_path / "nowhere" / "c.pt", {"step": 1})


@pytest.mark.parametrize("recipe", [Recipe(dims=(8, 16)), TeacherRecipe()])
def test_a_recipe_goes_on_from_what_was_saved_of_it(
    recipe: Recipe | TeacherRecipe, tmp_path: Path
) -> None:
    path = tmp_path / "c.pt"
    save_checkpoint(path, {"recipe": saved_recipe(recipe)})

    refuse_another_recipe(path, load_checkpoint(path), recipe)


@pytest.mark.parametrize(
    ("ours", "named"),
    [
        (Recipe(dims=(8,)), r"\(dim\)"),
        (Recipe(batch=8, queue=16), r"\(batch, queue\)"),
        (TeacherRecipe(tau=0.1), r"\(teacher_tau\)"),
    ],
)
def test_another_recipe_is_refused_by_the_names_of_what_differs(
    ours: Recipe | TeacherRecipe, named: str
) -> None:
    state = {"recipe": saved_recipe(type(ours)())}

    with pytest.raises(TrainingError, match=f"c.pt: begun with another recipe {named}"):
        refuse_another_recipe(Path("c.pt"), state, ours)


def test_a_checkpoint_without_a_setting_is_of_another_recipe() -> None:
    state = {"recipe": {k: v for k, v in saved_recipe(Recipe()).items() if k != "precision"}}

    with pytest.raises(TrainingError, match=r"\(precision\)"):
        refuse_another_recipe(Path("c.pt"), state, Recipe())
