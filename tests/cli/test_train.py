"""copyfind train, from drawn photos to weights that copyfind reads."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
import torch
import typer
from PIL import Image

import copyfind
from copyfind.cli.app import main
from copyfind.cli.console import Settings, settings
from copyfind.cli.train import train as command
from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import read_weights
from copyfind.learn.attack.sprites import Sprites, draw_sprites
from copyfind.learn.recipes import Recipe
from tests.learn.conftest import draw_pictures
from tests.learn.test_teachers import TinyResNet
from tests.photos import photos
from tests.training import STUDENT, make_ground, tiny_options

ROOT = Path(copyfind.__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """How the command ended, and what it wrote where."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def as_if_alone() -> Iterator[None]:
    """One thread for tiny tensors; options of every command as they were."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    fresh = Settings()
    settings.quiet, settings.json_log, settings.debug = fresh.quiet, fresh.json_log, fresh.debug


@pytest.fixture(scope="module")
def sprites() -> Sprites:
    return draw_sprites(lines=8, emoji=8)


@pytest.fixture
def ground(tmp_path: Path, sprites: Sprites) -> Path:
    make_ground(tmp_path, sprites)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `copyfind train` in this process."""

    def run_train(*words: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["train", *map(str, words)])
        written = capsys.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    return run_train


@pytest.fixture
def distill(run: Run, ground: Path) -> Run:
    """Distill from a given teacher."""
    return lambda *more: run(*tiny_options(ground), "--teacher", ground / "teacher.pt", *more)


def test_help_explains_every_option(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERMINAL_WIDTH", "200")
    app = typer.Typer()
    app.command()(command)
    parameters = typer.main.get_command(app).params

    ran = run("--help")

    assert ran.code == 0
    for parameter in parameters:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), parameter.name
    for field in fields(Recipe):
        flag = "--dim" if field.name == "dims" else "--" + field.name.replace("_", "-")
        assert flag in ran.out
    assert "arXiv:2202.10261" in ran.out
    assert "arXiv:2405.17928" in ran.out


def test_weights_of_every_length_come_out(distill: Run, ground: Path) -> None:
    ran = distill("--val", ground / "bench", "--bank-weight", "1")

    assert ran.code == 0, ran.err
    files = [ground / "out" / f"{STUDENT}-{dim}.safetensors" for dim in (8, 16)]
    assert ran.out.splitlines() == [str(path) for path in files]
    assert "distill: 2 of 2 · 0.0 s left · loss" in ran.err
    assert "hardest negative" in ran.err
    assert f"step 2, {STUDENT}-16, all: µAP" in ran.err
    short, long = (load_student(read_weights(path)) for path in files)
    for student in (short, long):  # what calibration adds, where it helps, is of each by itself
        student.post_mean = student.post_matrix = student.negatives = None
    views = draw_pictures(2, 32).permute(0, 2, 3, 1)
    with torch.no_grad():
        beginning = torch.nn.functional.normalize(long(views)[:, 0, :8])
        torch.testing.assert_close(short(views)[:, 0], beginning, atol=2e-3, rtol=0)
    assert "not trained on" in read_weights(files[0]).card["thresholds"]["measured_on"]
    lines = (ground / "out" / "log.jsonl").read_text().splitlines()
    assert {"losses", "micro_average_precision"} <= {k for line in lines for k in json.loads(line)}


def test_the_same_command_again_goes_on(distill: Run) -> None:
    first, second = distill(), distill()

    assert "starts from" in first.err
    assert "going on from" in second.err
    assert "the teacher looked" not in second.err  # its answers were kept
    assert second.code == 0


def test_a_folder_of_another_recipe_is_refused(distill: Run) -> None:
    distill()

    ran = distill("--tau-contrast", "0.1")

    assert ran.code == 1
    assert "begun with another recipe (tau_contrast)" in ran.err


