"""Icons: the same at a glance, or not."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from copyfind.evidence.tiny import same_at_a_glance, words
from copyfind.records import Facts, Pixels


def icon(shape: str, colour: str, *, side: int = 192) -> Pixels:
    image = Image.new("RGB", (side, side), "#202830")
    draw = ImageDraw.Draw(image)
    box = tuple(side * share for share in (0.2, 0.2, 0.8, 0.8))
    getattr(draw, shape)(box, fill=colour, outline="white", width=side // 12)
    return np.asarray(image)


def scaled(picture: Pixels, side: int, how: int = cv2.INTER_AREA) -> Pixels:
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how))


@pytest.mark.parametrize("side", [16, 24, 32, 47])
@pytest.mark.parametrize("how", [cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC])
def test_an_icon_is_the_larger_one_at_another_density(side: int, how: int) -> None:
    large = cv2.GaussianBlur(icon("ellipse", "#e07030"), (0, 0), 192 / side / 3)
    small = scaled(large, side, how)
    assert same_at_a_glance(small, large)
    assert same_at_a_glance(large, small)


@pytest.mark.parametrize("side", [16, 24, 32, 47])
@pytest.mark.parametrize(
    "other",
    [icon("ellipse", "#30a0e0"), icon("rectangle", "#e07030"), icon("ellipse", "#202830")],
    ids=["another colour", "another shape", "hollow"],
)
def test_other_icons_of_one_set_are_not(side: int, other: Pixels) -> None:
    assert not same_at_a_glance(scaled(icon("ellipse", "#e07030"), side), other)


def test_something_blank_or_of_another_shape_is_never_the_same() -> None:
    blank = np.full((32, 32, 3), 90, np.uint8)
    assert not same_at_a_glance(blank, scaled(blank, 48))
    wide = cv2.resize(icon("ellipse", "#e07030"), (48, 32), interpolation=cv2.INTER_AREA)
    assert not same_at_a_glance(wide, icon("ellipse", "#e07030"))
    assert not same_at_a_glance(scaled(icon("ellipse", "#e07030"), 8), icon("ellipse", "#e07030"))


def test_words_say_the_scale() -> None:
    small, large = (Facts(width=side, height=side, format="PNG") for side in (24, 48))
    assert words(small, large) == "resized to 200%"
    assert words(large, small) == "resized to 50%"
    assert words(small, small) == "recompressed"
