"""Checkpoints: whole or not there. A run that goes on from one equals a run never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from copyfind.errors import OutputError, TrainingError
from copyfind.learn.memory import lacks_memory
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
    """The state as saved, on the CPU; TrainingError where it is damaged or another format."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling may raise anything
        if lacks_memory(error):
            raise
        raise TrainingError(f"{path}: not a readable checkpoint ({error})") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise TrainingError(f"{path}: not a checkpoint of this copyfind; start without it")
    return state
