"""One file: its bytes read once, wherever they come from, and its troubles told apart."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from copyfind.imaging.decode import decode
from copyfind.imaging.reading import ReadJob, hash_file, hash_pixels, read_file, read_thumbnail
from copyfind.records import Picture, Problem, ReadFile, Unreadable
from tests.collection.conftest import not_as_root
from tests.imaging.drawing import SIDE, as_bytes, drawn, found, picture


def test_known_contents_are_not_decoded(tmp_path: Path) -> None:
    file = picture(tmp_path, "abort-if-decoded")
    known = hashlib.sha256(Path(os.fsdecode(file.path)).read_bytes()).digest()

    result = read_file(ReadJob(file, frozenset({known})), side=SIDE)

    assert isinstance(result, ReadFile)
    assert (result.sha256, result.picture, result.problem) == (known, None, None)


def test_a_file_changed_since_the_scan_is_read_as_it_is_now(tmp_path: Path) -> None:
    scanned = picture(tmp_path, "a", seed=1)
    (tmp_path / "a").write_bytes(as_bytes(drawn(200, 100), "PNG"))

    result = read_file(ReadJob(scanned), side=SIDE)

    assert isinstance(result, ReadFile)
    assert result.file == found(tmp_path / "a") != scanned


def test_a_file_that_changes_while_it_is_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = picture(tmp_path, "a")

    def decode_slowly(data: bytes, *, side: int) -> Picture:
        with (tmp_path / "a").open("ab") as another_program:
            another_program.write(b"more")
        return decode(data, side=side)

    monkeypatch.setattr("copyfind.imaging.reading.decode", decode_slowly)
    result = read_file(ReadJob(file), side=SIDE)

    assert isinstance(result, Unreadable)
    assert result.problem is Problem.CHANGING


def test_a_large_file_is_hashed_in_pieces_and_decoded_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = picture(tmp_path, "a")
    in_memory = read_file(ReadJob(file), side=SIDE)
    monkeypatch.setattr("copyfind.imaging.reading.IN_MEMORY", 10)

    from_disk = read_file(ReadJob(file), side=SIDE)

    assert isinstance(in_memory, ReadFile)
    assert isinstance(from_disk, ReadFile)
    assert in_memory.picture is not None
    assert from_disk.picture is not None
    assert in_memory.sha256 == from_disk.sha256
    assert in_memory.picture.pixels == from_disk.picture.pixels


def test_a_hash_alone_is_that_of_reading_all(tmp_path: Path) -> None:
    file = picture(tmp_path, "a")

    alone, whole = hash_file(file), read_file(ReadJob(file), side=SIDE)

    assert isinstance(alone, ReadFile)
    assert isinstance(whole, ReadFile)
    assert (alone.sha256, alone.picture) == (whole.sha256, None)


def test_pixels_and_thumbnail_are_of_what_the_scan_met_or_of_nothing(tmp_path: Path) -> None:
    scanned = picture(tmp_path, "a", seed=1)
    (tmp_path / "a").write_bytes(as_bytes(drawn(200, 100), "PNG"))

    for result in (hash_pixels(scanned), read_thumbnail(scanned, longest=50)):
        assert isinstance(result, Unreadable)
        assert result.problem is Problem.CHANGING

    thumbnail = read_thumbnail(found(tmp_path / "a"), longest=50)
    assert not isinstance(thumbnail, Unreadable)
    assert thumbnail.shape == (25, 50, 3)


def test_a_folder_under_the_name_of_a_picture_is_told(tmp_path: Path) -> None:
    result = read_file(ReadJob(found(tmp_path)), side=SIDE)

    assert isinstance(result, Unreadable)
    assert result.problem in {Problem.IO, Problem.PERMISSION}  # the latter on Windows


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_file_one_may_not_read_is_told(tmp_path: Path) -> None:
    file = picture(tmp_path, "secret")
    (tmp_path / "secret").chmod(0)

    with not_as_root():
        result = read_file(ReadJob(file), side=SIDE)

    assert isinstance(result, Unreadable)
    assert result.problem is Problem.PERMISSION
