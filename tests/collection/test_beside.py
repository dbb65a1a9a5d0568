"""What SQLite would take for its own, beside a database, and is a photo or a link, stays."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from copyfind.collection.beside import NotOurs, look_beside, make_ready
from copyfind.collection.cache import PictureCache
from copyfind.collection.database import open_for_adding, open_for_reading, open_for_writing
from copyfind.errors import CatalogError
from tests.test_private import IN_THE_WAY, mode, state

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
ENDS = ["-wal", "-shm", "-journal"]


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "catalog.sqlite"
    with open_for_writing(path, holder="index"):
        pass
    return path


def open_to_read(path: Path) -> None:
    with open_for_reading(path):
        pass


def open_to_write(path: Path) -> None:
    with open_for_writing(path, holder="index"):
        pass


def open_to_add(path: Path) -> None:
    with open_for_adding(path):
        pass


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("make", IN_THE_WAY)
@pytest.mark.parametrize("opening", [open_to_read, open_to_write, open_to_add])
def test_nothing_of_others_beside_a_catalog_is_touched(
    catalog: Path,
    end: str,
    make: Callable[[Path], Path],
    opening: Callable[[Path], None],
) -> None:
    name = catalog.with_name(catalog.name + end)
    name.unlink(missing_ok=True)
    make(name)
    before = state(catalog.parent)

    with pytest.raises((CatalogError, NotOurs), match=name.name):
        opening(catalog)

    assert state(catalog.parent) == before


@pytest.mark.parametrize("make", IN_THE_WAY)
def test_nor_is_what_has_the_name_of_the_note(catalog: Path, make: Callable[[Path], Path]) -> None:
    make(catalog.with_name(catalog.name + ".writer"))
    before = state(catalog.parent)

    with open_for_writing(catalog, holder="index"):
        pass

    assert state(catalog.parent) == before


@pytest.mark.parametrize("make", IN_THE_WAY)
def test_nor_what_has_the_name_of_the_lock(catalog: Path, make: Callable[[Path], Path]) -> None:
    name = catalog.with_name(catalog.name + ".lock")
    name.unlink(missing_ok=True)
    make(name)
    before = state(catalog.parent)

    with pytest.raises(CatalogError, match=r"catalog\.sqlite\.lock"):
        open_to_write(catalog)

    assert state(catalog.parent) == before


def test_a_cache_with_something_beside_it_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "looks.sqlite"
    for make in IN_THE_WAY[:2]:
        name = path.with_name(path.name + "-wal")
        make(name)
        before = state(tmp_path)

        cache = PictureCache(path)

        assert "move it away" in str(cache.trouble)
        assert state(tmp_path) == before
        name.unlink()


def test_a_cache_is_not_begun_through_a_link(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.sqlite"
    with sqlite3.connect(catalog) as db:
        db.execute("CREATE TABLE files (path)")
    db.close()
    (tmp_path / "looks.sqlite").symlink_to(catalog)
    before = catalog.read_bytes()

    assert "link" in str(PictureCache(tmp_path / "looks.sqlite").trouble)

    assert catalog.read_bytes() == before


def test_what_sqlite_has_written_is_its_own(catalog: Path) -> None:
    with open_for_writing(catalog, holder="index") as db:
        with db.atomic():
            db.execute("INSERT INTO roots (path) VALUES (?)", (b"/x",))
        assert catalog.with_name("catalog.sqlite-wal").stat().st_size
        look_beside(catalog)
        with open_for_reading(catalog) as reader:
            assert reader.execute("SELECT count(*) FROM roots").fetchone() == (1,)
    old = catalog.with_name("old.sqlite")
    with sqlite3.connect(old, isolation_level=None) as rolling:
        rolling.execute("CREATE TABLE t (x)")
        rolling.execute("BEGIN IMMEDIATE")
        rolling.execute("INSERT INTO t VALUES (1)")
        look_beside(old)
    rolling.close()


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022])
def test_a_catalog_is_for_our_eyes_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = tmp_path / "data" / "catalog.sqlite"
        with open_for_writing(path, holder="index"):
            modes = {mode(one) for one in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert (mode(path.parent), modes) == (0o700, {0o600})


@pytest.mark.parametrize("opening", [open_to_write, make_ready, PictureCache])
def test_an_older_one_is_mended(tmp_path: Path, opening: Callable[[Path], object]) -> None:
    path = tmp_path / "catalog.sqlite"
    path.touch()
    path.chmod(0o644)

    opening(path)

    assert mode(path) == 0o600
