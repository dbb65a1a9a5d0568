"""The probe that other tools were put to: every edit of every photo is proven."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageOps

from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed

COPY_TIERS = {Tier.NEAR, Tier.EDITED}
Edit = Callable[[Image.Image, Image.Image], Image.Image]


def middle(share: float) -> Edit:
    def crop(picture: Image.Image, _: Image.Image) -> Image.Image:
        w, h = picture.size
        x, y = round(w * (1 - share) / 2), round(h * (1 - share) / 2)
        return picture.crop((x, y, w - x, h - y))

    return crop


def captioned(picture: Image.Image, _: Image.Image) -> Image.Image:
    framed = ImageOps.expand(picture, border=(0, 0, 0, picture.height // 5), fill="white")
    ImageDraw.Draw(framed).text((10, picture.height + 10), "summer 2019", "black", font_size=40)
    return framed


def collage(picture: Image.Image, other: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", (800, 800), "white")
    turned = other.transpose(Image.Transpose.ROTATE_90)
    for i, tile in enumerate((other, picture, turned, ImageOps.mirror(other))):
        sheet.paste(ImageOps.fit(tile, (390, 390)), (400 * (i % 2) + 5, 400 * (i // 2) + 5))
    return sheet


def on_a_phone(picture: Image.Image, _: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (1080, 1920), (18, 18, 22))
    shown = ImageOps.contain(picture, (1080, 1400))
    screen.paste(shown, ((1080 - shown.width) // 2, 300))
    return screen


PROBES: dict[str, Edit] = {
    "half size q60": lambda p, _: recompressed(p.resize((p.width // 2, p.height // 2)), 60),
    "grey": lambda p, _: ImageOps.grayscale(p).convert("RGB"),
    "caption bar": captioned,
    "60 % crop": middle(0.6),
    "50 % crop": middle(0.5),
    "mirror": lambda p, _: ImageOps.mirror(p),
    "90°": lambda p, _: p.transpose(Image.Transpose.ROTATE_90),
    "180°": lambda p, _: p.transpose(Image.Transpose.ROTATE_180),
    "15°": lambda p, _: p.rotate(15, Image.Resampling.BICUBIC, expand=True),
    "collage": collage,
    "phone shot": on_a_phone,
}


@pytest.mark.parametrize("probe", PROBES)
def test_six_of_six(large_photos: dict[str, Image.Image], look_at: LookAt, probe: str) -> None:
    names = sorted(large_photos)
    tiers = {}
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        copy = recompressed(PROBES[probe](large_photos[name], large_photos[other]), 85)
        tiers[name] = verify(look_at(large_photos[name]), look_at(copy)).tier
    assert set(tiers.values()) <= COPY_TIERS, tiers
