"""Whatever fails, the old file or the new one is there, whole, and nothing beside it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from copyfind.whole_file import sync_folder, written_whole


def test_what_was_written_takes_the_files_place(tmp_path: Path) -> None:
    path = tmp_path / "numbers.bin"
    path.write_bytes(b"old")

    with written_whole(path) as unfinished:
        unfinished.write_bytes(b"new")
        assert path.read_bytes() == b"old"

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "numbers.bin"
    path.write_bytes(b"old")

    with pytest.raises(type(error)):
        _write(path, b"ne", then=error)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_before_the_first_byte_says_what_failed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too early"), written_whole(tmp_path / "a"):
        raise ValueError("too early")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_replaced_where_a_new_one_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"mine")

    with pytest.raises(FileExistsError), written_whole(path, over=False) as unfinished:
        unfinished.write_bytes(b"ours")

    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("links", [True, False])
def test_nor_is_one_that_appeared_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    path = tmp_path / "report.csv"
    if not links:
        _without_links(monkeypatch)

    def appear(unfinished: Path) -> None:
        unfinished.write_bytes(b"ours")
        path.write_bytes(b"mine")

    with pytest.raises(FileExistsError), written_whole(path, over=False) as unfinished:
        appear(unfinished)

    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_is_one_file_under_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    if not links:
        _without_links(monkeypatch)

    with written_whole(tmp_path / "report.csv", over=False) as unfinished:
        unfinished.write_bytes(b"ours")

    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]
    assert (tmp_path / "report.csv").stat().st_nlink == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_it_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    with written_whole(tmp_path / "ours") as unfinished:
        unfinished.write_bytes(b"")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_bytes_are_on_disk_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced, real = tmp_path / "a", list[tuple[bool, bool]](), os.fsync

    def sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((is_folder, path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    with written_whole(path) as unfinished:
        unfinished.write_bytes(b"bytes")

    assert synced == [(False, False), (True, True)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
@pytest.mark.parametrize(("number", "fails"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_volume_that_syncs_no_folders_is_no_failure_but_an_error_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, fails: bool
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    failed = False
    try:
        sync_folder(tmp_path)
    except OSError:
        failed = True

    assert failed is fails


def _write(path: Path, text: bytes, *, then: BaseException) -> None:
    with written_whole(path) as unfinished:
        unfinished.write_bytes(text)
        raise then


def _without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "this volume has no links")

    monkeypatch.setattr(os, "link", refuse)
