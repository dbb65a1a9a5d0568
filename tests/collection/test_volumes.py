"""A volume is known by what is in it, wherever and whenever it is mounted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from copyfind.collection.volumes import lasting_snapshot, mounts, snapshots, volume_of
from copyfind.records import FoundFile
from tests.conftest import Volume
from tests.mounting import image, loop, mounted, seen_twice

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="known on Linux alone")


def found(path: Path) -> FoundFile:
    status = path.stat()
    numbers = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return FoundFile(os.fsencode(path), *numbers)


@pytest.mark.parametrize(("kind", "megabytes"), [("ext4", 8), ("xfs", 300), ("btrfs", 110)])
def test_a_drive_is_the_same_wherever_it_is_mounted(
    tmp_path: Path, kind: str, megabytes: int
) -> None:
    told = []
    for name in ("one", "two"):
        drive = image(tmp_path / name, kind, megabytes=megabytes)
        for place in ("here", "there"):
            with (
                loop(drive) as device,
                mounted(tmp_path / "mnt" / place, "mount", device, "AT") as at,
            ):
                volume = volume_of(os.fsencode(at))
                assert (volume.kind, volume.top) == (kind, os.fsencode(at))
                assert volume.keeps_numbers
                told.append(volume.word)
        drive.unlink()
    assert told[0] == told[1] != told[2] == told[3]


@pytest.mark.parametrize("kind", ["overlay", "bindfs", "mergerfs", "unionfs"])
def test_of_a_driver_that_makes_numbers_up_no_number_is_believed(tmp_path: Path, kind: str) -> None:
    with seen_twice(kind, tmp_path / "top") as (_, other):
        volume = volume_of(os.fsencode(other))

        assert volume.top == os.fsencode(other)
        assert not volume.keeps_numbers
        assert volume.word is None


@pytest.mark.parametrize(
    ("kind", "driver"),
    [("vfat", ("fusefat", "-o", "rw+")), ("exfat", ("mount.exfat-fuse",))],
)
def test_fat_keeps_no_numbers(tmp_path: Path, kind: str, driver: Sequence[str]) -> None:
    with (
        loop(image(tmp_path / "image", kind)) as device,
        mounted(tmp_path / "at", *driver, device, "AT") as at,
    ):
        assert not volume_of(os.fsencode(at)).keeps_numbers


def test_a_memory_disk_is_another_at_each_mount(tmp_path: Path) -> None:
    words = set()
    for _ in range(2):
        with mounted(tmp_path / "at", "mount", "-t", "tmpfs", "none", "AT") as at:
            words.add(volume_of(os.fsencode(at)).word)
    assert len(words) == 2 or words == {None}


def test_the_innermost_mount_counts_and_its_path_may_have_spaces(volume: Volume) -> None:
    inner = volume.path / "a b\\c"
    with mounted(inner, "mount", "-t", "tmpfs", "none", "AT"):
        below = inner / "below"
        below.mkdir()

        assert volume_of(os.fsencode(below)).top == os.fsencode(inner)
        assert volume_of(os.fsencode(volume.path)).top == os.fsencode(volume.path)


def test_where_nothing_is_known_the_device_tells_how_far_a_volume_reaches(volume: Volume) -> None:
    folder = volume.path / "a" / "b"
    folder.mkdir(parents=True)

    known = volume_of(os.fsencode(folder), [])

    assert (known.top, known.word, known.keeps_numbers) == (os.fsencode(volume.path), None, False)


def test_the_kernel_says_what_is_mounted() -> None:
    assert any(mount.kind == "proc" and mount.top == b"/proc" for mount in mounts())


def test_a_read_only_snapshot_is_told_from_the_folder_it_was_taken_of(tmp_path: Path) -> None:
    with (
        loop(image(tmp_path / "image", "btrfs", megabytes=110)) as device,
        mounted(tmp_path / "at", "mount", device, "AT") as at,
    ):
        photos, daily, kept = at / "photos", at / "daily", at / "kept"
        subvolume("create", photos)
        (photos / "in").mkdir()
        (photos / "in" / "a.jpg").write_bytes(b"picture")
        subvolume("snapshot", "-r", photos, daily)
        subvolume("snapshot", photos, kept)
        files = [folder / "in" / "a.jpg" for folder in (photos, daily, kept)]

        assert [lasting_snapshot(os.fsencode(f)) for f in files] == [False, True, False]
        assert snapshots(map(found, files)) == {os.fsencode(files[1])}


def subvolume(*arguments: object) -> None:
    subprocess.run(["btrfs", "-q", "subvolume", *map(str, arguments)], check=True)


def test_a_read_only_mount_of_the_same_volume_is_a_snapshot_of_a_logical_volume(
    tmp_path: Path,
) -> None:
    drive = image(tmp_path / "image", "ext4", megabytes=8)
    taken = tmp_path / "taken"
    with loop(drive) as device, mounted(tmp_path / "live", "mount", device, "AT") as live:
        (live / "a.jpg").write_bytes(b"picture")
    taken.write_bytes(drive.read_bytes())
    with (
        loop(drive) as device,
        loop(taken) as older,
        mounted(tmp_path / "live", "mount", device, "AT") as live,
        mounted(tmp_path / "frozen", "mount", "-o", "ro", older, "AT") as frozen,
    ):
        files = [found(live / "a.jpg"), found(frozen / "a.jpg")]

        assert snapshots(files) == {files[1].path}
        assert snapshots(files[1:]) == frozenset()  # an archive that is mounted read-only


def test_a_bind_mount_is_no_snapshot(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.jpg").write_bytes(b"picture")
    with mounted(tmp_path / "bound", "mount", "-o", "bind,ro", str(photos), "AT") as bound:
        assert snapshots([found(photos / "a.jpg"), found(bound / "a.jpg")]) == frozenset()
