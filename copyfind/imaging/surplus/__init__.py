"""The surplus of a picture file: what its decoded frames in sRGB do not show and that is no
ordinary metadata, with words for people; and whether the file is all there.

Told from the bytes alone, in time linear in them, and nothing is decoded. What is not known counts
as surplus: doubt keeps a file. Ordinary are EXIF, IPTC, properties in XMP, a profile that by its
numbers holds no more than sRGB, comments, and smaller pictures of the picture itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import BinaryIO

from copyfind.imaging.formats import Format
from copyfind.imaging.surplus import (
    gif,
    heif,
    jpeg,
    jpeg2000,
    jpegxl,
    plain,
    png,
    psd,
    raw,
    tiff,
    webp,
)
from copyfind.imaging.surplus.parts import FILM, UNKNOWN, Bytes, Found, Inside, TooMuch

__all__ = ["FILM", "Inside", "look_inside"]

_READERS: dict[Format, Callable[[Bytes, Found], None]] = {
    Format.JPEG: jpeg.look,
    Format.PNG: png.look,
    Format.WEBP: webp.look,
    Format.GIF: gif.look,
    Format.TIFF: tiff.look,
    Format.BMP: plain.look_at_bmp,
    Format.HEIC: heif.look,
    Format.AVIF: heif.look,
    Format.JPEG_2000: jpeg2000.look,
    Format.PNM: plain.look_at_pnm,
    Format.TGA: plain.look_at_tga,
    Format.PSD: psd.look,
    Format.JPEG_XL: jpegxl.look,
    Format.RAW: raw.look,
}

_HOSTILE = (TooMuch, ValueError, LookupError, ArithmeticError, TypeError, MemoryError, struct.error)


def look_inside(stream: BinaryIO, kind: Format) -> Inside:
    """What the file of that format holds beside its picture. Never raises but for a volume that
    cannot be read."""
    file = Bytes(stream)
    found = Found(file)
    try:
        _READERS[kind](file, found)
    except _HOSTILE:  # whatever such bytes hold, nothing here may claim to know it
        file = Bytes(stream)
        found = Found(file)
        found.add(UNKNOWN, (0, file.size), valued=False)
    stream.seek(0)
    return found.result()
