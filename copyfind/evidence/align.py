"""Lay one picture onto another by what their local features agree on.

Which of the two is given first must not matter to a verdict: matches are mutual, and the caller
hands the pictures over in one fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.features import Features, mirror
from copyfind.records import Floats

RATIO = 0.85  # Lowe's test: the best match this much nearer than the second
REACH = 3.0  # pixels of the second picture within which a match agrees with an alignment
_LEAST = 6  # agreeing matches below which nothing is fitted
_STEPS = 5000
_CONFIDENCE = 0.9999
_SMALLEST, _LARGEST = 1 / 12, 12.0  # scale of sane alignments
_SKEWED = 6.0  # longest over shortest stretch; a picture squeezed more is not recognisable

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How the first picture lies in the second."""

    matrix: Doubles  # (3, 3), pixels of the first -> pixels of the second; includes the mirroring
    mirrored: bool
    tentative: int  # matches before any geometry
    inliers: int  # places of those that agree with the matrix
    agreement: float  # share of tentative matches that do: near 1 for copies, a third otherwise


def align(first: Features, second: Features) -> Alignment | None:
    """The better of the plain and the mirrored alignment, None where neither holds."""
    plain = _align(first, second, mirrored=False)
    mirrored = _align(mirror(first), second, mirrored=True)
    found = [a for a in (plain, mirrored) if a is not None]
    return max(found, key=lambda a: (a.inliers, not a.mirrored), default=None)


def _align(first: Features, second: Features, *, mirrored: bool) -> Alignment | None:
    a, b = _matches(first.descriptors, second.descriptors)
    if len(a) < _LEAST:
        return None
    source, target = first.points[a], second.points[b]
    best: Alignment | None = None
    for matrix in (_affine(source, target), _homography(source, target)):
        if matrix is None or not _is_sane(matrix, first.width, first.height):
            continue
        moved = cv2.perspectiveTransform(source[None].astype(np.float64), matrix)[0]
        agree = np.linalg.norm(moved - target, axis=1) <= REACH
        # Several keypoints of one place are one piece of evidence, not several.
        inliers = len(np.unique(np.round(source[agree] / 2), axis=0))
        # A homography bends to whatever it is given: it has to win clearly.
        if inliers >= _LEAST and (best is None or inliers > 1.1 * best.inliers + 2):
            whole = matrix @ _flip(first.width) if mirrored else matrix
            best = Alignment(whole, mirrored, len(a), inliers, float(agree.mean()))
    return best


def _matches(first: Floats, second: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows that are each other's nearest and pass the ratio test, both ways."""
    if len(first) < 2 or len(second) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    cosine = first @ second.T  # (N, M)
    forth, back = cosine.argmax(axis=1), cosine.argmax(axis=0)
    rows = np.arange(len(first))
    mutual = back[forth] == rows
    best = cosine[rows, forth]
    next_in_second = np.partition(cosine, -2, axis=1)[:, -2]
    next_in_first = np.partition(cosine, -2, axis=0)[-2][forth]
    runner_up = np.maximum(next_in_second, next_in_first)
    # |a - b|² = 2 - 2 cos for unit rows
    distinct = (2 - 2 * best) <= RATIO**2 * (2 - 2 * runner_up)
    kept = np.flatnonzero(mutual & distinct)
    return kept, forth[kept]


def _affine(source: Floats, target: Floats) -> Doubles | None:
    matrix, _ = cv2.estimateAffine2D(
        source,
        target,
        method=cv2.RANSAC,
        ransacReprojThreshold=REACH,
        maxIters=_STEPS,
        confidence=_CONFIDENCE,
        refineIters=10,
    )
    return None if matrix is None else np.vstack([matrix, [0.0, 0.0, 1.0]])


def _homography(source: Floats, target: Floats) -> Doubles | None:
    matrix, _ = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, REACH, maxIters=_STEPS, confidence=_CONFIDENCE
    )
    return None if matrix is None else matrix.astype(np.float64)


def _is_sane(matrix: Doubles, width: int, height: int) -> bool:
    """No mirroring left, no fold, no absurd scale: what a person does to a picture."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    if (depth <= 1e-6).any() or depth.max() > 4 * depth.min():
        return False
    centre = np.array([width / 2, height / 2, 1.0])
    x, y, w = matrix @ centre
    jacobian = (matrix[:2, :2] - np.outer([x / w, y / w], matrix[2, :2])) / w
    if np.linalg.det(jacobian) <= 0:
        return False
    long, short = np.linalg.svd(jacobian, compute_uv=False)
    return bool(short >= _SMALLEST and long <= _LARGEST and long <= _SKEWED * short)


def _flip(width: int) -> Doubles:
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
