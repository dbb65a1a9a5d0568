"""Where two pictures differ, which of them had something put there?

What was laid over a picture begins with an edge, all around it. The other picture goes on there as
if nothing were. So the outline of what differs is followed in both, and the one that has edges
along it is the one that was changed. Natural pictures have edges too, but not along that line.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.residual import Residual
from copyfind.records import Bools, Doubles, Floats, Pixels

_WINDOW = 9  # pixels of the correlation that tells what differs
_SAME = 0.45  # correlation of what is the same
_PATTERN, _WEAK = 3.0, 0.7  # levels of deviation: to tell anything; below which nothing correlates
_AROUND, _KNOWN = 21, 0.1  # pixels that vote on each place; share of them that has to know
_TIDY = 11  # pixels: smaller specks and gaps are none
_PART = 0.04  # share of what both cover that a patch takes at least
_SHORTEST = 20  # places of an outline
_EDGE_OF_FRAME = 8  # pixels at which the picture itself ends
_ASIDE = range(-7, 8)  # pixels by which an outline may be off
_NEAR, _FAR, _STEP = 2.5, 7.0, 6.0  # pixels to both sides of an edge; levels it stands out by
_ALONG, _MOSTLY = 15, 0.7  # places that have to go with it, and share of them that has an edge

# Of 129 copies with much that differs none, of 41 pairs that share a third picture 16.
_EDGED, _EDGED_MORE = 0.25, 0.15


@dataclass(frozen=True, slots=True)
class Strange:
    """What is strange in each of two pictures."""

    area: float  # share of what both cover in which they differ, in patches
    first: float  # share of the outline of those along which the first has an edge
    second: float

    @property
    def lies_in_first(self) -> bool:
        """Whether it is the first that was changed."""
        return self.first >= _EDGED and self.first - self.second >= _EDGED_MORE

    @property
    def lies_in_second(self) -> bool:
        """Whether it is the second."""
        return self.second >= _EDGED and self.second - self.first >= _EDGED_MORE


NOTHING_STRANGE = Strange(0.0, 0.0, 0.0)


def strange(residual: Residual) -> Strange:
    """Follow the outline of what differs in both pictures."""
    patches = _patches(residual)
    covered = float(residual.covered.sum())
    around = _EDGE_OF_FRAME * 2 + 1
    inner = cv2.erode(residual.covered.astype(np.uint8), np.ones((around, around), np.uint8))
    frame = np.zeros_like(inner)
    middle = slice(_EDGE_OF_FRAME, -_EDGE_OF_FRAME)
    frame[middle, middle] = inner[middle, middle]
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(patches)
    area, places, edges = 0.0, 0, np.zeros(2)
    for number in range(1, count):
        size = float(stats[number, cv2.CC_STAT_AREA])
        if size < _PART * covered:
            continue
        points, outwards = _outline((numbers == number).astype(np.uint8), frame > 0)
        if len(points) < _SHORTEST:
            continue
        area += size / covered
        places += len(points)
        edges += [_with_edge(grey, points, outwards) for grey in residual.grey]
    if not places:
        return NOTHING_STRANGE
    ours, theirs = (edges / places).tolist()
    return Strange(area, *((ours, theirs) if residual.in_first else (theirs, ours)))


def _patches(residual: Residual) -> Pixels:
    """(H, W) 1 where the pictures show different things, as far as they show anything."""
    weight = residual.covered.astype(np.float32)
    a, b = (grey * weight for grey in residual.grey)
    n = np.maximum(_means(weight), 1e-3)
    sa, sb, aa, bb, ab = (_means(values) / n for values in (a, b, a * a, b * b, a * b))
    da, db = (np.sqrt(np.maximum(s, 0)) for s in (aa - sa * sa, bb - sb * sb))
    value = np.where(np.minimum(da, db) < _WEAK, 0.0, (ab - sa * sb) / np.maximum(da * db, 1e-3))
    known = np.maximum(da, db) >= _PATTERN
    differ, same = (
        cv2.blur((known & how).astype(np.float32), (_AROUND, _AROUND))
        for how in (value < _SAME, value >= _SAME)
    )
    patches = ((differ > same) & (differ + same > _KNOWN)).astype(np.uint8)
    for tidying in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):
        patches = cv2.morphologyEx(patches, tidying, np.ones((_TIDY, _TIDY), np.uint8))
    found: Pixels = patches & residual.covered.astype(np.uint8)
    return found


def _means(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, (_WINDOW, _WINDOW)), np.float32)


def _outline(patch: Pixels, inner: Bools) -> tuple[Doubles, Doubles]:
    """Every second pixel around a patch that lies well inside, (N, 2), and where out is there."""
    outlines, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(outlines, key=len)[::2, 0, :]
    points = points[inner[points[:, 1], points[:, 0]]]
    soft = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), 5.0)
    slope = np.stack(
        [cv2.Sobel(soft, cv2.CV_32F, x, 1 - x)[points[:, 1], points[:, 0]] for x in (1, 0)], axis=1
    )
    length = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    return points.astype(np.float64), -(slope / length).astype(np.float64)


def _with_edge(grey: Floats, points: Doubles, outwards: Doubles) -> int:
    """Along how many of the places an edge runs, at one distance from the outline for a while."""

    away = np.add.outer(np.array(_ASIDE), (-_FAR, -_NEAR, _NEAR, _FAR)).reshape(-1, 1)
    x, y = (points[:, k] + outwards[:, k] * away for k in (0, 1))  # (4 distances aside, places)
    values = cv2.remap(
        grey,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    deep, inside, outside, wide = (values[k::4] for k in range(4))
    beside = np.maximum(np.abs(inside - deep), np.abs(wide - outside))
    steps = (np.abs(outside - inside) > beside + _STEP).astype(np.float32)
    along = cv2.blur(steps, (_ALONG, 1))  # (distances, places)
    return int((along.max(axis=0) > _MOSTLY).sum())
