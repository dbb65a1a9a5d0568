"""What counts as a change, and when it is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from copyfind.collection.changes import Seen, only_one, settled_changes
from copyfind.errors import CatalogLocked, FolderError

QUIET = 0.6  # seconds


SEEN = Seen(("/p", "/p/.photos/in"), "/p/c.sqlite")


@pytest.mark.parametrize(
    "path", ["/p", "/p/a.jpg", "/p/trip/a.xmp", "/p/.photos/in/a.jpg", "/p/c.sqlite3/a.jpg"]
)
def test_photos_and_what_belongs_to_them_count(path: str) -> None:
    assert SEEN(None, path)


@pytest.mark.parametrize(
    "path",
    [
        *("/p/.hidden/a.jpg", "/p/.copyfind-quarantine-7/a.jpg", "/p/@eaDir/a.jpg"),
        *("/p/c.sqlite-wal", "/p/.photos/a.jpg"),
    ],
)
def test_what_is_hidden_and_our_own_does_not_count(path: str) -> None:
    assert not SEEN(None, path)


@pytest.mark.parametrize("how", ["told", "poll"])
def test_changes_are_told_once_when_it_is_quiet(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    ends = time.monotonic() + 60
    changes = settled_changes(
        [bytes(folder)],
        catalog=tmp_path / "c.sqlite",
        quiet=QUIET,
        poll=how == "poll",
        should_stop=lambda: time.monotonic() > ends,
    )

    assert next(changes) == 0
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(b"x")
    began = time.monotonic()
    assert next(changes) >= 3
    assert time.monotonic() - began >= QUIET
    ends = 0
    assert list(changes) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    changes = settled_changes(
        [bytes(tmp_path / "none")],
        catalog=tmp_path / "c.sqlite",
        quiet=QUIET,
        poll=False,
        should_stop=lambda: False,
    )

    with pytest.raises(FolderError, match="none is not a folder that is there"):
        next(changes)


def test_one_at_a_time_follows(tmp_path: Path) -> None:
    catalog = tmp_path / "c.sqlite"

    with (
        only_one(catalog),
        pytest.raises(CatalogLocked, match="another copyfind watch"),
        only_one(catalog),
    ):
        pass
    with only_one(catalog):
        pass
