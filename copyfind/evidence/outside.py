"""What a picture holds beyond the edge of the other one: a border, another picture, or more of it.

This tells a source from what was made of it. Where the other picture ends and this one simply goes
on, the other was cut from it. Where something begins at that very line, this one was put together
around the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Doubles
from copyfind.records import Bools, Floats, Pixels
from copyfind.verdict import Outside

_NOTHING = 0.015  # share of the area: less is an edge that was laid one pixel off
_NEAR, _FAR = 3.0, 8.0  # pixels from the line where both sides are sampled
_EACH_SIDE = 64  # places along one side of the other picture
_FEWEST = 12  # of them inside, to say anything
_STEP = 8.0  # levels by which a line has to stand out from what is beside it
_EDGE = 0.4  # share of places where it does, of a border
_FLAT = 3.0  # levels: deviation along a strip of one colour
_PLAIN = 0.55  # share of what lies beyond that is of its two commonest colours
_COLOUR = 24  # levels a colour may vary


@dataclass(frozen=True, slots=True)
class Beyond:
    """What lies in a picture outside of the other one."""

    kind: Outside
    goes_on: bool = False  # across the other's edge as if it were not there


def beyond(picture: Pixels, other: tuple[int, int], matrix: Doubles, share: float) -> Beyond:
    """picture (H, W, 3); other: (width, height) of the other picture; matrix: its pixels -> those
    of this picture; share: of this picture that lies in the other."""
    if 1 - share < _NOTHING:
        return Beyond(Outside.NOTHING)
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 0.8)
    stands_out = _stands_out(grey.astype(np.float32), other, matrix)
    goes_on = stands_out is not None and stands_out < _EDGE
    if goes_on:
        return Beyond(Outside.PICTURE, goes_on=True)
    mask = np.full((other[1], other[0]), 255, np.uint8)
    height, width = picture.shape[:2]
    inside = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    apart: Bools = cv2.dilate(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    return Beyond(Outside.PLAIN if _is_plain(picture, apart) else Outside.PICTURE)


def _stands_out(grey: Floats, other: tuple[int, int], matrix: Doubles) -> float | None:
    """Share of the other's outline, as it lies in this picture, along which there is an edge."""
    width, height = other
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    placed = cv2.perspectiveTransform(corners[None], matrix)[0]
    middle = placed.mean(axis=0)
    found: list[Floats] = []
    for start, end in zip(placed, np.roll(placed, -1, axis=0), strict=True):
        along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
        out = np.array([along[1], -along[0]])
        out *= 1 if out @ (start - middle) >= 0 else -1
        t = np.linspace(0.05, 0.95, _EACH_SIDE)[:, None]
        places = start + t * (end - start)
        strips = [_sampled(grey, places + d * out) for d in (-_FAR, -_NEAR, _NEAR, _FAR)]
        whole = ~np.isnan(np.stack(strips)).any(axis=0)
        if whole.sum() < _FEWEST:
            continue
        deep, inner, outer, wide = (strip[whole] for strip in strips)
        across = np.abs(outer - inner)
        beside = np.maximum(np.abs(inner - deep), np.abs(wide - outer))
        is_edge = across > beside + _STEP
        # A dark picture on black: nothing to see across, but the black has no grain at all.
        flat = outer.std() < _FLAT and wide.std() < _FLAT and inner.std() > 2 * _FLAT
        found.append(np.full(len(across), 1.0, np.float32) if flat else is_edge.astype(np.float32))
    return float(np.concatenate(found).mean()) if found else None


def _sampled(grey: Floats, places: Doubles) -> Floats:
    """(N,) values, NaN outside."""
    height, width = grey.shape
    x, y = (places[:, i].astype(np.float32) for i in (0, 1))
    values = cv2.remap(grey, x[None], y[None], cv2.INTER_LINEAR)[0]
    inside = (x >= 1) & (y >= 1) & (x <= width - 2) & (y <= height - 2)
    return np.where(inside, values, np.nan).astype(np.float32)


def _is_plain(picture: Pixels, outside: Bools) -> bool:
    """Mostly one or two colours: a frame, a bar with text, the background of an app."""
    colours = picture[outside]
    if len(colours) < 20:
        return True
    coarse = (colours // _COLOUR).astype(np.int64) @ np.array([10_000, 100, 1])
    _, counts = np.unique(coarse, return_counts=True)
    return bool(np.sort(counts)[-2:].sum() >= _PLAIN * len(colours))
