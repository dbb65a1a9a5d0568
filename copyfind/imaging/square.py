"""A picture of any shape as the network's square, its aspect ratio given up.

Shrinking is area averaging with the shares of cut pixels, as the network was fed. Pillow's BOX is
not that: it takes a cut pixel whole or not at all, which at 300 pixels to 192 differs by up to 142
of 255 levels in noise.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

_KEEP = 8  # times the square that whole-pixel reduction leaves for exact averaging


def to_square(image: Image.Image, *, side: int) -> Image.Image:
    """`image` (L, RGB or CMYK) at `side` × `side`; an axis that has to grow is interpolated."""
    factors = [max(1, size // (_KEEP * side)) for size in image.size]
    if factors != [1, 1]:
        image = image.reduce((factors[0], factors[1]))  # in C, and keeps the copies below small
    if max(image.size) > side:
        import cv2  # 20 ms and 16 MB, and half of NumPy's time for each picture

        size = min(side, image.width), min(side, image.height)
        # In floats: OpenCV rounds a half to even bytes, which is a level in one of a hundred.
        shrunk = cv2.resize(np.asarray(image, np.float32), size, interpolation=cv2.INTER_AREA)
        image = Image.fromarray((shrunk + np.float32(0.5)).astype(np.uint8), image.mode)
    return image.resize((side, side), Image.Resampling.BILINEAR)
