"""copyfind train: its help, its recipes, and what it refuses before it begins."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import typer

from copyfind.cli.train import train as command
from copyfind.learn.recipe_file import SETTINGS
from tests.cli.conftest import Run, child, outside
from tests.learn.test_recipe_file import FORMER_FLAGS
from tests.training import STUDENT, settings, tiny_options

SCREEN = 50  # lines
CARD = Path(__file__).parents[2] / "weights" / "README.md"
KEPT = "data output teacher student stage start weights device preview draw-sprites"


def parameters() -> list[typer.core.TyperOption | typer.core.TyperArgument]:
    app = typer.Typer()
    app.command()(command)
    return typer.main.get_command(app).params  # type: ignore[return-value] # Typer's own kinds


def test_help_fits_two_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")

    done = subprocess.run(child("train", "--help"), env=outside(), capture_output=True, text=True)

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) <= 2 * SCREEN
    assert max(map(len, lines)) <= 100


def test_every_flag_is_explained_in_sentences() -> None:
    for parameter in parameters():
        text = getattr(parameter, "help", None) or ""
        assert text.endswith("."), parameter.name
        assert not text.startswith("Of "), parameter.name


def test_every_former_flag_is_one_still_or_a_setting() -> None:
    flags = {flag for parameter in parameters() for flag in parameter.opts}

    assert {f"--{name}" for name in KEPT.split()} <= flags
    former = {name.replace("-", "_") for name in FORMER_FLAGS.split()}
    assert former | {"quantise", "glance", "learned_glance"} == SETTINGS.keys()


def test_the_recipe_is_shown_as_it_would_run(train: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("queue = 8\nsteps = 5\ntau_contrast = 0.5\nside = 64\n")

    words = ["--recipe", tmp_path / "mine.toml", "--set", "queue=16", "--set", "steps=6"]
    ran = train(*words, "--steps", "7", "--dim", "64", "--dim", "32", "--show-recipe")

    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    for line in ("queue = 16", "steps = 7", "tau_contrast = 0.5", "side = 64", "dim = [32, 64]"):
        assert line in lines


def test_what_is_shown_is_read_back_as_it_is(train: Run, tmp_path: Path) -> None:
    shown = train("--set", "warmup=0.25", "--seed", "3", "--memory", "2", "--show-recipe")
    (tmp_path / "recipe.toml").write_text(shown.out, encoding="utf-8")

    again = train("--recipe", tmp_path / "recipe.toml", "--show-recipe")

    assert again.out == shown.out
    assert "warmup = 0.25" in shown.out


def test_the_commands_of_the_bundled_weights_are_still_commands(
    train: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = CARD.read_text(encoding="utf-8")
    recipe = re.search(r"^lite0\.toml .*?```\n(.*?)```", card, re.DOTALL | re.MULTILINE)
    commands = re.findall(r"^copyfind train (.*(?:\n  .*)*)", card, re.MULTILINE)
    assert recipe is not None
    (tmp_path / "lite0.toml").write_text(recipe[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    ran = [
        train(*shlex.split(command.replace("\\\n", " "), comments=True), "--show-recipe")
        for command in commands
    ]

    assert [one.code for one in ran] == [0, 0, 0, 0, 0, 0]
    first, second, larger, last, patterns, calibrated = ran
    for line in ("steps = 600", "dim = [64, 128, 256]", "hard_negative_weight = 1.0", "seed = 29"):
        assert line in first.out.splitlines()
    for line in ("steps = 640", "learned_glance = 0.5", "learning_rate = 0.0006", "seed = 31"):
        assert line in second.out.splitlines()
    for line in ("steps = 380", "side = 256", "last_side = 288", "seed = 37"):
        assert line in larger.out.splitlines()
    for line in ("steps = 560", "side = 256", "last_side = 288", "seed = 43"):
        assert line in last.out.splitlines()
    for line in ("steps = 400", "side = 256", "last_side = 288", "seed = 47"):
        assert line in patterns.out.splitlines()
    assert 'calibrate_on = ["HELD_OUT"]' in calibrated.out.splitlines()


def test_a_recipe_of_a_file_is_what_is_trained(distill: Run, ground: Path) -> None:
    (ground / "mine.toml").write_text("learning_rate = 1e14\nsave_every = 0\n")
    rate = settings(learning_rate=0.02)

    ran = distill("--stage", "distill", "--recipe", ground / "mine.toml", *rate)

    assert ran.code == 0, ran.err
    state = torch.load(ground / "out" / "checkpoint.pt", weights_only=True)
    assert state["recipe"]["learning_rate"] == 0.02


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--set", "tau-contrst=1"], "no setting is called tau-contrst: near are tau_contrast"),
        (["--set", "batch=1"], "batch cannot be 1: give a whole number from 2"),
        (["--set", "optimizer=lamb"], "optimizer cannot be lamb: give sgd or adamw"),
        (["--set", "queue"], "give NAME=VALUE"),
        (["--recipe", "/no/such/file.toml"], "the recipe cannot be read"),
    ],
)
def test_a_setting_that_is_wrong_is_one_line_that_says_what_is_allowed(
    train: Run, words: list[str], complaint: str
) -> None:
    ran = train("--data", ".", "--output", "out", *words)

    assert (ran.code, ran.out) == (2, "")
    assert complaint in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--data", "/no/such/folder"], "no such folder or tar file"),
        (["--teacher", "/no/such/teacher"], "a teacher is r50, rx101, vit-b16, sscd or a file"),
        (settings(val="/no/such/bench"), "no benchmark in DISC layout"),
        (["--start", f"{STUDENT}=/no/such/file"], "no such file of start weights"),
        (["--output", "/proc/nowhere"], "not a folder to write to"),
        (settings(sprites="/no/such/bank"), "not a bank of text and emoji"),
        (["--device", "tpu"], "unknown device 'tpu'"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(
    distill: Run, more: list[str], complaint: str
) -> None:
    ran = distill(*more)

    assert ran.code == 1
    assert complaint in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "--data"),
        (["--data", "."], "--output"),
        (["--data", ".", "--output", "out", "--student", "resnet"], "efficientnet-lite0"),
        (["--data", ".", "--output", "out", "--start", "weights.pt"], "NAME=FILE"),
        (["--data", ".", "--output", "out", "--batch", "1"], "--batch"),
        (["--data", ".", "--output", "o", "--stage", "teacher", "--teacher", "sscd"], "trained"),
    ],
)
def test_wrong_usage_is_exit_code_two(train: Run, words: list[str], complaint: str) -> None:
    ran = train(*words)

    assert ran.code == 2
    assert complaint in ran.err


def test_a_folder_without_photos_is_refused(train: Run, ground: Path) -> None:
    (ground / "empty").mkdir()
    words = ["--output", ground / "out", "--data", ground / "empty"]

    ran = train(*words, "--start", "efficientnet-lite0=none")

    assert ran.code == 1
    assert "no photos in" in ran.err
    assert "give folders or tar files of them" in ran.err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(distill: Run) -> None:
    ran = distill("--device", "cuda")

    assert ran.code == 1
    assert "no CUDA device here: leave out --device" in ran.err


# What a machine with a GPU that is rented by the hour often lacks.
ABSENT = (
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
sys.modules.update(dict.fromkeys({ABSENT!r}))  # importing them fails
sys.argv = ["copyfind", "train", *sys.argv[1:]]
runpy.run_module("copyfind", run_name="__main__")
"""


def train_there(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process that cannot import what is absent on such a machine."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, words)],
        env=outside(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_settings_are_explained_on_a_rented_gpu() -> None:
    ran = train_there("--show-recipe")

    assert ran.returncode == 0, ran.stderr
    assert "hard_negative_weight = 5.0" in ran.stdout


@pytest.mark.slow
def test_training_needs_nothing_that_a_rented_gpu_lacks(ground: Path) -> None:
    ran = train_there(*tiny_options(ground), "--teacher", ground / "teacher.pt")

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith(f"{STUDENT}-16.safetensors\n")
