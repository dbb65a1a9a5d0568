"""Shrinking to the square of a network, against the slow way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from copyfind.imaging.square import to_square
from copyfind.records import Pixels
from tests.imaging.drawing import SIDE, drawn


def squared(image: Image.Image, side: int = SIDE) -> Pixels:
    return np.asarray(to_square(image, side=side), np.uint8)


def averaged(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Area averaging, the slow way: each target pixel's share of every source pixel."""

    def shares(size: int) -> NDArray[np.float64]:
        edges = np.arange(side + 1) * size / side
        at = np.arange(size)
        return np.array(
            [
                np.clip(np.minimum(at + 1, high) - np.maximum(at, low), 0, None) / (high - low)
                for low, high in itertools.pairwise(edges)
            ]
        )

    height, width, _ = pixels.shape
    mean: NDArray[np.float64] = np.einsum(
        "yh,xw,hwc->yxc", shares(height), shares(width), pixels, optimize=True
    )
    return mean


@pytest.mark.parametrize(("width", "height"), [(120, 80), (250, 233), (64, 255)])
def test_shrinking_is_area_averaging(width: int, height: int) -> None:
    image = drawn(width, height)

    result = squared(image)

    assert result.shape == (SIDE, SIDE, 3)
    assert result.dtype == np.uint8
    assert np.abs(result - averaged(np.asarray(image), SIDE)).max() <= 1.01


def test_a_half_is_rounded_up() -> None:
    columns = np.zeros((4, 8, 3), np.uint8)
    columns[:, 1::2] = np.arange(1, 9, 2, dtype=np.uint8)[:, None]  # beside 0: .5, 1.5, 2.5, 3.5

    result = squared(Image.fromarray(columns), side=4)

    assert result[0, :, 0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_large_picture_is_averaged_exactly(mode: str) -> None:
    image = drawn(1001, 698).convert(mode)

    result = squared(image)

    pixels = np.asarray(image).reshape(698, 1001, -1)
    assert np.abs(result.reshape(SIDE, SIDE, -1) - averaged(pixels, SIDE)).max() <= 0.501


def test_shrinking_by_much_is_nearly_area_averaging() -> None:
    image = drawn(1501, 998)

    result = squared(image)

    assert np.abs(result - averaged(np.asarray(image), SIDE)).mean() < 0.5


def test_a_large_picture_is_interpolated_along_its_short_side() -> None:
    columns = np.arange(40, dtype=np.uint8)[:, None].repeat(20_000, axis=1)  # 20,000 x 40

    result = squared(Image.fromarray(columns)).astype(int)

    assert (np.diff(result[:, 0]) >= 0).all()
    assert (result == result[:, :1]).all()
    assert (result[0, 0], result[-1, 0]) == (0, 39)


def test_an_axis_that_has_to_grow_is_interpolated() -> None:
    image = Image.fromarray(np.array([[[0, 0, 0], [200, 100, 50]]], np.uint8))  # 2 × 1

    result = squared(image)

    assert (np.diff(result[0, :, 0].astype(int)) >= 0).all()
    assert 90 < result[SIDE // 2, SIDE // 2, 0] < 110
    assert (result == result[0]).all()


@pytest.mark.parametrize(("mode", "bands"), [("L", 1), ("RGB", 3), ("CMYK", 4)])
def test_a_mode_stays_as_it_is(mode: str, bands: int) -> None:
    square = to_square(drawn(250, 233).convert(mode), side=SIDE)

    assert (square.mode, square.size, len(square.getbands())) == (mode, (SIDE, SIDE), bands)
