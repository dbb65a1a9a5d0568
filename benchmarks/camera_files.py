"""Pictures as large as cameras, phones and screens make them, from real photos.

Photos are enlarged and given the grain of a sensor, so that a JPEG is as long as a camera's:
reduced decoding has to read all of its bytes. Screens are drawn: flat areas, rows of text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.strangers import read_photos
from copyfind.imaging.formats import Format
from copyfind.records import Pixels
from tests.imaging.encoding import dng

_GRAIN = 8.0  # standard deviation, of 255
_SHIFT = 64  # pixels by which the grain of two photos may lie apart
_SCREEN = (2560, 1440)


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table. count: files made of it, of the slow ones fewer."""

    name: str
    size: tuple[int, int]
    format: Format
    count: int


KINDS: tuple[Kind, ...] = (
    Kind("JPEG 12 MP", (4000, 3000), Format.JPEG, 200),
    Kind("JPEG 24 MP", (6000, 4000), Format.JPEG, 40),
    Kind("JPEG 48 MP", (8000, 6000), Format.JPEG, 20),
    Kind("HEIC 12 MP", (4000, 3000), Format.HEIC, 4),
    Kind("AVIF 12 MP", (4000, 3000), Format.AVIF, 4),
    Kind("PNG of a screen", _SCREEN, Format.PNG, 40),
    Kind("RAW 12 MP", (4000, 3000), Format.RAW, 4),
)


def make(folder: Path, kind: Kind, *, shards: Path) -> None:
    """Write the files of a kind into a new folder."""
    folder.mkdir(parents=True)
    pictures = _screens() if kind.format is Format.PNG else _large(kind.size, shards)
    for number, picture in enumerate(islice(pictures, kind.count)):
        path = folder / f"IMG_{number:04d}"
        match kind.format:
            case Format.HEIC:
                import pillow_heif

                pillow_heif.from_pillow(picture).save(path.with_suffix(".heic"), quality=60)
            case Format.AVIF:
                picture.save(path.with_suffix(".avif"), quality=60, speed=9)
            case Format.RAW:
                path.with_suffix(".dng").write_bytes(dng(picture))
            case Format.PNG:
                picture.save(path.with_suffix(".png"))
            case _:
                picture.save(path.with_suffix(".jpg"), quality=90)


def _large(size: tuple[int, int], shards: Path) -> Iterator[Image.Image]:
    chance = np.random.default_rng(7)
    width, height = size
    shape = (height + _SHIFT, width + _SHIFT, 3)
    grain = (_GRAIN * chance.standard_normal(shape, np.float32)).astype(np.int8)
    for photo in read_photos(shards):
        large: Pixels = cv2.resize(np.asarray(photo), size, interpolation=cv2.INTER_CUBIC)
        down, right = chance.integers(0, _SHIFT, 2)
        pixels = large.astype(np.int16) + grain[down : down + height, right : right + width]
        yield Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _screens() -> Iterator[Image.Image]:
    chance = np.random.default_rng(8)
    while True:
        screen = Image.new("RGB", _SCREEN, tuple(chance.integers(200, 256, 3).tolist()))
        pencil = ImageDraw.Draw(screen)
        for _ in range(12):
            left, top = (chance.uniform(0, 0.8, 2) * _SCREEN).tolist()
            width, height = (chance.uniform(0.1, 0.4, 2) * _SCREEN).tolist()
            colour = tuple(chance.integers(0, 256, 3).tolist())
            pencil.rectangle((left, top, left + width, top + height), fill=colour)
            for line in range(0, int(height) - 12, 14):
                words = "".join(map(chr, chance.integers(97, 123, int(width) // 7)))
                pencil.text((left + 4, top + line), words, fill=(0, 0, 0))
        yield screen
