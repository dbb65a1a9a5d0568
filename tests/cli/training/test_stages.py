"""The stages of `copyfind train`, from drawn photos to weights that copyfind reads."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
import torch

from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import read_weights
from tests.cli.conftest import Ran, Run, child, outside
from tests.learn.conftest import draw_pictures
from tests.learn.test_teachers import TinyResNet
from tests.photos import photos
from tests.training import STUDENT, settings, tiny_options


def test_weights_of_every_length_come_out(distill: Run, ground: Path) -> None:
    ran = distill(*settings(val=ground / "bench"), *settings(bank_weight=1))

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
        beginning = torch.nn.functional.normalize(long(views)[:, :8])
        torch.testing.assert_close(short(views), beginning, atol=2e-3, rtol=0)
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

    ran = distill(*settings(tau_contrast=0.1))

    assert ran.code == 1
    assert "begun with another recipe (tau_contrast)" in ran.err


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
def test_a_teacher_is_trained_then_distilled_then_neither_again(train: Run, ground: Path) -> None:
    words = [*tiny_options(ground), "--teacher", "r50"]

    first = train(*words)
    second = train(*words)

    assert first.code == 0, first.err
    assert "teacher: 2 of 2 · 0.0 s left · loss" in first.err
    teacher = read_weights(ground / "out" / "teacher.safetensors")
    assert (teacher.architecture, teacher.dim) == ("r50", 512)
    assert read_weights(ground / "out" / f"{STUDENT}-16.safetensors").dim == 16
    assert second.code == 0
    assert "it is not trained again" in second.err
    assert second.out == first.out
    other = train(*tiny_options(ground), "--teacher", "vit-b16")
    assert other.code == 1
    assert "holds the teacher r50, not vit-b16" in other.err


@pytest.mark.slow
@pytest.mark.parametrize("teacher", ["rx101", "vit-b16"])
def test_every_teacher_can_be_trained_and_asked(train: Run, ground: Path, teacher: str) -> None:
    ran = train(*tiny_options(ground), "--teacher", teacher, *settings(objective="simclr"))

    assert ran.code == 0, ran.err
    card = read_weights(ground / "out" / "teacher.safetensors").card
    assert (card["recipe"]["entropy_weight"], card["recipe"]["mixed"]) == (0, 0)


@pytest.mark.slow
def test_one_stage_alone(train: Run, ground: Path) -> None:
    words = tiny_options(ground)

    early = train(*words, "--stage", "distill")
    taught = train(*words, "--stage", "teacher", "--start", "r50=none")
    distilled = train(*words, "--stage", "distill")

    assert (early.code, taught.code, distilled.code) == (1, 0, 0)
    assert "teacher.safetensors to distill" in early.err
    assert taught.out == f"{ground / 'out' / 'teacher.safetensors'}\n"
    assert f"{STUDENT}-16.safetensors" in distilled.out


def stop_when_saved(words: list[str], checkpoint: Path, number: signal.Signals) -> Ran:
    """Run in a process of its own, and send it a signal after its first checkpoint."""
    process = subprocess.Popen(
        child("train", *words, *settings(save_every=0)),
        env=outside(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not checkpoint.exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(number)
    out, err = process.communicate()
    return Ran(process.returncode, out, err)


@pytest.mark.slow
def test_two_processes_speak_with_one_voice(ground: Path) -> None:
    words = [*tiny_options(ground), "--teacher", "r50", "--batch", "8", *settings(teacher_batch=8)]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]

    done = subprocess.run(
        [*command, "--nproc-per-node", "2", "-m", "--", "copyfind", "train", *words],
        env=outside(),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    names = ["teacher.safetensors", f"{STUDENT}-8.safetensors", f"{STUDENT}-16.safetensors"]
    assert done.stdout.splitlines() == [str(ground / "out" / name) for name in names]
    assert done.stderr.count("photos to learn") == 2  # once a stage
    steps = [json.loads(line) for line in (ground / "out" / "log.jsonl").read_text().splitlines()]
    assert [entry["stage"] for entry in steps] == ["teacher", "distill"]


@pytest.mark.slow
def test_a_teacher_that_was_stopped_goes_on(train: Run, ground: Path) -> None:
    words = [*tiny_options(ground), "--stage", "teacher", *settings(teacher_steps=8)]
    checkpoint = ground / "out" / "teacher-checkpoint.pt"

    stopped = stop_when_saved(words, checkpoint, signal.SIGINT)

    assert stopped.code == 130, stopped.err
    assert "the same command goes on" in stopped.err
    assert stopped.out == ""
    assert torch.load(checkpoint, weights_only=True)["step"] < 8
    resumed = train(*words, *settings(save_every=0))
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


def test_a_loss_that_is_not_finite_keeps_the_checkpoint(distill: Run, ground: Path) -> None:
    words = ["--steps", "20", *settings(optimizer="sgd", learning_rate=1e14, save_every=0)]

    ran = distill(*words)

    assert ran.code == 1
    assert "the loss is not finite at step" in ran.err
    checkpoint = ground / "out" / "checkpoint.pt"
    assert f"lower the learning rate; {checkpoint} holds the last good state" in ran.err
    state = torch.load(checkpoint, weights_only=True)
    learned = [value for value in state["learners"].values() if isinstance(value, torch.Tensor)]
    assert learned
    assert all(value.isfinite().all() for value in learned)


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
def test_real_photos_end_to_end(train: Run, ground: Path) -> None:
    """From a shard as data sets are published to weights, with a teacher of full size."""
    words = ["--data", shard_of_photos(ground / "real.tar"), "--output", ground / "real"]
    words += ["--teacher", "r50", "--steps", "4", "--batch", "8", "--side", "64"]
    words += ["--student", STUDENT, "--start", f"{STUDENT}={ground / 'start.pt'}"]
    words += ["--dim", "64"]  # fewer than there are photos to whiten by
    words += settings(teacher_steps=2, teacher_batch=8, teacher_side=64, clean_side=64)
    words += settings(last_side=64, bank_side=96, sprites=ground / "sprites.npz")
    words += settings(optimizer="adamw", learning_rate=0.001, queue=64)

    ran = train(*words, "--device", "cpu")

    assert ran.code == 0, ran.err
    assert read_weights(ground / "real" / f"{STUDENT}-64.safetensors").dim == 64


def test_a_stage_alone_calibrates_the_students_of_the_folder(distill: Run, ground: Path) -> None:
    assert distill("--stage", "distill").code == 0
    smaller = settings(background=20, negatives=20)

    ran = distill("--stage", "calibrate", *smaller)

    assert ran.code == 0, ran.err
    files = [ground / "out" / f"{STUDENT}-{dim}.safetensors" for dim in (8, 16)]
    assert ran.out.splitlines() == [str(path) for path in files]
    assert all("calibration" in read_weights(path).card for path in files)


def test_a_folder_without_students_has_nothing_to_calibrate(distill: Run) -> None:
    ran = distill("--stage", "calibrate")

    assert ran.code == 1
    assert f"none of {STUDENT}-8.safetensors, {STUDENT}-16.safetensors in" in ran.err
    assert "name files with --weights" in ran.err
