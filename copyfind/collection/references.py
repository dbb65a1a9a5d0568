"""Folders that are to stay as they are, found among what is indexed, whatever they are called.

A folder is the same under another spelling, through a link or a bind mount; the catalog knows one
of its paths alone. A word that protects nothing would be taken for one that does: it is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property

from copyfind.collection.sqlite_utils_import import Database
from copyfind.errors import UnknownReference
from copyfind.paths import below, shown
from copyfind.records import Identity, identity_of


def reference_paths(db: Database, named: Sequence[bytes]) -> tuple[bytes, ...]:
    """The paths under which the catalog knows each of the named folders, or files, sorted. Raises
    UnknownReference for one in which no indexed file lies."""
    known = _Known(db)
    found: set[bytes] = set()
    for path in named:
        paths = set(known.paths_of(path))
        if not paths:
            raise UnknownReference(
                f"no indexed file lies in {shown(path)}, so nothing would be kept for it; check "
                "the spelling, or index it with: copyfind index FOLDER"
            )
        found |= paths
    return tuple(sorted(found))


class _Known:
    """The folders of all indexed files, each looked at once."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def paths_of(self, named: bytes) -> Iterator[bytes]:
        path = os.path.realpath(named)
        if self._holds(path):
            yield path
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return  # its volume may be away; what it held is known by its path
        here = identity_of(path, status.st_dev, status.st_ino)
        yield from (folder for folder, identity in self._folders.items() if identity == here)
        if isinstance(here, tuple):
            yield from self._links(*here)

    def _holds(self, path: bytes) -> bool:
        low, high = below(path)
        (found,) = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM files WHERE state != 'missing' "
            "AND (path = :path OR path >= :low AND path < :high))",
            {"path": path, "low": low, "high": high},
        ).fetchone()
        return bool(found)

    def _links(self, device: int, inode: int) -> list[bytes]:
        """Files that are this one, if it is a file."""
        rows = self._db.execute(
            "SELECT path FROM files WHERE state = 'present' AND inode = ?", (inode,)
        )
        return [path for (path,) in rows if _identity(path) == (device, inode)]

    @cached_property
    def _folders(self) -> dict[bytes, Identity | None]:
        """Every folder above an indexed file, as it is now."""
        folders: set[bytes] = set()
        for (path,) in self._db.execute("SELECT path FROM files WHERE state != 'missing'"):
            folder = os.path.dirname(path)
            while folder not in folders:
                folders.add(folder)
                folder = os.path.dirname(folder)
        return {folder: _identity(folder) for folder in folders}


def _identity(path: bytes) -> Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return identity_of(path, status.st_dev, status.st_ino)
