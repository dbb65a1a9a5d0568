"""The desktop's trash. There is none for some volumes: then that is a failure, never a deletion.

On Linux it is a folder with a specification (freedesktop.org, Trash 1.0), and a file gets there by
one rename that the journal knows beforehand, so that `undo` can give it back. send2trash 2.2 is
not used for it: where the rename is refused it copies the file to the home folder's trash and
removes the original. On macOS and Windows send2trash asks the system, which does not say where
the file is; only its own restore gives it back.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from stat import S_ISVTX
from urllib.parse import quote

from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.reasons import Refused
from copyfind.paths import shown


@dataclass(frozen=True, slots=True)
class Bin:
    """A trash folder; paths in it are noted relative to `top`, or absolute without one."""

    folder: bytes
    top: bytes | None


def keeps_its_place() -> bool:
    """Whether this system's trash says where it keeps a file."""
    return sys.platform not in ("darwin", "win32")


def find_bin(path: bytes, files: Files, *, home: bytes) -> Bin:
    """The trash of the volume of a file. home: the folder of the user's own trash, such as
    ~/.local/share/Trash; empty: there is none. Raises Refused where no trash can be had."""
    here = files.look(os.path.dirname(path))  # through an overlay, a file may have another device
    if here is None or files.look(path) is None:
        raise Refused("it is gone")
    if home and _device_of(home, files) == here.device:
        return _usable(Bin(home, None), files)
    top = _top_of_volume(path, here.device, files)
    user = str(os.getuid()).encode()
    shared = files.look(os.path.join(top, b".Trash"))
    if shared is not None and shared.kind is Kind.FOLDER and shared.mode & S_ISVTX:
        with suppress(Refused):  # the specification: then the other one
            return _usable(Bin(os.path.join(top, b".Trash", user), top), files)
    return _usable(Bin(os.path.join(top, b".Trash-" + user), top), files)


def names_in(bin_: Bin, path: bytes, token: str) -> tuple[bytes, bytes, bytes]:
    """Where a file gets in the trash, where its note gets, and the note."""
    stem, suffix = os.path.splitext(os.path.basename(path))
    name = stem[:200] + b"." + token.encode() + suffix[:20]  # a name may have 255 bytes
    place = os.path.relpath(path, bin_.top) if bin_.top else path
    now = datetime.now().strftime("%Y-%m-%dT%H:%M:%S")
    note = f"[Trash Info]\nPath={quote(place)}\nDeletionDate={now}\n"
    file = os.path.join(bin_.folder, b"files", name)
    return file, os.path.join(bin_.folder, b"info", name + b".trashinfo"), note.encode()


def _usable(bin_: Bin, files: Files) -> Bin:
    for folder in (bin_.folder, *(os.path.join(bin_.folder, n) for n in (b"files", b"info"))):
        there = files.look(folder)
        if there is not None and there.kind is not Kind.FOLDER:
            raise Refused(f"the trash {shown(folder)} is not a folder")
    return bin_


def _device_of(path: bytes, files: Files) -> int:
    """The volume of a path, or of what is there of the way to it."""
    while (there := files.look(files.resolve(path))) is None:
        path = os.path.dirname(path)
    return there.device


def _top_of_volume(path: bytes, device: int, files: Files) -> bytes:
    folder = os.path.dirname(path)
    while folder != (above := os.path.dirname(folder)):
        there = files.look(above)
        if there is None or there.device != device:
            break
        folder = above
    return folder
