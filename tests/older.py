"""Catalogs as earlier versions of copyfind left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_COLUMNS_OF_FILES = {4: ("volume", "doubted")}  # by the migration that added them
_TABLES = {
    2: ("verdicts", "searched"),
    3: ("decisions",),
    5: ("origins",),
    6: ("acknowledged",),
}


def make_older(catalog: Path, *, version: int) -> None:
    """Take from a catalog what came after this version."""
    with closing(sqlite3.connect(catalog)) as db, db:
        for added, tables in _TABLES.items():
            for table in tables if added > version else ():
                db.execute(f"DROP TABLE {table}")
        for added, columns in _COLUMNS_OF_FILES.items():
            for column in columns if added > version else ():
                db.execute(f"ALTER TABLE files DROP COLUMN {column}")
        db.execute(f"PRAGMA user_version = {version}")
