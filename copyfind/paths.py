"""Paths as bytes: what lies below a folder, and how a path is shown to people and programs."""

from __future__ import annotations

import base64
import os

_SEPARATOR = os.fsencode(os.sep)


def below(folder: bytes) -> tuple[bytes, bytes]:
    """The range [low, high) of all paths below a folder, for comparisons byte by byte."""
    prefix = folder.rstrip(_SEPARATOR) + _SEPARATOR
    return prefix, prefix[:-1] + bytes([prefix[-1] + 1])


def shown(path: bytes) -> str:
    """For people: one line, nothing a terminal would obey; what is not UTF-8 is escaped."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_json(path: bytes) -> tuple[str, str | None]:
    """For programs: text, and base64 of the bytes where the text alone would not give them back."""
    try:
        return path.decode("utf-8"), None
    except UnicodeDecodeError:
        text = path.decode("utf-8", "backslashreplace")
        return text, base64.b64encode(path).decode("ascii")
