"""From pixels of the pictures looked at to shares of each, which hold at any size."""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.evidence.residual import Residual
from copyfind.records import Box, Doubles


def relative_of(matrix: Doubles, frame: tuple[int, int], onto: tuple[int, int]) -> Doubles:
    """(3, 3) from pixels of the pictures looked at to 0..1 of each.

    frame, onto: (width, height) of the first and the second.
    """
    (w, h), (width, height) = frame, onto
    # The middle of the first pixel is 0 to OpenCV and half a pixel from the edge to people.
    into = np.array([[w, 0, -0.5], [0, h, -0.5], [0, 0, 1.0]])
    out = np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1.0]])
    relative: Doubles = out @ matrix @ into
    relative /= relative[2, 2]
    return relative


def relative_boxes(
    boxes: list[tuple[int, int, int, int]],
    residual: Residual,
    relative: Doubles,
    frame: tuple[int, int],
    onto: tuple[int, int],
) -> tuple[Box, ...]:
    """Boxes of the residual's frame -> boxes of the second picture, 0 to 1."""
    width, height = frame if residual.in_first else onto
    placed = []
    for left, top, right, bottom in boxes:
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
        corners /= [width, height]
        if residual.in_first:
            corners = cv2.perspectiveTransform(corners[None], relative)[0]
        corners = corners.clip(0, 1)
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        placed.append((round(x0, 4), round(y0, 4), round(x1, 4), round(y1, 4)))
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in placed)


def moved_corners(relative: Doubles) -> Doubles:
    """(4, 2): how far the corners of the first are from those of the second."""
    corners = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], np.float64)
    moved = corners @ relative.T
    away: Doubles = moved[:, :2] / moved[:, 2:] - corners[:, :2]
    return away
