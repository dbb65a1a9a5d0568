"""The light of places, and what only changes colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from copyfind.evidence.lighting import is_lit_otherwise
from copyfind.records import Pixels
from tests.evidence.conftest import recompressed

Edit = Callable[[Pixels], Pixels]


def seen(image: Image.Image) -> Pixels:
    image = image.convert("RGB")
    image.thumbnail((400, 400))
    return np.asarray(image, np.uint8)


def clouds(picture: Pixels) -> Pixels:
    """A bright patch here, a shadow there."""
    small = np.random.default_rng(3).integers(0, 256, (5, 5), dtype=np.uint8)
    soft = Image.fromarray(small).resize(picture.shape[1::-1], Image.Resampling.BICUBIC)
    light = np.asarray(soft.filter(ImageFilter.GaussianBlur(12)), np.float32)[..., None] / 255
    return np.clip(picture * (0.85 + 0.3 * light), 0, 255).astype(np.uint8)


OF_COLOURS: dict[str, Edit] = {
    "saved": lambda p: p,
    "channels exchanged": lambda p: np.ascontiguousarray(p[..., [2, 0, 1]]),
    "negative": lambda p: 255 - p,
    "gamma": lambda p: (255 * (p / 255) ** 0.7).astype(np.uint8),
    "sepia": lambda p: np.asarray(
        ImageOps.colorize(Image.fromarray(p).convert("L"), "#1c0f00", "#fff2dd")
    ),
}


@pytest.mark.parametrize("name", OF_COLOURS)
@pytest.mark.parametrize("photo", ["temple", "coffee"])
def test_other_colours_are_no_other_light(
    large_photos: dict[str, Image.Image], photo: str, name: str
) -> None:
    first = seen(large_photos[photo])
    second = seen(recompressed(Image.fromarray(OF_COLOURS[name](first)), 85))
    assert not is_lit_otherwise(first, second, np.eye(3))


def test_a_histogram_made_even_is_not(large_photos: dict[str, Image.Image]) -> None:
    first = seen(large_photos["coffee"])
    even = ImageOps.equalize(Image.fromarray(first))
    assert not is_lit_otherwise(first, seen(recompressed(even, 85)), np.eye(3))


def test_a_brighter_copy_that_lost_its_white_is_not(large_photos: dict[str, Image.Image]) -> None:
    first = seen(large_photos["coffee"])
    brighter = np.clip(first.astype(np.int16) * 5 // 4, 0, 255).astype(np.uint8)
    second = seen(recompressed(Image.fromarray(brighter), 85))
    assert not is_lit_otherwise(first, second, np.eye(3))


@pytest.mark.parametrize("photo", ["temple", "coffee"])
def test_clouds_are(large_photos: dict[str, Image.Image], photo: str) -> None:
    first = seen(large_photos[photo])
    second = seen(recompressed(Image.fromarray(clouds(first)), 85))
    assert is_lit_otherwise(first, second, np.eye(3))
    assert is_lit_otherwise(second, first, np.eye(3))
