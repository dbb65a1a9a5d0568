"""What a person sees who flips between two pictures; scaling and saving alone are not seen."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from copyfind.evidence.flicker import flicker
from copyfind.records import Pixels
from tests.evidence.conftest import recompressed

Edit = Callable[[Image.Image], Image.Image]


def saved(picture: Image.Image, kind: str, quality: int, **options: int) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, kind, quality=quality, **options)
    return Image.open(stream).convert("RGB")


def scaled(picture: Image.Image, factor: float, how: Image.Resampling) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), how)


def area(picture: Image.Image, factor: float) -> Image.Image:
    size = (round(picture.width * factor), round(picture.height * factor))
    return Image.fromarray(cv2.resize(np.asarray(picture), size, interpolation=cv2.INTER_AREA))


UNALTERED: dict[str, Edit] = {
    "JPEG 35": lambda p: saved(p, "JPEG", 35),
    "JPEG 60, whole colours": lambda p: saved(p, "JPEG", 60, subsampling=0),
    "WebP 50": lambda p: saved(p, "WEBP", 50),
    "AVIF 60": lambda p: saved(p, "AVIF", 60),
    "a third": lambda p: scaled(p, 1 / 3, Image.Resampling.LANCZOS),
    "0.7, sharpened": lambda p: scaled(p, 0.7, Image.Resampling.BICUBIC).filter(
        ImageFilter.UnsharpMask(0.6, 80, 1)
    ),
    "half, saved twice": lambda p: saved(saved(area(p, 0.5), "WEBP", 80), "JPEG", 75),
}


def mole(picture: Image.Image) -> Image.Image:
    """A dark spot of .1 % of the area."""
    other, radius = picture.copy(), round((0.001 * picture.width * picture.height / 3.14) ** 0.5)
    x, y = round(picture.width * 0.37), round(picture.height * 0.61)
    around = picture.getpixel((x, y))
    assert isinstance(around, tuple)
    colour = tuple(v - 70 if sum(around) > 384 else v + 70 for v in around)
    ImageDraw.Draw(other).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return other


def word(picture: Image.Image) -> Image.Image:
    other = picture.copy()
    x, y = round(picture.width * 0.1), round(picture.height * 0.4)
    ImageDraw.Draw(other).text(
        (x, y), "Marta", "white", font_size=18, stroke_width=1, stroke_fill=0
    )
    return other


def moved(picture: Image.Image) -> Image.Image:
    other, side = picture.copy(), picture.height // 6
    x, y = picture.width // 2, picture.height // 2
    other.paste(picture.crop((x, y, x + side, y + side)), (x - side // 2, y))
    return other


def toned(matrix: list[list[float]]) -> Edit:
    def tone(picture: Image.Image) -> Image.Image:
        values = np.asarray(picture) @ np.array(matrix, np.float32).T
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

    return tone


def tinted(picture: Image.Image) -> Image.Image:
    return Image.blend(picture, Image.new("RGB", picture.size, "#ff7700"), 0.05)


CHANGED: dict[str, Edit] = {
    "mole": mole,
    "word": word,
    "moved": moved,
    "sepia": toned([[0.32, 0.63, 0.12], [0.29, 0.57, 0.11], [0.25, 0.49, 0.09]]),
    "white balance": toned([[1.07, 0, 0], [0, 1, 0], [0, 0, 0.93]]),
    "half the colour": toned([[0.65, 0.29, 0.06], [0.15, 0.79, 0.06], [0.15, 0.29, 0.56]]),
    "tint of 5 %": tinted,
    "gamma 1.1": lambda p: p.point([round(255 * (v / 255) ** 1.1) for v in range(256)] * 3),
}


def as_pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("name", UNALTERED)
def test_scaling_and_saving_are_not_seen(photos: dict[str, Image.Image], name: str) -> None:
    seen = [
        flicker(as_pixels(p), as_pixels(UNALTERED[name](p)), np.eye(3)).is_seen()
        for p in photos.values()
    ]
    assert not any(seen)


@pytest.mark.parametrize("name", CHANGED)
def test_whatever_a_person_would_see_is_seen(photos: dict[str, Image.Image], name: str) -> None:
    colourful = [photos[n] for n in ("astronaut", "chelsea", "coffee", "temple", "flower")]
    others = [saved(CHANGED[name](p), "JPEG", 85) for p in colourful]
    seen = [
        flicker(as_pixels(p), as_pixels(other), np.eye(3)).is_seen()
        for p, other in zip(colourful, others, strict=True)
    ]
    assert all(seen)


@pytest.mark.parametrize("name", [*UNALTERED, *CHANGED])
def test_it_is_the_same_the_other_way_round(photos: dict[str, Image.Image], name: str) -> None:
    a = as_pixels(photos["chelsea"])
    b = as_pixels((UNALTERED | CHANGED)[name](photos["chelsea"]))
    forth, back = flicker(a, b, np.eye(3)), flicker(b, a, np.eye(3))
    assert forth.is_seen() == back.is_seen()
    assert forth.spots == pytest.approx(back.spots, rel=0.02)


@pytest.mark.parametrize("faded", [0.06, 0.15, 0.35])
def test_the_last_colours_of_a_faint_picture_are_missed(
    photos: dict[str, Image.Image], faded: float
) -> None:
    grey = photos["flower"].convert("L").convert("RGB")
    faint = Image.blend(grey, photos["flower"], faded)
    seen = flicker(as_pixels(faint), as_pixels(saved(grey, "JPEG", 85)), np.eye(3))
    assert seen.is_seen()


def test_one_red_flower_in_a_grey_picture_is_missed(photos: dict[str, Image.Image]) -> None:
    grey = photos["temple"].convert("L").convert("RGB")
    with_it = grey.copy()
    ImageDraw.Draw(with_it).ellipse((150, 120, 164, 134), fill=(190, 40, 60))
    flat = with_it.convert("L").convert("RGB")
    assert flicker(as_pixels(with_it), as_pixels(flat), np.eye(3)).is_seen()


@pytest.mark.parametrize("width", [100, 160])
def test_few_colours_that_are_paler_are_missed(photos: dict[str, Image.Image], width: int) -> None:
    coloured = photos["flower"].convert("RGB")
    x, y, half = coloured.width // 2, coloured.height // 2, width // 2
    glow = Image.new("L", coloured.size, 0)
    ImageDraw.Draw(glow).ellipse((x - half, y - half, x + half, y + half), fill=255)
    glow = glow.filter(ImageFilter.GaussianBlur(width / 6))
    some = Image.composite(coloured, coloured.convert("L").convert("RGB"), glow)
    paler = saved(ImageEnhance.Color(some).enhance(0.6), "JPEG", 85)

    assert flicker(as_pixels(some), as_pixels(paler), np.eye(3)).is_seen()


def test_it_is_told_where(photos: dict[str, Image.Image]) -> None:
    where = flicker(as_pixels(photos["coffee"]), as_pixels(mole(photos["coffee"])), np.eye(3)).where
    y, x = np.nonzero(where)
    assert abs(x.mean() / where.shape[1] - 0.37) < 0.03
    assert abs(y.mean() / where.shape[0] - 0.61) < 0.03


def test_two_pictures_too_small_to_tell_are_not_seen_to_differ() -> None:
    dot = np.zeros((12, 12, 3), np.uint8)
    assert not flicker(dot, dot + 9, np.eye(3)).is_seen()


@pytest.mark.parametrize("name", ["temple", "coffee", "rocket"])
def test_the_light_of_another_moment_is_seen_though_no_place_stands_out(
    large_photos: dict[str, Image.Image], name: str
) -> None:
    photo = np.asarray(large_photos[name].convert("RGB"))
    height, width = photo.shape[:2]
    coarse = np.random.default_rng(4).normal(0, 8, (4, 6)).astype(np.float32)
    clouds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    later = (photo + clouds).clip(0, 255).astype(np.uint8)
    assert flicker(photo, later, np.eye(3)).light >= 1
    saved = np.asarray(recompressed(Image.fromarray(photo), 30))
    assert not flicker(photo, saved, np.eye(3)).is_seen()
