"""Whether the catalog is sound, and whether files still hold what it remembers."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from copyfind.collection.database import open_for_writing
from copyfind.errors import CatalogError
from copyfind.pipeline.checking import check_catalog
from copyfind.watch import Progress, Stage, Watch
from tests.conftest import Album


@pytest.fixture
def indexed(drawn_album: Album) -> Album:
    drawn_album.index()
    return drawn_album


def tamper(album: Album, statement: str) -> None:
    with closing(sqlite3.connect(album.catalog)) as db:
        db.execute(statement)
        db.commit()


def test_a_catalog_after_a_run_is_sound(indexed: Album) -> None:
    checked = check_catalog(indexed.catalog, deep=True)
    assert (checked.faults, checked.files, checked.changed) == ((), 3, ())


def test_without_a_deep_check_no_file_is_read(indexed: Album) -> None:
    (indexed.folder / "a.jpg").write_bytes(b"other")
    checked = check_catalog(indexed.catalog)
    assert (checked.files, checked.changed) == (0, ())


def test_a_file_with_other_bytes_is_told_although_its_size_and_time_are_the_same(
    indexed: Album,
) -> None:
    path = indexed.folder / "a.jpg"
    change_behind_its_back(path)
    assert indexed.index().read == 0
    assert check_catalog(indexed.catalog, deep=True).changed == (
        (os.fsencode(path), "holds other bytes than when it was indexed"),
    )


def test_a_file_that_is_gone_is_told(indexed: Album) -> None:
    path = indexed.folder / "a.jpg"
    path.unlink()
    assert check_catalog(indexed.catalog, deep=True).changed == ((os.fsencode(path), "gone"),)


def test_a_file_that_cannot_be_read_is_told(indexed: Album) -> None:
    path = indexed.folder / "a.jpg"
    path.unlink()
    path.mkdir()
    ((told, what),) = check_catalog(indexed.catalog, deep=True).changed
    assert told == os.fsencode(path)
    assert what.startswith("cannot be read: ")


def test_progress_counts_files_and_bytes(indexed: Album) -> None:
    told: list[Progress] = []
    check_catalog(indexed.catalog, deep=True, watch=Watch(on_progress=told.append))
    size = sum(path.stat().st_size for path in indexed.folder.rglob("*.*"))
    assert told[-1] == Progress(Stage.CHECK, 3, 3, size, size)


def test_a_descriptor_of_another_length_is_a_fault(indexed: Album) -> None:
    tamper(indexed, "UPDATE descriptors SET vector = x'0000' WHERE content = 1 AND region = 0")
    (fault,) = check_catalog(indexed.catalog).faults
    assert fault == "descriptor of content 1: 2 bytes where the model has 512"


def test_a_file_whose_content_is_not_there_is_a_fault(indexed: Album) -> None:
    tamper(indexed, "UPDATE files SET content = 77 WHERE content = 1")
    assert any("refers to a contents" in fault for fault in check_catalog(indexed.catalog).faults)


def test_where_there_is_no_catalog_there_is_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalog"):
        check_catalog(tmp_path / "catalog.sqlite")


def test_what_holds_other_bytes_is_read_again_by_the_next_run(indexed: Album) -> None:
    path = indexed.folder / "a.jpg"
    change_behind_its_back(path)
    check_catalog(indexed.catalog, deep=True)

    assert indexed.index().read == 1
    assert check_catalog(indexed.catalog, deep=True).changed == ()
    assert indexed.index().read == 0


def test_a_catalog_that_is_busy_is_checked_all_the_same(indexed: Album) -> None:
    change_behind_its_back(indexed.folder / "a.jpg")
    said: list[str] = []
    with open_for_writing(indexed.catalog, holder="test"):
        checked = check_catalog(indexed.catalog, deep=True, watch=Watch(on_note=said.append))

    assert len(checked.changed) == 1
    assert ["--reread" in note for note in said] == [True]


def change_behind_its_back(path: Path) -> None:
    """Other bytes, and size and time as before."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
