"""Whether two pictures show one capture: the same in both orders, sure of copies, of others not."""

from __future__ import annotations

import math

import pytest
from PIL import Image, ImageEnhance

from copyfind.evidence.decide import LIKELY, PROVEN, odds_of
from copyfind.evidence.laying import lay_on
from tests.evidence.conftest import LookAt, recompressed, shot


def odds(look_at: LookAt, first: Image.Image, second: Image.Image) -> float:
    one, other = look_at(first), look_at(second)
    laid = lay_on(one, other)
    return -math.inf if laid is None else odds_of(laid, (one.facts, other.facts))


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple", "flower"])
def test_a_smaller_brighter_copy_is_proven(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    small = photos[name].resize((photos[name].width // 2, photos[name].height // 2))
    copy = recompressed(ImageEnhance.Brightness(small).enhance(1.2), 60)
    assert odds(look_at, photos[name], copy) >= PROVEN


def app(photo: Image.Image, text: str) -> Image.Image:
    """A screenshot."""
    from PIL import ImageDraw

    page = Image.new("RGB", (360, 640), "#f4f4f8")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 360, 60), "#3355aa")
    draw.text((16, 20), "Holidays", "white", font_size=22)
    for n in range(5):
        draw.ellipse((20 + 70 * n, 590, 50 + 70 * n, 620), outline="#222", width=2)
    page.paste(photo.resize((360, 300)), (0, 60))
    for line in range(6):
        draw.text((16, 380 + 32 * line), f"{text} {text[::-1]} {line * 37}", "#222", font_size=18)
    return page


def test_one_app_with_other_photos_in_it_is_no_copy(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    first = app(photos["coffee"], "an afternoon in the garden")
    second = app(photos["rocket"], "we saw it from the beach")
    assert odds(look_at, first, second) < LIKELY
    assert odds(look_at, first, recompressed(first.resize((270, 480)), 70)) >= LIKELY


def test_the_order_does_not_matter(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    pairs = [
        (photos["temple"], recompressed(photos["temple"].crop((40, 30, 340, 240)), 50)),
        (shot(photos["flower"], seed=1), shot(photos["flower"], seed=2)),
        (photos["coffee"], photos["coffee"].rotate(10)),
    ]
    for first, second in pairs:
        assert odds(look_at, first, second) == pytest.approx(odds(look_at, second, first), abs=1e-6)
