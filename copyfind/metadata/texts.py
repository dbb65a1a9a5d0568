"""Texts in a picture file that no other field of what is known takes up: comments, whose picture it
is, and what programs note, such as the words that a picture was generated from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PIL import Image
from PIL.ExifTags import Base

_NAMES = {Base.Artist: "creator", Base.Copyright: "copyright"}
# What programs write of themselves, and what they copy from other fields.
_ORDINARY = re.compile(
    r"software|creation ?time|xml:com\.adobe\.xmp|raw profile type .*|title|description|"
    r"(date|exif|tiff|png|jpeg|icc|xmp|photoshop|dc|signature|thumb|mime)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_BY_PROGRAMS = re.compile(
    r"creator: gd-jpeg|lavc\d|compressed by|optimized|file written by|created (with|by)\b|"
    r"gif edited with|processed by|lead technologies|intel\(r\) jpeg",
    re.IGNORECASE,
)
_LONGEST = 4096  # characters; what is longer keeps its file


def texts_of(image: Image.Image, exif: Image.Exif) -> tuple[str, ...]:
    """Each as `name: text`, none twice."""
    return tuple(dict.fromkeys(f"{name}: {text}" for name, text in _found(image, exif)))


def _found(image: Image.Image, exif: Image.Exif) -> Iterator[tuple[str, str]]:
    for tag, name in _NAMES.items():
        if text := _plain(exif.get(tag)):
            yield name, text
    comment = _plain(image.info.get("comment"))
    if comment and not _BY_PROGRAMS.match(comment):
        yield "comment", comment
    if image.format != "PNG":
        return
    for key, value in image.info.items():
        text = _plain(value) if isinstance(value, str) else None
        if isinstance(key, str) and text and not _ORDINARY.fullmatch(key):
            yield key.casefold(), text


def _plain(value: object) -> str | None:
    if isinstance(value, bytes):
        return _plain(_decoded(value))
    return value.replace("\0", "").strip()[:_LONGEST] or None if isinstance(value, str) else None


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
