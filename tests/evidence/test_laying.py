"""Two pictures on each other: the same whichever is given first."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from PIL import Image

from copyfind.evidence.laying import lay_on
from tests.evidence.conftest import LookAt, recompressed, shot


@pytest.mark.parametrize("name", ["coffee", "temple", "flower"])
def test_both_orders_lie_the_same(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    whole = photos[name]
    first, second = look_at(whole), look_at(recompressed(whole.crop((30, 20, 330, 230)), 60))
    forth, back = lay_on(first, second), lay_on(second, first)
    assert forth is not None
    assert back is not None
    np.testing.assert_allclose(
        np.linalg.inv(back.alignment.matrix), forth.alignment.matrix, atol=1e-6
    )
    np.testing.assert_array_equal(forth.residual.correlation, back.residual.correlation)
    assert forth.residual.overlap == back.residual.overlap[::-1]
    assert forth.around == back.around[::-1]


def test_equal_sizes_lie_the_same_too(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    looks = [look_at(shot(photos["chelsea"], seed=seed)) for seed in (1, 2)]
    forth, back = lay_on(*looks), lay_on(*looks[::-1])
    assert forth is not None
    assert back is not None
    np.testing.assert_array_equal(forth.residual.warped, back.residual.warped)


@pytest.mark.parametrize(
    ("name", "degrees", "factor"), [("rocket", 2, 0.42), ("rocket", 3, 0.36), ("coffee", 2, 0.3)]
)
def test_what_is_small_and_turned_a_little_lies_exactly(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, degrees: int, factor: float
) -> None:
    """Where all blocks are alike, a pixel off or corner on corner too."""
    whole = photos[name]
    turned = whole.rotate(degrees, resample=Image.Resampling.BICUBIC)
    size = round(whole.width * factor), round(whole.height * factor)
    small = recompressed(turned.resize(size, Image.Resampling.BICUBIC), 70)
    found = lay_on(look_at(whole), look_at(small))
    assert found is not None
    corners = np.array([[0, 0], [whole.width, 0], [whole.width, whole.height], [0, whole.height]])
    centre = (np.array(whole.size) - 1) / 2
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    placed = (corners - centre) @ np.array([[cos, -sin], [sin, cos]]) + centre
    wanted = (placed + 0.5) * np.array(size) / np.array(whole.size) - 0.5
    laid = cv2.perspectiveTransform(corners[None].astype(np.float64), found.alignment.matrix)[0]
    assert np.linalg.norm(laid - wanted, axis=1).max() < 0.8


def test_a_blank_picture_lies_on_nothing(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    blank = look_at(Image.new("RGB", (300, 200), "white"))
    assert lay_on(blank, look_at(photos["coffee"])) is None


def hazy(seed: int) -> Image.Image:
    """Lighter to the right and to the bottom, with clouds of its own."""
    noise = np.random.default_rng(seed).normal(size=(300, 400)).astype(np.float32)
    clouds = cv2.GaussianBlur(noise, (0, 0), 14.0)
    y, x = np.mgrid[0:300, 0:400]
    grey = 40 + 0.35 * x + 0.2 * y + 8 * clouds / clouds.std()
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")


def test_skies_that_are_alike_from_afar_only_lie_on_nothing(look_at: LookAt) -> None:
    skies = [look_at(hazy(seed)) for seed in range(6)]

    assert all(lay_on(a, b) is None for a, b in itertools.combinations(skies, 2))


def test_a_sky_lies_on_its_copy(look_at: LookAt) -> None:
    sky = hazy(1)
    small = recompressed(sky.resize((260, 195), Image.Resampling.BICUBIC), 60)

    assert lay_on(look_at(sky), look_at(small)) is not None
