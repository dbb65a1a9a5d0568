"""Memory that is short: photos are streamed, and what still fails ends in one line."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import copyfind
from copyfind.errors import TrainingError
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.checkpoint import load_checkpoint, save_checkpoint
from copyfind.learn.data import decode, find_photos
from copyfind.learn.memory import enough_memory, free_memory, room_for_photos
from tests.learn.conftest import CPU
from tests.training import STUDENT, make_ground, tiny_options

ROOT = Path(copyfind.__file__).parents[1]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limit")


@pytest.fixture
def ground(tmp_path: Path, sprites: Sprites) -> Path:
    make_ground(tmp_path, sprites)
    return tmp_path


def words_of(ground: Path) -> list[str]:
    """A run whose batches are no trifle, and that does not end by itself."""
    words = [*tiny_options(ground), "--teacher", str(ground / "teacher.pt")]
    return [*words, "--set", "save_every=0", "--batch", "32", "--side", "64", "--steps", "100000"]


def start(*words: str, before: str = "") -> subprocess.Popen[str]:
    """`copyfind train` in a process of its own, after some statements."""
    program = f"{before}\nfrom copyfind.cli.app import main\nmain(['train', *{words!r}])"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_saved(process: subprocess.Popen[str], ground: Path) -> None:
    while not (ground / "out" / "checkpoint.pt").exists() and process.poll() is None:
        time.sleep(0.1)


@on_linux
@pytest.mark.slow
def test_a_run_that_is_denied_memory_keeps_its_checkpoint_and_says_why(ground: Path) -> None:
    import resource

    checkpoint = ground / "out" / "checkpoint.pt"
    with start(*words_of(ground)) as process:
        until_saved(process, ground)
        limits = (2**20, resource.RLIM_INFINITY)  # less than it has: it is given no more
        resource.prlimit(process.pid, resource.RLIMIT_AS, limits)
        out, err = process.communicate()

    assert process.returncode == 1, err
    assert out == ""
    assert "Traceback" not in err
    last = err.splitlines()[-1]
    assert last.startswith("copyfind: too little memory (")
    assert "a smaller --batch" in last
    assert load_checkpoint(checkpoint)["step"] >= 1
    assert not list((ground / "out").glob("*.unfinished"))


@on_linux
@pytest.mark.slow
def test_photos_that_are_more_than_the_free_memory_are_streamed(ground: Path) -> None:
    """With --memory as it is: what is free decides."""
    before = (
        "import resource\n"
        "import copyfind.learn.job, copyfind.learn.calibrate\n"
        "taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (taken + 850_000_000,) * 2)"
    )
    for photo in list((ground / "photos").iterdir()):
        for number in range(15):
            photo.with_stem(f"{photo.stem}-{number}").hardlink_to(photo)
    words = [*tiny_options(ground), "--teacher", str(ground / "teacher.pt"), "--stage", "distill"]
    words += ["--start", f"{STUDENT}=none"]

    # 2,400 photos of 0.2 MB each are 460 MB: too many for half of 850 MB, of which some is taken.
    with start(*words, "--set", "bank_side=256", before=before) as process:
        until_saved(process, ground)
        process.kill()  # it has learned; thresholds take long
        _, err = process.communicate()

    assert "photos to learn do not fit into memory (" in err
    assert load_checkpoint(ground / "out" / "checkpoint.pt")["step"] == 2, err


def test_processes_of_one_machine_share_its_memory() -> None:
    assert 0 < room_for_photos(CPU, processes=4) < room_for_photos(CPU) < free_memory() * 1.2


def fail_to_allocate() -> None:
    torch.empty(2**60, dtype=torch.uint8)


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    "act",
    [
        fail_to_allocate,
        raising(MemoryError()),
        raising(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")),
        raising(RuntimeError("CUDA error: out of memory")),
        raising(RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")),
        raising(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))),
    ],
)
def test_every_way_to_say_it_becomes_one_line(act: Callable[[], None]) -> None:
    complaint = r"too little memory \(.+\): take less$"
    with pytest.raises(TrainingError, match=complaint) as told, enough_memory(advice="take less"):
        act()

    assert "\n" not in str(told.value)


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"), enough_memory(advice=""):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def test_a_checkpoint_that_lacks_memory_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path / "c.pt", {"step": 1})
    monkeypatch.setattr(torch, "load", lambda *_, **__: fail_to_allocate())

    with pytest.raises(TrainingError, match="too little memory"), enough_memory(advice=""):
        load_checkpoint(tmp_path / "c.pt")


def test_a_photo_that_lacks_memory_is_not_called_damaged(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photo, *_) = find_photos([ground / "photos"])
    monkeypatch.setattr("PIL.Image.open", lambda _: raising(MemoryError())())

    with pytest.raises(MemoryError):
        decode(photo, side=32)
