"""The small picture that stands for a large one where copies are proven and shown."""

from __future__ import annotations

import io
from collections.abc import Callable
from math import ceil, floor

import numpy as np
from PIL import Image

from copyfind.imaging.colour import GREY, over, to_srgb
from copyfind.records import Colour, Pixels

LONGEST = 400  # pixels, the longer side
_READ = 1000  # pixels in which letters are read: boxes would leave one sharper than the next
_STRIP = 4  # times as long as wide, from which more than that is needed; and how much more at most
_GAP = 2.0  # times the small picture that whole-pixel reduction leaves for the rest
_QUALITY = 90  # of the JPEG: what is compared must not be its artefacts


def longest_of(width: int, height: int, longest: int) -> int:
    """How long a small picture of these proportions is, `longest` unless they are a strip's.

    A panorama of 16 : 1 would be 25 pixels high, in which nothing can be told. Strips are longer,
    up to four times, so that a quarter of `longest` is left of the shorter side.
    """
    shape = max(width, height) / max(min(width, height), 1)
    return round(longest * min(max(shape / _STRIP, 1.0), _STRIP))


def fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    """The size with the longer side at `longest` whose shape is nearest, as `Image.thumbnail` has
    it; that works in place, on a copy as large as the picture."""
    shape = width / height
    if width >= height:
        exact = longest / shape
        return longest, max(_nearest(exact, lambda n: abs(shape - longest / n) if n else 0.0), 1)
    exact = longest * shape
    return max(_nearest(exact, lambda n: abs(shape - n / longest)), 1), longest


def _nearest(exact: float, off: Callable[[int], float]) -> int:
    return min(floor(exact), ceil(exact), key=off)


def to_small(
    picture: Image.Image,
    longest: int = LONGEST,
    profile: bytes | None = None,
    *,
    ground: Colour = GREY,
) -> Image.Image:
    """`picture` (L, RGB, RGBA, CMYK) in sRGB, its longer side `longest` at most, a strip's as
    `longest_of` says; `ground` is behind what is transparent."""
    small = over(picture, ground)
    sampling = Image.Resampling.BICUBIC if longest >= _READ else Image.Resampling.BOX
    longest = longest_of(*small.size, longest)
    if max(small.size) > longest:
        size = fitted(*small.size, longest)
        small = small.resize(size, sampling, reducing_gap=_GAP)
    small = to_srgb(small, profile).convert("RGB")
    small.info.clear()  # a comment of the file would travel into the JPEG
    return small


def encode(small: Image.Image | Pixels) -> bytes:
    """A small picture as JPEG bytes."""
    image = small if isinstance(small, Image.Image) else Image.fromarray(small)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def decode_thumbnail(jpeg: bytes) -> Pixels:
    """The pixels, uint8 (H, W, 3), of the JPEG bytes of a thumbnail. Raises ValueError."""
    import cv2  # half of Pillow's time; here, since indexing does without it

    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    if picture is None:
        raise ValueError("a damaged thumbnail")
    return np.asarray(picture, np.uint8)
