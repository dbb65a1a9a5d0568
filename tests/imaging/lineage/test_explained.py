"""How a picture follows from another one, and the rounding of a JPEG in what was made of it."""

from __future__ import annotations

import math

import pytest
from PIL import Image

from copyfind.imaging.lineage.explained import explained
from copyfind.imaging.lineage.full import read_full
from copyfind.imaging.lineage.middle import middle_of
from tests.imaging.lineage.steps import (
    SHARPER,
    SOFTER,
    Way,
    full,
    jpeg,
    marked,
    middle,
    opened,
    resized,
)
from tests.photos import photos

PHOTO = photos()["chelsea"]
Sampling = Image.Resampling


@pytest.mark.parametrize("quality", [50, 75, 88])
@pytest.mark.parametrize(
    "way",
    [lambda i: i, marked, resized(2, Sampling.BICUBIC), resized(1.4, Sampling.LANCZOS)],
    ids=["saved", "marked", "twice as large", "larger"],
)
def test_what_is_made_of_a_jpeg_keeps_its_rounding(quality: int, way: Way) -> None:
    data = jpeg(PHOTO, quality)

    found = explained(full(way(opened(data)), "JPEG", quality=96), middle_of(read_full(data)))

    assert found["off"] < 0.2
    assert found["within"] > 0.85
    assert found["rhyme"] > 0.3


@pytest.mark.parametrize("quality", [50, 75, 88])
@pytest.mark.parametrize(
    "way",
    [lambda i: i, resized(0.5, Sampling.LANCZOS), resized(0.7, Sampling.BOX)],
    ids=["saved", "half as large", "smaller"],
)
def test_what_a_jpeg_was_made_of_knows_nothing_of_it(quality: int, way: Way) -> None:
    found = explained(full(PHOTO), middle(way(PHOTO), "JPEG", quality=quality))

    assert 0.23 < found["off"] < 0.36
    assert found["within"] > 0.9
    assert found["rhyme"] < 0.2


def test_without_rounding_nothing_is_told_of_it() -> None:
    flat = Image.new("RGB", (300, 200), (120, 130, 140))

    assert math.isnan(explained(full(PHOTO), middle(PHOTO))["off"])
    assert math.isnan(explained(full(flat), middle(flat, "JPEG", quality=80))["off"])


@pytest.mark.parametrize("way", [*SHARPER.values()], ids=[*SHARPER])
def test_a_sharpened_picture_follows_from_its_source(way: Way) -> None:
    found = explained(full(PHOTO), middle(way(PHOTO)))

    assert found["share1"] < -1
    assert found["share1"] <= found["plain1"]


@pytest.mark.parametrize("way", [*SOFTER.values()], ids=[*SOFTER])
def test_the_finest_detail_does_not_follow_from_what_lost_it(way: Way) -> None:
    source, copy = middle(PHOTO), middle(way(PHOTO))

    back, to = explained(copy.picture, source), explained(source.picture, copy)
    assert back["share2"] > to["share2"] - 0.2


def test_what_differs_in_one_place_is_few() -> None:
    source = full(PHOTO)

    marks, everywhere = (
        explained(source, middle(marked(PHOTO))),
        explained(source, middle(PHOTO, "JPEG")),
    )

    assert marks["few"] > everywhere["few"]
