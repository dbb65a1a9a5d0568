"""One run of `index` as the catalog sees it: what was met, what is new, what was learnt of it.

The files met are collected in temporary tables, so that a collection of any size costs no
memory: SQL decides what is unchanged, moved, new or gone. Nothing is committed but whole batches.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from copyfind.collection.facts_json import facts_as_json
from copyfind.collection.identity import found_file, int64
from copyfind.collection.recognising import recognise
from copyfind.collection.sqlite_utils_import import Database
from copyfind.collection.unsettled import Unsettled
from copyfind.collection.volumes import Volume
from copyfind.paths import below
from copyfind.records import (
    FoundFile,
    Model,
    Problem,
    Row,
    Unreadable,
)

_NONE: Mapping[int, Volume] = {}
_PAGE = 64  # files handed out at a time: small, so that copies met meanwhile are known

_TEMPORARY = """
CREATE TEMP TABLE met (
    path BLOB PRIMARY KEY, device INT, inode INT, size INT, mtime_ns INT, content INT,
    volume TEXT, numbered INT
) WITHOUT ROWID;
CREATE INDEX temp.met_links ON met (inode, device);
CREATE TEMP TABLE refused (path BLOB PRIMARY KEY, problem TEXT, reason TEXT) WITHOUT ROWID;
CREATE TEMP TABLE unlisted (low BLOB, high BLOB);
CREATE TEMP TABLE attached (device INT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE alike (size INT, mtime_ns INT, PRIMARY KEY (size, mtime_ns)) WITHOUT ROWID;
CREATE TEMP TABLE work (
    place INTEGER PRIMARY KEY, path BLOB, device INT, inode INT, size INT, mtime_ns INT
);
"""

_ATTACHED = """
INSERT OR IGNORE INTO attached SELECT DISTINCT f.device FROM files f JOIN met USING (path)
"""
# While no file held a content, it could not be compared with what came: it is new again.
_UNSETTLE = """
UPDATE contents SET settled = 0
WHERE settled = 1 AND pixels IS NULL AND {these}
  AND NOT EXISTS (SELECT 1 FROM files f WHERE f.content = contents.id AND f.state = 'present')
"""
_UNSETTLE_MET = _UNSETTLE.format(
    these="id IN (SELECT content FROM files WHERE state != 'present') "
    "AND id IN (SELECT content FROM met)"
)
_UNSETTLE_ONE = _UNSETTLE.format(these="id = ?")
_ADOPT = """
INSERT INTO files (path, device, inode, size, mtime_ns, content, state, volume)
SELECT path, device, inode, size, mtime_ns, content, 'present', volume FROM met
WHERE content IS NOT NULL
ON CONFLICT (path) DO UPDATE SET
    device = excluded.device, inode = excluded.inode, size = excluded.size,
    mtime_ns = excluded.mtime_ns, content = excluded.content, state = 'present',
    problem = NULL, reason = NULL, volume = excluded.volume, doubted = 0
WHERE (files.device, files.inode, files.size, files.mtime_ns, files.content, files.state,
       files.volume, files.doubted)
   IS NOT (excluded.device, excluded.inode, excluded.size, excluded.mtime_ns, excluded.content,
           'present', excluded.volume, 0)
"""
# To do: what is not known, and known contents that lack a descriptor of this model, unless this
# very decoder has failed at them. Once per content and per inode. Files that share a size come one
# after the other, not side by side: the second is often a copy, and then needs no decoding.
_PLAN = """
INSERT INTO work
SELECT row_number() OVER (ORDER BY turn, path), path, device, inode, size, mtime_ns FROM (
    SELECT *, row_number() OVER (PARTITION BY size ORDER BY path) AS turn FROM (
        SELECT min(met.path) AS path, met.device, met.inode, met.size, met.mtime_ns
        FROM met
        LEFT JOIN contents c ON c.id = met.content
        LEFT JOIN descriptors d ON d.content = c.id AND d.model = :model AND d.region = 0
        WHERE c.id IS NULL
           OR (d.content IS NULL AND (c.problem IS NULL OR c.decoder != :decoder))
        GROUP BY CASE
            WHEN c.id IS NOT NULL THEN 'content ' || c.id
            WHEN met.inode != 0 AND met.numbered THEN 'inode ' || met.device || ' ' || met.inode
            ELSE met.path END))
"""
# Of uncompressed formats thousands of files have one size; their hashes travel with every job, so
# only the newest do: a copy of an older one is decoded again, and found to be one all the same.
_KNOWN_OF_SIZE = """
SELECT c.sha256 FROM contents c
LEFT JOIN descriptors d ON d.content = c.id AND d.model = :model AND d.region = 0
WHERE c.size = :size
  AND (d.content IS NOT NULL OR (c.problem IS NOT NULL AND c.decoder = :decoder))
ORDER BY c.id DESC LIMIT 1000
"""
_LEARN = """
INSERT INTO contents
    (sha256, size, width, height, format, facts, pixels, settled, problem, reason, decoder)
VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET
    width = excluded.width, height = excluded.height, format = excluded.format,
    facts = excluded.facts, pixels = CASE WHEN decoder = excluded.decoder
        THEN coalesce(excluded.pixels, pixels) ELSE excluded.pixels END,
    problem = excluded.problem, reason = excluded.reason, decoder = excluded.decoder
RETURNING id
"""
_PRESENT = """
INSERT INTO files (path, device, inode, size, mtime_ns, content, state, volume)
SELECT path, :device, :inode, :size, :mtime_ns, :content, 'present', volume FROM met
WHERE path = :path OR (inode != 0 AND inode = :inode AND device = :device AND numbered)
ON CONFLICT (path) DO UPDATE SET
    device = excluded.device, inode = excluded.inode, size = excluded.size,
    mtime_ns = excluded.mtime_ns, content = excluded.content, state = 'present',
    problem = NULL, reason = NULL, volume = excluded.volume, doubted = 0
"""
# The content stays: a file that can be read again, and is unchanged, need not be. What cannot be
# read at one name cannot at its other names, its hard links.
_REFUSE = """
INSERT INTO files (path, device, inode, size, mtime_ns, content, state, problem, reason)
SELECT :path, 0, 0, 0, 0, NULL, 'error', :problem, :reason
UNION SELECT other.path, 0, 0, 0, 0, NULL, 'error', :problem, :reason
FROM met JOIN met other USING (inode, device) WHERE met.path = :path AND met.inode != 0
ON CONFLICT (path) DO UPDATE SET
    state = 'error', problem = excluded.problem, reason = excluded.reason
"""
# Only where the folder could be listed, and its volume is there: an unplugged disk loses nothing.
_NOT_MET = """
path >= :low AND path < :high
AND path NOT IN (SELECT path FROM met) AND path NOT IN (SELECT path FROM refused)
AND NOT EXISTS (SELECT 1 FROM unlisted u WHERE files.path >= u.low AND files.path < u.high)
"""
_FORGET = f"""
UPDATE files SET state = 'missing', problem = NULL, reason = NULL
WHERE state != 'missing' AND content IS NOT NULL
  AND device IN (SELECT device FROM attached)
  AND {_NOT_MET}
"""
_FORGET_PROBLEMS = f"DELETE FROM files WHERE content IS NULL AND {_NOT_MET}"


@dataclass(frozen=True, slots=True)
class Workload:
    """How much of what was met has to be read."""

    met: int  # files
    met_bytes: int
    files: int  # to be read
    bytes: int


class Intake:
    """The writer's view of one run; `db` is open for writing and used by nobody else."""

    def __init__(self, db: Database, *, model: Model, decoder: str) -> None:
        self._db = db
        self._model = model
        self.unsettled = Unsettled(db, model)
        self.excluded = 0
        self._wanted = {"model": model.key, "decoder": decoder}
        self._volumes: dict[int, Volume] = {}
        for statement in _TEMPORARY.split(";"):
            db.execute(statement)

    def meet(
        self,
        files: Iterable[FoundFile] = (),
        *,
        refused: Iterable[Unreadable] = (),
        unlisted: Sequence[Unreadable] = (),
        volumes: Mapping[int, Volume] = _NONE,
    ) -> None:
        """Note what the scan came across.

        refused: files, and unlisted: folders, that could not be read; stored with their reason.
        volumes: those of folders that were listed, by device, told before or with their files.
        """
        self._volumes.update(volumes)
        with self._db.atomic():
            self._many(
                "INSERT OR IGNORE INTO met VALUES (?, ?, ?, ?, ?, NULL, ?, ?)",
                [
                    (
                        *(f.path, int64(f.device), int64(f.inode), f.size, f.mtime_ns),
                        *self._of_volume(f.device),
                    )
                    for f in files
                ],
            )
            self._many("INSERT INTO unlisted VALUES (?, ?)", [below(u.path) for u in unlisted])
            self._many("INSERT OR IGNORE INTO attached VALUES (?)", [(int64(d),) for d in volumes])
            for problem in (*refused, *unlisted):
                self._refuse(problem)

    def plan(self, *, reread: bool = False) -> Workload:
        """Recognise what is known, keep it, and count what has to be read. reread: all of it."""
        with self._db.atomic():
            if reread:
                self._db.execute(
                    "UPDATE files SET doubted = 1 WHERE path IN (SELECT path FROM met)"
                )
            else:
                recognise(self._db)
            self._db.execute(_ATTACHED)
            self._db.execute(_UNSETTLE_MET)
            self._db.execute(_ADOPT)
            self._db.execute(_PLAN, self._wanted)
        count = "SELECT count(*), coalesce(sum(size), 0) FROM"
        met = self._db.execute(f"{count} met").fetchone()
        work = self._db.execute(f"{count} work").fetchone()
        return Workload(*met, *work)

    def work(self) -> Iterator[tuple[FoundFile, frozenset[bytes]]]:
        """Files to be read, each with the hashes of contents of its size that are known already."""
        place = 0
        while rows := self._db.execute(
            "SELECT * FROM work WHERE place > ? ORDER BY place LIMIT ?", (place, _PAGE)
        ).fetchall():
            known = self._known({row[4] for row in rows})
            for _, path, device, inode, size, mtime_ns in rows:
                file = found_file(path, device, inode, size, mtime_ns)
                yield file, frozenset(known.get(size, ()))
            place = rows[-1][0]

    def store(
        self,
        rows: Iterable[tuple[FoundFile, Row]] = (),
        *,
        known: Iterable[tuple[FoundFile, bytes]] = (),
        refused: Iterable[Unreadable] = (),
    ) -> None:
        """Keep one batch, whole or not at all; its files must have been met.

        rows: files with what is stored of their content. known: files with the SHA-256 of a content
        that is stored already. refused: files that could not be read.
        """
        with self._db.atomic():
            for file, row in rows:
                self._learn(file, row)
            for file, sha256 in known:
                self._attach(file, self._content_of(sha256))
            for problem in refused:
                self._refuse(problem)

    def forget_missing(self, folders: Iterable[bytes], *, options: str) -> int:
        """Mark what was not met in a whole scan of `folders`; returns how many files are gone.
        Those that are there, and were left out of this scan, are counted in `excluded`."""
        marked = 0
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._db.atomic():
            for folder in folders:
                low, high = below(folder)
                here = {"low": low, "high": high}
                forgotten = self._db.execute(f"{_FORGET} RETURNING path", here).fetchall()
                there = sum(os.path.lexists(path) for (path,) in forgotten)
                self.excluded += there
                marked += len(forgotten) - there
                self._db.execute(_FORGET_PROBLEMS, here)
                self._db.execute("DELETE FROM roots WHERE path >= ? AND path < ?", (low, high))
                if self._root_above(folder) is None:
                    self._db.execute(
                        "INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", (folder, now, options)
                    )
        return marked

    def problems(self) -> list[Unreadable]:
        """Everything that was met in this run and gave no picture, by path."""
        rows = self._db.execute(
            "SELECT path, problem, reason FROM refused UNION "
            "SELECT f.path, f.problem, f.reason FROM met JOIN files f USING (path) "
            "WHERE f.state = 'error' UNION "
            "SELECT f.path, c.problem, c.reason FROM met JOIN files f USING (path) "
            "JOIN contents c ON c.id = f.content "
            "WHERE f.state = 'present' AND c.problem IS NOT NULL ORDER BY 1"
        )
        return [Unreadable(path, Problem(problem), reason) for path, problem, reason in rows]

    def _of_volume(self, device: int) -> tuple[str | None, int]:
        """What a volume is known by, and whether the numbers of its files last."""
        volume = self._volumes.get(device)
        return (None, 0) if volume is None else (volume.word, int(volume.keeps_numbers))

    def _known(self, sizes: set[int]) -> dict[int, set[bytes]]:
        return {
            size: {
                row[0] for row in self._db.execute(_KNOWN_OF_SIZE, {"size": size, **self._wanted})
            }
            for size in sizes
        }

    def _learn(self, file: FoundFile, row: Row) -> None:
        if row.problem is not None and (described := self._described(row.sha256)) is not None:
            self._attach(file, described)  # somebody failed at what had been decoded before
            return
        facts = row.facts
        (content,) = self._db.execute(
            _LEARN,
            (
                row.sha256,
                row.size,
                *((facts.width, facts.height, facts.format) if facts else (None, None, None)),
                facts_as_json(facts) if facts else None,
                row.pixels,
                row.problem and row.problem.value,
                row.reason,
                row.decoder,
            ),
        ).fetchone()
        if row.descriptor is not None:
            self._db.execute(
                "INSERT OR REPLACE INTO descriptors VALUES (?, ?, 0, ?)",
                (content, self._model.key, row.descriptor.tobytes()),
            )
        self._attach(file, content)

    def _attach(self, file: FoundFile, content: int) -> None:
        """Note that the file, and every hard link of it that was met, holds this content."""
        self._db.execute(_UNSETTLE_ONE, (content,))
        self._db.execute(
            _PRESENT,
            {
                "path": file.path,
                "device": int64(file.device),
                "inode": int64(file.inode),
                "size": file.size,
                "mtime_ns": file.mtime_ns,
                "content": content,
            },
        )

    def _refuse(self, problem: Unreadable) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO refused VALUES (?, ?, ?)",
            (problem.path, problem.problem.value, problem.reason),
        )
        # What vanishes while we look may be deleted, or its disk unplugged: the next run will
        # know. Until then nothing is changed about it.
        if problem.problem is not Problem.VANISHED:
            self._db.execute(
                _REFUSE,
                {
                    "path": problem.path,
                    "problem": problem.problem.value,
                    "reason": problem.reason,
                },
            )

    def _described(self, sha256: bytes) -> int | None:
        """The content with this hash, if it is described."""
        row = self._db.execute(
            "SELECT c.id FROM contents c JOIN descriptors d ON d.content = c.id "
            "WHERE c.sha256 = :sha256 AND d.model = :model AND d.region = 0",
            {"sha256": sha256, **self._wanted},
        ).fetchone()
        return None if row is None else int(row[0])

    def _content_of(self, sha256: bytes) -> int:
        (content,) = self._db.execute(
            "SELECT id FROM contents WHERE sha256 = ?", (sha256,)
        ).fetchone()
        return int(content)

    def _root_above(self, folder: bytes) -> bytes | None:
        for (root,) in self._db.execute("SELECT path FROM roots"):
            low, high = below(root)
            if low <= folder < high:
                return bytes(root)
        return None

    def _many(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._db.conn.executemany(sql, rows)
