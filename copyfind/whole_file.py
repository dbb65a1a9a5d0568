"""A file that is written whole or not at all, whatever fails and whenever the power goes."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# fsync of a folder where the system has no such thing.
_NO_SYNC = frozenset({errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EOPNOTSUPP})


@contextmanager
def written_whole(path: Path, *, over: bool = True) -> Iterator[Path]:
    """Yields a name beside `path`, in the same folder. What is written there, by its name, takes
    the place of `path` in one step, and is on disk when this ends.

    Where anything fails, nothing of it is left, and what was at `path` is as it was. Without
    `over` it always is: then FileExistsError is raised. Raises OSError.
    """
    unfinished = path.with_name(f".copyfind-{secrets.token_hex(8)}.unfinished")
    if not over and os.path.lexists(path):
        raise _there_is_one(path)
    try:
        yield unfinished
        with unfinished.open("rb+") as file:  # Windows syncs only what is open for writing
            os.fsync(file.fileno())
        if over:
            unfinished.replace(path)
        else:
            _rename_new(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path | bytes) -> None:
    """Make what was done to the names in a folder outlast a power cut. Raises OSError."""
    if sys.platform == "win32":
        return  # there is no such call; NTFS journals names itself
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _rename_new(path: Path, to: Path) -> None:
    try:
        os.link(path, to)  # unlike a rename it fails where there is something
    except FileExistsError:
        raise
    except OSError:  # a volume without links: between look and rename a file may appear
        if os.path.lexists(to):
            raise _there_is_one(to) from None
        path.replace(to)


def _there_is_one(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
