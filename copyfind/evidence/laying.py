"""Two pictures laid on each other as well as they will go; the same whichever is given first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from copyfind.evidence.align import Alignment, align
from copyfind.evidence.as_it_lies import FEW, corner_on_corner, lay
from copyfind.evidence.features import Features
from copyfind.evidence.ink import LONGEST as INK_LONGEST
from copyfind.evidence.ink import align_ink, has_ink, in_pixels_of
from copyfind.evidence.outside import Beyond, beyond
from copyfind.evidence.refine import refine
from copyfind.evidence.residual import Residual, compare
from copyfind.evidence.unchanged import Larger
from copyfind.records import Doubles, Pixels

_FEWEST = 8  # places that agree, below which smooth pictures are laid on each other whole
_UNIFORM = 4.0  # levels of deviation below which a picture is blank
# Share of blocks that have to resemble each other for an alignment to be made closer. Of 443 edits
# of photos that no benchmark holds none has less than .35, of 61 strangers and other shots whose
# features align 17 have less than .3.
_HOPELESS = 0.25
_SMOOTH_ALIKE = 0.5  # share of blocks, of smooth pictures that no keypoint lays on each other
# What the shares of blocks alike may lose by that, and their mean correlation: a pixel off, all
# blocks are alike still, and the finest detail is not.
_AS_WELL, _AS_FIRM = 0.01, 0.005


class Seen(Protocol):
    """A picture and its local features."""

    @property
    def picture(self) -> Pixels:
        """(H, W, 3)."""

    @property
    def features(self) -> Features:
        """Of the same picture."""

    @property
    def larger(self) -> Larger | None:
        """More of the picture, where its file is at hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Two pictures on each other."""

    alignment: Alignment
    residual: Residual
    around: tuple[Beyond, Beyond]
    by_ink: bool = False  # nearly blank pages, by what is written on them

    @property
    def fits(self) -> float:
        """How well they lie."""
        return self.residual.alike + self.residual.similar

    @property
    def firm(self) -> float:
        """How much blocks are alike in the mean; 0 where none has a pattern."""
        known = self.residual.correlation[~np.isnan(self.residual.correlation)]
        return float(known.mean()) if len(known) else 0.0


def lay_on(first: Seen, second: Seen) -> Laid | None:
    """How the first lies on the second; None where nothing aligns them, or one is blank."""
    swapped = _is_later(first.features, second.features)
    one, other = (second, first) if swapped else (first, second)
    alignment, by_ink = _alignment(one, other)
    if alignment is None:
        return None
    laid = _laid(one.picture, other.picture, alignment)
    if laid.residual.similar >= _HOPELESS:
        laid = _better(laid, refine(alignment, laid.residual), one, other)
    laid = _better(laid, corner_on_corner(one.picture, other.picture, laid.alignment), one, other)
    laid = replace(laid, by_ink=by_ink)
    if _only_resembles(laid):
        return None
    return _turned(laid) if swapped else laid


def larger_of(first: Seen, second: Seen, longest: int) -> tuple[Pixels, Pixels]:
    """Both at up to this many pixels, or as they are where one cannot be had."""
    if first.larger is None or second.larger is None:
        return first.picture, second.picture
    a, b = first.larger(longest), second.larger(longest)
    return (first.picture, second.picture) if a is None or b is None else (a, b)


def _alignment(first: Seen, second: Seen) -> tuple[Alignment | None, bool]:
    """By keypoints; smooth pictures as they lie, and nearly blank pages by their ink: that one."""
    found = align(first.features, second.features)
    if min(len(first.features.points), len(second.features.points)) < FEW:
        if has_ink(first.picture) and has_ink(second.picture):
            pages = larger_of(first, second, INK_LONGEST)
            written = align_ink(*pages)
            if written is not None:
                return in_pixels_of(written, pages, (first.picture, second.picture)), True
        if found is None or found.inliers < _FEWEST:
            found = lay(first.picture, second.picture) or found
    if found is None:  # most pairs end here, and need not be unpacked for it
        return None, False
    is_blank = _is_blank(first.picture) or _is_blank(second.picture)
    return (None if is_blank else found), False


def _only_resembles(laid: Laid) -> bool:
    """Whether smooth pictures were laid on each other whole, and are not alike seen closely."""
    whole = not laid.alignment.inliers and not laid.by_ink
    return whole and laid.residual.blocks > 0 and laid.residual.alike < _SMOOTH_ALIKE


def _better(laid: Laid, other: Alignment | None, one: Seen, two: Seen) -> Laid:
    """Laid in another way, where there is one and it fits as well."""
    if other is None:
        return laid
    closer = _laid(one.picture, two.picture, other)
    fits = closer.fits >= laid.fits - _AS_WELL and closer.firm >= laid.firm - _AS_FIRM
    return closer if fits else laid


def _is_later(one: Features, other: Features) -> bool:
    """An order that belongs to the two pictures, not to how they were named: the larger first."""
    a, b = (
        (-f.width * f.height, f.width, f.sifts.tobytes(), f.points.tobytes()) for f in (one, other)
    )
    return a > b


def _laid(first: Pixels, second: Pixels, alignment: Alignment) -> Laid:
    residual = compare(first, second, alignment)
    back: Doubles = np.linalg.inv(alignment.matrix).astype(np.float64)
    around = (
        beyond(first, (second.shape[1], second.shape[0]), back, residual.overlap[0]),
        beyond(second, (first.shape[1], first.shape[0]), alignment.matrix, residual.overlap[1]),
    )
    return Laid(alignment, residual, around)


def _turned(laid: Laid) -> Laid:
    """The same, told from the other picture's side."""
    matrix = np.linalg.inv(laid.alignment.matrix).astype(np.float64)
    alignment = replace(laid.alignment, matrix=matrix / matrix[2, 2])
    residual = replace(
        laid.residual,
        in_first=not laid.residual.in_first,
        overlap=laid.residual.overlap[::-1],
    )
    return Laid(alignment, residual, laid.around[::-1], laid.by_ink)


def _is_blank(picture: Pixels) -> bool:
    """Whatever it resembles proves nothing."""
    _, deviation = cv2.meanStdDev(picture)  # NumPy's takes as long as an alignment
    return float(deviation.max()) < _UNIFORM