def test_progress_is_told_to_programs(distill: Run) -> None:
    ran = distill("--json-log")

    entries = [json.loads(line) for line in ran.err.splitlines()]
    (last,) = [entry for entry in entries if entry["event"] == "progress"]
    assert (last["stage"], last["done"], last["total"]) == ("distill", 2, 2)
    assert {"losses", "positive", "hardest_negative", "images_per_second"} <= set(last)


def test_photos_that_do_not_fit_are_streamed(distill: Run) -> None:
    ran = distill("--memory", "0.0001", "--start", f"{STUDENT}=none")

    assert ran.code == 0
    assert "decoded as they are needed" in ran.err
    assert "starts from random weights" in ran.err


@pytest.mark.parametrize(
    ("length", "told"), [(16, "which agrees with the teacher to 0."), (8, "with a new projector")]
)
def test_a_student_goes_on_from_an_earlier_one(
    distill: Run, ground: Path, length: int, told: str
) -> None:
    assert distill("--stage", "distill").code == 0
    made = ground / "out" / f"{STUDENT}-{length}.safetensors"
    earlier = made.rename(ground / "earlier.safetensors")

    ran = distill(
        "--stage", "distill", "--output", ground / "next", "--start", f"{STUDENT}={earlier}"
    )

    assert ran.code == 0, ran.err
    assert f"{STUDENT} starts from earlier.safetensors, {told}" in ran.err
    assert len(ran.out.splitlines()) == 2


@pytest.mark.slow
def test_a_teacher_is_trained_then_distilled_then_neither_again(run: Run, ground: Path) -> None:
    words = [*tiny_options(ground), "--teacher", "r50"]

    first = run(*words)
    second = run(*words)

    assert first.code == 0, first.err
    assert "teacher: 2 of 2 · 0.0 s left · loss" in first.err
    teacher = read_weights(ground / "out" / "teacher.safetensors")
    assert (teacher.architecture, teacher.dim) == ("r50", 512)
    assert read_weights(ground / "out" / f"{STUDENT}-16.safetensors").dim == 16
    assert second.code == 0
    assert "it is not trained again" in second.err
    assert second.out == first.out
    other = run(*tiny_options(ground), "--teacher", "vit-b16")
    assert other.code == 1
    assert "holds the teacher r50, not vit-b16" in other.err


@pytest.mark.slow
@pytest.mark.parametrize("teacher", ["rx101", "vit-b16"])
def test_every_teacher_can_be_trained_and_asked(run: Run, ground: Path, teacher: str) -> None:
    ran = run(*tiny_options(ground), "--teacher", teacher, "--objective", "simclr")

    assert ran.code == 0, ran.err
    card = read_weights(ground / "out" / "teacher.safetensors").card
    assert (card["recipe"]["entropy_weight"], card["recipe"]["mixed"]) == (0, 0)


@pytest.mark.slow
def test_one_stage_alone(run: Run, ground: Path) -> None:
    words = tiny_options(ground)

    early = run(*words, "--stage", "distill")
    taught = run(*words, "--stage", "teacher", "--start", "r50=none")
    distilled = run(*words, "--stage", "distill")

    assert (early.code, taught.code, distilled.code) == (1, 0, 0)
    assert "teacher.safetensors to distill" in early.err
    assert taught.out == f"{ground / 'out' / 'teacher.safetensors'}\n"
    assert f"{STUDENT}-16.safetensors" in distilled.out


