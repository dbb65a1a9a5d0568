"""Catalogs of every earlier version come to the schema of today; what they hold stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from copyfind.collection.migrations import MIGRATIONS, migrate


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    connection = sqlite3.connect(path)
    try:
        yield Database(connection)
    finally:
        connection.close()


def at_version(path: Path, number: int) -> None:
    """A catalog as a copyfind with so many migrations left it."""
    with opened(path) as db:
        for step in MIGRATIONS[:number]:
            step(db)
        db.execute(f"PRAGMA user_version = {number}")


def schema(path: Path) -> list[str]:
    with opened(path) as db:
        return sorted(sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql != ''"))


@pytest.mark.parametrize("number", range(len(MIGRATIONS) + 1))
def test_every_version_comes_to_the_schema_of_today(tmp_path: Path, number: int) -> None:
    new, old = tmp_path / "new.sqlite", tmp_path / "old.sqlite"
    at_version(new, len(MIGRATIONS))
    at_version(old, number)

    with opened(old) as db:
        migrate(db)
        version = db.execute("PRAGMA user_version").fetchone()

    assert version == (len(MIGRATIONS),)
    assert schema(old) == schema(new)


@pytest.mark.parametrize("number", range(1, len(MIGRATIONS)))
def test_what_a_catalog_holds_stays(tmp_path: Path, number: int) -> None:
    path = tmp_path / "catalog.sqlite"
    at_version(path, number)
    row = (b"/photos/a.jpg", 1, 2, 3, 4, "present")
    with opened(path) as db, db.conn:
        db.execute(
            "INSERT INTO files (path, device, inode, size, mtime_ns, state) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )

    with opened(path) as db:
        migrate(db)
        kept = db.execute("SELECT path, device, inode, size, mtime_ns, state FROM files").fetchall()

    assert kept == [row]
