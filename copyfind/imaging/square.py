"""A picture of any shape as the network's square, its aspect ratio given up.

Shrinking is area averaging with the shares of cut pixels, as the network was fed. Pillow's BOX is
not that: it takes a cut pixel whole or not at all, which at 300 pixels to 192 differs by up to 142
of 255 levels in noise.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from copyfind.records import Floats, Pixels

_KEEP = 8  # times the square that whole-pixel reduction leaves for exact averaging
_AT_ONCE = 1 << 18  # pixels up to which a picture is averaged in one go: .5 ms at 400 × 300
_BAND = 1 << 15  # pixels of a larger one that are floats at a time: they stay in a core's cache


def to_square(image: Image.Image, *, side: int) -> Image.Image:
    """`image` (L, RGB or CMYK) at `side` × `side`; an axis that has to grow is interpolated."""
    factors = [max(1, size // (_KEEP * side)) for size in image.size]
    if factors != [1, 1]:
        image = image.reduce((factors[0], factors[1]))  # in C, and keeps the copies below small
    if max(image.size) > side:
        averaged = _averaged(image, min(side, image.width), min(side, image.height))
        image = Image.fromarray(averaged, image.mode)
    return image.resize((side, side), Image.Resampling.BILINEAR)


def _averaged(image: Image.Image, width: int, height: int) -> Pixels:
    """The image at width × height, none of which is more than it has."""
    import cv2  # 20 ms and 16 MB, and half of NumPy's time for each picture

    # In floats: OpenCV rounds a half to even bytes, which is a level in one of a hundred.
    if image.width * image.height <= _AT_ONCE:
        samples: Floats = np.asarray(image, np.float32)
    else:
        samples = _lines(image, height)
    shrunk: Floats = cv2.resize(samples, (width, height), interpolation=cv2.INTER_AREA)
    return (shrunk + np.float32(0.5)).astype(np.uint8)


def _lines(image: Image.Image, height: int) -> Floats:
    """The rows of `image` averaged to `height` of them, float32 (height, W) or (height, W, C).

    Each is a product of a few rows with their shares, at a third of what OpenCV takes; where the
    columns are averaged afterwards, there is little left to do.
    """
    rows = np.arange(height)
    first = rows * image.height // height
    end = -(-(rows + 1) * image.height // height)
    at = first[:, None] + np.arange((end - first).max())  # (height, most rows of one)
    edges = np.arange(height + 1)[:, None] * (image.height / height)
    shares = np.minimum(at + 1, edges[1:]) - np.maximum(at, edges[:-1])
    shares = (shares.clip(min=0) * (height / image.height)).astype(np.float32)
    samples = np.asarray(image)
    bytewise = samples.reshape(image.height, -1)
    lines = np.empty((height, bytewise.shape[1]), np.float32)
    together = max(1, _BAND * height // image.height // image.width)
    for start in range(0, height, together):
        group = rows[start : start + together]
        top = first[group[0]]
        band = bytewise[top : end[group[-1]]].astype(np.float32)
        for row in group:
            own = band[first[row] - top : end[row] - top]
            np.dot(shares[row, : len(own)], own, out=lines[row])
    return lines.reshape(height, *samples.shape[1:])
