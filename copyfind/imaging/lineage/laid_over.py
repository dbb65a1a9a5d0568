"""On which of two pictures something was laid: words and marks bring edges with them."""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.imaging.lineage.full import Full
from copyfind.imaging.lineage.rounded import nearest_mixture
from copyfind.records import Bools, Floats
from copyfind.verdict import Origin

_OTHER = 16.0  # levels of brightness by which a pixel differs where something lies over it
_LEAST, _MOST = 0.0004, 0.35  # share of the picture that may lie under it
_MOSTLY = 0.8  # share of all that differs that lies there: denoising changes every edge
_CELLS = 8  # across and down; what was denoised differs in most of them
_LARGEST = 768  # pixels of the longer side that are looked at
_MORE = 1.35  # times the edges


def without_marks(first: Full, second: Full) -> Origin | None:
    """The picture on which nothing lies, of two of one size; None where that does not show."""
    one, other = _seen(first, second.size), _seen(second, second.size)
    away = np.abs(nearest_mixture([one], other) - other)
    differs: Bools = cv2.blur(away, (3, 3)) > _OTHER
    around: Bools = cv2.dilate(differs.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    power = away**2
    if not _LEAST <= differs.mean() <= _MOST or power[around].sum() < _MOSTLY * power.sum():
        return None
    cells = cv2.resize(differs.astype(np.float32), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    if (cells > 0).mean() > _MOST:
        return None
    edges = []
    for picture in (one, other):
        across, down = (cv2.Sobel(picture, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
        edges.append(float(cv2.magnitude(across, down)[around].mean()))
    if max(edges) < _MORE * max(min(edges), 1.0):
        return None
    return Origin.FIRST if edges[1] > edges[0] else Origin.SECOND


def _seen(picture: Full, size: tuple[int, int]) -> Floats:
    """All of a picture, as one of that size would be looked at."""
    by = min(1.0, _LARGEST / max(size))
    to = (max(round(size[0] * by), 1), max(round(size[1] * by), 1))
    seen = cv2.resize(picture.brightness, to, interpolation=cv2.INTER_AREA)
    return np.asarray(seen, np.float32)
