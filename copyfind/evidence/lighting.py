"""Whether places of two pictures were lit otherwise, which no change of colours explains.

Two frames of one camera that nothing moved before may differ in that alone. `flicker` knows the
maps of tones that one picture saved again shows; an edit may do more, such as exchanging channels.
"""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.evidence.fitting import reweighted
from copyfind.evidence.flicker import (
    OTHER_LIGHT,
    PLACES,
    between,
    busy_of,
    laid_to_the_pixel,
    light_of_places,
    whole_places,
)
from copyfind.records import Bools, Doubles, Floats, Pixels

_POWERS = 4  # of each channel
_ROUNDS, _ODD = 3, 6.0  # of fitting, levels from which a pixel counts less
_DARK, _BRIGHT = 6, 249  # levels of the darkest and brightest that tell
_EVERY = 4  # pixels, of which one is enough to fit to
# Levels by which places are off at most where one curve a channel explains what was done, and what
# the steps of such a curve are smoothed by.
_CURVED, _STEPS = 1.7, 3.0
_BRIGHT_OF = np.array([0.299, 0.587, 0.114], np.float32)  # red, green, blue


def is_lit_otherwise(first: Pixels, second: Pixels, relative: Doubles) -> bool:
    """Pictures (H, W, 3) that show the whole of each other; relative: first -> second, 0 to 1."""
    ours, theirs, inner = laid_to_the_pixel(first, second, relative)
    if between(ours, theirs, inner).light < 1:
        return False
    # Where one alone lost white or black, no map of colours gives what it shows.
    clear = [cv2.inRange(p, (_DARK,) * 3, (_BRIGHT,) * 3) for p in (ours, theirs)]
    inner = inner & (clear[0] == clear[1])
    if whole_places(inner).sum() < PLACES:
        return True
    a, b = (cv2.GaussianBlur(p, (0, 0), 1.0).astype(np.float32) for p in (ours, theirs))
    third = np.full((1, 3), 1 / 3, np.float32)
    busy = busy_of(np.asarray(cv2.transform(a, third) + cv2.transform(b, third), np.float32))
    if min(_left(a, b, busy, inner), _left(b, a, busy, inner)) < OTHER_LIGHT:
        return False
    return min(_left_by_curves(*way, busy, inner) for way in ((a, b), (b, a))) >= _CURVED


def _left(source: Floats, target: Floats, busy: Floats, inner: Bools) -> float:
    """Levels by which places are off once the source's colours are mapped onto the target's."""
    some = np.s_[::_EVERY, ::_EVERY]
    there = inner[some]
    known = _terms(source[some])[there].astype(np.float64)
    wanted = target[some][there].astype(np.float64)

    def weigh(rest: Doubles) -> Doubles:
        return np.asarray(1 / (1 + (np.abs(rest).max(axis=1) / _ODD) ** 2), np.float64)

    fitted = reweighted(known, wanted, weigh, rounds=_ROUNDS).astype(np.float32)
    rest = target - _terms(source) @ fitted
    rest[~inner] = 0
    return max(
        light_of_places(np.ascontiguousarray(rest[..., k]), busy, inner, is_colour=False)
        for k in range(3)
    )


def _left_by_curves(source: Floats, target: Floats, busy: Floats, inner: Bools) -> float:
    """The same of brightness once each channel is mapped by the one curve that takes the shades of
    the source to those of the target, as a histogram made even is.

    What compression did to a level is as many levels in the target as the curve is steep there.
    """
    rest, steep = np.zeros(inner.shape, np.float32), np.zeros(inner.shape, np.float32)
    for k, share in enumerate(_BRIGHT_OF):
        curve = _curve(source[..., k][inner], target[..., k][inner])
        slope = np.gradient(cv2.GaussianBlur(curve[None], (0, 0), _STEPS)[0]).astype(np.float32)
        level = np.ascontiguousarray(source[..., k])
        at = level, np.zeros_like(level), cv2.INTER_LINEAR
        rest += share * (target[..., k] - cv2.remap(curve[None], *at))
        steep += share * cv2.remap(slope[None], *at)
    off = np.where(inner, rest / np.maximum(steep, 1), 0).astype(np.float32)
    return light_of_places(off, busy, inner, is_colour=False)


def _curve(source: Floats, target: Floats) -> Floats:
    """(256,) the level of the target for each of the source, of (N,) levels each."""
    shares = []
    for levels in (source, target):
        counts = np.bincount(np.clip(np.rint(levels), 0, 255).astype(np.uint8), minlength=256)
        shares.append((np.cumsum(counts) - counts / 2) / max(counts.sum(), 1))
    return np.asarray(np.interp(shares[0], shares[1], np.arange(256)), np.float32)


def _terms(colours: Floats) -> Floats:
    """(H, W, 16) colours, their products and powers, and one."""
    scaled = colours / np.float32(255)
    terms = np.empty((*colours.shape[:2], 3 * _POWERS + 4), np.float32)
    terms[..., :3] = scaled
    for n in range(1, _POWERS):
        np.multiply(terms[..., 3 * n - 3 : 3 * n], scaled, out=terms[..., 3 * n : 3 * n + 3])
    r, g, b = (scaled[..., k] for k in range(3))
    for at, (one, other) in enumerate(((r, g), (g, b), (b, r)), 3 * _POWERS):
        np.multiply(one, other, out=terms[..., at])
    terms[..., -1] = 1
    return terms
