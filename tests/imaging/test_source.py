"""Bytes that lie elsewhere: here, in an archive."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from copyfind.imaging.decode import pixel_hash
from copyfind.imaging.readers import Readers
from copyfind.imaging.reading import ReadJob, hash_pixels, read_file
from copyfind.imaging.source import LOCAL, OpenFile
from copyfind.records import FoundFile, Problem, ReadFile, Unreadable
from tests.imaging.drawing import SIDE, as_bytes, drawn, found, picture


@dataclass(frozen=True)
class Held:
    """What one look into the archive gave; its checksum tells whether another finds the same."""

    archive: Path
    stream: io.BytesIO
    file: FoundFile
    checksum: int

    def is_unchanged(self) -> bool:
        with zipfile.ZipFile(self.archive) as now:
            return self.checksum == now.getinfo(os.fsdecode(self.file.path)).CRC


@dataclass(frozen=True)
class Archive:
    """A `Source` of files in a zip archive."""

    path: Path

    @contextmanager
    def open(self, file: FoundFile) -> Iterator[Held]:
        with zipfile.ZipFile(self.path) as archive:
            try:
                info = archive.getinfo(os.fsdecode(file.path))
            except KeyError as error:
                raise FileNotFoundError(file.path) from error
            data = archive.read(info)
        yield Held(self.path, io.BytesIO(data), replace(file, size=info.file_size), info.CRC)


def archived(path: Path, **pictures: bytes) -> Archive:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in pictures.items():
            archive.writestr(name, data)
    return Archive(path)


def held(name: bytes, data: bytes) -> FoundFile:
    return FoundFile(name, 0, 0, len(data), 0)


DRAWN = as_bytes(drawn(seed=1), "PNG")


def test_workers_read_from_elsewhere(tmp_path: Path) -> None:
    source = archived(tmp_path / "a.zip", one=DRAWN, two=b"no picture")
    files = [held(b"one", DRAWN), held(b"two", b"no picture"), held(b"three", b"")]

    with Readers(workers=1, side=SIDE, source=source) as readers:
        read = list(readers.read(ReadJob(file) for file in files))
        hashes = [value for _, value in readers.pixel_hashes(files)]
        ((_, small),) = readers.thumbnails(files[:1], longest=30)

    assert isinstance(read[0], ReadFile)
    assert read[0].picture is not None
    assert (read[0].file, read[0].sha256) == (files[0], hashlib.sha256(DRAWN).digest())
    assert isinstance(read[1], ReadFile)
    assert read[1].problem is not None
    assert isinstance(read[2], Unreadable)
    assert read[2].problem is Problem.VANISHED
    assert hashes[0] == pixel_hash(DRAWN)
    assert not isinstance(small, Unreadable)
    assert small.shape == (20, 30, 3)


def test_what_changes_elsewhere_while_it_is_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = archived(tmp_path / "a.zip", one=DRAWN)

    def hash_slowly(data: bytes) -> bytes:
        archived(tmp_path / "a.zip", one=as_bytes(drawn(seed=2), "PNG"))
        return pixel_hash(data)

    monkeypatch.setattr("copyfind.imaging.reading.pixel_hash", hash_slowly)

    problem = hash_pixels(held(b"one", DRAWN), source=source)

    assert isinstance(problem, Unreadable)
    assert problem.problem is Problem.CHANGING


def test_what_is_elsewhere_another_by_now_gives_no_pixels(tmp_path: Path) -> None:
    source = archived(tmp_path / "a.zip", one=DRAWN)

    problem = hash_pixels(replace(held(b"one", DRAWN), size=5), source=source)

    assert isinstance(problem, Unreadable)
    assert problem.problem is Problem.CHANGING


def test_a_local_file_is_what_it_is_when_it_is_opened(tmp_path: Path) -> None:
    file = picture(tmp_path, "a")

    with LOCAL.open(replace(file, size=0, inode=0)) as opened:
        assert isinstance(opened, OpenFile)
        assert (opened.file, opened.is_unchanged()) == (file, True)
        (tmp_path / "a").write_bytes(b"more")
        assert not opened.is_unchanged()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    problem = read_file(ReadJob(found(tmp_path)), side=SIDE)

    assert isinstance(problem, Unreadable)
    assert problem.problem in {Problem.IO, Problem.PERMISSION}  # the latter on Windows


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are of POSIX")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)  # or opening it would wait
    try:
        problem = read_file(ReadJob(found(tmp_path / "pipe")), side=SIDE)
    finally:
        os.close(writer)

    assert isinstance(problem, Unreadable)
    assert problem.reason == "reading failed: it is not a regular file any more"
