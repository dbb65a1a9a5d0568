"""Opening the catalog: for reading by many, for writing by one, and saying what is wrong."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from filelock import Timeout

from copyfind.collection.beside import NotOurs, look_beside, make_ready
from copyfind.collection.migrations import MIGRATIONS, migrate
from copyfind.collection.sqlite_utils_import import Database
from copyfind.errors import CatalogError, CatalogLocked
from copyfind.private import lock_file, make_folder, read_note, remove_note, write_note

LATEST = len(MIGRATIONS)
_READABLE = 3  # what came since is asked for by writers alone
_BUSY = 30.0  # seconds that others may take who store verdicts while the one writer is at work
_NOTE_BEGINS = "copyfind"  # the note that says who writes
_FIRST_TABLES = {"roots", "files", "contents", "models", "descriptors"}


class _WriterDatabase(Database):
    """Takes SQLite's write lock when a transaction begins: one that has read and then wants to
    write would fail, not wait, where verdicts were stored in between."""

    @contextmanager
    def atomic(self) -> Iterator[Database]:
        if not self.conn.in_transaction:
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                self.conn.rollback()
                raise
            else:
                self.conn.commit()
        else:
            with super().atomic():
                yield self


@contextmanager
def open_for_adding(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection for short transactions beside the one writer, whose lock it does not take.

    The catalog must be there and up to date. Raises sqlite3.Error, also where it is read-only.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=rw"
    look_beside(path)
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not _READABLE <= version <= LATEST:
            raise sqlite3.OperationalError(f"its version is {version}, not {LATEST}")
        yield connection
    finally:
        connection.close()


@contextmanager
def open_for_reading(path: Path) -> Iterator[Database]:
    """Open a read-only view; it works on a read-only volume and never waits for a writer."""
    _require(path)
    with speaking_plainly(path):
        connection = _connect_read_only(path)
        try:
            if _version(path, connection) < _READABLE:
                raise CatalogError(
                    f"{path} was made by an older copyfind; bring it up to date with: "
                    "copyfind index FOLDER"
                )
            yield Database(connection, execute_plugins=False)
        finally:
            connection.close()


@contextmanager
def open_for_writing(path: Path, *, holder: str, create: bool = True) -> Iterator[Database]:
    """Open the catalog as its one writer. `holder` is what others are told who wait for it, such as
    "index".

    Without `create` a catalog that is not there is an error. Raises CatalogLocked where another
    process writes, naming it.
    """
    _refuse_folder(path)
    if not create:
        _require(path)
    with _writer_lock(path, holder), speaking_plainly(path):
        try:
            make_ready(path)
        except OSError as error:
            raise _unwritable(path, error) from error
        connection = sqlite3.connect(path, timeout=_BUSY)
        try:
            _version(path, connection)  # before anything is written to it
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # kill -9 loses nothing
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")  # it may be somebody else's
            db = _WriterDatabase(connection, execute_plugins=False)
            migrate(db)
            yield db
        finally:
            connection.close()


@contextmanager
def speaking_plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a CatalogError that says what to do."""
    try:
        yield
    except NotOurs as error:
        raise _unwritable(path, error) from error
    except sqlite3.Error as error:
        raise CatalogError(_plain(path, str(error))) from error


def _plain(path: Path, text: str) -> str:
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


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise CatalogError(f"{path} is a folder; name a file in it with --catalog")


def _require(path: Path) -> None:
    _refuse_folder(path)
    if not path.is_file():
        raise CatalogError(f"no catalog at {path} yet; make one with: copyfind index FOLDER")


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """How many migrations the catalog has seen. A database of another program has a version of
    its own, often 0 like a new file: it must neither be read nor get our tables."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if tables and (version == 0 or not tables >= _FIRST_TABLES):
        raise CatalogError(
            f"{path} belongs to another program; use --catalog FILE for another place"
        )
    if version > LATEST:
        raise CatalogError(f"{path} was made by a newer copyfind; update copyfind to use it")
    return int(version)


def _connect_read_only(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}"
    look_beside(path)
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        # On a read-only or a full volume SQLite cannot make the shared memory of a WAL database;
        # nobody can be writing there either, so the file may be taken as it is.
        full = error.sqlite_errorcode == sqlite3.SQLITE_IOERR_SHMSIZE and not _has_log(path)
        may_open = isinstance(error, sqlite3.OperationalError)
        if not full and (not may_open or _may_write_in(path.parent)):
            raise
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True)
    return connection


def _has_log(path: Path) -> bool:
    """Whether something is written that is not in the file itself yet."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _may_write_in(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


@contextmanager
def _writer_lock(path: Path, holder: str) -> Iterator[None]:
    """Hold the lock of the one writer. The file stays locked until its process ends, however it
    ends; the note beside it says to others who that is."""
    note = path.with_name(path.name + ".writer")
    now = datetime.now().astimezone()
    try:
        make_folder(path.parent)
        lock = lock_file(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        lock.acquire()
        said = f"{_NOTE_BEGINS} {holder} (process {os.getpid()}, since {now:%H:%M})"
        write_note(note, said, begins=_NOTE_BEGINS.encode())
    except Timeout:
        writer = read_note(note, begins=_NOTE_BEGINS.encode()) or "another copyfind"
        raise CatalogLocked(
            f"{writer} is writing to {path}; wait until it has finished, or stop it"
        ) from None
    except OSError as error:
        lock.release()
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        with suppress(OSError):
            remove_note(note, begins=_NOTE_BEGINS.encode())
        lock.release()


def _unwritable(path: Path, error: OSError) -> CatalogError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CatalogError(_plain(path, "disk full"))
    where = f": {error.filename}" if error.errno in (errno.EEXIST, errno.ELOOP) else ""
    return CatalogError(
        f"{path} cannot be written ({error.strerror}{where}); use --catalog FILE for another place"
    )
