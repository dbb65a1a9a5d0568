"""Checkpoints: whole or not there. A run that goes on from one equals a run never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from copyfind.errors import OutputError, TrainingError
from copyfind.learn.memory import lacks_memory
from copyfind.learn.recipes import Recipe, TeacherRecipe
from copyfind.learn.settings import settings_of
from copyfind.whole_file import written_whole

FORMAT = 2
State = dict[str, Any]  # what torch.save takes: nested dicts of tensors, numbers and strings


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Replace `path` in one step: after a crash it holds the old checkpoint or the new one."""
    try:
        with written_whole(path) as unfinished, unfinished.open("wb") as file:
            torch.save({"format": FORMAT, **state}, file)
    except OSError as error:
        raise OutputError(f"{path}: the checkpoint cannot be written ({error})") from None


def load_checkpoint(path: Path) -> State:
    """Read a state as it was saved, on the CPU; TrainingError where it is damaged or of another
    format."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling may raise anything
        if lacks_memory(error):
            raise
        raise TrainingError(f"{path}: not a readable checkpoint ({error})") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise TrainingError(f"{path}: not a checkpoint of this copyfind; start without it")
    return state


def saved_recipe(recipe: Recipe | TeacherRecipe) -> dict[str, Any]:
    """A recipe as a checkpoint holds it: numbers, words and lists."""
    values = asdict(recipe).items()
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


def refuse_another_recipe(path: Path, state: State, recipe: Recipe | TeacherRecipe) -> None:
    """Raise TrainingError, which names what differs, where a checkpoint is of another recipe."""
    ours, theirs = saved_recipe(recipe), state.get("recipe")
    if not isinstance(theirs, dict):  # by an earlier copyfind
        theirs = {}
    called = {one.field: one.name for one in settings_of(type(recipe)).values()}
    every = [str(name) for name in ours | theirs]
    changed = [called.get(name, name) for name in every if theirs.get(name) != ours.get(name)]
    if changed:
        raise TrainingError(
            f"{path}: begun with another recipe ({', '.join(changed)});"
            " give the same settings, or another output folder"
        )
