"""Thumbnails and local features of pictures: a cache in one SQLite file that may be deleted.

What is in it can be made again from the photos, so trouble with the file (no room, no right to
write, damage, another version) costs time alone: it is said once, in `trouble`, and what is
learnt from then on stays in memory, as much as fits there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from copyfind.collection.beside import NotOurs, make_ready
from copyfind.private import make_folder
from copyfind.records import Model

VERSION = 1  # of the tables below
IN_MEMORY = 256 << 20  # bytes kept where the file cannot be used
_BUSY = 10.0  # seconds that another process may take to write its batch
_AT_ONCE = 500  # keys in one query
_TABLES = """
CREATE TABLE thumbnails (sha256 BLOB PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE features (sha256 BLOB PRIMARY KEY, data BLOB NOT NULL)
"""
_NAMES = ("thumbnails", "features")


def looks_path(catalog: Path, cache: Path) -> Path:
    """The cache file of a catalog: one each, however its path is written."""
    name = hashlib.sha256(os.fsencode(catalog.resolve())).hexdigest()[:16]
    return cache / f"looks-{name}.sqlite"


def codes_path(catalog: Path, cache: Path, *, version: int) -> Path:
    """How the cache files begin of what is searched in features of that version."""
    looks = looks_path(catalog, cache)
    return looks.with_name(f"{looks.stem}-codes-{version}")


def pairs_path(catalog: Path, cache: Path, model: Model) -> Path:
    """The cache file of those pairs whose descriptors by a model are alike."""
    looks = looks_path(catalog, cache)
    return looks.with_name(f"{looks.stem}-pairs-{model.mark}.npz")


@contextmanager
def open_cache(catalog: Path, cache: Path | None) -> Iterator[PictureCache]:
    """Open the looks of a catalog's pictures; without a folder for them, or with trouble there,
    they are kept in memory alone. What is wrong with the file never raises."""
    cached = PictureCache(None if cache is None else looks_path(catalog, cache))
    try:
        yield cached
    finally:
        cached.close()


class PictureCache:
    """Thumbnails and features by the SHA-256 of contents; for several threads and processes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()  # of all below
        self._db: sqlite3.Connection | None = None
        self._memory = {name: _Recent(IN_MEMORY // 2) for name in _NAMES}
        self.trouble: str | None = None  # why nothing new is kept; one line for people
        if path is not None:
            self._open(path)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._disconnect()

    def thumbnails(self, contents: Iterable[bytes]) -> dict[bytes, bytes]:
        """JPEG bytes of those contents whose thumbnail is known."""
        return self._get("thumbnails", contents)

    def store_thumbnails(self, jpegs: Mapping[bytes, bytes]) -> None:
        """Keep JPEG bytes by content."""
        self._put("thumbnails", jpegs)

    def features(self, contents: Iterable[bytes], *, version: int) -> dict[bytes, bytes]:
        """Packed local features of those contents that have some of this version."""
        mark = version.to_bytes(4, "big")
        found = self._get("features", contents)
        return {key: data[4:] for key, data in found.items() if data.startswith(mark)}

    def store_features(self, packed: Mapping[bytes, bytes], *, version: int) -> None:
        """Keep packed local features by content, in place of those of another version."""
        mark = version.to_bytes(4, "big")
        self._put("features", {key: mark + data for key, data in packed.items()})

    def keep_only(self, contents: Iterable[bytes]) -> None:
        """Forget all but these contents, and give back the room."""
        with self._lock:
            if self._db is None:
                return
            with self._forgiving("cleared"):
                self._db.execute("CREATE TEMP TABLE kept (sha256 BLOB PRIMARY KEY)")
                with self._db:
                    self._db.executemany(
                        "INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in contents)
                    )
                    for name in _NAMES:
                        self._db.execute(
                            f"DELETE FROM {name} WHERE sha256 NOT IN (SELECT sha256 FROM kept)"
                        )
                self._db.execute("DROP TABLE kept")
                self._db.execute("VACUUM")

    def _get(self, name: str, contents: Iterable[bytes]) -> dict[bytes, bytes]:
        wanted = list(dict.fromkeys(contents))
        with self._lock:
            memory = self._memory[name]
            found = {key: data for key in wanted if (data := memory.get(key)) is not None}
            left = [key for key in wanted if key not in found]
            for start in range(0, len(left), _AT_ONCE):
                found.update(self._read(name, left[start : start + _AT_ONCE]))
        return found

    def _read(self, name: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        if self._db is None:
            return {}
        marks = ",".join("?" * len(keys))
        with self._forgiving("read"):
            sql = f"SELECT sha256, data FROM {name} WHERE sha256 IN ({marks})"
            return dict(self._db.execute(sql, keys).fetchall())
        return {}

    def _put(self, name: str, new: Mapping[bytes, bytes]) -> None:
        with self._lock:
            if self._db is not None and self.trouble is None and new:
                with self._forgiving("written"):
                    with self._db:
                        self._db.executemany(
                            f"INSERT OR REPLACE INTO {name} VALUES (?, ?)", new.items()
                        )
                    return
            for key, data in new.items():
                self._memory[name].put(key, data)

    @contextmanager
    def _forgiving(self, what: str) -> Iterator[None]:
        """Take note of what SQLite says; a damaged file is begun anew, once."""
        try:
            yield
        except sqlite3.Error as error:
            self._note(f"cannot be {what} ({error})")
            if _is_damage(error) and self._path is not None:
                self._disconnect()
                self._begin_anew(self._path)

    def _open(self, path: Path) -> None:
        try:
            make_folder(path.parent)
            self._connect(path)
        except OSError as error:
            self._note(f"cannot be made ({error.strerror})")
        except sqlite3.Error as error:
            self._disconnect()
            if _is_damage(error):
                self._begin_anew(path)
            else:
                self._note(f"cannot be used ({error})")
                self._connect_read_only(path)

    def _connect(self, path: Path) -> None:
        if path.is_symlink():
            raise NotOurs(errno.ELOOP, "it is a link", str(path))
        make_ready(path)
        self._db = db = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if _version(db) == VERSION:
            return
        db.isolation_level = None  # the module would end our transaction at the first CREATE
        db.execute("BEGIN IMMEDIATE")
        if _version(db) != VERSION:  # nobody else has done it meanwhile
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                db.execute(f'DROP TABLE "{name}"')
            for statement in _TABLES.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
        db.isolation_level = "DEFERRED"

    def _connect_read_only(self, path: Path) -> None:
        """Open the file for reading alone: on a read-only volume what is there may still be
        read."""
        with suppress(sqlite3.Error, ValueError):
            address = f"{path.resolve().as_uri()}?immutable=1"
            db = sqlite3.connect(address, uri=True, check_same_thread=False)
            tables = "SELECT count(*) FROM sqlite_master WHERE name IN (?, ?)"
            if _version(db) == VERSION and db.execute(tables, _NAMES).fetchone() == (len(_NAMES),):
                self._db = db
            else:
                db.close()

    def _begin_anew(self, path: Path) -> None:
        with suppress(OSError):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            try:
                self._connect(path)
                self.trouble = None
            except sqlite3.Error as error:
                self._disconnect()
                self._note(f"cannot be used ({error})")

    def _disconnect(self) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _note(self, what: str) -> None:
        if self.trouble is None:
            self.trouble = f"the cache {self._path} {what}; going on without it, which takes longer"


class _Recent:
    """Keeps what was put last, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._data: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        return self._data.get(key)

    def put(self, key: bytes, data: bytes) -> None:
        self._left += len(self._data.pop(key, b"")) - len(data)
        self._data[key] = data
        while self._left < 0 and self._data:
            self._left += len(self._data.popitem(last=False)[1])


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the bytes of the file are at fault, not their surroundings. A file of another program
    in this place lacks our tables, which is damage to us."""
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in codes or "no such table" in str(error)
