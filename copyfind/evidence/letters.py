"""Where another letter or figure stands on one of two pages that lie on each other.

One figure of a price is too little of a block of text to be missed there. So windows as high as a
letter are looked at, each moved to where it fits best: what scaling and saving leave between two of
them, the others on the same two pages tell.

The numbers were set on 330 pairs of drawn pages, and told of others (docs/decisions.md).
"""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.evidence.residual import well_inside
from copyfind.records import Bools, Floats, Ints, Pixels

_SMOOTHED = 0.8  # sigma in pixels, of letters that were scaled differently
_BACKGROUND, _INK = 31, 40  # pixels in which paper is the commonest; levels by which ink differs
_LEAST_INK, _LARGEST = 8, 80  # pixels of a letter, and of a side of what is none
_FEWEST, _USUAL = 5, 12.0  # letters that tell their height; pixels of it where there are fewer
_NARROWEST, _WIDEST = 7, 25  # pixels of a window
_WRITTEN = 14.0  # levels of deviation of a window in which something stands
_LEAST_WRITTEN = 50  # such windows below which nothing is told
_WORST, _DRAWN = 80, 160  # windows that are looked at closely: those that fit worst, and by chance
_FINER, _REACH = 2, 3  # times; pixels by which a window may be off
# Percent of the windows that fit worse than what is usual; how many times as much of a window may
# be left unexplained, and what is never seen.
_WORSE, _OTHER, _UNSEEN = 10, 10.0, 0.005


def other_letters(ours: Floats, theirs: Floats, inner: Bools) -> Bools:
    """(H, W) windows in which something else stands.

    ours, theirs: grey pages (H, W), which are both there where `inner` is.
    """
    found = np.zeros(inner.shape, bool)
    a, b = (cv2.GaussianBlur(page, (0, 0), _SMOOTHED) for page in (ours, theirs))
    side = _height_of_letters(ours, inner) | 1
    alike, deviation = _correlation(a, b, side)
    written = well_inside(inner, side + _REACH) & (deviation > _WRITTEN)
    if written.sum() < _LEAST_WRITTEN:
        return found
    drawn = np.argwhere(written)
    chosen = np.random.default_rng(0).permutation(len(drawn))[:_DRAWN]
    usual = [_fits(a, b, place, side) for place in drawn[chosen]]
    least = 1 - _OTHER * (1 + _UNSEEN - float(np.percentile(usual, _WORSE)))
    for y, x in _worst(np.where(written, alike, np.inf), side // 2):
        if alike[y, x] < least and _fits(a, b, (y, x), side) < least:
            found[y - side // 2 : y + side // 2 + 1, x - side // 2 : x + side // 2 + 1] = True
    return found


def _height_of_letters(page: Floats, inner: Bools) -> int:
    grey: Pixels = page.clip(0, 255).astype(np.uint8)
    ink = inner & (cv2.absdiff(grey, cv2.medianBlur(grey, _BACKGROUND)) > _INK)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    high, wide, area = (
        stats[1:, column] for column in (cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH, cv2.CC_STAT_AREA)
    )
    letters = high[(area >= _LEAST_INK) & (np.maximum(high, wide) < _LARGEST) & (high >= 4)]
    height = float(np.median(letters)) if len(letters) > _FEWEST else _USUAL
    return int(np.clip(round(height), _NARROWEST, _WIDEST))


def _correlation(a: Floats, b: Floats, side: int) -> tuple[Floats, Floats]:
    """(H, W) of the windows around each place; and the larger deviation."""

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, (side, side)), np.float32)

    of_a, of_b = mean(a), mean(b)
    ours, theirs = (
        np.sqrt(np.maximum(mean(page * page) - level * level, 0))
        for page, level in ((a, of_a), (b, of_b))
    )
    alike = (mean(a * b) - of_a * of_b) / np.maximum(ours * theirs, 1e-3)
    return alike, np.maximum(ours, theirs)


def _worst(alike: Floats, apart: int) -> list[tuple[int, int]]:
    """The places that fit worst, so far from each other."""
    around = np.ones((2 * apart + 1, 2 * apart + 1), np.uint8)
    ys, xs = np.nonzero((alike <= cv2.erode(alike, around)) & np.isfinite(alike))
    order = np.argsort(alike[ys, xs], kind="stable")[:_WORST]
    return list(zip(ys[order].tolist(), xs[order].tolist(), strict=True))


def _fits(a: Floats, b: Floats, place: Ints | tuple[int, int], side: int) -> float:
    """How alike a window is to what lies about there on the other page, whichever is moved."""
    y, x = (int(v) for v in place)
    half, reach = side // 2, side // 2 + _REACH
    small = np.s_[y - half : y + half + 1, x - half : x + half + 1]
    large = np.s_[y - reach : y + reach + 1, x - reach : x + reach + 1]
    return min(_best(a[small], b[large]), _best(b[small], a[large]))


def _best(window: Floats, around: Floats) -> float:
    fine = [
        cv2.resize(v, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_CUBIC)
        for v in (window, around)
    ]
    return float(cv2.matchTemplate(fine[1], fine[0], cv2.TM_CCOEFF_NORMED).max())
