"""What a picture shows of its own past."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.imaging.lineage.alone import alone
from tests.imaging.lineage.steps import SHARPER, SOFTER, coloured, middle, resized
from tests.photos import photos

PHOTO = photos()["chelsea"]


def test_blocks_of_a_jpeg_are_still_in_what_was_made_of_it() -> None:
    blocky = middle(PHOTO, "JPEG", quality=30)

    assert alone(blocky)["blocks"] > alone(middle(PHOTO))["blocks"] + 0.1


def test_a_jpeg_has_steps() -> None:
    coarse, fine = (alone(middle(PHOTO, "JPEG", quality=q))["steps"] for q in (40, 95))

    assert coarse > fine > alone(middle(PHOTO))["steps"]


@pytest.mark.parametrize("way", SHARPER)
def test_sharpening_adds_to_the_edges(way: str) -> None:
    assert alone(middle(SHARPER[way](PHOTO)))["sharp"] > alone(middle(PHOTO))["sharp"] + 0.1


@pytest.mark.parametrize("way", SOFTER)
def test_what_is_softer_has_less_of_the_finest_detail(way: str) -> None:
    assert alone(middle(SOFTER[way](PHOTO)))["fine"] < alone(middle(PHOTO))["fine"]


def test_what_was_enlarged_has_next_to_no_fine_detail_and_a_rhythm() -> None:
    larger = alone(middle(resized(1.5, Image.Resampling.BILINEAR)(PHOTO)))

    assert larger["finest"] < alone(middle(PHOTO))["finest"] - 0.3
    assert larger["rhythm"] > alone(middle(PHOTO))["rhythm"] + 0.5


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
def test_colours_that_were_added_are_soft(name: str) -> None:
    own, added = middle(photos()[name]), middle(coloured(photos()[name]), "JPEG")

    assert alone(added)["own"] < alone(own)["own"]
    assert alone(added)["colour"] < alone(own)["colour"]


def test_a_palette_has_few_colours_and_flat_places() -> None:
    few = alone(middle(PHOTO.quantize(64)))

    assert few["colours"] <= 64
    assert few["flat"] > alone(middle(PHOTO))["flat"]
