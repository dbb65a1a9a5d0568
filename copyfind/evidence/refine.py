"""An alignment made exact by the pictures themselves, where keypoints did not quite do.

Least squares moves one picture until its structure lies on the other's (Lucas and Kanade, IJCAI
1981); what is something else there hardly counts. A copy comes to lie exactly; another shot does
not, however it is moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from copyfind.evidence.align import Alignment
from copyfind.evidence.residual import BLOCK, STEP, Residual, evened
from copyfind.records import Doubles, Floats, Ints, Pixels

# Compared with OpenCV's enhanced correlation on edits of photos that no benchmark holds, in
# docs/decisions.md, "How is an alignment made exact?".
_LONGEST = 200  # pixels that are compared
_RESEMBLES = 0.2  # correlation of blocks that may guide
_FEWEST = 50  # pixels that have to
# Pixels that the first step moves a corner by, from which an alignment is made closer. The error of
# keypoints does not tell that: a hundred of them, a fifth of a pixel off, may be off the same way.
_COARSE = 0.3
_FARTHEST = 24.0  # pixels a corner may move: more is another alignment
_STEPS = 8
_STILL = 0.06  # pixels that a step moves a corner by, after which there is none
_ODD = 24.0  # levels of difference that count half: something else is there

_CORNERS = np.array([[[-1, -1], [1, -1], [-1, 1], [1, 1]]], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Pixels that guide. A step is told in coordinates from -1 to 1, so that each of its numbers
    weighs about the same."""

    rows: Ints  # (N,) of the small pictures
    columns: Ints  # (N,)
    x: Doubles  # (N,) -1 to 1
    y: Doubles  # (N,) -1 to 1
    half: Doubles  # (2,) half the small picture's width and height


def refine(alignment: Alignment, residual: Residual) -> Alignment | None:
    """The alignment behind a residual, closer; None where it is exact, or does not become any."""
    height, width = residual.grey[0].shape
    factor = min(_LONGEST / max(height, width), 1.0)
    ours, theirs = (_structure(grey, factor) for grey in residual.grey)
    places = _places(residual, ours.shape)
    if len(places.rows) < _FEWEST:
        return None
    bent = bool(np.abs(alignment.matrix[2, :2]).max() > 1e-9)
    into_pixels = _pixels_of(ours.shape[1], ours.shape[0])
    step, moved = np.eye(3), theirs
    for n in range(_STEPS):
        change = _least_squares(ours, moved, places, bent=bent)
        step = step @ change
        off = _moved(change, places.half)
        is_exact = n == 0 and off < _COARSE * factor
        if is_exact or not _moved(step, places.half) <= _FARTHEST * factor:
            return None
        if off < _STILL:
            break
        moved = _warped(theirs, into_pixels @ step @ np.linalg.inv(into_pixels))
    onto = _pixels_of(width, height)
    step = onto @ step @ np.linalg.inv(onto)
    matrix = (
        alignment.matrix @ step if residual.in_first else np.linalg.inv(step) @ alignment.matrix
    )
    return replace(alignment, matrix=np.asarray(matrix / matrix[2, 2], np.float64))


def _structure(grey: Floats, factor: float) -> Floats:
    levels = evened(grey)
    if factor < 1.0:
        levels = cv2.resize(levels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(levels.astype(np.float32), (0, 0), 1.0), np.float32)


def _places(residual: Residual, shape: tuple[int, ...]) -> _Places:
    """Every second pixel each way of what may guide."""
    guide = cv2.resize(_guide(residual), shape[::-1], interpolation=cv2.INTER_NEAREST)
    rows, columns = (2 * found + 1 for found in np.nonzero(guide[1:-1:2, 1:-1:2]))
    half = np.array(shape[::-1], np.float64) / 2
    x, y = (columns + 0.5) / half[0] - 1, (rows + 0.5) / half[1] - 1
    return _Places(rows, columns, x, y, half)


def _guide(residual: Residual) -> Pixels:
    """(H, W) 1 where blocks resemble each other at least a little, and around those."""
    blocks = (np.nan_to_num(residual.correlation, nan=0.0) >= _RESEMBLES).astype(np.uint8)
    guide = np.zeros(residual.covered.shape, np.uint8)
    if blocks.size:
        blocks = cv2.dilate(blocks, np.ones((3, 3), np.uint8)).repeat(STEP, 0).repeat(STEP, 1)
        edge = (BLOCK - STEP) // 2
        part = guide[edge : edge + len(blocks), edge : edge + blocks.shape[1]]
        part[:] = blocks[: part.shape[0], : part.shape[1]]
    guide &= residual.covered.astype(np.uint8)
    return guide


def _least_squares(ours: Floats, theirs: Floats, places: _Places, *, bent: bool) -> Doubles:
    """(3, 3) from places of ours to those of theirs, the best by the slopes of both."""
    rows, columns, x, y = places.rows, places.columns, places.x, places.y
    mean = (ours + theirs) / 2
    across = (mean[rows, columns + 1] - mean[rows, columns - 1]) * (places.half[0] / 2)
    down = (mean[rows + 1, columns] - mean[rows - 1, columns]) * (places.half[1] / 2)
    slopes = [across * x, across * y, across, down * x, down * y, down]
    if bent:
        outwards = across * x + down * y
        slopes += [-outwards * x, -outwards * y]
    differ = (ours - theirs)[rows, columns]
    weights = 1 / (1 + (differ / _ODD) ** 2)
    all_slopes = np.stack(slopes)
    weighed = all_slopes * weights
    normal = weighed @ all_slopes.T
    # A blank direction must not make it singular.
    normal += 1e-6 * (np.trace(normal) + 1) * np.eye(len(slopes))
    found = np.linalg.solve(normal, weighed @ differ)
    change = np.eye(3)
    change[:2] += found[:6].reshape(2, 3)
    change[2, :2] = found[6:] if bent else 0
    return change


def _warped(picture: Floats, matrix: Doubles) -> Floats:
    """What lies where the matrix puts each pixel."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = picture.shape[::-1]
    warped = cv2.warpPerspective(
        picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.float32)


def _pixels_of(width: int, height: int) -> Doubles:
    """From -1 to 1 to pixels, whose middles are whole numbers."""
    return np.array([[width / 2, 0, width / 2 - 0.5], [0, height / 2, height / 2 - 0.5], [0, 0, 1]])


def _moved(step: Doubles, half: Doubles) -> float:
    """Pixels by which the corner that moves farthest does."""
    moved = cv2.perspectiveTransform(_CORNERS, step)
    return float((np.abs(moved - _CORNERS) * half).max())
