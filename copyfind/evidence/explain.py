"""Measurements of a copy -> what was done to it, in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Alignment, Doubles
from copyfind.evidence.residual import ALIKE, Residual
from copyfind.records import Bools, Pixels

_TURN = 1.5  # degrees that are noticed
_SIZE = 0.02  # relative difference of scale that is noticed
_STRETCH = 1.04  # aspect ratio, one side against the other
_PERSPECTIVE = 0.06  # how much one end is nearer than the other
_WHOLE = 0.985  # share from which nothing is missing
_GREY = 4.0  # mean chroma, levels, of a picture without colours
_COLOURS = 9.0  # mean chroma of one with
_BRIGHTER = 12.0  # levels
_CONTRAST = 1.25
_SOFTER = 0.6  # share of the fine detail that is left of a blurred picture
_COVERED_AREA = 0.04  # share of blocks that show something else


@dataclass(frozen=True, slots=True)
class Geometry:
    """An alignment in the terms of people: what was done to the first to get the second."""

    scale: float  # in pixels of the full-size pictures
    turned: float  # degrees, clockwise, -180 to 180
    stretched: float  # longest over shortest scale
    perspective: float  # depth of the farthest over that of the nearest corner, minus 1
    mirrored: bool


def geometry(
    alignment: Alignment,
    *,
    frame: tuple[int, int],
    reduced: tuple[float, float],
) -> Geometry:
    """frame: (width, height) of the first picture as aligned; reduced: how much smaller each was
    than its full size when it was aligned."""
    width, height = frame
    matrix = alignment.matrix @ _unmirror(width) if alignment.mirrored else alignment.matrix
    x, y, w = matrix @ np.array([width / 2, height / 2, 1.0])
    jacobian = (matrix[:2, :2] - np.outer([x / w, y / w], matrix[2, :2])) / w
    u, (long, short), v = np.linalg.svd(jacobian)
    rotation = u @ v
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    return Geometry(
        scale=math.sqrt(long * short) * reduced[0] / reduced[1],
        turned=math.degrees(math.atan2(rotation[1, 0], rotation[0, 0])),
        stretched=long / short,
        perspective=float(depth.max() / depth.min() - 1),
        mirrored=alignment.mirrored,
    )


def how(first: Pixels, second: Pixels, geometry: Geometry, residual: Residual) -> tuple[str, ...]:
    """What was done to the first picture to get the second, most telling first."""
    said = [*_shape(geometry), *_content(residual)]
    # The residual holds the finer picture, laid onto the coarser.
    original, copy = (first, residual.warped) if residual.in_first else (residual.warped, second)
    said += _tone(original, copy, residual.covered)
    if not said or said == ["mirrored"] or abs(math.log(geometry.scale)) > 5 * _SIZE:
        said += _size(geometry)
    return tuple(said) or ("recompressed",)


def _shape(g: Geometry) -> list[str]:
    said = []
    if g.mirrored:
        said.append("mirrored")
    quarter = round(g.turned / 90) * 90
    if abs(g.turned - quarter) <= _TURN:
        if quarter % 360:
            said.append(f"turned by {abs(quarter)}°")
    else:
        said.append(f"rotated by {g.turned:.0f}°")
    if g.perspective > _PERSPECTIVE:
        said.append("seen at an angle")
    elif g.stretched > _STRETCH:
        said.append(f"stretched {g.stretched:.2f} : 1")
    return said


def _content(residual: Residual) -> list[str]:
    said = []
    of_first, of_second = residual.overlap
    if of_first < _WHOLE:
        said.append(f"cropped to {of_first:.0%}")
    if of_second < _WHOLE:
        added = 1 - of_second
        said.append(
            f"{added:.0%} added around it" if added < 0.5 else "pasted into another picture"
        )
    different = residual.correlation < ALIKE / 2
    share = float(different.sum()) / max(residual.blocks, 1)
    if share >= _COVERED_AREA and residual.alike > 0.5:
        said.append(f"something laid over {share:.0%} of it")
    return said


def _tone(original: Pixels, copy: Pixels, covered: Bools) -> list[str]:
    """Colours, brightness, contrast and detail, where both pictures are."""
    a, b = (
        cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32)[covered] for p in (original, copy)
    )
    if not len(a):
        return []
    said = []
    chroma = [float(np.hypot(p[:, 1] - 128, p[:, 2] - 128).mean()) for p in (a, b)]
    if chroma[1] < _GREY and chroma[0] > _COLOURS:
        said.append("greyscale")
    elif abs(chroma[1] - chroma[0]) > 6 or float(np.abs(a[:, 1:] - b[:, 1:]).mean()) > 8:
        said.append("colours changed")
    slope = float(np.cov(a[:, 0], b[:, 0])[0, 1] / max(a[:, 0].var(), 1.0))
    if slope < -0.3:
        return [*said, "inverted"]
    difference = float(b[:, 0].mean() - a[:, 0].mean())
    if abs(difference) > _BRIGHTER:
        said.append("brighter" if difference > 0 else "darker")
    ratio = float(b[:, 0].std() / max(a[:, 0].std(), 1.0))
    if ratio > _CONTRAST or ratio < 1 / _CONTRAST:
        said.append("more contrast" if ratio > 1 else "less contrast")
    # Contrast scales detail too; what is left of that is sharpness.
    sharpness = _detail(copy, covered) / max(_detail(original, covered) * ratio, 1e-6)
    if sharpness < _SOFTER or sharpness > 1 / _SOFTER:
        said.append("softer" if sharpness < 1 else "sharper")
    return said


def _size(g: Geometry) -> list[str]:
    return [f"resized to {g.scale:.0%}"] if abs(math.log(g.scale)) > _SIZE else []


def _detail(picture: Pixels, covered: Bools) -> float:
    laplacian = cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F)
    inner = cv2.erode(covered.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return float(np.abs(laplacian[inner]).mean()) if inner.any() else 0.0


def _unmirror(width: int) -> Doubles:
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
