"""Detail of the first hand."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.imaging.lineage.detail import first_hand, sharpened
from copyfind.verdict import Origin
from tests.imaging.lineage.steps import SHARPER, SOFTER, full, resized
from tests.photos import photos

PHOTO = photos()["chelsea"]
Sampling = Image.Resampling


@pytest.mark.parametrize("way", SHARPER)
def test_a_sharpened_picture_is_no_origin(way: str) -> None:
    source, copy = full(PHOTO), full(SHARPER[way](PHOTO), "JPEG", quality=95)

    assert sharpened(source, copy) is Origin.FIRST
    assert sharpened(copy, source) is Origin.SECOND


@pytest.mark.parametrize("way", SOFTER)
def test_detail_that_was_lost_is_not_taken_for_sharpening(way: str) -> None:
    source, copy = full(PHOTO), full(SOFTER[way](PHOTO), "JPEG", quality=95)

    assert sharpened(source, copy) is None
    assert sharpened(copy, source) is None


def test_detail_that_both_have_tells_nothing() -> None:
    source, copy = full(PHOTO), full(PHOTO, "JPEG", quality=97)

    assert sharpened(source, copy) is None


@pytest.mark.parametrize("way", [Sampling.NEAREST, Sampling.BILINEAR, Sampling.BICUBIC])
@pytest.mark.parametrize("by", [1.3, 2, 2.7])
def test_an_enlarged_picture_adds_nothing(way: Sampling, by: float) -> None:
    larger = full(resized(by, way)(PHOTO), "JPEG", quality=92)

    assert first_hand(larger, full(PHOTO)) is Origin.SECOND


@pytest.mark.parametrize("way", [Sampling.BOX, Sampling.BILINEAR, Sampling.LANCZOS])
@pytest.mark.parametrize("by", [0.5, 0.8])
def test_a_picture_that_was_made_smaller_lacks_detail(way: Sampling, by: float) -> None:
    smaller = full(resized(by, way)(PHOTO), "JPEG", quality=90)

    assert first_hand(full(PHOTO, "JPEG", quality=90), smaller) is not Origin.SECOND
