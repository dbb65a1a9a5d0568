"""Whether the colours of a picture are its own: what is coloured afterwards has them in soft
clouds, and a palette has few of them."""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.imaging.lineage.full import Full
from copyfind.records import Floats, Pixels
from copyfind.verdict import Origin

_FINE, _COARSE = (1.5, 3.0), (6.0, 12.0)  # widths of blurs: detail lies between two of them
# Fine detail of the colours over their coarse detail, as a share of the same of brightness. Colours
# of cameras have .41 to 1.3 at any JPEG quality; those added later .15 to .6, as soft as they are.
_ADDED, _OWN = 0.38, 0.6
_LARGEST = 1024  # pixels of the longer side that are looked at
_COLOURED = 3.0  # mean distance from grey, in levels
_GREY = 1.5
_SOFTER = 0.55  # of the fine detail of colours; saving at 50 leaves .7
_FLAT = 0.7  # share of neighbours that are equal in a drawing
_FAINT = 0.3  # levels of coarse colour that say nothing


def with_own_colours(first: Full, second: Full) -> Origin | None:
    """The origin of a picture in grey and one in colours, where the colours tell; None too where
    both have colours, or none."""
    ours, theirs = _chroma(first), _chroma(second)
    if ours < _GREY and theirs > _COLOURED:
        return _of_grey(_added(second))
    if theirs < _GREY and ours > _COLOURED:
        told = _of_grey(_added(first))
        return told.reversed() if told else None
    return None


def with_fine_colours(first: Full, second: Full) -> Origin | None:
    """The origin of two pictures of one size in colours, where those of one are much softer."""
    fine = [_fine_colours(first), _fine_colours(second)]
    if min(_chroma(first), _chroma(second)) < _COLOURED or max(fine) < _FAINT:
        return None
    if fine[1] < _SOFTER * fine[0]:
        return Origin.FIRST
    return Origin.SECOND if fine[0] < _SOFTER * fine[1] else None


def _fine_colours(picture: Full) -> float:
    blue, red = (_detail(picture.planes[..., plane])[0] for plane in (1, 2))
    return float(np.hypot(blue, red))


def with_all_colours(first: Full, second: Full) -> Origin | None:
    """The origin where one of two photos in colours has them from a palette. A drawing may have no
    more than that itself."""
    if (first.colours is None) == (second.colours is None):
        return None
    few = second if first.colours is None else first
    if _chroma(few) < _COLOURED or _is_drawn(few):
        return None
    return Origin.FIRST if first.colours is None else Origin.SECOND


def _is_drawn(picture: Full) -> bool:
    same = (picture.planes[:, 1:] == picture.planes[:, :-1]).all(axis=2)
    return float(same.mean()) > _FLAT


def _of_grey(added: float) -> Origin | None:
    """The origin of a picture in grey, first, and one in colours."""
    if added < _ADDED:
        return Origin.FIRST
    return Origin.SECOND if added > _OWN else None


def _chroma(picture: Full) -> float:
    away = picture.planes[..., 1:].astype(np.float32) - 128
    return float(np.hypot(away[..., 0], away[..., 1]).mean())


def _added(picture: Full) -> float:
    """The fine detail of the colours, compared with that of brightness."""
    by = min(1.0, _LARGEST / max(picture.size))
    planes = cv2.resize(picture.planes, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)
    bright, *colours = (_detail(planes[..., plane]) for plane in range(3))
    fine = float(np.hypot(colours[0][0], colours[1][0]))
    coarse = float(np.hypot(colours[0][1], colours[1][1]))
    usual = bright[0] / max(bright[1], 0.1)
    return fine / max(usual * max(coarse, _FAINT), 1e-6)


def _detail(plane: Pixels) -> tuple[float, float]:
    """How much fine and how much coarse detail a plane has, in levels."""
    values = plane.astype(np.float32)
    found = [_between(values, *widths) for widths in (_FINE, _COARSE)]
    return found[0], found[1]


def _between(values: Floats, narrow: float, wide: float) -> float:
    band = cv2.GaussianBlur(values, (0, 0), narrow) - cv2.GaussianBlur(values, (0, 0), wide)
    return float(np.sqrt((band**2).mean()))
