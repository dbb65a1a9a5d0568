"""Two pictures laid on each other whole, turned and mirrored in every way: for smooth ones.

Gradients, skies and drawings have too few keypoints to align by. Where such a picture was only
saved again, scaled or toned, it lies on its copy as it is.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from copyfind.evidence.align import Alignment
from copyfind.evidence.features import grey_of
from copyfind.records import Floats, Pixels

FEW = 120  # keypoints of a smooth picture
_SIDE = 48  # pixels that are compared
_LIKE = 0.9  # correlation of a picture that may be the same
_SHAPE = 1.04  # factor between the proportions of two whole copies
_A_LITTLE_OFF, _FAR_OFF = 1.0, 0.1  # pixels, and share of a side, by which corners may be off


def lay(first: Pixels, second: Pixels) -> Alignment | None:
    """Pictures (H, W, 3): the way in which they are most alike, None where they are not."""
    upright, shape = first.shape[:2], second.shape[:2]
    ways = [n for n in range(4) if _same_shape(upright[:: 1 if n % 2 == 0 else -1], shape)]
    if not ways:
        return None
    ours, theirs = _normalised(first), _normalised(second)
    best: tuple[float, int, bool] = (_LIKE, 0, False)
    for mirrored in (False, True):
        for quarters in ways:
            turned = np.rot90(ours[:, ::-1] if mirrored else ours, quarters)
            alike = float((turned * theirs).mean())
            if alike > best[0]:
                best = (alike, quarters, mirrored)
    alike, quarters, mirrored = best
    if alike <= _LIKE:
        return None
    matrix = np.eye(3)
    if mirrored:
        matrix = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]])
    for _ in range(quarters):  # NumPy turns against the clock: right becomes top
        matrix = np.array([[0, 1.0, 0], [-1, 0, 1], [0, 0, 1]]) @ matrix
    into, onto = _pixels(first), _pixels(second)
    whole = onto @ matrix @ np.linalg.inv(into)
    return Alignment(
        np.asarray(whole, np.float64),
        tentative=0,
        agreement=alike,
        inliers=0,
        repeated=0.0,
        error=1.0,
        spread=1.0,
        mirrored=mirrored,
    )


def corner_on_corner(first: Pixels, second: Pixels, found: Alignment) -> Alignment | None:
    """The alignment of two whole pictures, where one that keypoints found is about that.

    Small pictures have few keypoints, and from few a perspective is made that is none.
    """
    if found.mirrored or not _same_shape(first.shape[:2], second.shape[:2]):
        return None
    into, onto = _pixels(first).astype(np.float64), _pixels(second).astype(np.float64)
    whole = onto @ np.linalg.inv(into)
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], np.float64)
    there, here = (
        cv2.perspectiveTransform(corners, np.linalg.inv(onto) @ matrix @ into)
        for matrix in (found.matrix, whole)
    )
    off = np.abs(there - here) * [second.shape[1], second.shape[0]]
    far = np.abs(there - here).max()
    if float(off.max()) < _A_LITTLE_OFF or float(far) > _FAR_OFF:
        return None
    return replace(found, matrix=whole)


def _normalised(picture: Pixels) -> Floats:
    grey = cv2.resize(grey_of(picture), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    values = grey.astype(np.float32)
    values -= values.mean()
    return np.asarray(values / max(float(values.std()), 1e-3), np.float32)


def _same_shape(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    ratio = (one[1] / one[0]) / (other[1] / other[0])
    return max(ratio, 1 / ratio) <= _SHAPE


def _pixels(picture: Pixels) -> Floats:
    """From 0..1 to pixels, whose middles are whole numbers."""
    height, width = picture.shape[:2]
    return np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]])
