"""Real photos that ship with scikit-image and scikit-learn, small."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_images

from copyfind.evidence.verify import Look, look
from copyfind.records import Facts

LookAt = Callable[..., Look]


@pytest.fixture(scope="session")
def photos() -> dict[str, Image.Image]:
    """Photos by name, some 400 pixels long."""
    found = {name: getattr(data, name)() for name in ("astronaut", "chelsea", "coffee", "rocket")}
    temple, flower = load_sample_images().images
    found |= {"temple": temple, "flower": flower}
    pictures = {name: Image.fromarray(np.asarray(pixels)) for name, pixels in found.items()}
    for picture in pictures.values():
        picture.thumbnail((400, 400))
    return pictures


@pytest.fixture(scope="session")
def look_at() -> LookAt:
    """A picture as verification sees it; `camera` and `captured_at` are what its EXIF says."""

    def look_at(picture: Image.Image, **exif: str) -> Look:
        small = picture.convert("RGB")
        small.thumbnail((400, 400))
        facts = Facts(width=picture.width, height=picture.height, format="JPEG", **exif)  # type: ignore[arg-type] # only texts
        return look(np.asarray(small), facts)

    return look_at
