"""What lies beyond the edge of another picture, and whether it goes on there."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from copyfind.evidence.outside import Beyond, beyond
from copyfind.verdict import Outside

Photos = dict[str, Image.Image]


def around(whole: Image.Image, size: tuple[int, int], corner: tuple[int, int]) -> Beyond:
    """What lies in `whole` outside of a picture of this size that lies there with its corner."""
    matrix = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1.0]])
    share = size[0] * size[1] / (whole.width * whole.height)
    return beyond(np.asarray(whole), size, matrix, share)


def test_nothing_lies_outside_of_the_whole(photos: Photos) -> None:
    assert around(photos["coffee"], photos["coffee"].size, (0, 0)) == Beyond(Outside.NOTHING)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "temple"])
def test_around_a_crop_the_picture_goes_on(photos: Photos, name: str) -> None:
    found = around(photos[name], (200, 150), (60, 70))

    assert found == Beyond(Outside.PICTURE, goes_on=True)


@pytest.mark.parametrize("colour", ["white", "black", "#c33"])
@pytest.mark.parametrize("name", ["chelsea", "rocket", "temple"])
def test_a_border_is_plain_and_nothing_goes_on(photos: Photos, name: str, colour: str) -> None:
    framed = ImageOps.expand(photos[name], 30, colour)

    assert around(framed, photos[name].size, (30, 30)) == Beyond(Outside.PLAIN)


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_another_picture_around_it_is_one_that_does_not_go_on(photos: Photos, name: str) -> None:
    page = photos["temple"].copy()
    small = photos[name].resize((160, 120))
    page.paste(small, (90, 60))

    assert around(page, small.size, (90, 60)) == Beyond(Outside.PICTURE)
