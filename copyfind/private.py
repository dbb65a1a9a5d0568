"""Files and folders of our own: for our eyes alone, and never in the place of what is not ours.

They lie beside the catalog and in the cache, where names can have been taken by others: by a link
that leads elsewhere, by a photo that happens to be called like that.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it takes longer to load than all else here, and few commands lock
    from filelock import BaseFileLock

_FOLDER, _FILE = 0o700, 0o600
_NOT_THROUGH_LINKS = (
    getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def make_folder(path: Path) -> None:
    """Make a folder for our eyes alone, and those above it that are missing; one that is there
    stays as it is. Raises OSError."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(_FOLDER)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def keep_private(*paths: Path) -> None:
    """Take from everybody else what they may do with files and folders of ours, which an older
    copyfind left open; what is not there, not ours or a link stays as it is."""
    if not hasattr(os, "geteuid"):
        return
    for path in paths:
        with suppress(OSError):
            # Not opened: closing a database that is in use would end the locks on it.
            status = os.lstat(path)
            plain = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
            if plain and status.st_uid == os.geteuid() and status.st_mode & 0o077:
                path.chmod(stat.S_IMODE(status.st_mode) & _FOLDER)


def make_file(path: Path) -> None:
    """Make an empty file for our eyes alone where there is nothing. Raises OSError."""
    if not os.path.lexists(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOT_THROUGH_LINKS, _FILE))


def lock_file(path: Path) -> BaseFileLock:
    """A lock that is not waited for. It is a file without bytes: what has some is no lock of ours.
    Raises OSError."""
    from filelock import FileLock

    with suppress(FileNotFoundError):
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size:
            raise FileExistsError(
                errno.EEXIST, "what is there is no lock of copyfind: move it away", str(path)
            )
    return FileLock(path, timeout=0, mode=_FILE)


def write_note(path: Path, text: str, *, begins: bytes) -> bool:
    """Write a short note for others, in place of one that begins as ours do. Whatever else has the
    name stays, and then nothing is written. Raises OSError."""
    if os.path.lexists(path):
        if read_note(path, begins=begins) is None:
            return False
        path.unlink()
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOT_THROUGH_LINKS, _FILE)
    with os.fdopen(target, "wb") as file:
        file.write(text.encode())
    return True


def read_note(path: Path, *, begins: bytes) -> str | None:
    """What a note of ours says; None where there is none, or something else has its name."""
    with suppress(OSError, ValueError):
        descriptor = os.open(path, os.O_RDONLY | _NOT_THROUGH_LINKS)
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                text = file.read(_LONGEST_NOTE + 1)
                if text.startswith(begins) and len(text) <= _LONGEST_NOTE:
                    return text.decode()
    return None


def remove_note(path: Path, *, begins: bytes) -> None:
    """Remove a note of ours, and nothing else of its name. Raises OSError."""
    if read_note(path, begins=begins) is not None:
        path.unlink(missing_ok=True)


_LONGEST_NOTE = 200  # bytes
