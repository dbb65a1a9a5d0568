"""A picture at its full size as its making is read from it: brightness, colour, and how a JPEG
rounded them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling

from copyfind.imaging.colour import eight_bit, over
from copyfind.imaging.formats import Format, Undecodable, recognise
from copyfind.imaging.opening import check_size, explained, open_picture, orientation, turn
from copyfind.records import Box, Floats, Pixels, Problem

_MOST_PIXELS = 64_000_000  # three bytes each; what is larger is not asked
_COUNTED = 32766  # pixels of a side up to which OpenCV finds places
_BACK = {5: 5, 6: 8, 7: 7, 8: 6}  # what undoes an orientation; all others undo themselves


@dataclass(frozen=True, slots=True, eq=False)
class Full:
    """A picture upright, its colours as they are stored: no profile is applied, for that would
    hide how they were rounded."""

    planes: Pixels  # (3, H, W): brightness, Cb, Cr as a JPEG has them
    steps: NDArray[np.int64] | None = None  # (8, 8), by which a JPEG divided its brightness
    stored: int = 1  # the orientation that made it upright
    colours: int | None = None  # how many there are; None for more than 256

    @property
    def brightness(self) -> Pixels:
        """The first plane, (H, W)."""
        brightness: Pixels = self.planes[0]
        return brightness

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.planes.shape[2], self.planes.shape[1]

    def as_stored(self, upright: Floats) -> Floats:
        """A part of this picture, or of one laid onto it, turned as it is stored."""
        if self.stored == 1:
            return upright
        turned = turn(Image.fromarray(upright), _BACK.get(self.stored, self.stored))
        return np.asarray(turned, np.float32)

    def blocks_around_the_middle(self, most: int) -> Box:
        """The part, at most so many pixels wide and high, that is made of whole blocks of 8 x 8 as
        they are stored: left, top, right, bottom."""
        turned = self.stored >= 5
        width, height = self.size[::-1] if turned else self.size
        wide, high = (min(side // 8 * 8, most // 8 * 8) for side in (width, height))
        left, top = (width - wide) // 16 * 8, (height - high) // 16 * 8
        right, bottom = left + wide, top + high
        if self.stored in (2, 3, 7, 8):
            left, right = width - right, width - left
        if self.stored in (3, 4, 6, 7):
            top, bottom = height - bottom, height - top
        return (top, left, bottom, right) if turned else (left, top, right, bottom)

    def part(
        self, box: Box, like: Full, way: Resampling = Resampling.LANCZOS, *, plane: int = 0
    ) -> Floats:
        """One plane of what a box of another picture shows, at the size of that box."""
        size = round(box[2] - box[0]), round(box[3] - box[1])
        across, down = (ours / its for ours, its in zip(self.size, like.size, strict=True))
        where = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
        values: Pixels = self.planes[plane]
        if self.size == like.size:
            left, top, right, bottom = map(round, where)
            return np.asarray(values[top:bottom, left:right], np.float32)
        whole = Image.fromarray(values)
        return np.asarray(whole.resize(size, way, box=where), np.float32)

    def sampled(self, box: Box, like: Full, *, plane: int = 0) -> Floats:
        """The same, as programs make it that look at the nearest pixels alone, however large the
        step."""
        if self.size == like.size or max(self.size) > _COUNTED:
            return self.part(box, like, Resampling.BILINEAR, plane=plane)
        size = round(box[2] - box[0]), round(box[3] - box[1])
        across, down = (ours / its for ours, its in zip(self.size, like.size, strict=True))
        left, top = (box[0] + 0.5) * across - 0.5, (box[1] + 0.5) * down - 0.5
        places = np.array([[across, 0, left], [0, down, top]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        values = cv2.warpAffine(
            self.planes[plane], places, size, flags=how, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(values, np.float32)


def read_full(data: bytes | BinaryIO) -> Full:
    """Decode the first frame at full size. Raises Undecodable, of RAW and of giants too: nothing
    is made of a RAW that could be mistaken for it."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    kind = recognise(stream)
    if kind is None or kind is Format.RAW:
        raise Undecodable(Problem.NOT_A_PICTURE, "no format whose making can be told")
    with explained(kind):
        image = open_picture(stream, kind, pixel_limit=_MOST_PIXELS)
        check_size(*image.size, pixel_limit=_MOST_PIXELS)
        tables = getattr(image, "quantization", None)
        if kind is Format.JPEG and image.mode == "RGB":
            image.draft("YCbCr", image.size)  # as it is stored, without a way to RGB and back
        image.load()
        by = orientation(image, kind)
        upright = turn(image, by)
        colours = None
        if upright.mode != "YCbCr":
            upright = over(eight_bit(upright)).convert("RGB")
            found = upright.getcolors(256)
            colours = len(found) if found else None
            upright = upright.convert("YCbCr")
        planes = np.stack([np.asarray(plane) for plane in upright.split()])
        return Full(planes, _steps(tables), by, colours)


def _steps(tables: dict[int, list[int]] | None) -> NDArray[np.int64] | None:
    table = np.asarray((tables or {}).get(0, ()), dtype=np.int64)
    return table.reshape(8, 8) if table.size == 64 else None