def stop_when_saved(words: list[str], checkpoint: Path, number: signal.Signals) -> Ran:
    """Run in a process of its own, and send it a signal after its first checkpoint."""
    process = subprocess.Popen(
        [sys.executable, "-m", "copyfind", "train", *words, "--save-every", "0"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not checkpoint.exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    return Ran(process.returncode, out, err)


@pytest.mark.slow
def test_two_processes_speak_with_one_voice(ground: Path) -> None:
    words = [*tiny_options(ground), "--teacher", "r50", "--batch", "8", "--teacher-batch", "8"]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]

    done = subprocess.run(
        [*command, "--nproc-per-node", "2", "-m", "--", "copyfind", "train", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )

    assert done.returncode == 0, done.stderr
    names = ["teacher.safetensors", f"{STUDENT}-8.safetensors", f"{STUDENT}-16.safetensors"]
    assert done.stdout.splitlines() == [str(ground / "out" / name) for name in names]
    assert done.stderr.count("photos to learn") == 2  # once a stage
    steps = [json.loads(line) for line in (ground / "out" / "log.jsonl").read_text().splitlines()]
    assert [entry["stage"] for entry in steps] == ["teacher", "distill"]


@pytest.mark.slow
def test_a_teacher_that_was_stopped_goes_on(run: Run, ground: Path) -> None:
    words = [*tiny_options(ground), "--stage", "teacher", "--teacher-steps", "8"]
    checkpoint = ground / "out" / "teacher-checkpoint.pt"

    stopped = stop_when_saved(words, checkpoint, signal.SIGINT)

    assert stopped.code == 130, stopped.err
    assert "the same command goes on" in stopped.err
    assert stopped.out == ""
    assert torch.load(checkpoint, weights_only=True)["step"] < 8
    resumed = run(*words, "--save-every", "0")
    assert resumed.code == 0, resumed.err
    assert f"going on from {checkpoint}" in resumed.err
    assert "teacher: 8 of 8" in resumed.err
    assert resumed.out == f"{ground / 'out' / 'teacher.safetensors'}\n"


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_saves_a_checkpoint(ground: Path, number: signal.Signals, code: int) -> None:
    words = [*tiny_options(ground), "--teacher", str(ground / "teacher.pt"), "--steps", "100000"]
    checkpoint = ground / "out" / "checkpoint.pt"

    stopped = stop_when_saved(words, checkpoint, number)

    assert stopped.code == code, stopped.err
    assert "the same command goes on" in stopped.err
    assert f"{STUDENT}-16.safetensors" in stopped.out
    assert torch.load(checkpoint, weights_only=True)["step"] >= 1


def test_a_preview_is_a_picture(run: Run, ground: Path) -> None:
    sheet = ground / "sheet.png"
    bank = ["--sprites", ground / "sprites.npz", "--bank-side", "32", "--device", "cpu"]

    ran = run("--data", ground / "photos", "--preview", sheet, *bank)

    assert (ran.code, ran.out) == (0, f"{sheet}\n")
    with Image.open(sheet) as picture:
        assert picture.size == (8 * 160, 12 * 160)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--data", "/no/such/folder"], "no such folder or tar file"),
        (["--teacher", "/no/such/teacher"], "a teacher is r50, rx101, vit-b16, sscd or a file"),
        (["--val", "/no/such/bench"], "no benchmark in DISC layout"),
        (["--start", f"{STUDENT}=/no/such/file"], "no such file of start weights"),
        (["--output", "/proc/nowhere"], "not a folder to write to"),
        (["--sprites", "/no/such/bank"], "not a bank of text and emoji"),
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
def test_wrong_usage_is_exit_code_two(run: Run, words: list[str], complaint: str) -> None:
    ran = run(*words)

    assert ran.code == 2
    assert complaint in ran.err


def test_a_folder_without_photos_is_refused(run: Run, ground: Path) -> None:
    (ground / "empty").mkdir()
    words = ["--output", ground / "out", "--data", ground / "empty"]

    ran = run(*words, "--start", "efficientnet-lite0=none")

    assert ran.code == 1
    assert "no photos in" in ran.err
    assert "give folders or tar files of them" in ran.err


def test_too_few_photos_are_refused(distill: Run, ground: Path) -> None:
    for photo in sorted((ground / "photos").iterdir())[5:]:
        photo.unlink()

    ran = distill()

    assert ran.code == 1
    assert "too few" in ran.err


def test_a_broken_tar_is_refused(distill: Run, ground: Path) -> None:
    (ground / "broken.tar").write_bytes(b"not a tar" * 100)

    ran = distill("--data", ground / "broken.tar")

    assert ran.code == 1
    assert "broken.tar: not a whole, uncompressed tar file" in ran.err


def test_a_teacher_of_another_length_is_refused(distill: Run, ground: Path) -> None:
    torch.save(TinyResNet().state_dict(), ground / "short.pt")

    ran = distill("--teacher", ground / "short.pt")

    assert ran.code == 1
    assert "its vectors have 12 numbers; distillation compares 512" in ran.err


def test_a_file_that_holds_no_teacher_is_refused(distill: Run, ground: Path) -> None:
    torch.save(Student(STUDENT, 8).state_dict(), ground / "other.pt")

    ran = distill("--teacher", ground / "other.pt")

    assert ran.code == 1
    assert "not a ResNet with an SSCD head" in ran.err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(distill: Run) -> None:
    ran = distill("--device", "cuda")

    assert ran.code == 1
    assert "no CUDA device here: leave out --device" in ran.err


def test_a_loss_that_is_not_finite_keeps_the_checkpoint(distill: Run, ground: Path) -> None:
    words = ["--optimizer", "sgd", "--learning-rate", "1e14", "--steps", "20", "--save-every", "0"]

    ran = distill(*words)

    assert ran.code == 1
    assert "the loss is not finite at step" in ran.err
    checkpoint = ground / "out" / "checkpoint.pt"
    assert f"lower the learning rate; {checkpoint} holds the last good state" in ran.err
    state = torch.load(checkpoint, weights_only=True)
    learned = [value for value in state["learners"].values() if isinstance(value, torch.Tensor)]
    assert learned
    assert all(value.isfinite().all() for value in learned)


def test_a_package_that_is_missing_is_named_with_the_command(
    run: Run, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copyfind.learn.attack.sprites._EMOJI_PACKAGE", "no_such_emoji")

    ran = run("--data", ground / "photos", "--preview", ground / "sheet.png", "--device", "cpu")

    assert ran.code == 1
    assert 'no_such_emoji is missing: pip install "copyfind[train]"' in ran.err


def shard_of_photos(path: Path) -> Path:
    """A tar of parts of real photos, as data sets are published."""
    with tarfile.open(path, "w") as shard:
        for name, photo in photos().items():
            for number, left in enumerate(range(0, photo.width - 240, 8)):
                part = io.BytesIO()
                photo.crop((left, 0, left + 240, photo.height)).save(part, "JPEG")
                entry = tarfile.TarInfo(f"{name}-{number}.jpg")
                entry.size = len(part.getvalue())
                shard.addfile(entry, io.BytesIO(part.getvalue()))
    return path


@pytest.mark.slow
def test_real_photos_end_to_end(run: Run, ground: Path) -> None:
    """From a shard as data sets are published to weights, with a teacher of full size."""
    words = ["--data", shard_of_photos(ground / "real.tar"), "--output", ground / "real"]
    words += ["--teacher", "r50", "--teacher-steps", "2", "--teacher-batch", "8"]
    words += ["--teacher-side", "64", "--bank-side", "96", "--clean-side", "64"]
    words += ["--steps", "4", "--batch", "8", "--side", "64", "--last-side", "64"]
    words += ["--student", STUDENT, "--start", f"{STUDENT}={ground / 'start.pt'}"]
    words += ["--optimizer", "adamw", "--learning-rate", "0.001", "--queue", "64"]
    words += ["--dim", "64"]  # fewer than there are photos to whiten by

    ran = run(*words, "--sprites", ground / "sprites.npz", "--device", "cpu")

    assert ran.code == 0, ran.err
    assert read_weights(ground / "real" / f"{STUDENT}-64.safetensors").dim == 64
