"""Which of two pictures the other one was made from."""

from __future__ import annotations

import math

import pytest
from PIL import Image

from copyfind.imaging.lineage import odds_of, read_seen
from tests.imaging.lineage.steps import SHARPER, Way, calmer, jpeg, marked, opened, resized, saved
from tests.photos import photos

PHOTO = photos()["chelsea"]
Sampling = Image.Resampling
SOURCES = {"jpeg": jpeg(PHOTO, 80), "png": saved(PHOTO, "PNG")}
WAYS: dict[str, Way] = {
    "saved": lambda image: image,
    "enlarged": resized(1.8, Sampling.BICUBIC),
    "reduced": resized(0.6, Sampling.LANCZOS),
    "sharpened": SHARPER["much"],
    "denoised": calmer,
    "marked": marked,
    "grey": lambda image: image.convert("L"),
    "brighter": lambda image: image.point(lambda level: round(level * 1.06 + 4)),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("way", WAYS)
def test_the_source_is_the_origin(source: str, way: str) -> None:
    one = read_seen(SOURCES[source])
    other = read_seen(jpeg(WAYS[way](opened(SOURCES[source])), 95))

    # What has been denoised may pass for the cleaner original, above all of a JPEG; never surely.
    least = {"jpeg": -3, "png": 0}[source] if way == "denoised" else 1
    assert odds_of(one, other) > least


def test_the_order_in_which_two_are_asked_makes_no_difference() -> None:
    one, other = read_seen(SOURCES["jpeg"]), read_seen(jpeg(SHARPER["much"](PHOTO), 95))

    assert odds_of(other, one) == pytest.approx(-odds_of(one, other))


@pytest.mark.parametrize("suffix", ["PPM", "TGA", "WEBP", "JPEG2000", "GIF", "AVIF"])
def test_a_master_comes_before_its_jpeg(suffix: str) -> None:
    how: dict[str, dict[str, object]] = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
    master = saved(PHOTO, suffix, **how.get(suffix, {}))

    assert odds_of(read_seen(master), read_seen(jpeg(opened(master), 60))) > 1


def test_pictures_too_small_to_tell_tell_nothing() -> None:
    tiny = read_seen(jpeg(PHOTO.resize((60, 40)), 60))

    assert odds_of(tiny, tiny) == 0


def test_icons_tell_nothing() -> None:
    icon = read_seen(jpeg(PHOTO.resize((20, 5)), 60))

    assert odds_of(icon, icon) == 0


def test_strips_longer_than_opencv_counts_can_be_asked() -> None:
    strip = PHOTO.resize((36000, 70))
    longer, shorter = jpeg(strip, 80), jpeg(strip.resize((18000, 70)), 95)

    assert math.isfinite(odds_of(read_seen(longer), read_seen(shorter)))
