"""Whether something was laid over one of two pictures: words and marks differ in few places, and
bring edges with them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np

from copyfind.imaging.lineage.full import Full
from copyfind.imaging.lineage.mixture import nearest_mixture
from copyfind.records import Bools, Floats

_OTHER, _FAINT = 16.0, 10.0  # levels of brightness by which a pixel differs
_CELLS = 8  # across and down; what was denoised differs in most of them
_LARGEST = 384  # pixels of the longer side that are looked at
_SMALLEST = 64  # and at least of the shorter: strips have little to see else
_NEXT_TO_NOTHING = 1e-5


def laid_over(first: Full, second: Full) -> Mapping[str, float]:
    """What differs between two pictures, and on which of them the edges are, by name."""
    one, other = _seen(first, second.size), _seen(second, second.size)
    away = np.abs(nearest_mixture(one[None], other) - other)
    mean = cv2.blur(away, (3, 3))
    differs: Bools = mean > _OTHER
    faintly = (mean > _FAINT).astype(np.uint8)
    around: Bools = cv2.dilate(differs.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    number, _, stats, _ = cv2.connectedComponentsWithStats(faintly, connectivity=8)
    largest = float(stats[1:, cv2.CC_STAT_AREA].max()) if number > 1 else 0.0
    cells = cv2.resize(differs.astype(np.float32), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    power = away**2
    edges = [_edges(picture, around) for picture in (one, other)]
    return {
        "differs": math.log10(float(differs.mean()) + _NEXT_TO_NOTHING),
        "there": float(power[around].sum()) / max(float(power.sum()), 1e-6),
        "cells": float((cells > 0).mean()),
        "largest": math.log10(largest / faintly.size + _NEXT_TO_NOTHING),
        "places": math.log10(number),
        "edges": math.log((edges[1] + 1) / (edges[0] + 1)),
    }


def _edges(picture: Floats, around: Bools) -> float:
    if not around.any():
        return 0.0
    across, down = (cv2.Sobel(picture, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
    return float(cv2.magnitude(across, down)[around].mean())


def _seen(picture: Full, size: tuple[int, int]) -> Floats:
    """All of a picture, as one of that size would be looked at."""
    by = min(1.0, max(_LARGEST / max(size), _SMALLEST / min(size)))
    to = (max(round(size[0] * by), 1), max(round(size[1] * by), 1))
    seen = cv2.resize(picture.brightness, to, interpolation=cv2.INTER_AREA)
    return np.asarray(seen, np.float32)
