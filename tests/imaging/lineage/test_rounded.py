"""The rounding of a JPEG, in what was made of it."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.imaging.lineage import read_full
from copyfind.imaging.lineage.rounded import nearest_mixture, rounding
from tests.imaging.lineage.steps import Way, full, jpeg, marked, opened, resized
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
    found = rounding(read_full(data), full(way(opened(data)), "JPEG", quality=96))

    assert found is not None
    assert found.off < 0.15
    assert found.within > 0.9


@pytest.mark.parametrize("quality", [50, 75, 88])
@pytest.mark.parametrize(
    "way",
    [lambda i: i, resized(0.5, Sampling.LANCZOS), resized(0.7, Sampling.BOX)],
    ids=["saved", "half as large", "smaller"],
)
def test_what_a_jpeg_was_made_of_knows_nothing_of_it(quality: int, way: Way) -> None:
    found = rounding(full(way(PHOTO), "JPEG", quality=quality), full(PHOTO))

    assert found is not None
    assert 0.23 < found.off < 0.36
    assert found.within > 0.9


def test_without_rounding_nothing_is_told() -> None:
    assert rounding(full(PHOTO), full(PHOTO)) is None
    flat = Image.new("RGB", (300, 200), (120, 130, 140))
    assert rounding(full(flat, "JPEG", quality=80), full(flat)) is None


def test_a_mixture_passes_over_what_lies_on_a_picture() -> None:
    plain, other = full(PHOTO), full(marked(PHOTO))
    box = (0, 0, *plain.size)

    mixed = nearest_mixture([plain.part(box, plain)], other.part(box, plain))

    assert abs(mixed - plain.part(box, plain)).max() < 1
