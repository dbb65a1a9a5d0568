"""While a file goes, nobody writes to it or to the one that is kept, and what goes by mistake in
that very moment is written down again."""

from __future__ import annotations

import mmap
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from copyfind.cleanup.files import Files
from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, assert_skipped, pair
from tests.cleanup.faulty import Racing

FILES = Files()
leases = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"picture")
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18 + 7))
    return path


def test_bytes_outlast_their_name(file: Path) -> None:
    before = file.stat()
    with FILES.hold(os.fsencode(file)) as held:
        file.unlink()

        assert not held.is_in_place()
        held.write_down()

    assert file.read_bytes() == b"picture"
    after = file.stat()
    assert (after.st_mtime_ns, after.st_mode) == (before.st_mtime_ns, before.st_mode)


def test_nothing_is_written_over(file: Path) -> None:
    with FILES.hold(os.fsencode(file)) as held:
        file.unlink()
        file.write_bytes(b"mine")

        assert not held.is_in_place()
        with pytest.raises(FileExistsError):
            held.write_down()

    assert file.read_bytes() == b"mine"


@leases
def test_a_file_that_is_open_for_writing_elsewhere_is_disturbed(file: Path) -> None:
    with file.open("ab"), FILES.hold(os.fsencode(file)) as held:
        assert held.is_disturbed()
    with FILES.hold(os.fsencode(file)) as held:
        assert not held.is_disturbed()


def test_a_reader_disturbs_nobody(file: Path) -> None:
    """As indexers are, which open whatever is renamed."""
    with file.open("rb"), FILES.hold(os.fsencode(file)) as held:
        assert not held.is_disturbed()


@leases
def test_who_opens_it_for_writing_meanwhile_is_noticed_and_waits(file: Path) -> None:
    script = f"open({str(file)!r}, 'ab').write(b' of a cat')"
    with FILES.hold(os.fsencode(file)) as held:
        assert not held.is_disturbed()
        writer = subprocess.Popen([sys.executable, "-c", script])
        while not held.is_disturbed():
            assert writer.poll() is None
        assert file.read_bytes() == b"picture"  # nothing is written yet
    assert writer.wait(timeout=60) == 0
    assert file.read_bytes() == b"picture of a cat"


@contextmanager
def _kept_open(path: Path) -> Iterator[None]:
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0):
        yield


@leases
@pytest.mark.parametrize("kind", [ActionKind.DELETE, ActionKind.SYMLINK, ActionKind.HARDLINK])
@pytest.mark.parametrize("name", ["keep.jpg", "copy.jpg"])
def test_nothing_goes_for_good_while_a_program_may_write_to_it_or_its_keeper(
    album: Album, kind: ActionKind, name: str
) -> None:
    pair(album)
    with _kept_open(album.at(name)):
        assert_skipped(album, album.plan(kind), "another program")


@pytest.mark.parametrize("kind", [ActionKind.DELETE, ActionKind.SYMLINK])
@pytest.mark.parametrize("how", ["removed", "renamed", "replaced"])
def test_the_last_file_stays_when_its_keeper_goes_in_the_same_moment(
    album: Album, kind: ActionKind, how: str
) -> None:
    plan = pair(album).plan(kind)
    keeper = album.at("keep.jpg")
    copy = album.at("copy.jpg").lstat()

    def somebody() -> None:
        if how == "renamed":
            keeper.rename(album.at("elsewhere.jpg"))
        else:
            keeper.unlink()
        if how == "replaced":
            keeper.write_bytes(b"another")

    applied = album.apply(plan, Racing("unlink", somebody))

    assert applied.done == []
    assert "so it stays" in applied.skipped[0].reason
    kept = album.at("copy.jpg")
    assert stat.S_ISREG(kept.lstat().st_mode)
    assert kept.read_bytes() == b"picture"
    assert (kept.stat().st_mtime_ns, kept.stat().st_mode) == (copy.st_mtime_ns, copy.st_mode)
