"""Verdicts on pairs of contents, what their files say of which was made from the other, and which
contents have been searched: every SQL of them.

They are read in the snapshot of whoever reads the catalog, and stored in short transactions beside
the one writer, by hash: a content may have gone meanwhile, and its number been given to another.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_adding
from copyfind.records import Ints, Pair, Tier
from copyfind.verdict import Verdict

_READ_AT_ONCE = 10_000  # pairs
_AT_ONCE = 200  # verdicts stored in one transaction: milliseconds

_STORE = """
INSERT OR REPLACE INTO verdicts (first, second, verifier, tier, evidence)
SELECT a.id, b.id, ?, ?, ? FROM contents a, contents b WHERE a.sha256 = ? AND b.sha256 = ?
"""
_STORE_ORIGIN = """
INSERT OR REPLACE INTO origins (first, second, version, odds)
SELECT a.id, b.id, ?, ? FROM contents a, contents b WHERE a.sha256 = ? AND b.sha256 = ?
"""
_MARK = """
INSERT OR IGNORE INTO searched (content, way) SELECT id, ? FROM contents WHERE sha256 = ?
"""
# What no file holds now was not met by what is new: if it comes back, it is new itself.
_UNMARK_ABSENT = """
DELETE FROM searched WHERE NOT EXISTS
    (SELECT 1 FROM files f WHERE f.content = searched.content AND f.state = 'present')
"""


def judged_pairs(known: Catalog, *, verifier: int) -> tuple[Ints, Ints]:
    """(P,) lower and (P,) higher rows of every pair with a verdict, proven or not."""
    rows = known.db.execute("SELECT first, second FROM verdicts WHERE verifier = ?", (verifier,))
    numbers = [np.empty((0, 2), np.int64)]  # and never an object of Python for each of millions
    while some := rows.fetchmany(_READ_AT_ONCE):
        numbers.append(np.array(some, np.int64))
    pairs = known.rows_of(np.concatenate(numbers))
    pairs = pairs[(pairs >= 0).all(axis=1)]
    return pairs[:, 0], pairs[:, 1]


def proven_pairs(known: Catalog, *, verifier: int) -> dict[Pair, Verdict]:
    """What ties the pairs that anything ties."""
    rows = known.db.execute(
        "SELECT first, second, evidence FROM verdicts WHERE verifier = ? AND tier != ?",
        (verifier, Tier.UNVERIFIED.value),
    ).fetchall()
    pairs = known.rows_of(np.array([row[:2] for row in rows], np.int64).reshape(-1, 2))
    return {
        (first, second): Verdict.from_dict(json.loads(evidence))
        for (first, second), (_, _, evidence) in zip(pairs.tolist(), rows, strict=True)
        if first >= 0 and second >= 0
    }


def told_origins(known: Catalog, *, version: int) -> dict[Pair, float]:
    """Log odds that the higher of two rows was made from the lower, where this version told any.
    Catalogs of before know none."""
    if "origins" not in known.db.table_names():
        return {}
    asked = "SELECT first, second, odds FROM origins WHERE version = ?"
    rows = known.db.execute(asked, (version,)).fetchall()
    pairs = known.rows_of(np.array([row[:2] for row in rows], np.int64).reshape(-1, 2))
    return {
        (first, second): odds
        for (first, second), (_, _, odds) in zip(pairs.tolist(), rows, strict=True)
        if first >= 0 and second >= 0
    }


def searched_contents(known: Catalog, *, way: str) -> Ints:
    """(M,) rows of contents whose candidates have all been judged, ascending."""
    found = known.db.execute("SELECT content FROM searched WHERE way = ?", (way,)).fetchall()
    rows = np.sort(known.rows_of(np.array(found, np.int64).reshape(-1)))
    return rows[rows >= 0]


class VerdictWriter(AbstractContextManager["VerdictWriter"]):
    """Stores verdicts where that is possible; where it is not, `trouble` says why, and whoever
    made them has them still.

    sha256s: of the rows by which verdicts come.
    """

    def __init__(self, catalog: Path, sha256s: Sequence[bytes], *, verifier: int) -> None:
        self.trouble: str | None = None
        self._sha256s, self._verifier = sha256s, verifier
        self._stack = ExitStack()
        self._db: sqlite3.Connection | None = None
        try:
            self._db = self._stack.enter_context(open_for_adding(catalog))
        except sqlite3.Error as error:
            self._give_up(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def store(self, verdicts: Mapping[Pair, Verdict]) -> None:
        """Keep verdicts by pair."""
        rows = [
            (
                self._verifier,
                verdict.tier.value,
                _evidence(verdict),
                self._sha256s[lower],
                self._sha256s[higher],
            )
            for (lower, higher), verdict in verdicts.items()
        ]
        for start in range(0, len(rows), _AT_ONCE):
            self._write(_STORE, rows[start : start + _AT_ONCE])

    def store_origins(self, odds: Mapping[Pair, float], *, version: int) -> None:
        """Keep log odds that the higher of a pair was made from the lower."""
        rows = [
            (version, value, self._sha256s[lower], self._sha256s[higher])
            for (lower, higher), value in odds.items()
        ]
        for start in range(0, len(rows), _AT_ONCE):
            self._write(_STORE_ORIGIN, rows[start : start + _AT_ONCE])

    def mark_searched(self, rows: Iterable[int], *, way: str) -> None:
        """Remember contents whose candidates, among all that is there, were judged."""
        marks = ((way, self._sha256s[row]) for row in rows)
        some = list(islice(marks, 50 * _AT_ONCE))
        if some:
            self._write(_UNMARK_ABSENT, [()])
        while some:
            self._write(_MARK, some)
            some = list(islice(marks, 50 * _AT_ONCE))

    def _write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._db is None:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(sql, rows)
            except BaseException:
                self._db.rollback()
                raise
            self._db.commit()
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        self._db = None
        self._stack.close()
        self.trouble = f"verdicts cannot be kept ({error}); the next run has to find them again"


def _evidence(verdict: Verdict) -> str | None:
    if verdict.tier is Tier.UNVERIFIED:
        return None
    return json.dumps(verdict.as_dict(), separators=(",", ":"))
