"""Measurements of a copy -> what was done to it, in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Alignment, Doubles, jacobian_at
from copyfind.evidence.outside import Beyond
from copyfind.evidence.verdict import Outside
from copyfind.records import Bools, Floats, Pixels

_TURN = 1.0  # degrees that are noticed
_SIZE = 0.02  # relative difference of scale that is noticed
_STRETCH = 1.04  # aspect ratio, one side against the other
_PERSPECTIVE = 0.06  # how much one end is nearer than the other
_GREY = 4.0  # mean chroma, levels, of a picture without colours
_COLOURS = 8.0  # mean chroma of one with
_FADED, _VIVID = 0.65, 2.0  # factors of chroma that light alone makes
_DRIFT = 6.5  # levels of colour that it does not explain
_BRIGHTER = 12.0  # levels
_CONTRAST = 1.18
_SOFTER = 0.6  # share of the fine detail that is left of a blurred picture
_SHARPER = 1.5
_MARGIN = 0.02  # share of a side from which a bar is one
_PASTED = "pasted into a bigger picture"


@dataclass(frozen=True, slots=True)
class Geometry:
    """An alignment in the terms of people: what was done to the first to get the second."""

    scale: float  # in pixels of the full-size pictures
    turned: float  # degrees, clockwise, -180 to 180
    stretched: float  # longest over shortest scale
    perspective: float  # depth of the farthest over that of the nearest corner, minus 1
    mirrored: bool
    margins: tuple[float, float, float, float]  # left, top, right, bottom of the second, shares


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two pictures laid onto each other; both in one frame, at one size."""

    first: Pixels
    second: Pixels
    covered: Bools
    overlap: tuple[float, float]
    beyond: tuple[Beyond, Beyond]
    different: float  # share of the common area where the second shows something else


def geometry(
    alignment: Alignment,
    *,
    frame: tuple[int, int],
    onto: tuple[int, int],
    reduced: tuple[float, float],
) -> Geometry:
    """frame, onto: (width, height) of the first and the second picture as aligned; reduced: how
    much smaller each was than its full size when it was aligned."""
    width, height = frame
    matrix = alignment.matrix @ _unmirror(width) if alignment.mirrored else alignment.matrix
    u, (long, short), v = np.linalg.svd(jacobian_at(matrix, width / 2, height / 2))
    rotation = u @ v
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    placed = (cv2.perspectiveTransform(corners[None], matrix)[0] + 0.5) / np.array(onto)
    (left, top), (right, bottom) = placed.min(axis=0), placed.max(axis=0)
    return Geometry(
        scale=math.sqrt(long * short) * reduced[0] / reduced[1],
        turned=math.degrees(math.atan2(rotation[1, 0], rotation[0, 0])),
        stretched=long / short,
        perspective=float(depth.max() / depth.min() - 1),
        mirrored=alignment.mirrored,
        margins=(float(left), float(top), float(1 - right), float(1 - bottom)),
    )


def how(pair: Pair, geometry: Geometry) -> tuple[str, ...]:
    """What was done to the first picture to get the second, most telling first."""
    said = [*_shape(geometry), *_content(pair, geometry), *_tone(pair)]
    told = {word.split(" ", 1)[0] for word in said}
    plain = told <= {"mirrored", "turned", "greyscale", "inverted"}
    if plain or abs(math.log(geometry.scale)) > 5 * _SIZE:
        said += _size(geometry)
    return tuple(said) or ("recompressed",)


def _shape(g: Geometry) -> list[str]:
    said = []
    quarter = round(g.turned / 90) * 90
    straight = abs(g.turned - quarter) <= _TURN
    if g.mirrored and straight and quarter % 360 == 180:
        said.append("mirrored top to bottom")
    else:
        if g.mirrored:
            said.append("mirrored")
        if not straight:
            said.append(f"rotated by {g.turned:.0f}°")
        elif quarter % 360:
            said.append(f"turned by {abs(quarter)}°")
    if g.perspective > _PERSPECTIVE:
        said.append("seen at an angle")
    elif g.stretched > _STRETCH:
        said.append(f"stretched {g.stretched:.2f} : 1")
    return said


def _content(pair: Pair, g: Geometry) -> list[str]:
    said = []
    ours, theirs = pair.beyond
    of_first, of_second = pair.overlap
    if ours.kind is Outside.PLAIN:
        said.append("border removed")
    elif ours.kind is Outside.PICTURE and ours.goes_on:
        said.append(f"cropped to {of_first:.0%}")
    elif ours.kind is Outside.PICTURE:
        said.append("cut out of a bigger picture")
    tilted = abs(g.turned - round(g.turned / 90) * 90) > _TURN
    if theirs.kind is Outside.PICTURE and theirs.goes_on:
        said.append(f"more around it, of which it is {of_second:.0%}")
    elif theirs.kind is not Outside.NOTHING:
        said += _around(theirs.kind, g, of_second, tilted=tilted)
    if pair.different >= 0.01:
        said.append(f"something laid over {max(pair.different, 0.01):.0%} of it")
    return said


