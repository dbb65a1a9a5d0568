"""What a pair comes to in numbers, whichever picture is given first."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.evidence.conftest import LookAt, measured, recompressed


def test_a_copy_agrees_everywhere(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    found = measured(look_at, photos["coffee"], recompressed(photos["coffee"], 70))
    assert found["other"] < 0.02
    assert found["elsewhere"] < 0.02


def test_a_colour_of_its_own_is_no_map_of_colours(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    photo = photos["coffee"]
    half = photo.copy()
    turned = Image.merge("RGB", photo.split()[::-1])
    half.paste(turned.crop((0, 0, photo.width // 2, photo.height)), (0, 0))
    whole = measured(look_at, photo, turned)
    assert measured(look_at, photo, half)["colour 80"] > 1.5 * whole["colour 80"]


def test_numbers_do_not_depend_on_the_order(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    first, second = photos["temple"], recompressed(photos["temple"].resize((300, 200)), 50)
    forth, back = measured(look_at, first, second), measured(look_at, second, first)
    np.testing.assert_allclose([*forth.values()], [*back.values()], atol=1e-4)
