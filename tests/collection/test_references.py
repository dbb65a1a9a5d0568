"""Folders that are to stay as they are, whatever name they are given."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlite_utils import Database

from copyfind.collection.database import open_for_writing
from copyfind.collection.references import reference_paths
from copyfind.errors import UnknownReference


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_for_writing(tmp_path / "catalog.sqlite", holder="a test") as opened:
        yield opened


def indexed(db: Database, *paths: Path, state: str = "present") -> None:
    for path in paths:
        if state == "present":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"picture")
        inode = path.stat().st_ino if path.exists() else 0
        db.execute(
            "INSERT INTO files (path, device, inode, size, mtime_ns, state) "
            "VALUES (?, 1, ?, 7, 0, ?)",
            (bytes(path), inode, state),
        )


def known(db: Database, *named: Path) -> Sequence[Path]:
    return [Path(os.fsdecode(p)) for p in reference_paths(db, [bytes(path) for path in named])]


def test_a_folder_is_known_by_its_path_and_one_above_it_too(db: Database, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    indexed(db, archive / "2019/deep/a.jpg")

    assert known(db, archive / "2019") == [archive / "2019"]
    assert known(db, tmp_path) == [tmp_path]


@pytest.mark.parametrize("way", ["link to it", "link above it", "dots"])
def test_another_way_to_a_folder_protects_it(db: Database, tmp_path: Path, way: str) -> None:
    archive = tmp_path / "volumes/archive"
    indexed(db, archive / "2019/a.jpg")
    (tmp_path / "link").symlink_to(archive)
    (tmp_path / "above").symlink_to(tmp_path / "volumes")
    named = {
        "link to it": tmp_path / "link",
        "link above it": tmp_path / "above/archive",
        "dots": tmp_path / "volumes/../volumes/archive",
    }[way]

    assert known(db, named) == [archive]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("inside", [".", "2019", "2019/deep"])
def test_a_folder_mounted_elsewhere_is_the_same(db: Database, tmp_path: Path, inside: str) -> None:
    archive, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    indexed(db, archive / "2019/deep/a.jpg")
    elsewhere.mkdir()
    mounted = subprocess.run(["mount", "--bind", archive, elsewhere], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    try:
        assert known(db, elsewhere / inside) == [archive / inside]
    finally:
        subprocess.run(["umount", elsewhere], check=True)


def test_a_file_is_known_by_its_other_names(db: Database, tmp_path: Path) -> None:
    indexed(db, tmp_path / "a.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "other.jpg")

    assert known(db, tmp_path / "other.jpg") == [tmp_path / "a.jpg"]


def test_a_folder_whose_volume_is_away_is_known_by_its_path(db: Database, tmp_path: Path) -> None:
    indexed(db, tmp_path / "away/archive/a.jpg")
    (tmp_path / "away").rename(tmp_path / "unplugged")

    assert known(db, tmp_path / "away/archive") == [tmp_path / "away/archive"]


@pytest.mark.parametrize(
    "name", ["Archiv", "archive2", "archive/a", "elsewhere", "gone", "nowhere"]
)
def test_a_name_in_which_nothing_indexed_lies_is_refused(
    db: Database, tmp_path: Path, name: str
) -> None:
    indexed(db, tmp_path / "archive/a.jpg")
    indexed(db, tmp_path / "gone/b.jpg", state="missing")
    (tmp_path / "elsewhere").mkdir()

    with pytest.raises(UnknownReference, match="no indexed file lies in"):
        known(db, tmp_path / "archive", tmp_path / name)
