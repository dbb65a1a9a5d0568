"""A file or its folder in the system's own programs: asked by this server, never by the page.

Nothing goes through a shell, and only what is called as pictures are is opened: a picture that
calls itself a program would be run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from copyfind.cleanup.operation import folder_of
from copyfind.collection.pictures import PICTURE_SUFFIXES, suffix_of
from copyfind.paths import is_address, shown
from copyfind.report.cards import Card
from copyfind.review.desk import Desk, Refusal


def open_file(desk: Desk, key: str) -> Card:
    """Show the file of this key in the program for such pictures. Raises Refusal."""
    path = _there(desk, key)
    if suffix_of(path) not in PICTURE_SUFFIXES:
        raise Refusal("its name is not that of a picture; open its folder instead")
    return _start(_command(path, platform=sys.platform))


def open_folder(desk: Desk, key: str) -> Card:
    """Show the folder of the file of this key. Raises Refusal."""
    path = _there(desk, key)
    return _start(_command_for_folder(path, platform=sys.platform))


def _command(path: bytes, *, platform: str) -> list[bytes]:
    program = {"darwin": b"open", "win32": b"explorer"}.get(platform, b"xdg-open")
    return [program, path]


def _command_for_folder(path: bytes, *, platform: str) -> list[bytes]:
    """What shows a folder, with the file chosen where the system can do that."""
    if platform == "darwin":
        return [b"open", b"-R", path]
    if platform == "win32":
        return [b"explorer", b"/select," + path]
    return _command(folder_of(path), platform=platform)


def _there(desk: Desk, key: str) -> bytes:
    path = desk.laid.member(key).file.path
    if is_address(path) or not os.path.isfile(path):  # noqa: PTH113 - a path that may be no UTF-8
        raise Refusal(f"{shown(path)} is not there now")
    return path


def _start(command: list[bytes]) -> Card:
    """Start a program and do not wait for it; returns its name. Raises Refusal."""
    words = [os.fsdecode(word) for word in command]
    nothing = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
    except OSError as error:
        raise Refusal(f"{words[0]} cannot be started here: {error.strerror}") from None
    threading.Thread(target=process.wait, daemon=True).start()
    return {"program": words[0]}
