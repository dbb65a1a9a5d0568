"""Scales: pictures as smooth as their level says, in fewer pixels the smoother they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from copyfind.evidence.scales import FIRST_SIGMA, LAYERS, levels_of, scales_of, stacks_of
from copyfind.records import Pixels

CAMERA = 0.5  # pixels that a picture is smooth by itself


@pytest.fixture(scope="module")
def photo() -> Pixels:
    grey = np.asarray(data.camera(), np.uint8)  # type: ignore[no-untyped-call]
    return np.asarray(cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("level", range(1, 9))
def test_a_level_is_as_smooth_as_it_says(photo: Pixels, level: int) -> None:
    sigma = FIRST_SIGMA * 2 ** (level / LAYERS)
    scales = scales_of(photo)
    every = 2 ** int(stacks_of(np.array(level)))

    at_once = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), (sigma**2 - CAMERA**2) ** 0.5)
    middle = slice(40, -40)  # near a border they differ, for what is beyond it is made up
    wanted = at_once[middle, middle][::every, ::every]
    found = scales.at(level)[middle.start // every : -(40 // every)]
    found = found[:, middle.start // every : -(40 // every)]

    assert np.abs(found - wanted).max() < 1.5
    assert np.abs(found - wanted).mean() < 0.15


def test_every_level_is_in_the_stack_that_says_so(photo: Pixels) -> None:
    scales = scales_of(photo)
    last = int(levels_of(np.array(len(scales.stacks) - 1), np.array(LAYERS)))

    stacks = stacks_of(np.arange(1, last + 1)).tolist()

    assert stacks == [0] * (2 * LAYERS) + [
        stack for stack in range(1, len(scales.stacks)) for _ in range(LAYERS)
    ]
    for level, stack in enumerate(stacks, start=1):
        assert any(scales.at(level) is picture for picture in scales.stacks[stack][1:-2])


def test_each_stack_has_half_the_sides_of_the_one_before(photo: Pixels) -> None:
    shapes = [stack[0].shape for stack in scales_of(photo).stacks]

    assert shapes[:4] == [(240, 320), (120, 160), (60, 80), (30, 40)]
    assert all(
        picture.shape == stack[0].shape for stack in scales_of(photo).stacks for picture in stack
    )


@pytest.mark.parametrize("shape", [(1, 1), (9, 300), (300, 9)])
def test_a_picture_too_narrow_for_anything_has_none(shape: tuple[int, int]) -> None:
    assert scales_of(np.zeros(shape, np.uint8)).stacks == ()


@pytest.mark.parametrize("shape", [(10, 10), (21, 33), (129, 130)])
def test_sides_may_be_odd(shape: tuple[int, int]) -> None:
    flat = scales_of(np.full(shape, 77, np.uint8))

    assert len(flat.stacks) >= 1
    for stack in flat.stacks:
        for picture in stack:
            assert np.abs(picture - 77).max() < 1e-3
