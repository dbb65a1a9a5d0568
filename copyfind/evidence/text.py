"""Do two documents on one layout say the same? Compared at the scale of their text.

Two invoices of one company share everything but names and numbers: features agree, the thumbnail
looks alike, and it is another document.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.flicker import places
from copyfind.evidence.letters import other_letters
from copyfind.evidence.residual import warp, well_inside
from copyfind.imaging.colour import GREY
from copyfind.records import Bools, Doubles, Floats, Pixels

LONGEST = 1280  # pixels, where a line of text is some 15 high
_BACKGROUND = 5  # levels around the commonest brightness that are background
_MOSTLY = 0.5  # share of background from which a picture is taken for a document
# What is behind transparent places, and how far it varies; share of it from which it is not paper.
_FILLER, _FILLED, _CUT_OUT = np.array(GREY), 2, 0.05
_PAPER, _TOO_SMALL = 170, 600  # levels from which it may be paper; pixels below which none is read
_FEWEST = 100  # pixels below which nothing is told of a picture
_LEGIBLE = 0.85  # correlation that the better quarter of the text has to reach to be read at all
_BLOCK = 16  # pixels
_INK = 10.0  # levels of deviation of a block that has text
_SAME = 0.55  # correlation of a block that says the same
_REGIONS = 2  # places apart where other text stands: a stamp over text is one
_SHARE = (
    0.005  # of the text that these take at least; measured: 0.001 for the same, 0.03 for others
)
_MUCH = 0.1  # of the text that differs, in one place
_SMALL, _WORD = 0.05, 0.01  # share of the page of what differs a little; of a word or two
_OWN = 0.2  # of the ink of the one, that the other has of its own where something else stands
_TAKEN = (
    0.25  # share of the page in which what one has in some places stands elsewhere in the other
)
_INK_LEVELS = 16  # levels by which ink differs from what is around it
# Deviations below the usual correlation at which blocks differ, where ink was replaced and where
# one has more of it; and the correlation of blocks that differ, or are alike, in any case.
_UNUSUAL, _UNIQUE, _UNLIKE, _ALIKE = 12.0, 25.0, 0.4, 0.86
_POINT, _SPECKS = 6, 4000.0  # pixels of a point; and of what a scanner makes, a deviation
_MARGIN, _BORDER = (
    20,
    8,
)  # pixels of LONGEST, and at least, along the edge: nothing is written there
_STANDS_OUT, _MOST_VARIED = 0.85, 0.02  # of what is seen; deviation of ink that varies most
_GAP = 5  # pixels between parts of one letter
_LINE, _LINE_LONG = 3, 40  # pixels: what is as thin and as long is a line, and no letter
BITONAL, NEARLY_BITONAL = (
    0.9,
    0.65,
)  # share of it that is black or white; and of a page, grey or not
_DRAWN, _TONES, _TONE = 0.85, 4, 4  # share of a drawing that is of so few tones, in levels each way
_EDGES = 5  # pixels that the edge of what is drawn takes up, in a thumbnail
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-4)


@dataclass(frozen=True, slots=True)
class Wording:
    """How much of the text of two documents differs."""

    blocks: int  # with text
    different: float  # share of them
    regions: int  # places apart that differ
    unreadable: bool  # a small dark picture that was changed all over: no document at all
    is_replaced: bool = False  # whether each has ink of its own in some small place
    is_moved: bool = False  # whether each has a place where only it has ink
    changed: float = 0.0  # share of the page in which something small differs

    @property
    def says_something_else(self) -> bool:
        """Another word or figure stands in some place, or one has a small one more."""
        if not 0 < self.changed <= (_TAKEN if self.is_moved else _SMALL):
            return False
        return self.is_moved or self.is_replaced or self.changed <= _WORD

    @property
    def is_the_same(self) -> bool:
        """Nothing but what was put over a place."""
        if self.unreadable:
            return True
        if self.different >= _MUCH:
            return False
        return self.regions < _REGIONS or self.different < _SHARE

    @property
    def is_as_written(self) -> bool:
        """Nothing was put over a place either, nor stands there in one of them alone."""
        return self.different < _SHARE and self.changed <= _WORD


def looks_like_a_document(picture: Pixels, covered: Bools) -> bool:
    """Mostly one background, with something on it; what is transparent is none."""
    filled = cv2.inRange(picture, _FILLER - _FILLED, _FILLER + _FILLED) > 0
    seen = covered & ~filled if filled.mean() >= _CUT_OUT else covered
    counts = _histogram(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), seen)
    if not _is_enough(counts):
        return False
    around = np.convolve(counts, np.ones(2 * _BACKGROUND + 1), "same")
    return bool(around.max() >= _MOSTLY * counts.sum())


def is_paper(picture: Pixels, covered: Bools) -> bool:
    """Whether most of it is as bright as paper."""
    return _is_bright(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), covered)


def _is_bright(grey: Pixels | Floats, where: Bools) -> bool:
    seen = grey[where]
    return len(seen) > 0 and float(np.median(seen)) >= _PAPER


def looks_drawn(picture: Pixels, covered: Bools) -> bool:
    """Mostly a few flat tones, as boards, diagrams and screens are."""
    # Saved small, every edge of a drawing has tones of its own; a median has none of them.
    grey = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), _EDGES)
    counts = _histogram(grey, covered)
    return _is_enough(counts) and _of_few_tones(counts, _TONES) >= _DRAWN


def looks_bitonal(picture: Pixels, covered: Bools, *, least: float = BITONAL) -> bool:
    """Of ink and paper alone, as faxes and thresholded photos are; least: share of both."""
    counts = _histogram(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), covered)
    return _is_enough(counts) and _of_few_tones(counts, 2) >= least


def _is_enough(counts: Doubles) -> bool:
    return bool(counts.sum() >= _FEWEST)


def _histogram(grey: Pixels, seen: Bools) -> Doubles:
    """(256,) pixels of each level; NumPy would have to gather them first."""
    counts = cv2.calcHist([grey], [0], seen.view(np.uint8), [256], [0, 256])
    return np.asarray(counts.ravel(), np.float64)


def _of_few_tones(counts: Doubles, tones: int) -> float:
    """The share of a histogram that the commonest tones have."""
    share, total, around = 0.0, max(float(counts.sum()), 1.0), np.ones(2 * _TONE + 1)
    for _ in range(tones):
        peak = int(np.convolve(counts, around, "same").argmax())
        one = slice(max(peak - _TONE, 0), peak + _TONE + 1)
        share += float(counts[one].sum()) / total
        counts[one] = 0
    return share


def compare_text(
    first: Pixels, second: Pixels, relative: Doubles, *, has_letters: bool = True
) -> Wording:
    """Pictures (H, W, 3) at up to LONGEST; relative: first -> second, each 0 to 1.

    has_letters: or it may be a photo, on a plain ground, in which sharpening makes other ones.
    """
    sizes = [np.diag([p.shape[1], p.shape[0], 1.0]) for p in (first, second)]
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    matrix = np.linalg.inv(half) @ sizes[1] @ relative @ np.linalg.inv(sizes[0]) @ half
    if abs(np.linalg.det(matrix[:2, :2])) >= 1.0:  # the first has fewer pixels for the same thing
        frame, other, matrix = first, second, np.linalg.inv(matrix)
    else:
        frame, other = second, first
    height, width = frame.shape[:2]
    ours = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mask = np.full(other.shape[:2], 255, np.uint8)
    covered = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_NEAREST)
    inner: Bools = cv2.erode(covered, np.ones((9, 9), np.uint8)) > 0
    theirs = _closer(ours, cv2.cvtColor(other, cv2.COLOR_RGB2GRAY), matrix, inner)
    sharp = ours, theirs
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
    unreadable = legible < _LEGIBLE and not _is_bright(ours, inner) and max(ours.shape) < _TOO_SMALL
    letters: Bools = np.zeros(inner.shape, bool)
    if has_letters:
        letters = other_letters(*sharp, inner)
    replaced, moved_ink, changed = _small_changes(sharp, inner, best, ink, letters)
    return Wording(blocks, share, regions, unreadable, replaced, moved_ink, changed)


def _small_changes(
    pages: tuple[Floats, Floats], inner: Bools, best: Doubles, ink: Bools, other: Bools
) -> tuple[bool, bool, float]:
    """Whether ink was replaced, or moved from one place to another, and the share of the page in
    which anything differs.

    pages: both in one frame; best, ink: of blocks; other: where another letter stands. Any place
    else stands out in its pixels, and its blocks resemble each other less than ink does elsewhere.
    """
    height, width = inner.shape
    inside = well_inside(inner, max(round(_MARGIN * max(height, width) / LONGEST), _BORDER))
    found = places(*pages, inner, least=_STANDS_OUT) | other
    near = cv2.dilate(found.astype(np.uint8), np.ones((_GAP, 2 * _GAP - 1), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    if not ink.any() or count == 1:
        return False, False, 0.0
    usual = float(np.median(best[ink]))
    varied = min(float(np.median(np.abs(best[ink] - usual))), _MOST_VARIED)
    like = np.where(ink, best, 1.0)
    half = _BLOCK // 2
    of_each, alone, area = np.zeros(2), np.zeros(2), 0
    for left, top, wide, high, _ in stats[1:count].tolist():
        box = np.s_[top : top + high, left : left + wide]
        thin, long = sorted((wide - 2 * _GAP + 2, high - _GAP + 1))
        if inside[box].mean() < 0.5 or (thin <= _LINE and long >= _LINE_LONG):
            continue
        is_other = bool(other[box].any())
        if not is_other and found[box].sum() < _POINT + _SPECKS * varied:
            continue
        blocks = like[
            max(top // half - 1, 0) : (top + high) // half + 1,
            max(left // half - 1, 0) : (left + wide) // half + 1,
        ]
        a, b = (page[box] for page in pages)
        paper = float(np.median(np.stack([a, b])))
        more = np.abs(a - paper) - np.abs(b - paper)
        own = [float(np.maximum(sign * more - _INK_LEVELS, 0).sum()) for sign in (1, -1)]
        both = min(own) >= _OWN * max(max(own), 1.0)
        least = min(max(usual - (_UNUSUAL if both else _UNIQUE) * varied, _UNLIKE), _ALIKE)
        if not is_other and float(blocks.min(initial=1.0)) >= least:
            continue
        of_each += own
        if not both:
            alone += own
        area += wide * high
    is_replaced, is_moved = (
        area > 0 and float(own_ink.min()) >= _OWN * max(float(own_ink.max()), 1.0)
        for own_ink in (of_each, alone)
    )
    return is_replaced, is_moved, area / (height * width)


def _closer(ours: Floats, other: Pixels, matrix: Doubles, inner: Bools) -> Floats:
    """The other page in this one's frame. The alignment of thumbnails is a pixel off here; text has
    to lie on text."""
    height, width = ours.shape

    def laid(matrix: Doubles) -> Floats:
        # Halves of two pixels would make one letter soft and leave the next one sharp.
        page = warp(other, matrix, (width, height), sampling=cv2.INTER_CUBIC)
        return page.astype(np.float32)

    theirs = laid(matrix)
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
    closer = laid(np.linalg.inv(np.vstack([step, [0, 0, 1]])) @ matrix)
    # On nearly blank pages it may go astray.
    before, after = (cv2.computeECC(ours, p, inner.astype(np.uint8)) for p in (theirs, closer))
    return closer if after > before else theirs


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
