"""An alignment made exact by the pictures themselves, where keypoints did not quite do.

Enhanced correlation (Evangelidis and Psarakis, PAMI 2008) moves one picture until its structure
lies on the other's. A copy comes to lie exactly; another shot does not, however it is moved.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from copyfind.evidence.align import Alignment
from copyfind.evidence.residual import BLOCK, STEP, Residual, evened
from copyfind.records import Doubles, Floats, Pixels

_LONGEST = 256  # pixels that are compared
_RESEMBLES = 0.2  # correlation of blocks that may guide
_LEAST = 0.05  # share of the picture that has to
_FARTHEST = 24.0  # pixels a corner may move: more is another alignment
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-4)
_SMOOTHED = 5  # pixels of the filter
_GLANCE = 200  # pixels that tell how far off an alignment is
_ODD = 24.0  # levels of difference that count half: something else is there
_FEW_PIXELS = 50


def drift_of(residual: Residual) -> float:
    """Pixels by which a corner would move if all that differs came from the alignment; 0 where
    hardly anything resembles.

    One step of least squares for an affine one (Lucas and Kanade, IJCAI 1981): 1.6 ms, and within a
    third of what `refine` comes to. The error of keypoints does not tell that: a hundred of them,
    each a fifth of a pixel off, may all be off the same way.
    """
    height, width = residual.grey[0].shape
    factor = min(_GLANCE / max(height, width), 1.0)
    ours, theirs = (
        cv2.GaussianBlur(evened(_small(grey, factor)), (0, 0), 1.0).astype(np.float32)
        for grey in residual.grey
    )
    guide = cv2.resize(_guide(residual), ours.shape[::-1], interpolation=cv2.INTER_NEAREST)
    rows, columns = (2 * v + 1 for v in np.nonzero(guide[1:-1:2, 1:-1:2]))
    if len(rows) < _FEW_PIXELS:
        return 0.0
    mean = (ours + theirs) / 2
    across, down = (
        cv2.Sobel(mean, cv2.CV_32F, *way, ksize=1)[rows, columns] / 2 for way in ((1, 0), (0, 1))
    )
    differ = (theirs - ours)[rows, columns]
    weights = 1 / (1 + (differ / _ODD) ** 2)
    half = np.array(ours.shape[::-1], np.float32) / 2
    x, y = columns / half[0] - 1, rows / half[1] - 1
    slopes = np.stack([across * x, across * y, across, down * x, down * y, down], axis=1)
    weighed = slopes * weights[:, None]
    step = np.linalg.solve(weighed.T @ slopes + 1e-3 * np.eye(6), weighed.T @ differ)
    corners = np.array([[-1, -1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, 1]])
    return float(np.abs(corners @ step.reshape(2, 3).T).max() / factor)


def refine(alignment: Alignment, residual: Residual) -> Alignment | None:
    """The alignment behind a residual, closer; None where it does not become any."""
    height, width = residual.grey[0].shape
    guide = _guide(residual)
    if guide.mean() < _LEAST:
        return None
    factor = min(_LONGEST / max(height, width), 1.0)
    ours, theirs = (_small(evened(grey).astype(np.float32), factor) for grey in residual.grey)
    guide = cv2.resize(guide, ours.shape[::-1], interpolation=cv2.INTER_NEAREST)
    bent = bool(np.abs(alignment.matrix[2, :2]).max() > 1e-9)
    rows, kind = (3, cv2.MOTION_HOMOGRAPHY) if bent else (2, cv2.MOTION_AFFINE)
    try:
        start = np.eye(rows, 3, dtype=np.float32)
        _, found = cv2.findTransformECC(ours, theirs, start, kind, _STEPS, guide, _SMOOTHED)
    except cv2.error:  # it does not converge
        return None
    factor = ours.shape[1] / width
    middles = (factor - 1) / 2  # of pixels, which are not where corners are
    into = np.array([[factor, 0, middles], [0, factor, middles], [0, 0, 1]])
    step = np.linalg.inv(into) @ np.vstack([found, np.eye(3)[rows:]]) @ into
    if _moved(step, width, height) > _FARTHEST:
        return None
    matrix = (
        alignment.matrix @ step if residual.in_first else np.linalg.inv(step) @ alignment.matrix
    )
    return replace(alignment, matrix=np.asarray(matrix / matrix[2, 2], np.float64))


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


def _small(values: Floats, factor: float) -> Floats:
    if factor >= 1.0:
        return values
    return np.asarray(
        cv2.resize(values, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.float32
    )


def _moved(step: Doubles, width: int, height: int) -> float:
    """Pixels by which the corner that moved farthest has moved."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = cv2.perspectiveTransform(corners[None], step)[0]
    return float(np.abs(moved - corners).max())
