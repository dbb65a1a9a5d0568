"""Opening the catalog: for reading by many, for writing by one, and saying what is wrong."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlite_utils import Database

from copyfind.collection.migrations import MIGRATIONS, migrate
from copyfind.errors import CatalogError, CatalogLocked

LATEST = len(MIGRATIONS)


@contextmanager
def open_for_reading(path: Path) -> Iterator[Database]:
    """A read-only view; works on a read-only volume and never waits for a writer."""
    _require(path)
    with speaking_plainly(path):
        connection = _connect_read_only(path)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            _check_version(path, version)
            if version < LATEST:
                raise CatalogError(
                    f"{path} was made by an older copyfind; bring it up to date with: "
                    "copyfind index FOLDER"
                )
            yield Database(connection, execute_plugins=False)
        finally:
            connection.close()


@contextmanager
def open_for_writing(path: Path, *, holder: str, create: bool = True) -> Iterator[Database]:
    """The one writer. `holder` is what others are told who wait for it, such as "index".

    Without `create` a catalog that is not there is an error. Raises CatalogLocked where another
    process writes, naming it.
    """
    if not create:
        _require(path)
    with speaking_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _writer_lock(path, holder):
            connection = sqlite3.connect(path)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")  # kill -9 loses nothing
                connection.execute("PRAGMA foreign_keys = ON")
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                _check_version(path, version)
                db = Database(connection, execute_plugins=False)
                migrate(db)
                yield db
            finally:
                connection.close()


@contextmanager
def speaking_plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say into a CatalogError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise CatalogError(_plain(path, error)) from error
    except PermissionError as error:
        raise CatalogError(
            f"{path} cannot be written ({error.strerror}); use --catalog FILE for another place"
        ) from error


def _plain(path: Path, error: sqlite3.Error) -> str:
    text = str(error)
    kept = "everything up to the last finished batch is kept"
    if "full" in text or "disk I/O" in text:
        return (
            f"no room left for the catalog {path} ({text}); {kept}: free some space, run it again"
        )
    if "readonly" in text or "read-only" in text:
        return f"{path} is read-only; make it writable or use --catalog FILE for another place"
    if "not a database" in text or "malformed" in text:
        return (
            f"{path} is not a catalog or is damaged ({text}); move it away and index again, "
            "your photos are not affected"
        )
    return f"{path}: {text}"


def _require(path: Path) -> None:
    if not path.is_file():
        raise CatalogError(f"no catalog at {path} yet; make one with: copyfind index FOLDER")


def _check_version(path: Path, version: int) -> None:
    if version > LATEST:
        raise CatalogError(f"{path} was made by a newer copyfind; update copyfind to use it")


def _connect_read_only(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}"
    try:
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # On a read-only volume SQLite cannot make the shared memory of a WAL database; nobody
        # can be writing there either, so the file may be taken as it is.
        if os.access(path.parent, os.W_OK):
            raise
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True)
    return connection


@contextmanager
def _writer_lock(path: Path, holder: str) -> Iterator[None]:
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=0)
    note = path.with_name(path.name + ".writer")
    try:
        lock.acquire()
    except Timeout:
        who = note.read_text("utf-8") if note.is_file() else "another copyfind"
        raise CatalogLocked(
            f"{who} is writing to {path}; wait until it has finished, or stop it"
        ) from None
    try:
        now = datetime.now().astimezone()
        note.write_text(f"copyfind {holder} (process {os.getpid()}, since {now:%H:%M})", "utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()
