"""Nearly blank pages: what is compared is their ink.

A page with one line of text has too little in a thumbnail to align by. What is written on it, cut
out of a larger picture, has enough.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from copyfind.evidence.align import Alignment, align
from copyfind.evidence.features import extract_features
from copyfind.records import Doubles, Ints, Pixels

LONGEST = 1280  # pixels, where letters are some 20 high
_CONTRAST = 60  # levels between paper and the strongest ink, below which nothing is written
_MOST = 0.05  # share of the page that is ink, of a nearly blank one
_AROUND = 12  # pixels of paper around what is written
_LEAST = 5  # letters that lie on each other, of an alignment
_MOSTLY = 0.8  # share of the ink of either that lies on, or beside, ink of the other
_OFF = 0.12  # of a side, by which the corners of two whole pages may be off
_SHAPE = 1.03  # factor between the proportions of pages that lie corner on corner


def has_ink(page: Pixels) -> bool:
    """Whether a picture (H, W, 3), a thumbnail too, may be a nearly blank page."""
    return _ink(page) is not None


def align_ink(first: Pixels, second: Pixels) -> Alignment | None:
    """Whole pages (H, W, 3) at up to LONGEST: the alignment in those pixels, by what is written on
    them; None where they are no nearly blank pages or nothing aligns them."""
    ours, theirs = _ink(first), _ink(second)
    if ours is None or theirs is None:
        return None
    proposed = (_whole(first, second), _by_letters((first, ours), (second, theirs)))
    judged = [
        (*_agreement(ours, theirs, matrix), matrix) for matrix in proposed if matrix is not None
    ]
    if not judged:
        return None
    share, letters, matrix = max(judged, key=lambda one: one[:2])
    if share < _MOSTLY or letters < _LEAST:
        return None
    return Alignment(
        matrix,
        tentative=letters,
        agreement=share,
        inliers=letters,
        repeated=share,
        error=1.0,
        spread=1.0,
    )


def _whole(first: Pixels, second: Pixels) -> Doubles | None:
    """Corner on corner."""
    (high, wide), (height, width) = first.shape[:2], second.shape[:2]
    ratio = (wide / high) / (width / height)
    return _scaled(first, second) if max(ratio, 1 / ratio) <= _SHAPE else None


def _by_letters(first: tuple[Pixels, Pixels], second: tuple[Pixels, Pixels]) -> Doubles | None:
    """As the features of what is written say, if the whole pages come to lie on each other."""
    (ours, (left, top)), (theirs, (x, y)) = (_written(*page) for page in (first, second))
    found = align(extract_features(ours), extract_features(theirs))
    if found is None or found.mirrored or found.inverted:
        return None
    into = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    onto = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
    # One line of text leaves open what would happen above and below it: a page is only turned.
    rows, columns = np.nonzero(first[1])
    places = np.stack([columns, rows], axis=1)[:: max(len(rows) // 500, 1)].astype(np.float64)
    moved = cv2.perspectiveTransform(places[None], onto @ found.matrix @ into)[0]
    turned, _ = cv2.estimateAffinePartial2D(places, moved, method=cv2.LMEDS)
    if turned is None:
        return None
    matrix: Doubles = np.vstack([turned, [0.0, 0.0, 1.0]])
    (high, wide), (height, width) = first[0].shape[:2], second[0].shape[:2]
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], np.float64)
    moved = cv2.perspectiveTransform(corners * [wide, high], matrix) / [width, height]
    return matrix if float(np.abs(moved - corners).max()) <= _OFF else None


def _agreement(ours: Pixels, theirs: Pixels, matrix: Doubles) -> tuple[float, int]:
    """The share of ink that lies on ink, of the poorer, and how many letters do."""
    size = (theirs.shape[1], theirs.shape[0])
    moved = cv2.warpPerspective(ours, matrix, size, flags=cv2.INTER_NEAREST)
    around = np.ones((5, 5), np.uint8)
    on = [
        (a & cv2.dilate(b, around)).sum() / max(float(a.sum()), 1.0)
        for a, b in ((moved, theirs), (theirs, moved))
    ]
    count, letters = cv2.connectedComponents(theirs)
    met = np.bincount(letters[cv2.dilate(moved, around) > 0], minlength=count)[1:]
    all_of = np.bincount(letters.ravel(), minlength=count)[1:]
    return float(min(on)), int((met >= _MOSTLY * all_of).sum())


def in_pixels_of(
    found: Alignment, sizes: tuple[Pixels, Pixels], wanted: tuple[Pixels, Pixels]
) -> Alignment:
    """The same alignment between pictures of other sizes."""
    into, onto = (_scaled(size, want) for size, want in zip(sizes, wanted, strict=True))
    matrix = onto @ found.matrix @ np.linalg.inv(into)
    shrunk = float(onto[0, 0])
    return replace(found, matrix=matrix / matrix[2, 2], error=found.error * shrunk)


def _scaled(before: Pixels, after: Pixels) -> Doubles:
    """From pixels to pixels, whose middles are whole numbers."""
    along, down = after.shape[1] / before.shape[1], after.shape[0] / before.shape[0]
    return np.array([[along, 0, (along - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])


def _ink(page: Pixels) -> Pixels | None:
    """(H, W) 1 where something is written on a nearly blank page."""
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    off = np.abs(np.arange(256) - percentile(np.arange(256), counts, 50))
    strongest = percentile(off, counts, 99.97)
    if strongest < _CONTRAST:
        return None
    ink = np.asarray(cv2.LUT(grey, (off > strongest / 2).astype(np.uint8)), np.uint8)
    return ink if 0 < cv2.countNonZero(ink) <= _MOST * ink.size else None


def percentile(values: Doubles | Ints, counts: Ints, percent: float) -> float:
    """Of values (256,) that are there so many times, as NumPy interpolates it."""
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(counts[order])
    place, share = divmod(percent / 100 * (int(ends[-1]) - 1), 1)
    low, high = values[order[np.searchsorted(ends, [place, place + 1], side="right") % 256]]
    return float(low + share * (high - low)) if share else float(low)


def _written(page: Pixels, ink: Pixels) -> tuple[Pixels, tuple[int, int]]:
    """What is written, and its left top corner on the page."""
    x, y, width, height = cv2.boundingRect(ink)
    left, top = max(x - _AROUND, 0), max(y - _AROUND, 0)
    return page[top : y + height + _AROUND, left : x + width + _AROUND], (left, top)
