"""Files and folders of our own: nobody else reads them, and nothing of others goes for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import Timeout

from copyfind.private import (
    keep_private,
    lock_file,
    make_file,
    make_folder,
    read_note,
    remove_note,
    write_note,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")

PHOTO = b"\xff\xd8\xff" + bytes(300)
OURS = b"copyfind"


@pytest.fixture(params=[0o000, 0o022, 0o002, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def test_what_is_made_is_for_our_eyes_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    del umask
    folder = tmp_path / "data" / "copyfind"
    make_folder(folder)
    make_file(folder / "catalog")
    write_note(folder / "note", "copyfind index", begins=OURS)
    with lock_file(folder / "lock"):
        pass

    assert [mode(tmp_path / "data"), mode(folder)] == [0o700, 0o700]
    assert {mode(path) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("was", [0o644, 0o664, 0o666, 0o755, 0o604])
def test_what_an_older_version_left_open_is_mended(tmp_path: Path, was: int) -> None:
    folder, file = tmp_path / "data", tmp_path / "data" / "catalog"
    folder.mkdir()
    file.touch()
    file.chmod(was)
    folder.chmod(was | 0o700)

    keep_private(folder, file, tmp_path / "missing")

    assert [mode(folder), mode(file)] == [0o700, was & 0o700]


def test_what_a_link_leads_to_is_not_mended(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.touch()
    shared.chmod(0o644)
    (tmp_path / "link").symlink_to(shared)

    keep_private(tmp_path / "link")

    assert mode(shared) == 0o644


def photo(path: Path) -> Path:
    path.write_bytes(PHOTO)
    return path


def link_to_a_photo(path: Path) -> Path:
    there = photo(path.with_name("photo.jpg"))
    path.symlink_to(there)
    return there


def link_to_nothing(path: Path) -> Path:
    path.symlink_to(path.with_name("planted"))
    return path


def second_name_of_a_photo(path: Path) -> Path:
    there = photo(path.with_name("photo.jpg"))
    os.link(there, path)
    return there


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


IN_THE_WAY = [photo, link_to_a_photo, link_to_nothing, second_name_of_a_photo, pipe, folder]


@pytest.mark.parametrize("make", IN_THE_WAY)
def test_a_note_is_written_over_nothing_of_others(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = tmp_path / "catalog.writer"
    make(path)
    before = state(tmp_path)

    assert not write_note(path, "copyfind index", begins=OURS)
    assert read_note(path, begins=OURS) is None
    remove_note(path, begins=OURS)

    assert state(tmp_path) == before


@pytest.mark.parametrize("make", IN_THE_WAY)
def test_nothing_of_others_is_a_lock(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = tmp_path / "catalog.lock"
    make(path)
    before = state(tmp_path)

    with pytest.raises(OSError, match="no lock of copyfind"):
        lock_file(path)

    assert state(tmp_path) == before


def state(folder: Path) -> dict[str, object]:
    return {
        path.name: path.read_bytes() if path.is_file() else os.lstat(path).st_mode
        for path in folder.iterdir()
    }


def test_a_note_of_ours_is_replaced_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "catalog.writer"
    write_note(path, "copyfind index", begins=OURS)

    assert write_note(path, "copyfind apply", begins=OURS)

    assert read_note(path, begins=OURS) == "copyfind apply"
    remove_note(path, begins=OURS)
    assert not path.exists()


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock_file(path), pytest.raises(Timeout):
        lock_file(path).acquire()
    with closing(os.fdopen(os.open(path, os.O_RDONLY))) as file:
        assert file.read() == ""


def test_a_folder_is_not_made_where_there_is_a_file(tmp_path: Path) -> None:
    photo(tmp_path / "data")

    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "data" / "copyfind")
