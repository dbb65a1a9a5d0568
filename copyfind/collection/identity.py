"""What identifies a file, as SQLite holds it and as the file system says it."""

from __future__ import annotations

import os
from functools import lru_cache

from copyfind.paths import AnyPath, encoded, modified_ns
from copyfind.records import FoundFile

_RANGE = 2**64


def int64(number: int) -> int:
    """A number as SQLite holds it. Inodes and devices are unsigned, up to 128 bits on Windows;
    SQLite's integers are not."""
    number %= _RANGE
    return number - _RANGE if number >= _RANGE // 2 else number


def found_file(path: bytes, device: int, inode: int, size: int, mtime_ns: int) -> FoundFile:
    """The file of a row, with the numbers that the file system gave it."""
    return FoundFile(path, _device(device), inode % _RANGE, size, mtime_ns)


@lru_cache(64)
def _device(stored: int) -> int:
    """One number in memory for all files of a device."""
    return stored % _RANGE


def found_at(path: AnyPath) -> FoundFile:
    """A file as it is now: where it really lies, its device and inode, size and time.

    Raises OSError, also where the path leads nowhere.
    """
    real = os.path.realpath(encoded(path), strict=True)
    now = os.stat(real)
    return FoundFile(real, now.st_dev, now.st_ino, now.st_size, modified_ns(now))
