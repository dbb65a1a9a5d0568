"""What a person has said of files that give no picture: that they know. Every SQL of it.

It holds for a path as long as it has the same problem; what becomes unreadable anew, or in another
way, is told again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_writing
from copyfind.collection.sqlite_utils_import import Database
from copyfind.records import Unreadable


def news(db: Database, problems: Iterable[Unreadable]) -> list[Unreadable]:
    """Those of these files that nobody has acknowledged."""
    if "acknowledged" not in db.table_names():  # a catalog that was only read since it was made
        return list(problems)
    known = set(db.execute("SELECT path, problem FROM acknowledged"))
    return [one for one in problems if (one.path, one.problem.value) not in known]


def acknowledge(catalog: Path) -> int:
    """Acknowledge every file that gives no picture; returns of how many that is news. Raises
    CatalogError."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with open_for_writing(catalog, holder="status", create=False) as db:
        fresh = news(db, Catalog(db).problems())
        with db.atomic():
            db.conn.executemany(
                "INSERT OR REPLACE INTO acknowledged (path, problem, acknowledged_at) "
                "VALUES (?, ?, ?)",
                [(one.path, one.problem.value, now) for one in fresh],
            )
    return len(fresh)