def _around(kind: Outside, g: Geometry, share: float, *, tilted: bool) -> list[str]:
    """What the second picture was put into."""
    left, top, right, bottom = (margin > _MARGIN for margin in g.margins)
    if kind is Outside.PICTURE:
        wide, high = (abs(a) + abs(b) <= 2 * _MARGIN for a, b in (g.margins[::2], g.margins[1::2]))
        return ["part of a collage" if (wide or high) and not tilted else _PASTED]
    if tilted and share > 0.45 and not all((left, top, right, bottom)):
        return []  # the corners that a rotation leaves empty
    if share < 0.4:
        return [_PASTED]
    added = f"({1 - share:.0%} of the whole)"
    if (top and bottom) != (left and right) and sum((left, top, right, bottom)) == 2:
        return [f"letterboxed {added}"]
    if sum((left, top, right, bottom)) == 1:
        return [f"caption bar added {added}" if top or bottom else f"bar added {added}"]
    return [f"border added {added}"]


def _tone(pair: Pair) -> list[str]:
    """Colours, brightness, contrast and detail, where both pictures are."""
    inner: Bools = cv2.erode(pair.covered.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if inner.sum() < 100:
        return []
    unclipped = inner.copy()
    for picture in (pair.first, pair.second):
        unclipped &= (picture.max(axis=2) < 250) & (picture.min(axis=2) > 4)
    labs = [
        cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32) for p in (pair.first, pair.second)
    ]
    a, b = (lab[inner] for lab in labs)
    said = []
    slope = float(np.cov(a[:, 0], b[:, 0])[0, 1] / max(a[:, 0].var(), 1.0))
    chroma = [float(np.hypot(p[:, 1] - 128, p[:, 2] - 128).mean()) for p in (a, b)]
    if slope < -0.3:
        return ["inverted"]
    if chroma[1] < _GREY and chroma[0] > _COLOURS:
        said.append("greyscale")
    elif chroma[0] < _GREY and chroma[1] > _COLOURS:
        said.append("coloured")
    elif _drift(*(lab[unclipped][:, 1:] - 128 for lab in labs)) > _DRIFT:
        said.append("colours changed")
    difference = float(b[:, 0].mean() - a[:, 0].mean())
    if abs(difference) > _BRIGHTER:
        said.append("brighter" if difference > 0 else "darker")
    ratio = float(b[:, 0].std() / max(a[:, 0].std(), 1.0))
    if ratio > _CONTRAST or ratio < 1 / _CONTRAST:
        said.append("more contrast" if ratio > 1 else "less contrast")
    return [*said, *_detail(pair, inner, ratio)]


def _drift(x: Floats, y: Floats) -> float:
    """(N, 2) each: the change of colour that more or less light does not explain, in levels."""
    if len(x) < 100:
        return 0.0
    # Brighter colours are stronger colours; what that does not explain was changed.
    gain = float((x * y).sum() / max(float((x * x).sum()), 1.0))
    return float(np.median(np.abs(y - np.clip(gain, _FADED, _VIVID) * x).max(axis=1)))


def _detail(pair: Pair, inner: Bools, contrast: float) -> list[str]:
    """Sharpness, noise and large pixels. Contrast scales detail too; only the rest counts."""
    a, b = (
        cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (pair.first, pair.second)
    )
    # One pixel either way is resampling; two are what people see as sharpness.
    fine = [p - cv2.GaussianBlur(p, (0, 0), 2.0) for p in (a, b)]
    energy = [float(np.abs(f[inner]).mean()) for f in fine]
    sharpness = energy[1] / max(energy[0] * max(contrast, 0.3), 1e-6)
    shared = float(np.corrcoef(fine[0][inner], fine[1][inner])[0, 1]) if min(energy) > 0.1 else 1.0
    if _is_pixelated(b, inner) and not _is_pixelated(a, inner):
        return ["pixelated"]
    if sharpness < _SOFTER:
        return ["blurred"]
    if sharpness > _SHARPER:
        return ["sharpened" if shared > 0.5 else "noise added"]
    return []


def _is_pixelated(grey: Floats, inner: Bools) -> bool:
    """Steps between plateaus, where there is texture: most neighbours are equal, others far off."""
    mean = cv2.blur(grey, (15, 15))
    rough = cv2.blur(grey * grey, (15, 15)) - mean * mean > 100
    step = np.abs(np.diff(grey, axis=1))[(inner & rough)[:, 1:]]
    if len(step) < 200:
        return False
    small = step <= 2.5
    return float(small.mean()) > 0.55 and float(step[~small].mean()) > 10


def _size(g: Geometry) -> list[str]:
    return [f"resized to {g.scale:.0%}"] if abs(math.log(g.scale)) > _SIZE else []


def _unmirror(width: int) -> Doubles:
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
