"""The folders a user names, as the scan wants them: there, listable, and none inside another."""

from __future__ import annotations

import os
from collections.abc import Iterable

from copyfind.collection.libraries import is_furniture, library_at
from copyfind.collection.scan import ScanOptions, identity, is_marked_hidden
from copyfind.errors import FolderError
from copyfind.records import Identity

_AS_USUAL = ScanOptions()


def distinct_roots(
    folders: Iterable[bytes], *, options: ScanOptions = _AS_USUAL
) -> tuple[bytes, ...]:
    """The folders as absolute, resolved paths, in the order given, none inside another.

    Two ways to one folder (a symlink, a second mount) are one root, named as it was first. A
    folder stays although another one holds it where the scan of that one does not come by: in a
    library, hidden, on another file system. Raises FolderError.
    """
    roots: dict[Identity, bytes] = {}
    for folder in folders:
        path = _listable(folder)
        roots.setdefault(identity(path, os.stat(path)), path)
    for own, path in list(roots.items()):  # one after the other: two must not drop each other
        others = roots.keys() - {own}
        if _is_within(path, others, options):
            del roots[own]
    return tuple(roots.values())


def _listable(folder: bytes) -> bytes:
    """The path of a folder named by the user. Raises FolderError."""
    shown = repr(os.fsdecode(folder))
    try:
        path = os.path.realpath(folder) if folder else folder  # nothing is not the working folder
        with os.scandir(path) as listing:
            next(listing, None)
    except (FileNotFoundError, ValueError):
        raise FolderError(
            f"{shown} does not exist; check the spelling, or connect the volume it is on"
        ) from None
    except NotADirectoryError:
        raise FolderError(f"{shown} is not a folder; name the folder that holds it") from None
    except PermissionError:
        raise FolderError(
            f"{shown} may not be listed; get the right to read it, or run copyfind as its owner"
        ) from None
    except OSError as error:
        raise FolderError(
            f"{shown} cannot be listed: {error.strerror or error}; check the volume it is on"
        ) from None
    return path


def _is_within(path: bytes, others: Iterable[Identity], options: ScanOptions) -> bool:
    """Whether the scan of one of the `others` comes by the folder at `path`."""
    status = os.stat(path)
    device = status.st_dev
    while (parent := os.path.dirname(path)) != path:
        name = os.path.basename(path)
        if is_furniture(name) or library_at(path):
            return False
        if not options.hidden and (name.startswith(b".") or is_marked_hidden(status)):
            return False
        path, status = parent, os.stat(parent)
        if options.one_file_system and status.st_dev != device:
            return False
        if identity(path, status) in others:
            return True
    return False
