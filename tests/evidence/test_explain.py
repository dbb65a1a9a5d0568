"""Measurements in plain words: where a copy lies, what is around it, how its tones changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from copyfind.evidence.as_it_lies import lay
from copyfind.evidence.explain import Geometry, Pair, geometry, how, is_slight, is_tone, tone_of
from copyfind.evidence.outside import Beyond
from copyfind.verdict import Outside

AS_IT_IS = Geometry(1.0, 0.0, 1.0, 0.0, mirrored=False, margins=(0.0, 0.0, 0.0, 0.0))
NOTHING = Beyond(Outside.NOTHING)
WHOLE = Pair(None, (1.0, 1.0), (NOTHING, NOTHING), 0.0)
CROP = Beyond(Outside.PICTURE, goes_on=True)


def said(pair: Pair = WHOLE, **geometry: Any) -> tuple[str, ...]:
    """What is said of two pictures, which lie on each other but for this."""
    return how(pair, replace(AS_IT_IS, **geometry))


def test_what_differs_in_nothing_was_saved_again() -> None:
    assert said() == ("recompressed",)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mirrored": True}, ("mirrored",)),
        ({"mirrored": True, "turned": 180.0}, ("mirrored top to bottom",)),
        ({"turned": -90.0}, ("turned by 90°",)),
        ({"turned": 12.4}, ("rotated by 12°",)),
        ({"turned": 0.72}, ("rotated by 0.7°",)),
        ({"turned": -0.97}, ("rotated by -1°",)),
        ({"turned": 0.3}, ("recompressed",)),
        ({"stretched": 1.25}, ("stretched 1.25 : 1",)),
        ({"perspective": 0.2, "stretched": 1.25}, ("seen at an angle",)),
        ({"scale": 0.5}, ("resized to 50%",)),
    ],
)
def test_where_it_lies_is_told(changed: dict[str, Any], words: tuple[str, ...]) -> None:
    assert said(**changed) == words


@pytest.mark.parametrize(
    ("first", "second", "overlap", "margins", "words"),
    [
        (CROP, NOTHING, (0.71, 1.0), (0, 0, 0, 0), "cropped to 71%"),
        (NOTHING, CROP, (1.0, 0.71), (0, 0, 0, 0), "more around it, of which it is 71%"),
        (Beyond(Outside.PLAIN), NOTHING, (0.8, 1.0), (0, 0, 0, 0), "border removed"),
        (Beyond(Outside.PICTURE), NOTHING, (0.3, 1.0), (0, 0, 0, 0),
         "cut out of a bigger picture"),
        (NOTHING, Beyond(Outside.PLAIN), (1.0, 0.8), (0.1, 0.1, 0.1, 0.1),
         "border added (20% of the whole)"),
        (NOTHING, Beyond(Outside.PLAIN), (1.0, 0.8), (0, 0.1, 0, 0.1),
         "letterboxed (20% of the whole)"),
        (NOTHING, Beyond(Outside.PLAIN), (1.0, 0.8), (0, 0, 0, 0.2),
         "caption bar added (20% of the whole)"),
        (NOTHING, Beyond(Outside.PLAIN), (1.0, 0.2), (0.3, 0.3, 0.3, 0.3),
         "pasted into a bigger picture"),
        (NOTHING, Beyond(Outside.PICTURE), (1.0, 0.2), (0.3, 0.3, 0.3, 0.3),
         "pasted into a bigger picture"),
        (NOTHING, Beyond(Outside.PICTURE), (1.0, 0.5), (0, 0, 0.5, 0), "part of a collage"),
    ],
)  # fmt: skip
def test_what_is_around_it_is_told(
    first: Beyond,
    second: Beyond,
    overlap: tuple[float, float],
    margins: tuple[float, float, float, float],
    words: str,
) -> None:
    assert said(Pair(None, overlap, (first, second), 0.0), margins=margins) == (words,)


@pytest.mark.parametrize(("taken_off", "word"), [(False, "laid over"), (True, "taken off")])
def test_what_was_put_on_it_is_told(*, taken_off: bool, word: str) -> None:
    pair = replace(WHOLE, different=0.07, taken_off=taken_off)

    assert said(pair) == (f"something {word} 7% of it",)


Edit = Callable[[Image.Image], Image.Image]
TONES: dict[str, tuple[Edit, str]] = {
    "grey": (lambda p: ImageOps.grayscale(p).convert("RGB"), "greyscale"),
    "negative": (ImageOps.invert, "inverted"),
    "bright": (lambda p: ImageEnhance.Brightness(p).enhance(1.3), "brighter"),
    "dark": (lambda p: ImageEnhance.Brightness(p).enhance(0.6), "darker"),
    "hard": (lambda p: ImageEnhance.Contrast(p).enhance(1.5), "more contrast"),
    "soft": (lambda p: ImageEnhance.Contrast(p).enhance(0.6), "less contrast"),
    "blurred": (lambda p: p.filter(ImageFilter.GaussianBlur(2)), "blurred"),
    "sharp": (lambda p: p.filter(ImageFilter.UnsharpMask(2, 250)), "sharpened"),
    "coarse": (lambda p: ImageOps.posterize(p.reduce(8).resize(p.size, 0), 8), "pixelated"),
    "red": (lambda p: Image.merge("RGB", [c.point(t) for c, t in zip(
        p.split(), ([min(2 * v, 255) for v in range(256)], list(range(256)),
                    [v // 2 for v in range(256)]), strict=True)]), "colours changed"),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "word"), TONES.values(), ids=TONES)
def test_how_its_tones_changed_is_told(
    photos: dict[str, Image.Image], edit: Edit, word: str
) -> None:
    plain = photos["coffee"]
    everywhere = np.ones(plain.size[::-1], bool)
    tone = tone_of(np.asarray(plain), np.asarray(edit(plain)), everywhere)

    assert word in said(replace(WHOLE, tone=tone))


def test_the_other_way_round_tones_change_back(photos: dict[str, Image.Image]) -> None:
    plain = photos["coffee"]
    bright = ImageEnhance.Brightness(plain).enhance(1.3)
    tone = tone_of(np.asarray(plain), np.asarray(bright), np.ones(plain.size[::-1], bool))
    assert tone is not None

    assert "darker" in said(replace(WHOLE, tone=tone.reversed()))


def test_too_little_in_common_says_nothing_of_tones() -> None:
    black = np.zeros((50, 50, 3), np.uint8)

    assert tone_of(black, black, np.zeros((50, 50), bool)) is None


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0.0, 30.0, -135.0])
def test_a_map_is_taken_apart_into_what_was_done(
    photos: dict[str, Image.Image], *, mirrored: bool, degrees: float
) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0],
                     [0, 0, 1]])  # fmt: skip
    flip = np.array([[-1, 0, 399], [0, 1, 0], [0, 0, 1.0]]) if mirrored else np.eye(3)
    matrix = turn @ np.diag([0.5, 0.5, 1]) @ flip
    whole = lay(*2 * (np.asarray(photos["coffee"]),))
    assert whole is not None

    found = geometry(
        replace(whole, matrix=matrix, mirrored=mirrored),
        frame=(400, 300),
        onto=(200, 150),
        reduced=(8.0, 2.0),  # thumbnails of pictures 8 and 2 times their size
    )

    assert found.scale == pytest.approx(2.0)
    assert found.turned == pytest.approx(degrees, abs=1e-6)
    assert found.stretched == pytest.approx(1)
    assert found.perspective == pytest.approx(0, abs=1e-9)
    assert found.mirrored == mirrored
    if degrees == 0:
        assert found.margins == pytest.approx((0, 0, 0, 0), abs=0.003)


@pytest.mark.parametrize("word", ["brighter", "less contrast", "colours changed"])
def test_tone_is_told_from_content(word: str) -> None:
    assert is_tone(word)
    assert not is_tone(f"{word} in a part of it")
    assert not is_tone("recompressed")


@pytest.mark.parametrize(
    ("turned", "slight"), [(0.7, True), (-0.7, True), (1.2, False), (0, False)]
)
def test_what_a_hand_may_have_turned_is_told(turned: float, *, slight: bool) -> None:
    assert all(is_slight(word) == slight for word in said(turned=turned))
