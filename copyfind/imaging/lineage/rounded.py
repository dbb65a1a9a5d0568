"""Whether a picture was made from a JPEG: the rounding of that JPEG is still in it.

A JPEG keeps multiples of its steps alone. What is made from it, resized, sharpened, with a word on
it or saved at a better quality, still lies near those multiples; the picture that the JPEG itself
was made from lies anywhere between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling

from copyfind.imaging.lineage.full import Full
from copyfind.records import Box, Floats

_LARGEST = 512  # pixels of a side that are looked at, from the middle: thousands of blocks
_FEWEST = 150  # numbers that tell anything
_FINEST = 3  # steps below which rounding to whole levels hides the rest
_SOFTER = (0.6, 1.0, 1.8, 3.2)  # widths of blurs that make up what was done to the detail
_SPARED = 0.85  # share of the pixels that such a mixture has to explain: words may lie over others
_EDGE = 4  # pixels that resizing and blurring make up
_WITHIN = 0.55  # steps from a multiple, with the rounding of pixels; half a step is the most

_k, _n = np.mgrid[:8, :8]
_DCT = np.sqrt(np.where(_k == 0, 1, 2) / 8) * np.cos(np.pi * (2 * _n + 1) * _k / 16)


@dataclass(frozen=True, slots=True)
class Rounding:
    """How far the numbers of another picture are from those that a JPEG keeps, in its steps."""

    off: float  # median: 0 at the multiples, 0.25 anywhere between them
    within: float  # share not farther than rounding takes anything


def rounding(jpeg: Full, other: Full) -> Rounding | None:
    """How the rounding of `jpeg` is found in another picture; None where too little was rounded to
    tell."""
    if jpeg.steps is None:
        return None
    box = jpeg.blocks_around_the_middle(_LARGEST)
    ours = jpeg.as_stored(jpeg.part(box, jpeg))
    blocks = _blocks(ours)
    clear = (blocks.min(axis=(1, 2)) > 0) & (blocks.max(axis=(1, 2)) < 255)  # (N,)
    if not clear.any():
        return None
    steps = jpeg.steps
    kept = np.round(_numbers(blocks[clear]) / steps)
    told = (kept != 0) & (steps >= _FINEST)
    told[:, 0, 0] = False  # the mean of a block: whatever makes pictures brighter changes it
    if told.sum() < _FEWEST:
        return None
    layers = _filtered(other, jpeg, box)
    # The mixture undoes what was done, and a little of the rounding: what needs no undoing is
    # looked at as it is.
    plain = [layers[0], *layers[len(_SOFTER) + 1 :]]
    offered = [*plain, nearest_mixture(layers[:1], ours), nearest_mixture(layers, ours)]
    found = []
    for layer in offered:
        theirs = _numbers(_blocks(layer)[clear])
        off = (np.abs(theirs - kept * steps) / steps)[told]
        found.append(Rounding(float(np.median(off)), float((off <= _WITHIN).mean())))
    return max(found, key=lambda one: one.within - one.off)


def _filtered(other: Full, jpeg: Full, box: Box) -> list[Floats]:
    """What a box of the JPEG shows in the other picture, as several programs make it smaller, and
    softer."""
    laid = other.part(box, jpeg)
    layers = [laid, *(cv2.GaussianBlur(laid, (0, 0), width) for width in _SOFTER)]
    if other.size[0] > jpeg.size[0]:
        layers.append(other.part(box, jpeg, Resampling.BOX))
        layers.append(other.sampled(box, jpeg, Resampling.BILINEAR))
    elif other.size != jpeg.size:
        layers.append(other.part(box, jpeg, Resampling.BICUBIC))
        layers.append(other.part(box, jpeg, Resampling.BILINEAR))
    return [jpeg.as_stored(layer) for layer in layers]


def nearest_mixture(layers: Sequence[Floats], wanted: Floats) -> Floats:
    """What comes nearest to a picture of all sums of the layers, but for a part of it: words may
    lie over that."""
    inner = (slice(_EDGE, -_EDGE, 2), slice(_EDGE, -_EDGE, 2))
    known = np.stack([layer[inner].ravel() for layer in layers], axis=1).astype(np.float64)
    known = np.column_stack([known, np.ones(len(known))])
    aim = wanted[inner].ravel().astype(np.float64)
    weights = _solved(known, aim)
    missed = np.abs(known @ weights - aim)
    good = missed <= np.quantile(missed, _SPARED)
    weights = _solved(known[good], aim[good])
    mixed: Floats = np.full_like(wanted, weights[-1])
    for weight, layer in zip(weights, layers, strict=False):
        mixed += np.float32(weight) * layer
    return mixed


def _solved(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares by way of the normal equations, a little held back: layers resemble each
    other."""
    square = known.T @ known
    square[np.diag_indices_from(square)] += 1e-6 * len(known)
    return np.asarray(np.linalg.solve(square, known.T @ wanted), np.float64)


def _blocks(stored: Floats) -> Floats:
    """(N, 8, 8)."""
    height, width = stored.shape
    tiles = stored.reshape(height // 8, 8, width // 8, 8)
    return tiles.transpose(0, 2, 1, 3).reshape(-1, 8, 8)


def _numbers(blocks: Floats) -> NDArray[np.float64]:
    """What a JPEG rounds: the cosine transform of each block, (N, 8, 8)."""
    numbers: NDArray[np.float64] = _DCT @ (blocks.astype(np.float64) - 128) @ _DCT.T
    return numbers
