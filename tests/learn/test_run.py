"""`python -m copyfind train`, where not all of copyfind is installed: on a rented GPU, say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import copyfind
from copyfind.learn.attack.sprites import Sprites
from tests.training import make_ground, tiny_options

ABSENT_ON_A_RENTED_GPU = (
    "faiss",
    "filelock",
    "pathspec",
    "pillow_heif",
    "platformdirs",
    "psutil",
    "sqlite_utils",
)
PROGRAM = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({ABSENT_ON_A_RENTED_GPU!r}))  # importing them fails
sys.argv = ["copyfind", "train", *sys.argv[1:]]
runpy.run_module("copyfind", run_name="__main__")
"""


def run_there(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process that cannot import what is absent there."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(Path(copyfind.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_options_are_explained_there() -> None:
    ran = run_there("--help")

    assert ran.returncode == 0, ran.stderr
    assert "--hard-negative-weight" in ran.stdout


@pytest.mark.slow
def test_training_needs_nothing_that_a_rented_gpu_lacks(tmp_path: Path, sprites: Sprites) -> None:
    make_ground(tmp_path, sprites)

    ran = run_there(*tiny_options(tmp_path), "--teacher", tmp_path / "teacher.pt")

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("mobilenet-v3-small-16.safetensors\n")
