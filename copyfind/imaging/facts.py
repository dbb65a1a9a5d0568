"""What a picture file says of itself: EXIF and XMP read into `Facts`, malformed parts ignored."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import IFD, Base

from copyfind.records import Facts

_OFFSET = re.compile(r"[+-]\d\d:\d\d")
_XMP_RATING = re.compile(rb"xmp:Rating\s*(?:=\s*[\"']|>)\s*(-?\d)")

# Luminance table of the JPEG standard (ITU T.81, K.1), row by row.
_STANDARD = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
    ]
)


def read_facts(image: Image.Image, *, name: str, size: tuple[int, int]) -> Facts:
    """What the metadata of `image` say, and its upright full size; frames and alpha are for those
    who see the pixels."""
    exif = read_exif(image)
    camera = _camera(_text(exif.get(Base.Make)), _text(exif.get(Base.Model)))
    details = _directory(exif, IFD.Exif)
    return Facts(
        width=size[0],
        height=size[1],
        format=name,
        captured_at=captured_at(details),
        camera=camera,
        lens=_text(details.get(Base.LensModel)),
        has_gps=2 in _directory(exif, IFD.GPSInfo),  # a latitude; phones write empty directories
        rating=_rating(exif, image),
        software=_text(exif.get(Base.Software)),
        jpeg_quality=jpeg_quality(image),
    )


def read_exif(image: Image.Image) -> Image.Exif:
    """The EXIF of `image`, empty where there is none or it cannot be parsed."""
    with suppress(Exception):  # a malformed block raises anything from KeyError to struct.error
        return image.getexif()
    return Image.Exif()


def _directory(exif: Image.Exif, which: IFD) -> dict[int, object]:
    with suppress(Exception):
        return dict(exif.get_ifd(which))
    return {}


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    return " ".join(value.split("\0")[0].split()) or None


def _camera(make: str | None, model: str | None) -> str | None:
    """The camera's make and model, without a make that the model repeats ("Canon Canon EOS 5D")."""
    if not make or not model:
        return model or make
    return model if model.lower().startswith(make.split()[0].lower()) else f"{make} {model}"


def captured_at(details: dict[int, object]) -> str | None:
    """When the picture was taken, in ISO 8601, with fraction and offset where they are told."""
    for taken, fraction, offset in (
        (Base.DateTimeOriginal, Base.SubsecTimeOriginal, Base.OffsetTimeOriginal),
        (Base.DateTimeDigitized, Base.SubsecTimeDigitized, Base.OffsetTimeDigitized),
    ):
        try:
            moment = datetime.strptime(_text(details.get(taken)) or "", "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        said = moment.isoformat()
        if (digits := _text(details.get(fraction))) and digits.isascii() and digits.isdigit():
            said += "." + digits
        if (zone := _text(details.get(offset))) and _OFFSET.fullmatch(zone):
            said += zone
        return said
    return None


def _rating(exif: Image.Exif, image: Image.Image) -> int | None:
    value = exif.get(0x4746)
    if isinstance(value, int) and -1 <= value <= 5:
        return value
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    found = _XMP_RATING.search(xmp.encode() if isinstance(xmp, str) else xmp)
    return int(found[1]) if found else None


def jpeg_quality(image: Image.Image) -> int | None:
    """The quality at which libjpeg would write luminance the way `image` has it.

    The nearest, by summed difference, of the hundred tables that libjpeg scales from the one of
    the standard: exact for what libjpeg, Pillow and most programs wrote, a fair guess for cameras
    and Photoshop, which have tables of their own.
    """
    tables = getattr(image, "quantization", None)
    if not tables:
        return None
    table = np.asarray(tables.get(0) or next(iter(tables.values())), dtype=np.int64)
    if table.shape != (64,):
        return None
    distance = np.abs(_libjpeg_tables() - table).sum(axis=1)  # (100,)
    return 100 - int(distance[::-1].argmin())  # of equals the better


@lru_cache(maxsize=1)
def _libjpeg_tables() -> NDArray[np.int64]:
    """The luminance tables of all qualities, (100, 64): row q - 1 is jpeg_set_quality(q)."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)  # (100,)
    return ((_STANDARD * percent[:, None] + 50) // 100).clip(1, 255)
