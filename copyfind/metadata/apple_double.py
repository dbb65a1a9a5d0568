"""The attributes of a file as a Mac writes them onto volumes that have none: into `._NAME`.

AppleDouble: entries of the file's other halves; the one of the Finder is followed by a table of
attributes (Apple's xnu, bsd/vfs/vfs_xattr.c).
"""

from __future__ import annotations

import os
import struct

_MAGIC = b"\0\5\x16\7"
_FINDER = 9  # the entry that the table follows
_FINDER_SIZE = 34  # bytes of the Finder's own, with padding
_HEADER, _ENTRY = 36, 11  # bytes of the table, and of an entry before its name
_MOST = 256  # entries that are believed
LARGEST = 4 << 20  # bytes of a file that are read


def double_name(path: bytes) -> bytes:
    """Where a Mac keeps the attributes of a file."""
    folder, name = os.path.split(path)
    return os.path.join(folder, b"._" + name)


def attributes(data: bytes) -> dict[str, bytes]:
    """The attributes in an AppleDouble file, by name; none where it is none or is damaged."""
    try:
        return dict(_table(data)) if data.startswith(_MAGIC) else {}
    except (struct.error, ValueError):
        return {}


def _table(data: bytes) -> list[tuple[str, bytes]]:
    (count,) = struct.unpack_from(">H", data, 24)
    entries = [struct.unpack_from(">III", data, 26 + 12 * n) for n in range(min(count, _MOST))]
    found = []
    for at in (begin + _FINDER_SIZE for kind, begin, _ in entries if kind == _FINDER):
        if data[at : at + 4] != b"ATTR":
            continue
        (several,) = struct.unpack_from(">H", data, at + 34)
        at += _HEADER
        for _ in range(min(several, _MOST)):
            begin, length, _, named = struct.unpack_from(">IIHB", data, at)
            name = data[at + _ENTRY : at + _ENTRY + named].split(b"\0")[0]
            found.append((name.decode("utf-8", "replace"), data[begin : begin + length]))
            at += (_ENTRY + named + 3) // 4 * 4
    return found
