"""Every EXIF tag of a picture file by its name, as text: all that a camera has noted of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from PIL import Image
from PIL.ExifTags import GPSTAGS, IFD, TAGS
from PIL.TiffImagePlugin import IFDRational

from copyfind.imaging.facts import read_exif
from copyfind.imaging.formats import recognise
from copyfind.metadata.known import opened_head
from copyfind.paths import printable

_LONGEST = 200  # characters of a value
# Where in the file other things are, what nobody reads, and what is told in other words.
_LEFT_OUT = frozenset(
    {
        *("ExifOffset", "GPSInfo", "ExifInteroperabilityOffset", "MakerNote", "PrintImageMatching"),
        *("JpegIFOffset", "JpegIFByteCount", "StripOffsets", "StripByteCounts", "TileOffsets"),
        *("TileByteCounts", "XMLPacket", "InterColorProfile", "UserComment", "ImageResources"),
        *("XPTitle", "XPComment", "XPKeywords", "IPTCNAA", "PrintIM", "JPEGTables"),
    }
)


def read_tags(path: bytes) -> tuple[tuple[str, str], ...]:
    """Name and value of each tag, in the order of the file; none where it cannot be read."""
    try:
        with open(os.fsdecode(path), "rb") as stream:
            kind = recognise(stream)
            image = opened_head(stream, kind) if kind else None
            return tuple(_tags(read_exif(image))) if image else ()
    except OSError:
        return ()


def _tags(exif: Image.Exif) -> Iterator[tuple[str, str]]:
    yield from _named(dict(exif), TAGS)
    for directory, names in ((IFD.Exif, TAGS), (IFD.GPSInfo, GPSTAGS)):
        found: dict[int, object] = {}
        with suppress(Exception):  # a malformed block raises anything
            found = dict(exif.get_ifd(directory))
        yield from _named(found, names)


def _named(found: dict[int, object], names: dict[int, str]) -> Iterator[tuple[str, str]]:
    for tag, value in found.items():
        name = names.get(tag)
        if name and name not in _LEFT_OUT and (text := _text(value)):
            yield name, printable(text)[:_LONGEST]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("ascii", "ignore") if value.isascii() else f"{len(value):,} bytes"
    if isinstance(value, IFDRational):
        return _number(value)
    if isinstance(value, tuple):
        return ", ".join(_text(one) for one in value[:16])
    return str(value).replace("\0", "").strip()


def _number(value: IFDRational) -> str:
    """1/250 stays that; 2.8 is no fraction."""
    number = float(value)
    if 0 < number < 0.5:
        return f"1/{round(1 / number)}"
    return f"{number:g}"
