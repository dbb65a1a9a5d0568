"""Whose a plan or a journal is, or the folder it lies in: what others could have written decides
nothing."""

from __future__ import annotations

from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.operation import folder_of
from copyfind.paths import shown


def why_not_ours(path: bytes, files: Files) -> str | None:
    """Why others may have written what is at a path, in words with the path; None if only we can
    have, or nothing is there. Raises OSError.

    Where a volume has no owners and modes of its own, as FAT, they say nothing.
    """
    here = files.look(path)
    if here is None:
        return None
    if here.kind is Kind.LINK:
        return f"{shown(path)} is a link, and none is followed"
    if files.is_ours(here) or not _keeps_modes(path, files):
        return None
    if here.mode & 0o022:
        return (
            f"{shown(path)} can be written to by others, so that it may not be what copyfind "
            f"wrote; if you know that it is: chmod go-w {shown(path)}"
        )
    return f"{shown(path)} belongs to another user"


def _keeps_modes(path: bytes, files: Files) -> bool:
    try:
        return files.keeps_modes(folder_of(path))
    except OSError:  # where we cannot make anything, nothing is told either
        return True
