"""What the two halves of a Live Photo say of themselves: the same identifier, in still and film.

Neither half is decoded. Apple's maker note is found by its first bytes, whatever the container;
films are walked atom by atom, so that the frames are never read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_NOTE = b"Apple iOS\0\0\1MM"
_IDENTIFIER = 0x0011  # tag in the maker note
_ENOUGH = 512 << 10  # bytes; phones write EXIF in front of the pixels
_KEY = b"com.apple.quicktime.content.identifier"
_LARGEST_ATOM = 16 << 20  # bytes of metadata that are believed
_SEVERAL = 64  # atoms of one level that are looked at; a film has less than ten


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What a film says of itself; None where it does not, or is none."""

    identifier: str | None = None
    seconds: float | None = None


def still_identifier(stream: BinaryIO) -> str | None:
    """The ContentIdentifier that an iPhone wrote into a JPEG or HEIC."""
    data = stream.read(_ENOUGH)
    start = data.find(_NOTE)
    if start < 0:
        return None
    note = data[start : start + (64 << 10)]
    head = len(_NOTE)
    try:
        (count,) = struct.unpack_from(">H", note, head)
        for entry in range(min(count, 256)):
            tag, kind, size, at = struct.unpack_from(">HHII", note, head + 2 + 12 * entry)
            if tag == _IDENTIFIER and kind == 2:
                return _text(note[at : at + size])
    except struct.error:
        pass
    return None


def film_facts(stream: BinaryIO) -> FilmFacts:
    """The ContentIdentifier and the length of a QuickTime or MP4 film."""
    end = stream.seek(0, 2)
    identifier = seconds = None
    for kind, start, size in _atoms(stream, 0, end):
        if kind != b"moov":
            continue
        for inner, at, length in _atoms(stream, start, start + size):
            body = _read(stream, at, length)
            if inner == b"mvhd":
                seconds = _duration(body)
            elif inner == b"meta":
                identifier = _content_identifier(body)
    return FilmFacts(identifier, seconds)


def _atoms(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its body starts, how long that is) of each atom of one level."""
    for _ in range(_SEVERAL):
        stream.seek(start)
        head = stream.read(16)
        if start + 8 > end or len(head) < 8:
            return
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        body = 8
        if size == 1:  # a length of 64 bits follows
            size, body = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:  # up to the end
            size = end - start
        if size < body or start + size > end:
            return
        yield kind, start + body, size - body
        start += size


def _read(stream: BinaryIO, start: int, size: int) -> bytes:
    if size > _LARGEST_ATOM:
        return b""
    stream.seek(start)
    return stream.read(size)


def _duration(mvhd: bytes) -> float | None:
    try:
        if mvhd[:1] == b"\1":
            scale, length = struct.unpack_from(">IQ", mvhd, 20)
        else:
            scale, length = struct.unpack_from(">II", mvhd, 12)
    except struct.error:
        return None
    return float(length / scale) if scale else None


def _content_identifier(meta: bytes) -> str | None:
    """The ContentIdentifier among the metadata of a film: `keys` names the values, `ilst` holds
    them by the place of the key.

    QuickTime's `meta` begins with its first atom, MP4's with four bytes of version and flags.
    """
    parts = _parts(meta) if meta[4:8] == b"hdlr" else _parts(meta[4:])
    keys = [name for name, _ in _list(parts.get(b"keys", b"")[8:])]
    for place, value in _list(parts.get(b"ilst", b"")):
        index = int.from_bytes(place, "big") - 1
        if 0 <= index < len(keys) and keys[index] == _KEY:
            return _text(_parts(value).get(b"data", b"")[8:])
    return None


def _parts(body: bytes) -> dict[bytes, bytes]:
    return dict(_list(body))


def _list(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of atoms in memory; in `keys` the four bytes of the kind are a name space."""
    at = 0
    while at + 8 <= len(body):
        size, kind = int.from_bytes(body[at : at + 4], "big"), body[at + 4 : at + 8]
        if size < 8 or at + size > len(body):
            return
        content = body[at + 8 : at + size]
        yield (content if kind == b"mdta" else kind), content
        at += size


def _text(value: bytes) -> str | None:
    return value.split(b"\0")[0].decode("ascii", "replace").strip().upper() or None
