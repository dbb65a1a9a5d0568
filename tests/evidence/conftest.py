"""Real photos, small, and a camera's shots of them."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from copyfind.evidence.laying import lay_on
from copyfind.evidence.maps import maps_of
from copyfind.evidence.measures import measures_of
from copyfind.evidence.verify import Look, look
from copyfind.imaging.colour import over
from copyfind.imaging.thumbnail import longest_of
from copyfind.records import Colour, Facts, Pixels
from tests import photos as real

LookAt = Callable[..., Look]


def recompressed(picture: Image.Image, quality: int = 40) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


@pytest.fixture(scope="session")
def large_photos() -> dict[str, Image.Image]:
    """Photos by name, as large as they come: 427 to 640 pixels."""
    return dict(real.photos())


@pytest.fixture(scope="session")
def photos(large_photos: dict[str, Image.Image]) -> dict[str, Image.Image]:
    """Photos by name, some 400 pixels long."""
    pictures = {name: picture.copy() for name, picture in large_photos.items()}
    for picture in pictures.values():
        picture.thumbnail((400, 400))
    return pictures


@pytest.fixture(scope="session")
def look_at() -> LookAt:
    """A picture as verification sees it; `facts` are what its file says. pages: of one file, the
    first of which is the picture."""

    def look_at(
        picture: Image.Image, *, pages: list[Image.Image] | None = None, **facts: str | int
    ) -> Look:
        def at_most(longest: int, *, page: int = 0, ground: Colour = (128, 128, 128)) -> Pixels:
            smaller = over((pages or [picture])[page].convert("RGBA"), ground)
            longest = longest_of(*smaller.size, longest)
            if max(smaller.size) > longest:
                factor = longest / max(smaller.size)
                size = (round(smaller.width * factor), round(smaller.height * factor))
                smaller = smaller.resize(size, Image.Resampling.BOX)
            return np.asarray(smaller)

        alpha = picture.mode == "RGBA" and bool((np.asarray(picture)[..., 3] < 255).any())
        told = Facts(
            width=picture.width,
            height=picture.height,
            format="JPEG",
            frames=len(pages or [picture]),
            has_alpha=alpha,
            surplus=(),
            **facts,  # type: ignore[arg-type] # texts and numbers, each where it belongs
        )
        return look(at_most(400), told, larger=at_most)

    return look_at


def shot(
    scene: Image.Image,
    *,
    seed: int,
    shake: float = 0.7,
    exposure: float = 1.0,
    walker: float | None = None,
) -> Image.Image:
    """A camera's picture of a scene: moved by a hand, with grain of its own, exposed by a curve.

    shake: pixels, standard deviation. walker: where somebody who walks past is, 0 to 1.
    """
    chance = np.random.default_rng(seed)
    pixels = np.asarray(scene.convert("RGB")).astype(np.float32)
    height, width = pixels.shape[:2]
    dx, dy = chance.normal(0, shake, 2)
    turn = np.radians(chance.normal(0, 0.08 * shake))
    matrix = np.array([[np.cos(turn), -np.sin(turn), dx], [np.sin(turn), np.cos(turn), dy]])
    light = (pixels / 255) ** 2.2
    if walker is not None:
        x, y = int(walker * width), int(0.62 * height)
        size = (int(0.05 * width), int(0.25 * height))
        cv2.ellipse(light, (x, y), size, 0, 0, 360, (0.05, 0.08, 0.3), -1)
        cv2.circle(light, (x, y - size[1]), size[0] // 2 + 2, (0.5, 0.35, 0.25), -1)
    light = cv2.warpAffine(
        light, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    light = np.clip(light, 0, None) * exposure
    light += chance.normal(0, 1, light.shape) * np.sqrt(1e-5 + 4e-4 * light)  # photons are counted
    seen = 255 * np.clip(light, 0, 1) ** (1 / 2.2)
    return recompressed(Image.fromarray(seen.astype(np.uint8)), 92)


def measured(look_at: LookAt, first: Image.Image, second: Image.Image) -> dict[str, float]:
    """What a pair that can be laid on each other comes to in numbers."""
    one, other = look_at(first), look_at(second)
    laid = lay_on(one, other)
    assert laid is not None
    maps = maps_of(laid)
    assert maps is not None
    return measures_of(laid, maps, (one.facts, other.facts))
