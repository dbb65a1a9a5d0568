"""What the catalog remembers, for those who only read: models, descriptors, contents, problems."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from copyfind.collection.facts_json import facts_of_json
from copyfind.collection.identity import found_file
from copyfind.collection.sqlite_utils_import import Database
from copyfind.errors import CatalogError
from copyfind.paths import below, shown
from copyfind.records import (
    Content,
    Counts,
    FoundFile,
    Halves,
    Ints,
    Model,
    Problem,
    Root,
    Unreadable,
)

# What is known of a content, and goes with it.
_ABOUT_CONTENTS = (
    ("descriptors", "content"),
    ("verdicts", "first"),
    ("verdicts", "second"),
    ("origins", "first"),
    ("origins", "second"),
    ("searched", "content"),
)
_MODEL = "id, name, weights, dim, input_size, default_threshold"


class Catalog:
    """A reader of an open database, limited to files below some folders and of some size.

    It speaks of contents by rows: their places, in the order of SHA-256, among all that a present
    file holds here. Two pictures have the same order in every catalog, whichever was met first.
    """

    def __init__(
        self, db: Database, *, within: Sequence[bytes] = (), minimum_size: int = 0
    ) -> None:
        self._db = db
        ranges = [below(path) for path in within]
        ranges += [(path, path + b"\0") for path in within]  # a file named as such
        with db.atomic():
            db.execute("CREATE TEMP TABLE IF NOT EXISTS within (low BLOB, high BLOB)")
            db.execute("DELETE FROM within")
            db.conn.executemany("INSERT INTO within VALUES (?, ?)", ranges)
        here = "EXISTS (SELECT 1 FROM within w WHERE f.path >= w.low AND f.path < w.high)"
        self._here = f"(f.size >= {int(minimum_size)} AND {here if within else '1'})"

    @property
    def db(self) -> Database:
        """The open database, for others that read what this sees."""
        return self._db

    def models(self) -> list[Model]:
        """All models, the one with most descriptors first."""
        rows = self._db.execute(
            f"SELECT {_MODEL} FROM models m ORDER BY (SELECT count(*) FROM descriptors d "
            "WHERE d.model = m.id AND d.region = 0) DESC, id DESC"
        )
        return [_model(row) for row in rows]

    def model(self, name: str | None = None) -> Model:
        """The model named, or the one that describes most pictures; CatalogError without one."""
        models = self.models()
        for model in models:
            if name in (None, model.name, model.weights):
                return model
        if not models:
            raise CatalogError("nothing has been indexed yet; start with: copyfind index FOLDER")
        names = ", ".join(model.name for model in models)
        raise CatalogError(
            f"nothing was indexed with the model {name!r} (there are: {names}); "
            f"do so with: copyfind index --model {name} FOLDER"
        )

    def state(self) -> str:
        """A word for what is known: another one whenever folders were indexed, or people have
        decided something, since."""
        told = ["SELECT path, scanned_at FROM roots", "SELECT max(id), count(*) FROM contents"]
        if self._db.table("decisions").exists():
            told.append("SELECT * FROM decisions")
        state = hashlib.sha256()
        for query in told:
            state.update(repr(sorted(self._db.execute(query).fetchall())).encode())
        return state.hexdigest()[:16]

    def roots(self) -> list[Root]:
        """The folders that were indexed, by path."""
        rows = self._db.execute("SELECT path, scanned_at FROM roots ORDER BY path")
        return [Root(path, when) for path, when in rows]

    def reaches(self, path: bytes) -> bool:
        """Whether the path, or anything below it, was ever indexed: a folder may be empty."""
        low, high = below(path)
        (found,) = self._db.execute(
            "WITH known AS (SELECT path FROM files UNION ALL SELECT path FROM roots) SELECT EXISTS "
            "(SELECT 1 FROM known WHERE path = :path OR path >= :low AND path < :high)",
            {"path": path, "low": low, "high": high},
        ).fetchone()
        return bool(found)

    def expect(self, paths: Iterable[bytes]) -> None:
        """Raise CatalogError for the first of these paths that nothing indexed `reaches`."""
        for path in paths:
            if not self.reaches(path):
                raise CatalogError(
                    f"nothing that is indexed lies in {shown(path)}; check the spelling, or index "
                    "it with: copyfind index FOLDER"
                )

    def sha256s(self) -> list[bytes]:
        """(N,) the hashes of all contents here, by row."""
        joined = self._by_hash[1].tobytes()
        return [joined[start : start + 32] for start in range(0, len(joined), 32)]

    def rows_of(self, numbers: Ints) -> Ints:
        """The rows of contents that the database numbers so; -1 for what is not here."""
        if not len(self._numbers):
            return np.full(numbers.shape, -1, np.int64)
        places = np.searchsorted(self._numbers, numbers, sorter=self._by_number)
        rows: Ints = self._by_number[places % len(self._numbers)]
        return np.where(self._numbers[rows] == numbers, rows, -1)

    def descriptors(self, model: Model) -> tuple[Ints, Halves]:
        """(M,) rows of contents with a descriptor, ascending, and (M, D) unit descriptors."""
        numbers = self._integers(
            "SELECT content FROM descriptors WHERE model = ? AND region = 0", model.key
        )
        rows = np.sort(self.rows_of(numbers))
        rows = rows[rows >= 0]
        vectors = np.empty((len(rows), model.dim), np.float16)
        for some, part in self._wholes(model):
            vectors[np.searchsorted(rows, some)] = part
        return rows, vectors

    def numbers_of(self, rows: Ints) -> Ints:
        """What the database calls the contents of these rows."""
        return self._numbers[rows]

    def repeated_contents(self) -> list[int]:
        """Rows of contents that more than one present file holds."""
        numbers = self._integers(
            f"SELECT f.content FROM files f WHERE f.state = 'present' AND {self._here} "
            "GROUP BY f.content HAVING count(*) > 1"
        )
        return sorted(self.rows_of(numbers).tolist())

    def same_pixels(self) -> list[list[int]]:
        """Groups of rows of contents whose full-size pixels are equal, all ascending."""
        found = self._db.execute(
            "SELECT id, pixels FROM contents WHERE pixels IN "
            "(SELECT pixels FROM contents GROUP BY pixels HAVING count(*) > 1)"
        ).fetchall()
        rows = self.rows_of(np.array([number for number, _ in found], np.int64)).tolist()
        groups: dict[bytes, list[int]] = {}
        for row, (_, pixels) in sorted(zip(rows, found, strict=True)):
            if row >= 0:
                groups.setdefault(pixels, []).append(row)
        return [group for group in groups.values() if len(group) > 1]

    def contents(self, rows: Iterable[int]) -> dict[int, Content]:
        """Contents by row, ascending, with all their present files, sorted by path."""
        wanted = sorted({int(row) for row in rows})
        numbers_of = self._numbers[np.array(wanted, np.int64)]
        row_of = dict(zip(numbers_of.tolist(), wanted, strict=True))
        numbers = json.dumps(list(row_of))
        files: dict[int, list[FoundFile]] = {}
        for number, *file in self._db.execute(
            "SELECT f.content, f.path, f.device, f.inode, f.size, f.mtime_ns FROM files f "
            "WHERE f.content IN (SELECT value FROM json_each(?)) AND f.state = 'present' "
            f"AND {self._here} ORDER BY f.path",
            (numbers,),
        ):
            files.setdefault(number, []).append(found_file(*file))
        found = {
            row_of[number]: Content(
                row=row_of[number],
                sha256=sha256,
                size=size,
                facts=facts_of_json(facts) if facts else None,
                pixels=pixels,
                files=tuple(files.get(number, ())),
                problem=problem,
            )
            for number, sha256, size, facts, pixels, problem in self._db.execute(
                "SELECT id, sha256, size, facts, pixels, reason FROM contents "
                "WHERE id IN (SELECT value FROM json_each(?))",
                (numbers,),
            )
        }
        return {row: found[row] for row in wanted}

    def file_at(self, path: bytes) -> tuple[FoundFile, bytes] | None:
        """A present file by its path, with the SHA-256 of what it held when it was read."""
        row = self._db.execute(
            "SELECT f.path, f.device, f.inode, f.size, f.mtime_ns, c.sha256 FROM files f "
            "JOIN contents c ON c.id = f.content WHERE f.path = ? AND f.state = 'present'",
            (path,),
        ).fetchone()
        return None if row is None else (found_file(*row[:5]), row[5])

    def paths_of(self, sha256: bytes) -> tuple[bytes, ...]:
        """The present files of a content, by path."""
        rows = self._db.execute(
            "SELECT f.path FROM files f JOIN contents c ON c.id = f.content "
            f"WHERE c.sha256 = ? AND f.state = 'present' AND {self._here} ORDER BY f.path",
            (sha256,),
        )
        return tuple(path for (path,) in rows)

    def problems(self) -> list[Unreadable]:
        """Every file that gave no picture, by path, with the reason."""
        rows = self._db.execute(
            "SELECT f.path, f.problem, f.reason FROM files f WHERE f.state = 'error' AND "
            f"{self._here} UNION ALL "
            "SELECT f.path, c.problem, c.reason FROM files f JOIN contents c ON c.id = f.content "
            f"WHERE f.state = 'present' AND c.problem IS NOT NULL AND {self._here} ORDER BY 1"
        )
        return [Unreadable(path, Problem(problem), reason) for path, problem, reason in rows]

    def counts(self, model: Model | None) -> Counts:
        """How much the catalog holds of present files."""
        files, size, missing, errors = self._db.execute(
            "SELECT count(*) FILTER (WHERE state = 'present'), "
            "coalesce(sum(size) FILTER (WHERE state = 'present'), 0), "
            "count(*) FILTER (WHERE state = 'missing'), count(*) FILTER (WHERE state = 'error') "
            f"FROM files f WHERE {self._here}"
        ).fetchone()
        contents, described, broken = self._db.execute(
            "SELECT count(DISTINCT c.id), count(DISTINCT d.content), "
            "count(*) FILTER (WHERE c.problem IS NOT NULL) "
            "FROM files f JOIN contents c ON c.id = f.content LEFT JOIN descriptors d "
            "ON d.content = c.id AND d.model = ? AND d.region = 0 "
            f"WHERE f.state = 'present' AND {self._here}",
            (model.key if model else -1,),
        ).fetchone()
        left_out = self._db.execute(
            f"SELECT path FROM files f WHERE state = 'missing' AND {self._here}"
        )
        there = sum(os.path.lexists(path) for (path,) in left_out)
        return Counts(files, size, contents, described, missing - there, errors + broken, there)

    def present_files(self) -> Iterator[tuple[FoundFile, bytes]]:
        """Every present file with the SHA-256 it had when it was read, by path."""
        rows = self._db.execute(
            "SELECT f.path, f.device, f.inode, f.size, f.mtime_ns, c.sha256 FROM files f "
            "JOIN contents c ON c.id = f.content WHERE f.state = 'present' "
            f"AND {self._here} ORDER BY f.path"
        )
        for *file, sha256 in rows:
            yield found_file(*file), sha256

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the database itself; empty when it is sound."""
        faults = [text for (text,) in self._db.execute("PRAGMA integrity_check") if text != "ok"]
        faults += [
            f"{table}: row {row} refers to a {parent} that is not there"
            for table, row, parent, _ in self._db.execute("PRAGMA foreign_key_check")
        ]
        faults += [
            f"descriptor of content {content}: {length} bytes where the model has {2 * dim}"
            for content, length, dim in self._db.execute(
                "SELECT d.content, length(d.vector), m.dim FROM descriptors d "
                "JOIN models m ON m.id = d.model WHERE length(d.vector) != 2 * m.dim"
            )
        ]
        return faults

    @property
    def _numbers(self) -> Ints:
        return self._by_hash[0]

    @cached_property
    def _by_hash(self) -> tuple[Ints, NDArray[np.bytes_]]:
        """(N,) what the database calls the content of each row, and (N,) their hashes."""
        held = self._integers(
            "SELECT DISTINCT f.content FROM files f WHERE f.content IS NOT NULL "
            f"AND f.state = 'present' AND {self._here}"
        )
        # Sorted here: in the order of their index, SQLite reads the contents from all over.
        found = self._db.execute("SELECT id, sha256 FROM contents").fetchall()
        numbers = np.array([number for number, _ in found], np.int64)
        hashes = np.frombuffer(b"".join(sha256 for _, sha256 in found), "S32")
        here = np.isin(numbers, held)
        order = np.argsort(hashes[here])
        return numbers[here][order], hashes[here][order]

    @cached_property
    def _by_number(self) -> Ints:
        return np.argsort(self._numbers)

    def _wholes(self, model: Model) -> Iterator[tuple[Ints, Halves]]:
        """(B,) rows and (B, D) descriptors of whole pictures, some at a time."""
        found = self._db.execute(
            "SELECT content, vector FROM descriptors WHERE model = ? AND region = 0", (model.key,)
        )
        while block := found.fetchmany(10_000):
            rows = self.rows_of(np.array([content for content, _ in block], np.int64))
            joined = np.frombuffer(b"".join(vector for _, vector in block), np.float16)
            here = rows >= 0
            yield rows[here], joined.reshape(len(block), -1)[here]

    def _integers(self, sql: str, *parameters: object) -> Ints:
        return np.array([row[0] for row in self._db.execute(sql, parameters)], np.int64)


