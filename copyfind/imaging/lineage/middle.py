"""What is looked at of a picture: its middle, made ready once for all that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from copyfind.imaging.lineage.blocks import blocks_of, numbers_of
from copyfind.imaging.lineage.full import Full
from copyfind.records import Box, Floats, Ints

_LARGEST = 320  # pixels of a side: 1,600 blocks
_FEWEST_BLOCKS = 20
_FINEST = 2  # steps below which rounding to whole levels hides the rest
_MOST = 8192  # numbers of which anything is told
_FINE = 1.5  # pixels, the width of a blur: detail is what it takes away
_AROUND = 7  # pixels whose power is taken together
_APART = 3  # pixels between two places where that is done
_EDGE = 8  # pixels


@dataclass(frozen=True, eq=False)
class Middle:
    """The middle of a picture, as it is stored. box: where it lies upright. levels: its brightness,
    (H, W), both multiples of 8."""

    picture: Full
    box: Box
    levels: Floats

    @cached_property
    def clear(self) -> Ints:
        """The blocks that are neither black nor white anywhere, or all where those are few."""
        blocks = blocks_of(self.levels)
        clear = np.flatnonzero((blocks.min(axis=1) > 0) & (blocks.max(axis=1) < 255))
        return clear if len(clear) >= _FEWEST_BLOCKS else np.arange(len(blocks))

    @cached_property
    def numbers(self) -> Floats:
        """Of its clear blocks, (N, 64)."""
        return self.numbers_like(self.levels)

    def numbers_like(self, levels: Floats) -> Floats:
        """The numbers, (N, 64), that another picture has where this one has clear blocks."""
        return numbers_of(blocks_of(levels)[self.clear])

    @cached_property
    def rounded(self) -> Rounded | None:
        """What a JPEG keeps of it; None of other pictures."""
        steps = self.picture.steps
        return None if steps is None else _rounded(self.numbers, steps.ravel().astype(np.float32))

    @cached_property
    def detail(self) -> Floats:
        """How much fine detail there is, as logarithms, place by place."""
        return log_power(self.levels - cv2.GaussianBlur(self.levels, (0, 0), _FINE))


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """The numbers that a JPEG did not round to nothing, and those that it did: where in (N, 64),
    flat; the steps there; and how many steps they are."""

    at: Ints
    steps: Floats
    kept: Floats
    zeros: Ints
    zero_steps: Floats


def middle_of(picture: Full) -> Middle:
    """The middle of a picture whose sides are at least 8 pixels."""
    box = picture.blocks_around_the_middle(_LARGEST)
    return Middle(picture, box, picture.as_stored(picture.part(box, picture)))


def log_power(values: Floats) -> Floats:
    """The logarithm of the mean square around places a few pixels apart."""
    power = cv2.blur(values * values, (_AROUND, _AROUND))[_EDGE:-_EDGE:_APART, _EDGE:-_EDGE:_APART]
    told: Floats = np.log(np.maximum(power, 1e-3)).ravel()
    return told


def _rounded(numbers: Floats, steps: Floats) -> Rounded:
    kept = np.round(numbers / steps)
    told = np.broadcast_to(steps >= _FINEST, kept.shape).copy()
    told[:, 0] = False  # the mean of a block: whatever makes pictures brighter changes it
    at, zeros = np.flatnonzero(told & (kept != 0)), np.flatnonzero(told & (kept == 0))
    at, zeros = (found[:: len(found) // _MOST + 1] for found in (at, zeros))
    return Rounded(at, steps[at % 64], kept.ravel()[at], zeros, steps[zeros % 64])
