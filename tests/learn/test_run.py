"""The whole way, from a folder of drawn photos to weights that the product reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import read_weights
from copyfind.learn.run import main
from copyfind.learn.sprites import Sprites
from tests.learn.conftest import draw_pictures
from tests.learn.test_teachers import TinyResNet

ABSENT_ON_A_RENTED_GPU = (
    "faiss",
    "filelock",
    "onnxruntime",
    "pebble",
    "pillow_heif",
    "platformdirs",
    "sqlite_utils",
)


@pytest.fixture
def ground(tmp_path: Path, sprites: Sprites) -> Path:
    """Photos, a benchmark, a teacher, start weights and a bank of sprites."""
    torch.manual_seed(0)
    pictures = draw_pictures(160, 32).permute(0, 2, 3, 1).numpy()
    for folder in ("photos", "bench/queries", "bench/references"):
        (tmp_path / folder).mkdir(parents=True)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / "photos" / f"drawn-{number}.png")
    for number in range(3):
        for folder, letter in (("queries", "Q"), ("references", "R")):
            path = tmp_path / "bench" / folder / f"{letter}{number}.png"
            Image.fromarray(pictures[number]).save(path)
    (tmp_path / "bench" / "ground_truth.csv").write_text("Q0,R0\nQ1,R1\n")
    teacher = TinyResNet()
    teacher.fc = torch.nn.Linear(16, 512)
    torch.save(teacher.state_dict(), tmp_path / "teacher.pt")
    torch.save(Student("mobilenet-v3-small", 8).net.state_dict(), tmp_path / "start.pt")
    sprites.save(tmp_path / "sprites.npz")
    return tmp_path


def train(ground: Path, *more: str) -> int:
    files = {"--data": "photos", "--output": "out", "--teacher": "teacher.pt"}
    files |= {"--sprites": "sprites.npz"}
    options = [part for flag, name in files.items() for part in (flag, str(ground / name))]
    options += ["--start", f"mobilenet-v3-small={ground / 'start.pt'}"]
    options += ["--student", "mobilenet-v3-small", "--dims", "16", "8", "--steps", "2"]
    options += ["--batch", "4", "--side", "32", "--last-side", "32", "--bank-side", "32"]
    options += ["--teacher-side", "32", "--queue", "32", "--device", "cpu"]
    options += ["--optimizer", "adamw", "--learning-rate", "0.01"]
    return main([*options, *more])


def test_weights_of_every_length_come_out(ground: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(ground, "--val", str(ground / "bench"), "--bank-weight", "1") == 0
    said = capsys.readouterr().out
    assert "2/2 loss" in said
    assert "2 mobilenet-v3-small-16 all: µAP" in said
    views = draw_pictures(2, 32).permute(0, 2, 3, 1)
    long, short = (
        load_student(read_weights(ground / "out" / f"mobilenet-v3-small-{dim}.safetensors"))
        for dim in (16, 8)
    )
    with torch.no_grad():
        beginning = torch.nn.functional.normalize(long(views)[:, 0, :8])
        torch.testing.assert_close(short(views)[:, 0], beginning, atol=2e-3, rtol=0)
    card = read_weights(ground / "out" / "mobilenet-v3-small-8.safetensors").card
    assert "not trained on" in card["thresholds"]["measured_on"]
    lines = (ground / "out" / "log.jsonl").read_text().splitlines()
    assert {"losses", "micro_average_precision"} <= {
        key for line in lines for key in json.loads(line)
    }


def test_a_second_run_goes_on_from_the_checkpoint(
    ground: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(ground) == 0
    assert "starts from" in capsys.readouterr().out
    assert train(ground) == 0
    said = capsys.readouterr().out
    assert "going on from" in said
    assert "the teacher looked" not in said  # its answers were kept


def test_photos_that_do_not_fit_are_streamed(
    ground: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(ground, "--memory", "0.0001", "--start", "mobilenet-v3-small=none") == 0
    said = capsys.readouterr().out
    assert "decoded as they are needed" in said
    assert "starts from random weights" in said


def test_a_preview_is_a_picture(ground: Path) -> None:
    sheet = ground / "sheet.png"
    bank = str(ground / "sprites.npz")
    options = ["--data", str(ground / "photos"), "--preview", str(sheet), "--sprites", bank]
    assert main([*options, "--bank-side", "32", "--device", "cpu"]) == 0
    with Image.open(sheet) as picture:
        assert picture.size == (8 * 160, 12 * 160)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--data", "/no/such/folder"], "no such folder or tar file"),
        (["--teacher", "/no/such/teacher"], "no such file"),
        (["--val", "/no/such/bench"], "no benchmark in DISC layout"),
        (["--optimizer", "lamb"], "neither sgd nor adamw"),
        (["--start", "weights.pt"], "expected NAME=FILE"),
        (["--output", "/proc/nowhere"], "not a folder to write to"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_one(
    ground: Path, more: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(ground, *more) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("copyfind: ")
    assert complaint in line


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(
    ground: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(ground, "--device", "cuda") == 1
    assert "no CUDA device here" in capsys.readouterr().err


def test_too_few_photos_are_refused(ground: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for photo in sorted((ground / "photos").iterdir())[5:]:
        photo.unlink()
    assert train(ground) == 1
    assert "too few" in capsys.readouterr().err


def test_training_needs_nothing_that_a_rented_gpu_lacks() -> None:
    program = (
        "import sys, copyfind.learn.run\n"
        f"loaded = {ABSENT_ON_A_RENTED_GPU!r}\n"
        "raise SystemExit(', '.join(n for n in loaded if n in sys.modules) or 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.stderr.strip() == ""
    assert run.returncode == 0