def remember_model(
    db: Database,
    *,
    weights: str,
    preprocess: int,
    name: str,
    dim: int,
    input_size: int,
    default_threshold: float,
) -> Model:
    """The catalog's record of a model, made when it is first used."""
    with db.atomic():
        db.execute(
            "INSERT INTO models (weights, preprocess, name, dim, input_size, default_threshold) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (weights, preprocess) DO UPDATE "
            "SET name = excluded.name, default_threshold = excluded.default_threshold",
            (weights, preprocess, name, dim, input_size, default_threshold),
        )
    row = db.execute(
        f"SELECT {_MODEL} FROM models WHERE weights = ? AND preprocess = ?", (weights, preprocess)
    ).fetchone()
    return _model(row)


def mark_files(db: Database, *, gone: Iterable[bytes] = (), back: Iterable[bytes] = ()) -> None:
    """Mark files that were cleared away, or given back as they were: no scan is needed to know
    it."""
    with db.atomic():
        for path in gone:
            db.execute("UPDATE files SET state = 'missing' WHERE path = ?", (path,))
        for path in back:
            db.execute(
                "UPDATE files SET state = 'present' WHERE path = ? AND state = 'missing'", (path,)
            )


def doubt_files(db: Database, paths: Iterable[bytes]) -> None:
    """Note that files hold other bytes than are remembered: the next run reads them again, and
    whatever was taken for the same files."""
    with db.atomic():
        for path in paths:
            db.execute(
                "UPDATE files SET doubted = 1 WHERE path = ? OR (inode != 0 AND (device, inode) = "
                "(SELECT f.device, f.inode FROM files f WHERE f.path = ?))",
                (path, path),
            )


def prune(db: Database) -> tuple[int, int]:
    """Forget missing files, and contents that no file holds any more; returns how many of each."""
    with db.atomic():
        db.execute("DELETE FROM descriptors WHERE region != 0")  # windows, of earlier versions
        files = db.execute("DELETE FROM files WHERE state = 'missing'").rowcount
        orphans = "NOT EXISTS (SELECT 1 FROM files f WHERE f.content = {})"
        for table, column in _ABOUT_CONTENTS:
            db.execute(f"DELETE FROM {table} WHERE {orphans.format(f'{table}.{column}')}")
        contents = db.execute(
            f"DELETE FROM contents WHERE {orphans.format('contents.id')}"
        ).rowcount
    db.execute("VACUUM")
    return files, contents


def content_hashes(db: Database) -> Iterator[bytes]:
    """The SHA-256 of everything known."""
    return (row[0] for row in db.execute("SELECT sha256 FROM contents"))


def _model(row: tuple[int, str, str, int, int, float]) -> Model:
    key, name, weights, dim, input_size, threshold = row
    return Model(key, name, weights, dim, input_size, threshold)
