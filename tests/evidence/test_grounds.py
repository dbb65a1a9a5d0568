"""Transparent pictures, and their copies on some colour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from copyfind.evidence.grounds import ground_of, is_seen
from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed


def sticker() -> Image.Image:
    """A robot."""
    image = Image.new("RGBA", (500, 640), (0, 0, 0, 0))
    pencil = ImageDraw.Draw(image)
    pencil.rounded_rectangle((120, 60, 380, 260), 40, (90, 160, 210), (20, 30, 40), 6)
    pencil.rectangle((150, 280, 350, 520), (220, 120, 60), (20, 30, 40), 6)
    for i in range(8):
        left, top = 165 + 45 * (i % 4), 300 + 90 * (i // 4)
        pencil.ellipse((left, top, left + 30, top + 50), (30 * i, 220 - 20 * i, 90), (0, 0, 0), 3)
    for x in (170, 270):
        pencil.ellipse((x, 110, x + 60, 170), "white", (20, 30, 40), 5)
        pencil.ellipse((x + 18, 128, x + 40, 152), (10, 10, 10))
    pencil.line((190, 215, 310, 215), (160, 20, 20), 12)
    pencil.text((165, 480), "ROBO 7", (20, 20, 60), font_size=36)
    return image


def cut_out(photo: Image.Image) -> Image.Image:
    """What is within a soft outline."""
    mask = Image.new("L", photo.size, 0)
    w, h = photo.size
    ImageDraw.Draw(mask).polygon(
        [(w * 0.1, h * 0.2), (w * 0.6, h * 0.05), (w * 0.9, h * 0.5), (w * 0.5, h * 0.95)], fill=255
    )
    cut = photo.convert("RGBA")
    cut.putalpha(mask)
    return cut


def lettering() -> Image.Image:
    image = Image.new("RGBA", (700, 260), (0, 0, 0, 0))
    pencil = ImageDraw.Draw(image)
    pencil.text((20, 20), "Nordwind", (240, 200, 40, 255), font_size=110)
    pencil.text((30, 160), "since 1987, by the harbour", (200, 90, 30, 255), font_size=46)
    return image


def shapes(number: int) -> Image.Image:
    """Flat ones, with an outline, here and there."""
    image = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    pencil, dice = ImageDraw.Draw(image), np.random.default_rng(number)
    for _ in range(20):
        x, y, size = (int(v) for v in dice.integers((120, 120, 25), (400, 400, 80)))
        draw = (pencil.ellipse, pencil.rectangle)[int(dice.integers(2))]
        fill = tuple(int(v) for v in dice.integers(0, 256, 3))
        draw((x, y, x + size, y + size), (*fill, 255), (15, 15, 15), 3)
    return image


GROUNDS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "green": (20, 120, 50),
    "rose": (235, 180, 190),
}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", ["sticker", "cut out", "lettering", "shapes 1", "shapes 2"])
def test_a_transparent_picture_is_found_on_any_ground(
    large_photos: dict[str, Image.Image], look_at: LookAt, name: str, ground: str
) -> None:
    drawings: dict[str, Callable[[], Image.Image]] = {
        "sticker": sticker,
        "cut out": lambda: cut_out(large_photos["temple"]),
        "lettering": lettering,
        "shapes 1": lambda: shapes(1),
        "shapes 2": lambda: shapes(2),
    }
    drawn = drawings[name]()
    flat = Image.new("RGB", drawn.size, GROUNDS[ground])
    flat.paste(drawn, mask=drawn)
    first, second = look_at(drawn), look_at(recompressed(flat, 85))
    for verdict in (verify(first, second), verify(second, first).reversed()):
        assert verdict.tier is Tier.EDITED
        assert "transparency filled" in verdict.how
        assert "made transparent" in verdict.how_back
        assert "pixelated" not in verdict.how + verdict.how_back


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_drawing_with_one_shape_less_is_another(look_at: LookAt, ground: str) -> None:
    drawn, flat = shapes(3), Image.new("RGB", (600, 600), GROUNDS[ground])
    flat.paste(drawn, mask=drawn)
    ImageDraw.Draw(flat).ellipse((150, 430, 210, 490), (250, 120, 40), (15, 15, 15), 3)
    verdict = verify(look_at(drawn), look_at(recompressed(flat, 85)))
    assert verdict.tier is not Tier.NEAR
    assert verdict.tier is not Tier.EDITED or verdict.boxes


def test_another_sticker_on_the_same_ground_is_no_copy(look_at: LookAt) -> None:
    flat = Image.new("RGB", (500, 640), "black")
    other = Image.new("RGBA", (500, 640), (0, 0, 0, 0))
    ImageDraw.Draw(other).regular_polygon((250, 320, 200), 5, fill=(200, 80, 30, 255))
    flat.paste(other, mask=other)
    assert verify(look_at(sticker()), look_at(flat)).tier is Tier.UNVERIFIED


def test_another_transparency_is_no_near_copy(
    large_photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    photo = large_photos["coffee"]
    half, whole = photo.convert("RGBA"), photo.convert("RGBA")
    half.putalpha(Image.linear_gradient("L").resize(photo.size).point(lambda v: 128 + v // 2))
    whole.putpixel((0, 0), (0, 0, 0, 0))
    on_grey = Image.new("RGBA", photo.size, (128, 128, 128, 255))
    on_grey.alpha_composite(half)
    on_grey.putalpha(whole.getchannel("A"))  # the same on grey, and opaque
    verdict = verify(look_at(half), look_at(on_grey))
    assert verdict.tier is Tier.EDITED
    assert "transparency changed" in verdict.how


def test_the_ground_is_what_the_edge_shows() -> None:
    page = np.full((60, 80, 3), (40, 70, 160), np.uint8)
    page[20:40, 20:60] = 255
    assert ground_of(page) == (40, 70, 160)
    noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    assert ground_of(noise) is None


def test_white_on_white_is_not_seen() -> None:
    page = np.full((60, 80, 3), 255, np.uint8)
    assert not is_seen(page, (255, 255, 255))
    assert is_seen(page, (0, 0, 0))
