"""A database of ours and the files that SQLite keeps beside it, opened for our eyes alone.

SQLite takes what has the name of its log for its log: it would write through a link, empty a photo
of that name or remove it.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from copyfind.private import keep_private, make_file

_ENDS = ("-wal", "-shm", "-journal")
_LOG = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")  # of a write-ahead log
_JOURNAL = (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", bytes(8))  # of a rollback journal


class NotOurs(OSError):
    """Something else has the name of a file that SQLite keeps beside a database."""


def make_ready(path: Path) -> None:
    """Make the database's file if there is none, and see that others may neither read nor write it,
    nor what lies beside it. Raises OSError, and NotOurs before anything is touched."""
    path = path.resolve()
    look_beside(path)
    make_file(path)
    keep_private(path, *(path.with_name(path.name + end) for end in _ENDS))


def look_beside(path: Path) -> None:
    """Raise NotOurs where SQLite would take for its own what it has not written."""
    path = path.resolve()
    for end in _ENDS:
        name = path.with_name(path.name + end)
        with suppress(FileNotFoundError):
            if not _is_sqlites(name, end):
                raise NotOurs(
                    errno.EEXIST, "what is there is no file of SQLite: move it away", str(name)
                )


def _is_sqlites(name: Path, end: str) -> bool:
    status = os.lstat(name)
    if not stat.S_ISREG(status.st_mode):
        return False
    if not status.st_size:
        return True
    if end == "-shm":  # not opened: closing it would end the locks that this process has on it
        return status.st_size == 3 or status.st_size % 32768 == 0
    try:
        with name.open("rb") as file:
            head = file.read(8)
    except PermissionError:  # then SQLite cannot use it either
        return True
    return head[:4] in _LOG if end == "-wal" else head in _JOURNAL
