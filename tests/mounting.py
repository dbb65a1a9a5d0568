"""Volumes of their own for a test: mounted where that is allowed, else the test is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from copyfind.collection.volumes import mounts


@contextmanager
def mounted(at: Path, *command: str) -> Iterator[Path]:
    """What the command mounts at this folder, which is made if need be; AT in it is the folder."""
    if not sys.platform.startswith("linux") or shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    at.mkdir(parents=True, exist_ok=True)
    words = [str(at) if word == "AT" else word for word in command]
    if subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL).returncode:
        pytest.skip(f"{command[0]} cannot mount here")
    for _ in range(100):  # some drivers go into the background before they are there
        if is_mounted(at):
            break
        time.sleep(0.02)
    else:
        pytest.skip(f"{command[0]} does not mount here")
    try:
        yield at
    finally:
        unmount(at)


def is_mounted(at: Path) -> bool:
    """Whether something is mounted there; `Path.is_mount` overlooks a bind mount."""
    return os.fsencode(at.resolve()) in {mount.top for mount in mounts()}


def unmount(at: Path) -> None:
    """Leave the empty folder; a driver in the background has let its volume go."""
    for _ in range(100):
        if not is_mounted(at):
            return
        if subprocess.run(["umount", str(at)], capture_output=True).returncode:
            time.sleep(0.02)
    subprocess.run(["umount", "--lazy", str(at)], check=True)


def image(path: Path, kind: str, *, megabytes: int = 20) -> Path:
    """A file that holds an empty file system of a kind: ext4, xfs, btrfs, vfat, exfat."""
    make = f"mkfs.{kind}"
    if shutil.which(make) is None:
        pytest.skip(f"there is no {make} here")
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    quietly = {"ext4": ["-q", "-F"], "xfs": ["-q"], "btrfs": ["-q"]}.get(kind, [])
    subprocess.run([make, *quietly, str(path)], check=True, capture_output=True)
    return path


@contextmanager
def loop(picture: Path) -> Iterator[str]:
    """A block device that is the file."""
    found = subprocess.run(
        ["losetup", "--find", "--show", str(picture)], capture_output=True, text=True
    )
    if found.returncode:
        pytest.skip("there are no loop devices here")
    device = found.stdout.strip()
    try:
        yield device
    finally:
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["losetup", "--detach", device], check=True, capture_output=True)


@contextmanager
def seen_twice(kind: str, top: Path) -> Iterator[tuple[Path, Path]]:
    """A folder, and another one through which its files are reached under other numbers."""
    real, other = top / "real", top / "other"
    real.mkdir(parents=True)
    with ExitStack() as stack:
        if kind == "overlay":
            upper, work = top / "upper", top / "work"
            upper.mkdir()
            work.mkdir()
            options = f"lowerdir={real},upperdir={upper},workdir={work}"
            stack.enter_context(
                mounted(other, "mount", "-t", "overlay", "overlay", "-o", options, "AT")
            )
        elif kind == "bindfs":
            options = "attr_timeout=60,entry_timeout=60"
            stack.enter_context(mounted(other, "bindfs", "-o", options, str(real), "AT"))
        elif kind == "mergerfs":
            options = "cache.entry=60,cache.attr=60,cache.files=auto-full"
            stack.enter_context(mounted(other, "mergerfs", "-o", options, str(real), "AT"))
        else:
            options = "attr_timeout=60,entry_timeout=60"
            stack.enter_context(mounted(other, "unionfs", "-o", options, f"{real}=RW", "AT"))
        yield real, other


@contextmanager
def pooled(kind: str, top: Path, *, pool: Path) -> Iterator[Path]:
    """A folder in which two others are laid together."""
    first, second = top / "first", top / "second"
    first.mkdir(parents=True)
    second.mkdir()
    with ExitStack() as stack:
        if kind == "overlay":  # over two volumes: files have another device than their folder
            disks = ("tmpfs", "tmpfs")
            for folder, disk in zip((first, second), disks, strict=True):
                stack.enter_context(mounted(folder, "mount", "-t", disk, "none", "AT"))
            (second / "upper").mkdir()
            (second / "work").mkdir()
            options = f"lowerdir={first},upperdir={second}/upper,workdir={second}/work"
            stack.enter_context(
                mounted(pool, "mount", "-t", "overlay", "overlay", "-o", options, "AT")
            )
        elif kind == "mergerfs":
            stack.enter_context(mounted(pool, "mergerfs", f"{first}:{second}", "AT"))
        else:
            stack.enter_context(
                mounted(pool, "unionfs", "-o", "cow", f"{first}=RW:{second}=RO", "AT")
            )
        yield pool
