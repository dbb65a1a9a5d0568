"""The directories of a TIFF-like file, read far enough to tell a camera's RAW from a picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

MAKE, COMPRESSION, PHOTOMETRIC, SUB_DIRECTORIES, DNG_VERSION = 271, 259, 262, 330, 50706
_CFA, _LINEAR_RAW = 32803, 34892  # photometric interpretations that only RAW has
_RAW_COMPRESSIONS = {32767, 32769, 32770, 32772, 34713, 65000, 65535}  # Sony ... Nikon, Pentax
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4}  # bytes of a field's type
_MOST_DIRECTORIES = 32
_MOST_BYTES = 256  # of a field that is read

Directory = dict[int, bytes | tuple[int, ...]]


def is_raw_tiff(stream: BinaryIO) -> bool:
    """Whether a TIFF-like file holds sensor data: the pictures beside them are previews."""
    stream.seek(0)
    if stream.read(12)[8:11] == b"CR\x02":  # Canon CR2 says so itself
        return True
    return any(
        DNG_VERSION in fields
        or _first(fields, PHOTOMETRIC) in {_CFA, _LINEAR_RAW}
        or _first(fields, COMPRESSION) in _RAW_COMPRESSIONS
        for fields in directories(stream)
    )


def raw_tiff_name(stream: BinaryIO) -> str:
    """The usual extension of a TIFF-like RAW, told by its maker; empty for an unknown one."""
    stream.seek(0)
    if stream.read(12)[8:11] == b"CR\x02":
        return "CR2"
    found = list(directories(stream))
    if any(DNG_VERSION in fields for fields in found):
        return "DNG"
    make = next((fields[MAKE] for fields in found if MAKE in fields), b"")
    makers = {
        b"NIKON": "NEF",
        b"SONY": "ARW",
        b"PENTAX": "PEF",
        b"RICOH": "PEF",
        b"SAMSUNG": "SRW",
        b"KODAK": "KDC",
        b"EASTMAN KODAK": "KDC",
        b"HASSELBLAD": "3FR",
        b"PHASE ONE": "IIQ",
        b"SEIKO EPSON": "ERF",
        b"MAMIYA": "MEF",
        b"LEAF": "MOS",
    }
    name = make.upper() if isinstance(make, bytes) else b""
    return next((short for maker, short in makers.items() if name.startswith(maker)), "")


def directories(stream: BinaryIO) -> Iterator[Directory]:
    """Each directory of the file, those of its sub-pictures included; damaged ones are left out.

    BigTIFF yields nothing: no camera writes RAW in it.
    """
    stream.seek(0)
    head = stream.read(8)
    order = "<" if head[:2] == b"II" else ">"
    if len(head) < 8 or struct.unpack(order + "H", head[2:4])[0] != 42:
        return
    waiting, seen = [struct.unpack(order + "I", head[4:8])[0]], set[int]()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        at = waiting.pop(0)
        if at in seen or at == 0:
            continue
        seen.add(at)
        fields, following = _directory(stream, at, order)
        yield fields
        waiting.append(following)
        if isinstance(below := fields.get(SUB_DIRECTORIES), tuple):
            waiting.extend(below)


def _directory(stream: BinaryIO, at: int, order: str) -> tuple[Directory, int]:
    """The fields at `at`, and where the next directory lies (0: nowhere)."""
    stream.seek(at)
    count = stream.read(2)
    if len(count) < 2:
        return {}, 0
    size = 12 * struct.unpack(order + "H", count)[0]
    table = stream.read(size + 4)
    if len(table) < size:
        return {}, 0
    following = struct.unpack(order + "I", table[size:])[0] if len(table) == size + 4 else 0
    fields: Directory = {}
    for tag, kind, number, value in struct.iter_unpack(order + "HHI4s", table[:size]):
        length = _SIZES.get(kind, 0) * number
        if not 0 < length <= _MOST_BYTES:
            if tag == DNG_VERSION:
                fields[tag] = b""
            continue
        if length > 4:
            stream.seek(struct.unpack(order + "I", value)[0])
            value = stream.read(length)
        if len(value) < length:
            continue
        if kind in {3, 4, 13}:
            letter = "H" if kind == 3 else "I"
            fields[tag] = struct.unpack(f"{order}{number}{letter}", value[:length])
        else:
            fields[tag] = value[:length]
    return fields, following


def _first(fields: Directory, tag: int) -> int | None:
    value = fields.get(tag)
    return value[0] if isinstance(value, tuple) else None
