"""Are two icons, or a picture and an icon of it, the same at a glance?

Below some fifty pixels there is too little to lay pictures onto each other by: a few keypoints fit
almost anything. What can be asked is whether the whole of one, made as small as the other, is the
other pixel by pixel, colours included. That much two frames of a film have in common as well, so
that it makes a copy likely and never proves one.

Fitted on pictures of groups of lookalikes made 14 to 48 pixels large (docs/decisions.md).
"""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.records import Facts, Floats, Pixels

_LEAST = 12  # pixels of the shorter side: a cursor is no picture
_CONTRAST = 12.0  # levels of deviation that a picture has at least
_SOFT = 0.6  # pixels: what filters of scaling differ by
_LEVELS, _OF_EDGES = 8.0, 0.35  # by which pixels may differ; the same as a share of an edge there
_EXCESS, _REST = 1.2, 0.2  # of that at most; and of the contrast, over the whole


def same_at_a_glance(first: Pixels, second: Pixels) -> bool:
    """Pictures (H, W, 3), the whole of each upright; the same in both orders."""
    small, large = sorted((first, second), key=lambda p: (p.shape[0] * p.shape[1], p.tobytes()))
    if min(small.shape[:2]) < _LEAST or not _of_one_shape(small, large):
        return False
    size = (small.shape[1], small.shape[0])
    made_smaller = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
    ours, theirs = (_softened(p) for p in (small, made_smaller))
    contrast = max(_contrast(ours), _contrast(theirs))
    if contrast < _CONTRAST:
        return False
    difference = np.abs(ours - theirs).max(axis=2)
    edges = np.maximum(_edges(ours), _edges(theirs))
    excess = float((difference / (_LEVELS + _OF_EDGES * edges)).max())
    rest = float(np.sqrt((difference**2).mean())) / contrast
    return excess <= _EXCESS and rest <= _REST


def words(first: Facts, second: Facts) -> str:
    """What was done to the first to get the second, if that is so."""
    scale = np.sqrt(second.width * second.height / max(first.width * first.height, 1))
    return "recompressed" if abs(scale - 1) < 0.02 else f"resized to {100 * scale:.0f}%"


def _of_one_shape(small: Pixels, large: Pixels) -> bool:
    """But for a pixel of rounding."""
    height, width = small.shape[:2]
    across = large.shape[1] / large.shape[0] * height
    return bool(abs(across - width) <= max(1.0, width / height))


def _softened(picture: Pixels) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _SOFT), np.float32)


def _contrast(picture: Floats) -> float:
    return float(np.sqrt(((picture - picture.mean(axis=(0, 1))) ** 2).mean()))


def _edges(picture: Floats) -> Floats:
    """(H, W) levels between a pixel and its neighbours."""
    window = np.ones((3, 3), np.uint8)
    range_of = cv2.dilate(picture, window) - cv2.erode(picture, window)
    return np.asarray(range_of.max(axis=2), np.float32)
