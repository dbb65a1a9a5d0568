"""Do two documents on one layout say the same? Compared at the scale of their text.

Two invoices of one company share everything but names and numbers: features agree, the thumbnail
looks alike, and it is another document.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Doubles
from copyfind.evidence.residual import warp
from copyfind.records import Bools, Floats, Pixels

LONGEST = 1280  # pixels, where a line of text is some 15 high
_BACKGROUND = 5  # levels around the commonest brightness that are background
_MOSTLY = 0.5  # share of background from which a picture is taken for a document
_PAPER, _TOO_SMALL = 170, 600  # levels from which it may be paper; pixels below which none is read
_LEGIBLE = 0.85  # correlation that the better quarter of the text has to reach to be read at all
_BLOCK = 16  # pixels
_INK = 10.0  # levels of deviation of a block that has text
_SAME = 0.55  # correlation of a block that says the same
_REGIONS = 2  # places apart where other text stands: a stamp over text is one
_SHARE = (
    0.005  # of the text that these take at least; measured: 0.001 for the same, 0.03 for others
)
_MUCH = 0.1  # of the text that differs, in one place
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-4)


@dataclass(frozen=True, slots=True)
class Wording:
    """How much of the text of two documents differs."""

    blocks: int  # with text
    different: float  # share of them
    regions: int  # places apart that differ
    unreadable: bool  # a small dark picture that was changed all over: no document at all

    @property
    def is_the_same(self) -> bool:
        """Nothing but what was put over a place."""
        if self.unreadable:
            return True
        if self.different >= _MUCH:
            return False
        return self.regions < _REGIONS or self.different < _SHARE


def looks_like_a_document(picture: Pixels, covered: Bools) -> bool:
    """Mostly one background, with something on it."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[covered]
    if len(grey) < 100:
        return False
    counts = np.bincount(grey, minlength=256).astype(np.float64)
    around = np.convolve(counts, np.ones(2 * _BACKGROUND + 1), "same")
    return bool(around.max() >= _MOSTLY * len(grey))


def compare_text(first: Pixels, second: Pixels, relative: Doubles) -> Wording:
    """Pictures (H, W, 3) at up to LONGEST; relative: first -> second, each 0 to 1."""
    sizes = [np.diag([p.shape[1], p.shape[0], 1.0]) for p in (first, second)]
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    matrix = np.linalg.inv(half) @ sizes[1] @ relative @ np.linalg.inv(sizes[0]) @ half
    if abs(np.linalg.det(matrix[:2, :2])) >= 1.0:  # the first has fewer pixels for the same thing
        frame, other, matrix = first, second, np.linalg.inv(matrix)
    else:
        frame, other = second, first
    height, width = frame.shape[:2]
    ours = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    moved = cv2.cvtColor(warp(other, matrix, (width, height)), cv2.COLOR_RGB2GRAY)
    mask = np.full(other.shape[:2], 255, np.uint8)
    covered = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_NEAREST)
    inner: Bools = cv2.erode(covered, np.ones((9, 9), np.uint8)) > 0
    theirs = _closer(ours, moved.astype(np.float32), inner)
    ours, theirs = (cv2.GaussianBlur(p, (0, 0), 0.8) for p in (ours, theirs))
    mine = _moments(ours)
    best, deviation = _correlation(ours, theirs, mine)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        value, _ = _correlation(ours, np.roll(theirs, (dy, dx), (0, 1)), mine)
        best = np.maximum(best, value)
    whole = _means(inner.astype(np.float32)) > 0.99
    ink, in_both = (whole & (pick(mine[1], deviation) > _INK) for pick in (np.maximum, np.minimum))
    different = (in_both & (best < _SAME)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(different, np.ones((3, 5), np.uint8)), connectivity=8
    )
    regions = int((stats[1:count, cv2.CC_STAT_AREA] > 0).sum())
    blocks = int(ink.sum())
    share = float(different.sum()) / max(blocks, 1)
    legible = float(np.percentile(best[ink], 75)) if blocks else 0.0
    dark = float(np.median(ours[inner])) < _PAPER if inner.any() else True
    unreadable = legible < _LEGIBLE and dark and max(ours.shape) < _TOO_SMALL
    return Wording(blocks, share, regions, unreadable)


def _closer(ours: Floats, theirs: Floats, inner: Bools) -> Floats:
    """The alignment of thumbnails is a pixel off here; text has to lie on text."""
    factor = 0.5
    small = [
        cv2.resize(cv2.GaussianBlur(p, (0, 0), 1.5), None, fx=factor, fy=factor)
        for p in (ours, theirs)
    ]
    mask = cv2.resize(inner.astype(np.uint8), small[0].shape[::-1])
    try:
        _, step = cv2.findTransformECC(
            small[0], small[1], np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STEPS, mask, 3
        )
    except cv2.error:
        return theirs
    step[:, 2] /= factor
    height, width = ours.shape
    closer = cv2.warpAffine(
        theirs,
        step,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(closer, np.float32)


def _correlation(a: Floats, b: Floats, of_a: tuple[Floats, Floats]) -> tuple[Doubles, Floats]:
    """Of each block, and the deviation of the second; of_a: the moments of the first."""
    (sa, da), (sb, db) = of_a, _moments(b)
    cross = _means(a * b) - sa * sb
    value = np.where(np.minimum(da, db) > 1.5, cross / np.maximum(da * db, 1e-3), 0.0)
    return value.astype(np.float64), db


def _moments(values: Floats) -> tuple[Floats, Floats]:
    """Mean and deviation of each block."""
    mean = _means(values)
    return mean, np.sqrt(np.maximum(_means(values * values) - mean * mean, 0))


def _means(values: Floats) -> Floats:
    """Of blocks every half a block; what the last reach beyond is a mirror of what is there."""
    half = _BLOCK // 2
    height, width = values.shape
    down, along = -(-height // half), -(-width // half)
    whole = cv2.copyMakeBorder(
        values, 0, down * half - height, 0, along * half - width, cv2.BORDER_REFLECT_101
    )
    # A block is four cells, which it shares with its neighbours.
    cells = cv2.resize(whole, (along, down), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(cells, (2, 2))[1:, 1:], np.float32)
