"""A picture smoothed more and more: where its blobs are looked for, and their surroundings read.

Levels are a factor of 2 ** (1 / LAYERS) in size apart. Two octaves have as many pixels as the
picture, from one pixel on; each of the others has a quarter of those of the one before, where
OpenCV's SIFT doubles the picture first and works on four times the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from copyfind.records import Floats, Ints, Pixels

LAYERS = 2  # an octave in which keypoints are looked for
FIRST_SIGMA = 1.0  # pixels, of the smoothed picture of level 0; doubled after LAYERS levels
_OCTAVES = 2  # of the first stack, the others have one
_CAMERA = 0.5  # pixels that a picture is smooth by itself, Lowe's
_SMALLEST = 10  # pixels of an octave's shorter side
_REACH = 3.2  # sigmas that are smoothed over; OpenCV's own 4 take a quarter longer
_ENLARGING = 4 / 3  # pixels², what `pyrUp` smooths by itself


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Stacks of pictures of one size each: the first of two octaves, the others of one.

    Each has three pictures more than layers with keypoints: one before, and two after, for what
    differs from one to the next has to be known on both sides.
    """

    stacks: tuple[tuple[Floats, ...], ...]  # pictures (H, W), the least smoothed first

    def at(self, level: int) -> Floats:
        """(H, W) the picture of a level that keypoints are of."""
        stack = stacks_of(np.array(level))
        return self.stacks[int(stack)][level - int(levels_of(stack, np.array(0)))]


def stacks_of(levels: Ints) -> Ints:
    """Which stack each level that keypoints are of is in; its pixels are 2 ** stack wide."""
    stacks: Ints = np.maximum((levels - 1) // LAYERS + 1 - _OCTAVES, 0)
    return stacks


def levels_of(stacks: Ints, layers: Ints) -> Ints:
    """The level of each picture, by its stack and its place there."""
    levels: Ints = layers + LAYERS * np.where(stacks > 0, stacks + _OCTAVES - 1, 0)
    return levels


def scales_of(grey: Pixels) -> Scales:
    """Of a picture (H, W); without any where it is too small."""
    stacks: list[tuple[Floats, ...]] = []
    picture = _smoothed(grey.astype(np.float32), (FIRST_SIGMA**2 - _CAMERA**2) ** 0.5)
    sigma, octaves = FIRST_SIGMA, _OCTAVES
    while min(picture.shape) >= _SMALLEST:
        stack = [picture]
        for layer in range(octaves * LAYERS + 2):
            step = sigma * 2 ** (layer / LAYERS) * (4 ** (1 / LAYERS) - 1) ** 0.5
            smooth = _coarsely_smoothed if layer >= 2 * LAYERS else _smoothed
            stack.append(smooth(stack[-1], step))
        stacks.append(tuple(stack))
        picture = np.ascontiguousarray(stack[octaves * LAYERS][::2, ::2])
        sigma, octaves = 2 * FIRST_SIGMA, 1
    return Scales(tuple(stacks))


def _smoothed(picture: Floats, sigma: float) -> Floats:
    side = 2 * ceil(_REACH * sigma) + 1
    return np.asarray(cv2.GaussianBlur(picture, (side, side), sigma), np.float32)


def _coarsely_smoothed(picture: Floats, sigma: float) -> Floats:
    """Of what is smooth already, in a quarter of the time: at half the size."""
    half = _smoothed(np.ascontiguousarray(picture[::2, ::2]), (sigma**2 - _ENLARGING) ** 0.5 / 2)
    return np.asarray(cv2.pyrUp(half, dstsize=picture.shape[::-1]), np.float32)
