"""Whether places of two pictures were lit otherwise, which no change of colours explains.

Two frames of one camera that nothing moved before may differ in that alone. `flicker` knows the
maps of tones that one picture saved again shows; an edit may do more, such as exchanging channels.
"""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.evidence.align import Doubles
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
from copyfind.records import Bools, Floats, Pixels

_POWERS = 4  # of each channel
_ROUNDS, _ODD = 3, 6.0  # of fitting, levels from which a pixel counts less
_DARK, _BRIGHT = 6, 249  # levels of the darkest and brightest that tell
_EVERY = 4  # pixels, of which one is enough to fit to


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
    return min(_left(a, b, busy, inner), _left(b, a, busy, inner)) >= OTHER_LIGHT


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
