"""What still differs when one picture lies on the other.

The comparison is made in the coarser of the two: laying a small picture over a large one the other
way round would hold made-up detail against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.align import Alignment, Doubles
from copyfind.records import Bools, Floats, Pixels

BLOCK = 32  # pixels
ALIKE = 0.8  # correlation of a block that shows the same thing
_FLAT = 3.0  # grey levels: below this deviation a block has no pattern to correlate
_COVERED = 0.9  # share of a block that must be covered by both
_FINEST = 0.15  # scale below which the smaller picture has too few pixels to compare


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Block by block, in the frame of the coarser picture."""

    in_first: bool  # that frame is the first picture's
    overlap: tuple[float, float]  # share of the first that lies in the second, and vice versa
    correlation: Floats  # (rows, columns) of blocks, NaN where not covered or without pattern
    blocks: int  # compared
    alike: float  # share of them that correlate above ALIKE
    warped: Pixels  # the other picture in this frame
    covered: Bools  # (H, W)


def compare(first: Pixels, second: Pixels, alignment: Alignment) -> Residual:
    """Lay the pictures (H, W, 3) onto each other and correlate them block by block."""
    forth = alignment.matrix
    back: Doubles = np.linalg.inv(forth).astype(np.float64)
    overlap = (_share_inside(first, second, forth), _share_inside(second, first, back))
    in_first = abs(np.linalg.det(forth[:2, :2])) >= 1.0  # the first is the smaller on the second
    frame, other, matrix = (first, second, back) if in_first else (second, first, forth)
    height, width = frame.shape[:2]
    size = (width, height)
    warped = _warp(other, matrix, size)
    mask = np.full(other.shape[:2], 255, np.uint8)
    covered: Bools = cv2.warpPerspective(mask, matrix, size, flags=cv2.INTER_NEAREST) > 0
    correlation = _correlate(
        cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.cvtColor(warped, cv2.COLOR_RGB2GRAY), covered
    )
    compared = correlation[~np.isnan(correlation)]
    alike = float((compared >= ALIKE).mean()) if len(compared) else 0.0
    return Residual(in_first, overlap, correlation, len(compared), alike, warped, covered)


def _warp(picture: Pixels, matrix: Doubles, size: tuple[int, int]) -> Pixels:
    """Shrinking is smoothed first: sampling alone would alias."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    if scale < 1.0:
        sigma = 0.45 * (1.0 / max(scale, _FINEST) - 1.0)
        if sigma > 0.2:
            picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    warped: Pixels = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR)
    return warped


def _correlate(a: Pixels, b: Pixels, covered: Bools) -> Floats:
    """Normalised cross-correlation of each block; blind to brightness and contrast."""
    smooth = [cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0) for picture in (a, b)]
    rows, columns = max(a.shape[0] // BLOCK, 1), max(a.shape[1] // BLOCK, 1)
    result = np.full((rows, columns), np.nan, np.float32)
    for i in range(rows):
        for j in range(columns):
            here = (slice(i * BLOCK, (i + 1) * BLOCK), slice(j * BLOCK, (j + 1) * BLOCK))
            if covered[here].mean() < _COVERED:
                continue
            inside = covered[here]
            x, y = smooth[0][here][inside], smooth[1][here][inside]
            x, y = x - x.mean(), y - y.mean()
            dx, dy = float(np.sqrt((x * x).mean())), float(np.sqrt((y * y).mean()))
            if max(dx, dy) < _FLAT:
                continue  # nothing to see in either
            result[i, j] = float((x * y).mean()) / max(dx * dy, 1e-6) if min(dx, dy) > 0.5 else 0.0
    return result


def _share_inside(picture: Pixels, other: Pixels, matrix: Doubles) -> float:
    """Share of a picture's area that falls onto the other one."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.linspace(0, width - 1, 40), np.linspace(0, height - 1, 40))
    grid = np.stack([x.ravel(), y.ravel()], axis=1)[None]
    moved = cv2.perspectiveTransform(grid, matrix)[0]
    limits = np.array([other.shape[1] - 1, other.shape[0] - 1])
    inside: NDArray[np.bool_] = ((moved >= -0.5) & (moved <= limits + 0.5)).all(axis=1)
    return float(inside.mean())
