"""Pictures drawn for the tests, as the bytes of files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from PIL.ExifTags import Base

from copyfind.imaging.decode import decode
from copyfind.imaging.formats import Undecodable
from copyfind.records import FoundFile, Pixels

pillow_heif.register_heif_opener()  # its writer with Pillow; ours reads without
SIDE = 64
TURNED = {  # orientation tag -> how the upright picture is stored under it
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def drawn(width: int = 120, height: int = 80, *, seed: int = 0) -> Image.Image:
    """A smooth picture without any symmetry, and a bright patch at its upper left."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    phase = np.random.default_rng(seed).uniform(0, 3, 3)
    channels = [np.sin(phase[0] + 4 * across), np.cos(phase[1] + 3 * down), across * down]
    pixels = np.stack([60 + 60 * channel for channel in channels], axis=-1)
    pixels[: height // 4, : width // 4] = (250, 240, 200)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def as_bytes(image: Image.Image, name: str, **options: object) -> bytes:
    """`image` as a file of Pillow's format `name`."""
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def tagged(image: Image.Image, orientation: int) -> tuple[Image.Image, Image.Exif]:
    """`image` as a camera held in that orientation stores it, and the EXIF that says so."""
    how = TURNED[orientation]
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    return (image if how is None else image.transpose(how)), exif


def square(data: bytes) -> Pixels:
    """(SIDE, SIDE, 3): what the network would see."""
    return decode(data, side=SIDE).square


def far(a: Pixels, b: Pixels) -> float:
    """Mean absolute difference of two squares."""
    return float(np.abs(a.astype(np.int16) - b).mean())


def trouble(data: bytes, **options: Any) -> Undecodable:
    """Why these bytes give no picture."""
    with pytest.raises(Undecodable) as raised:
        decode(data, side=SIDE, **options)
    return raised.value


def found(path: Path) -> FoundFile:
    """The file as a scan meets it."""
    status = path.stat()
    return FoundFile(
        os.fsencode(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    )


def picture(folder: Path, name: str, *, seed: int = 0) -> FoundFile:
    """A PNG of that name, as a scan meets it."""
    path = folder / name
    path.write_bytes(as_bytes(drawn(seed=seed), "PNG"))
    return found(path)
