"""Paths as bytes: what lies below a folder, and how a path is shown to people and programs."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

AnyPath: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
AnyPaths: TypeAlias = AnyPath | Iterable[AnyPath]

STORES = ("s3", "gs", "az", "file")  # schemes of addresses in object stores

_SEPARATOR = os.fsencode(os.sep)


def encoded(path: AnyPath) -> bytes:
    """A path that a program names, in bytes as the file system has it. Raises TypeError."""
    return os.fsencode(path)


def all_encoded(paths: AnyPaths) -> tuple[bytes, ...]:
    """Paths that a program names; a single one stands for itself. Raises TypeError."""
    if isinstance(paths, str | bytes | os.PathLike):
        return (encoded(paths),)
    return tuple(encoded(path) for path in paths)


def is_in_store(word: str) -> bool:
    """Whether a word names a place in an object store, and no path of this machine."""
    scheme, separator, _ = word.partition("://")
    return bool(separator) and scheme in STORES


def as_path(path: AnyPath) -> Path:
    """The `Path` of a catalog, a plan or a cache folder that a program names. Raises TypeError."""
    return Path(os.fsdecode(path))


def is_address(path: bytes) -> bool:
    """Whether this names an object in a store, such as s3://bucket/key, and no file of a machine.

    A path of a file is absolute and plain, and has no two slashes side by side. Whatever opens,
    lists or clears away files asks here first: s3: could be the name of a folder.
    """
    return b"://" in path


def modified_ns(status: os.stat_result) -> int:
    """When a file was changed, in nanoseconds since 1970. Some file systems hold times that lie
    thousands of years away, and those count as the last that 64 bits hold."""
    return max(-(2**63), min(status.st_mtime_ns, 2**63 - 1))


def below(folder: bytes) -> tuple[bytes, bytes]:
    """The range [low, high) of all paths below a folder, for comparisons byte by byte."""
    prefix = folder.rstrip(_SEPARATOR) + _SEPARATOR
    return prefix, prefix[:-1] + bytes([prefix[-1] + 1])


def lies_in(folders: Sequence[bytes]) -> Callable[[bytes], bool]:
    """What tells whether a path lies in one of these folders, or is one of them."""
    ranges = [below(folder) for folder in folders]
    return lambda path: path in folders or any(low <= path < high for low, high in ranges)


def shown(path: bytes) -> str:
    """A path for people: one line that a terminal only prints, with what is not UTF-8 escaped."""
    return printable(path.decode("utf-8", "backslashreplace"))


def printable(text: str) -> str:
    """A text from anywhere as one line that a terminal only prints: what it would obey, halves of
    characters and what is not UTF-8 are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # a byte of a name, as `os.fsdecode` has it
        return f"\\x{number - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def as_json(path: bytes) -> tuple[str, str | None]:
    """A path for programs: text, and base64 where the text alone would not give it back."""
    try:
        return path.decode("utf-8"), None
    except UnicodeDecodeError:
        text = path.decode("utf-8", "backslashreplace")
        return text, base64.b64encode(path).decode("ascii")
