"""Real photos that come with the tests: those of scikit-image and scikit-learn, and their edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from skimage import data
from sklearn.datasets import load_sample_images

_NAMES = ("astronaut", "chelsea", "coffee", "rocket")  # in the wheel itself: nothing is downloaded


@cache
def photos() -> Mapping[str, Image.Image]:
    """Photos by name as large as they come: 427 to 640 pixels."""
    found = {name: np.asarray(getattr(data, name)()) for name in _NAMES}
    found["temple"], found["flower"] = load_sample_images().images
    return {name: Image.fromarray(pixels) for name, pixels in found.items()}


def photo(name: str, *, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """One of them at another size, its aspect given up."""
    return photos()[name].resize(size)


EDITS: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "smaller": lambda image: image.resize((image.width // 2, image.height // 2)),
    "cropped": lambda image: ImageOps.crop(image, image.width // 10),
    "mirrored": ImageOps.mirror,
    "framed": lambda image: ImageOps.expand(image, border=image.width // 12, fill="white"),
    "bright": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
}
