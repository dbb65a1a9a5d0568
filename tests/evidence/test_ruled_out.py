"""What speaks against a copy by itself."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from copyfind.evidence.laying import lay_on
from copyfind.evidence.ruled_out import is_ruled_out
from tests.evidence.conftest import LookAt, recompressed
from tests.evidence.test_verify import panned, parallax


def ruled_out(look_at: LookAt, first: Image.Image, second: Image.Image) -> bool:
    laid = lay_on(look_at(first), look_at(second))
    assert laid is not None
    return is_ruled_out(laid)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
def test_nothing_speaks_against_a_copy(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    part = photos[name].crop((20, 10, 340, 250))
    assert not ruled_out(look_at, photos[name], recompressed(part, 60))


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
def test_what_fits_only_elsewhere_does(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    assert ruled_out(look_at, photos[name], parallax(photos[name], 40))


def test_going_on_on_both_sides_does(large_photos: dict[str, Image.Image], look_at: LookAt) -> None:
    left, right = (panned(large_photos["temple"], angle) for angle in (-6, 6))
    assert ruled_out(look_at, left, right)


def test_noise_laid_on_noise_shows_too_little(look_at: LookAt) -> None:
    dice = np.random.default_rng(1)
    page = dice.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    other = page.copy()
    other[60:, :] = dice.integers(0, 256, (240, 400, 3), dtype=np.uint8)
    laid = lay_on(*(look_at(Image.fromarray(p)) for p in (page, other)))
    assert laid is None or is_ruled_out(laid)
