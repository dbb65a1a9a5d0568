"""The few operations on real files: none overwrites, and what is told is what is there."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path

import pytest

from copyfind.cleanup.files import Dress, Files, Kind, Seen
from tests.cleanup.faulty import Recording

FILES = Files()
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="not as on Windows")


def look(path: Path) -> Seen:
    seen = FILES.look(os.fsencode(path))
    assert seen is not None
    return seen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path.resolve() / "file"
    path.write_bytes(b"bytes")
    return path


def test_a_look_tells_a_file_from_a_folder_from_nothing(file: Path) -> None:
    here = look(file)

    assert (here.kind, here.size, here.links) == (Kind.FILE, 5, 1)
    assert look(file.parent).kind is Kind.FOLDER
    assert FILES.look(os.fsencode(file) + b".gone") is None
    assert FILES.look(os.fsencode(file) + b"/inside") is None


@POSIX
def test_a_look_does_not_follow_a_link(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file.name)
    os.mkfifo(file.with_name("pipe"))

    assert look(link).kind is Kind.LINK
    assert FILES.read_link(os.fsencode(link)) == b"file"
    assert FILES.resolve(os.fsencode(link)) == os.fsencode(file)
    assert look(file.with_name("pipe")).kind is Kind.OTHER


@POSIX
@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_only_a_regular_file_is_read(file: Path, what: str) -> None:
    path = file.with_name(what)
    if what == "link":
        path.symlink_to(file.name)
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()

    for read in (FILES.digest, FILES.read):
        with pytest.raises(OSError, match=r"regular|symbolic links|directory"):
            read(os.fsencode(path))


def test_a_file_is_as_planned_until_anything_about_it_changes(file: Path) -> None:
    here = look(file)
    planned = here.planned(FILES.digest(here.path))

    assert planned.sha256 == hashlib.sha256(b"bytes").digest()
    assert here.is_as(planned)
    os.utime(file, ns=(0, 1))
    assert not look(file).is_as(planned)


@pytest.mark.parametrize(("other", "equal"), [(b"bytes", True), (b"bytez", False), (b"", False)])
def test_two_files_are_compared_in_one_reading(file: Path, other: bytes, *, equal: bool) -> None:
    second = file.with_name("other")
    second.write_bytes(other)

    found = FILES.compare(os.fsencode(file), os.fsencode(second))

    digests = hashlib.sha256(b"bytes").digest(), hashlib.sha256(other).digest()
    assert found == (*digests, equal)


@pytest.mark.parametrize(
    "lacking",
    [(), ("rename_exclusively",), ("rename_exclusively", "rename_by_link")],
    ids=["one step", "two steps", "plain"],
)
def test_no_rename_goes_over_anything(file: Path, lacking: tuple[str, ...]) -> None:
    files = Recording(lacking=frozenset(lacking))
    other = file.with_name("other")
    other.write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        files.rename_new(os.fsencode(file), os.fsencode(other))
    assert (file.read_bytes(), other.read_bytes()) == (b"bytes", b"mine")
    files.rename_new(os.fsencode(file), os.fsencode(file.with_name("new")))
    assert file.with_name("new").read_bytes() == b"bytes"
    assert not file.exists()


def test_a_rename_that_fails_otherwise_is_not_tried_in_another_way(file: Path) -> None:
    files = Recording()

    with pytest.raises(FileNotFoundError):
        files.rename_new(os.fsencode(file) + b".gone", os.fsencode(file.with_name("new")))

    assert "rename_plainly" not in [name for name, _ in files.calls]


def test_nothing_new_is_made_over_anything(file: Path) -> None:
    path = os.fsencode(file)
    other = os.fsencode(file.with_name("other"))
    Path(os.fsdecode(other)).write_bytes(b"mine")

    for make in (FILES.copy, FILES.link, FILES.symlink):
        with pytest.raises(FileExistsError):
            make(path, other)
    with pytest.raises(FileExistsError):
        FILES.write_new(other, b"ours")
    assert Path(os.fsdecode(other)).read_bytes() == b"mine"


def test_a_line_is_added_behind_what_is_there(file: Path) -> None:
    FILES.append(os.fsencode(file), b" more")
    FILES.append(os.fsencode(file.with_name("new")), b"first")

    assert file.read_bytes() == b"bytes more"
    assert file.with_name("new").read_bytes() == b"first"


@POSIX
def test_a_file_is_dressed_as_another_was(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"")
    file.chmod(0o604)
    os.utime(file, ns=(10**18 + 1, 10**18 + 2))

    FILES.put_on(os.fsencode(other), FILES.dress(os.fsencode(file)))

    assert FILES.dress(os.fsencode(other)) == FILES.dress(os.fsencode(file))


@POSIX
def test_only_root_gives_files_away_and_that_is_no_failure(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    FILES.put_on(os.fsencode(file), Dress(0o600, (1, 1), 5, 6))

    assert file.stat().st_mtime_ns == 6


@POSIX
def test_a_folder_in_which_everyone_may_write_is_no_place_unless_it_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "album"
    place.mkdir()
    place.chmod(0o1777)

    assert FILES.may_write_in(os.fsencode(place))
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert not FILES.may_write_in(os.fsencode(place))
    assert not FILES.may_write_in(os.fsencode(place / "gone"))
