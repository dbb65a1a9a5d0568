"""What a link needs before it may take a file's place, and what it is made of."""

from __future__ import annotations

import os
import sys

from copyfind.cleanup.files import Dress, Seen
from copyfind.cleanup.operation import How, Make
from copyfind.plans import LINKS, Action, ActionKind

_MOST_NAMES = 1023 if sys.platform == "win32" else 60_000  # NTFS; ext4 has 65,000
_HOW = {
    ActionKind.HARDLINK: How.HARDLINK,
    ActionKind.REFLINK: How.REFLINK,
    ActionKind.SYMLINK: How.SYMLINK,
}


def why_no_link(action: Action, keeper: Seen, file: Seen) -> str | None:
    """Why this link must not be made, in words; None if it may, or none is asked for."""
    if action.kind not in LINKS:
        return None
    if action.file.sha256 != action.keeper.sha256 or keeper.size != file.size:
        return "only files with the same bytes may become links"
    if action.kind is ActionKind.SYMLINK:
        return None
    if keeper.device != file.device:
        return f"a {action.kind.value} needs both files on one volume"
    if action.kind is ActionKind.REFLINK:
        return None
    if (keeper.owner, keeper.mode) != (file.owner, file.mode):
        return "a hard link has one owner and one mode, and those of the two files differ"
    if keeper.links >= _MOST_NAMES:
        return f"the file to keep has {keeper.links:,} names already"
    return None


def replacement(action: Action, name: bytes, dress: Dress) -> Make:
    """How the link is made, under a name of ours in the folder of the file."""
    how = _HOW[action.kind]
    target = None
    if how is How.SYMLINK:  # relative: it outlasts a move of the folder that holds both
        target = os.path.relpath(action.keeper.path, os.path.dirname(action.file.path))
    return Make(how, name, action.keeper, target, dress=dress if how is How.REFLINK else None)
