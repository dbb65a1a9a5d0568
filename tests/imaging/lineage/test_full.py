"""Pictures at full size, as their making is read from them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from copyfind.imaging.formats import Undecodable
from copyfind.imaging.lineage.full import read_full
from tests.imaging.lineage.steps import full, jpeg, saved
from tests.photos import photo

PHOTO = photo("coffee", size=(203, 150))


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    return jpeg(PHOTO, 80, exif=exif)


def test_a_jpeg_tells_by_what_it_was_divided_and_others_do_not() -> None:
    steps = read_full(jpeg(PHOTO, 50)).steps

    assert steps is not None
    assert steps[0].tolist() == [16, 11, 10, 16, 24, 40, 51, 61]
    assert full(PHOTO).steps is None


def test_few_colours_are_counted() -> None:
    assert full(PHOTO.quantize(100)).colours in range(50, 101)
    assert full(PHOTO).colours is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_blocks_are_found_however_the_picture_is_turned(orientation: int) -> None:
    picture = read_full(turned(orientation))
    stored = read_full(turned(1)).brightness

    box = picture.blocks_around_the_middle(64)
    left, top = (203 - 64) // 16 * 8, (150 - 64) // 16 * 8

    assert np.array_equal(
        picture.as_stored(picture.part(box, picture)), stored[top : top + 64, left : left + 64]
    )


def test_a_part_of_a_larger_picture_is_that_of_the_smaller_one() -> None:
    large, small = full(PHOTO.resize((812, 600))), full(PHOTO)

    part = large.part((40, 32, 104, 96), small)

    assert part.shape == (64, 64)
    assert np.abs(part - small.brightness[32:96, 40:104]).mean() < 4
    sampled = large.sampled((40, 32, 104, 96), small)
    assert np.abs(sampled - small.brightness[32:96, 40:104]).mean() < 8


@pytest.mark.parametrize("data", [b"no picture", saved(PHOTO, "PNG")[:500]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Undecodable):
        read_full(data)
