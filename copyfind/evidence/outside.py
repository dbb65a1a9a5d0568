"""What a picture holds beyond the edge of the other one: a border, another picture, or more of it.

This tells a source from what was made of it. Where the other picture ends and this one simply goes
on, the other was cut from it. Where something begins at that very line, this one was put together
around the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.records import Bools, Doubles, Floats, Pixels
from copyfind.verdict import Outside

_NOTHING = 0.015  # share of the area: less is an edge that was laid one pixel off
_NEAR, _FAR = 3.0, 8.0  # pixels from the line where both sides are sampled
_ALONG = np.linspace(0.05, 0.95, 64)  # places along one side of the other picture
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
    along = np.roll(placed, -1, axis=0) - placed  # (4, 2), of each side
    away = np.stack([along[:, 1], -along[:, 0]], axis=1)
    away /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    inwards = ((placed - placed.mean(axis=0)) * away).sum(axis=1) < 0
    away[inwards] *= -1
    places = placed[:, None] + _ALONG[:, None] * along[:, None]  # (4, 64, 2)
    apart = np.array([-_FAR, -_NEAR, _NEAR, _FAR])[:, None, None]
    sampled = _sampled(grey, places[:, None] + apart * away[:, None, None])  # (4, 4, 64)
    found: list[Floats] = []
    for strips in sampled:
        whole = ~np.isnan(strips).any(axis=0)
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
    """(..., N) values at places (..., N, 2), NaN outside."""
    height, width = grey.shape
    x, y = (np.ascontiguousarray(places[..., k], np.float32) for k in (0, 1))
    lines = (-1, x.shape[-1])
    values = cv2.remap(grey, x.reshape(lines), y.reshape(lines), cv2.INTER_LINEAR).reshape(x.shape)
    inside = (x >= 1) & (y >= 1) & (x <= width - 2) & (y <= height - 2)
    return np.where(inside, values, np.nan).astype(np.float32)


def _is_plain(picture: Pixels, outside: Bools) -> bool:
    """Mostly one or two colours: a frame, a bar with text, the background of an app."""
    bins, limits = [256 // _COLOUR + 1] * 3, [0, (256 // _COLOUR + 1) * _COLOUR] * 3
    counts = cv2.calcHist([picture], [0, 1, 2], outside.view(np.uint8), bins, limits).ravel()
    count = float(counts.sum())
    if count < 20:
        return True
    return bool(np.partition(counts, -2)[-2:].sum() >= _PLAIN * count)
