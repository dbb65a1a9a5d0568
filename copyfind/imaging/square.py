"""A picture of any shape as the network's square, its aspect ratio given up.

Shrinking is area averaging with the shares of cut pixels, as OpenCV's INTER_AREA does it and as
the network was fed. Pillow's BOX is not that: it takes a cut pixel whole or not at all, which at
300 pixels to 192 differs by up to 142 of 255 levels in noise.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from copyfind.records import Floats, Pixels

_KEEP = 8  # times the square that whole-pixel reduction leaves for exact averaging


def to_square(image: Image.Image, *, side: int) -> Image.Image:
    """`image` (L, RGB or CMYK) at `side` × `side`; an axis that has to grow is interpolated."""
    factors = [max(1, size // (_KEEP * side)) for size in image.size]
    if factors != [1, 1]:
        image = image.reduce((factors[0], factors[1]))  # in C, and keeps the copies below small
    if max(image.size) > side:
        shrunk = _shrink(np.asarray(image), min(side, image.height), min(side, image.width))
        image = Image.fromarray(shrunk, image.mode)
    return image.resize((side, side), Image.Resampling.BILINEAR)


def _shrink(pixels: Pixels, height: int, width: int) -> Pixels:
    """The area average of (H, W) or (H, W, C) at `height` × `width`, neither greater than now."""
    _, columns, *channels = pixels.shape
    rows = _average(pixels, height).reshape(height, columns, -1)
    both = _average(rows.swapaxes(0, 1), width).reshape(width, height, *channels)
    return (both + np.float32(0.5)).astype(np.uint8).swapaxes(0, 1).copy()


def _average(values: Pixels | Floats, size: int) -> Floats:
    """The mean of each of `size` equal parts of the rows, cut rows counted by their share:
    (N, ...) -> (size, M)."""
    values = values.reshape(len(values), -1).astype(np.float32, copy=False)
    edges = np.arange(size + 1) * (len(values) / size)
    first = np.floor(edges[:-1] + 1e-9).astype(np.intp)  # (size,)
    total = np.zeros((size, values.shape[1]), np.float32)
    taken = np.empty_like(total)
    for step in range(int(np.ceil(len(values) / size)) + 1):
        at = first + step
        share = np.minimum(at + 1, edges[1:]) - np.maximum(at, edges[:-1])
        weights = (share.clip(0, 1) * (size / len(values))).astype(np.float32)
        np.take(values, at, axis=0, out=taken, mode="clip")
        taken *= weights[:, None]
        total += taken
    return total
