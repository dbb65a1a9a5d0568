"""What people have said of pairs of pictures: every SQL of it.

Decisions are stored in short transactions beside the one writer, so that somebody can decide while
`index` runs. They are kept by hash: pruned, moved or indexed again, two contents stay decided.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_adding, speaking_plainly
from copyfind.collection.sqlite_utils_import import Database
from copyfind.records import Decision, DecisionKind, Pair, ordered


def decisions(db: Database) -> list[Decision]:
    """Everything that people have said, oldest first."""
    rows = db.execute(
        "SELECT first, second, kind, decided_at FROM decisions ORDER BY decided_at, first, second"
    )
    return [Decision(first, second, DecisionKind(kind), when) for first, second, kind, when in rows]


def pairs_apart(known: Catalog) -> frozenset[Pair]:
    """Contents that are not copies of each other, whatever else says so."""
    numbers = known.db.execute(
        "SELECT a.id, b.id FROM decisions d JOIN contents a ON a.sha256 = d.first "
        "JOIN contents b ON b.sha256 = d.second WHERE d.kind = ?",
        (DecisionKind.NOT_COPIES.value,),
    ).fetchall()
    rows = known.rows_of(np.array(numbers, np.int64).reshape(-1, 2))
    return frozenset((lower, higher) for lower, higher in rows.tolist() if min(lower, higher) >= 0)


def store_decisions(catalog: Path, pairs: Collection[tuple[bytes, bytes]]) -> int:
    """Remember that the two of each pair are no copies of each other; returns of how many pairs
    that is news. Raises CatalogError."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [(*ordered(a, b), DecisionKind.NOT_COPIES.value, now) for a, b in pairs]
    return _change(
        catalog,
        "INSERT INTO decisions (first, second, kind, decided_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (first, second) DO NOTHING",
        rows,
    )


def forget_decisions(catalog: Path, pairs: Collection[tuple[bytes, bytes]]) -> int:
    """Forget what was said of these pairs; returns of how many there was anything. Raises
    CatalogError."""
    rows = [ordered(a, b) for a, b in pairs]
    return _change(catalog, "DELETE FROM decisions WHERE first = ? AND second = ?", rows)


def _change(catalog: Path, sql: str, rows: Collection[tuple[object, ...]]) -> int:
    with speaking_plainly(catalog), open_for_adding(catalog) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            changed = connection.executemany(sql, rows).rowcount
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        return changed
