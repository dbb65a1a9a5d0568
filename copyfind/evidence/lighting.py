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
    bright = (a.mean(axis=2) + b.mean(axis=2)).astype(np.float32)
    return min(_left(a, b, bright, inner), _left(b, a, bright, inner)) >= OTHER_LIGHT


def _left(source: Floats, target: Floats, bright: Floats, inner: Bools) -> float:
    """Levels by which places are off once the source's colours are mapped onto the target's."""
    terms = _terms(source)
    some = inner[::_EVERY, ::_EVERY]
    known, wanted = (p[::_EVERY, ::_EVERY][some].astype(np.float64) for p in (terms, target))

    def weigh(rest: Doubles) -> Doubles:
        return np.asarray(1 / (1 + (np.abs(rest).max(axis=1) / _ODD) ** 2), np.float64)

    fitted = reweighted(known, wanted, weigh, rounds=_ROUNDS).astype(np.float32)
    rest = np.where(inner[..., None], target - terms @ fitted, 0).astype(np.float32)
    return max(
        light_of_places(np.ascontiguousarray(rest[..., k]), bright, inner, is_colour=False)
        for k in range(3)
    )


def _terms(colours: Floats) -> Floats:
    """(H, W, 16) colours, their products and powers, and one."""
    scaled = colours / np.float32(255)
    r, g, b = (scaled[..., k] for k in range(3))
    powers = [scaled**n for n in range(1, _POWERS + 1)]
    products = np.stack([r * g, g * b, b * r, np.ones_like(r)], axis=2)
    return np.concatenate([*powers, products], axis=2)
