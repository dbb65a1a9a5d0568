"""Are two whole pictures of one size one shot, edited, or two shots of one thing?

Of a bracket or a burst from a tripod hardly anything differs but what no edit does: the frame has
moved by a fraction of a pixel, each picture shows what the other lost in shadows or highlights, and
the grain of the sensor is another one. That needs more pixels than a thumbnail has.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.records import Bools, Floats, Pixels

LONGEST = 768  # pixels of what is looked at
SMALLEST = 600  # a smaller picture has lost what would tell
_MOVED, _MOVED_GAIN = 0.13, 0.04  # pixels at a corner; how much better it then fits
_EXPOSED_MOVED, _EXPOSED_GAIN = 0.07, 0.013  # the same where brightness differs as well
_EXPOSURE = 6.0  # mean levels by which two exposures differ
_LOST = 0.012  # share of the picture that only the other one shows, both ways
_GRAIN = 0.25  # correlation of the grain below which it is another one
_GRAINY = 100  # blocks that have to show it
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 1e-5)


@dataclass(frozen=True, slots=True)
class Shots:
    """What speaks for two shots; `apart` is the judgement."""

    moved: float  # pixels by which a corner has moved
    gain: float  # how much of the difference that explains
    lost: float  # share of the area that each shows and the other does not, the smaller of both
    grain: float | None  # correlation of the grain, None where there is too little
    apart: bool


def compare_shots(first: Pixels, second: Pixels, *, grain_kept: bool) -> Shots | None:
    """Pictures (H, W, 3) of one frame; None where there is too little to see.

    grain_kept: neither was compressed so hard that its grain is gone.
    """
    a, b = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (first, second))
    if a.shape != b.shape:
        b = cv2.resize(b, a.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    lost = _lost(a, b)
    seen = ((np.minimum(a, b) > 10) & (np.maximum(a, b) < 245)).astype(np.uint8)
    if seen.mean() < 0.05:
        return None
    one, other = _evened(a), _evened(b)
    before = cv2.computeECC(one, other, seen)
    try:
        after, matrix = cv2.findTransformECC(
            one, other, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STEPS, seen, 1
        )
    except cv2.error:  # it does not converge
        return None
    height, width = a.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    moved = float(np.abs(corners @ matrix.T.astype(np.float64) - corners[:, :2]).max())
    gain = (after - before) / (1 - after + 0.002)
    grain = _grain(a, b, matrix) if grain_kept else None
    exposed = abs(float(a.mean() - b.mean())) > _EXPOSURE
    apart = (
        (moved >= _MOVED and gain >= _MOVED_GAIN)
        or (exposed and moved >= _EXPOSED_MOVED and gain >= _EXPOSED_GAIN)
        or lost >= _LOST
        or (grain is not None and grain < _GRAIN)
    )
    return Shots(moved, gain, lost, grain, apart)


def _evened(grey: Floats) -> Floats:
    """Structure alone, whatever the exposure."""
    grey = cv2.GaussianBlur(grey, (0, 0), 1.0)
    mean = cv2.GaussianBlur(grey, (0, 0), 6.0)
    deviation = np.sqrt(np.maximum(cv2.GaussianBlur(grey * grey, (0, 0), 6.0) - mean * mean, 0))
    return np.asarray((grey - mean) / (deviation + 3.0), np.float32)


def _lost(a: Floats, b: Floats) -> float:
    """Each shows what the other has lost in white or black: no edit gives that back."""
    textures = [_deviation(p, 9) for p in (a, b)]
    shares = []
    for lost, kept, texture, flat in (
        (a, b, textures[1], textures[0]),
        (b, a, textures[0], textures[1]),
    ):
        gone = ((lost > 250) | (lost < 5)) & (flat < 1.0)
        shows = gone & (texture > 6.0) & (kept > 16) & (kept < 240)
        shares.append(float(shows.mean()))
    return min(shares)


def _grain(a: Floats, b: Floats, matrix: Floats) -> float | None:
    """Median correlation of what is finest, where nothing else is to be seen."""
    height, width = a.shape
    moved = cv2.warpAffine(b, matrix, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    x, y = (p - cv2.GaussianBlur(p, (0, 0), 1.5) for p in (a, moved))
    xx, yy, xy = (_blocks(p) for p in (x * x, y * y, x * y))
    mean, other_mean = _blocks(a), _blocks(moved)
    texture = _blocks(_deviation(cv2.GaussianBlur(a, (0, 0), 3.0), 16))
    dx, dy = np.sqrt(np.maximum(xx, 0)), np.sqrt(np.maximum(yy, 0))
    clear: Bools = (np.minimum(mean, other_mean) > 20) & (np.maximum(mean, other_mean) < 235)
    grainy = clear & (texture < 6) & (dx > 0.5) & (dy > 0.5) & (dx < 4) & (dy < 6)
    grainy &= (dy > 0.5 * dx) & (dx > 0.3 * dy)
    if grainy.sum() < _GRAINY:
        return None
    return float(np.median(xy[grainy] / (dx[grainy] * dy[grainy])))


def _blocks(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, (16, 16))[8::16, 8::16], np.float32)


def _deviation(grey: Floats, side: int) -> Floats:
    mean = cv2.blur(grey, (side, side))
    squares = cv2.blur(grey * grey, (side, side))
    return np.asarray(np.sqrt(np.maximum(squares - mean * mean, 0)), np.float32)
