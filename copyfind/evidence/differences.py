"""Where two pictures on each other differ: how that hangs together, and what each has there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.maps import Maps
from copyfind.records import Bools

_PATCHES, _LEAST_PATCH = 3, 6  # that are looked for elsewhere; cells of one
_MORE = 0.06  # of edges: a third more of them
_BARE = 0.04  # of lightness: what varies less is found anywhere


def differences(maps: Maps, *, known: Bools, other: Bools, same: Bools) -> dict[str, float]:
    """Names and values. (N,) each of the cells that both show: what has structure, what of it is
    something else, and what is the same."""
    regions = _regions(maps, other)
    return (
        _patches(maps, regions, known)
        | _middle(maps, other, same)
        | _wandered(maps, regions)
        | _sides(maps, known)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Regions:
    """Cells that hang together, as OpenCV tells them; the ground is the first."""

    numbers: NDArray[np.int32]  # (rows, columns) of which each cell is
    stats: NDArray[np.int32]  # (R, 5)

    @property
    def areas(self) -> NDArray[np.int32]:
        """(R - 1,) cells of each but the ground."""
        return np.asarray(self.stats[1:, cv2.CC_STAT_AREA])


def _regions(maps: Maps, cells: Bools) -> _Regions:
    """cells: (N,) of those that both show."""
    where = np.zeros(maps.covered.shape, np.uint8)
    where[maps.covered] = cells
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=8)
    return _Regions(np.asarray(numbers), np.asarray(stats))


def _sides(maps: Maps, known: Bools) -> dict[str, float]:
    """Whether one picture has something in all places where they differ, or each in some.

    Who lays something over a picture does so on one side. Of what goes about before a camera each
    frame has some where the other has none.
    """
    found: dict[str, float] = {}
    some = max(int(known.sum()), 1)
    more = maps.whole("edges b") - maps.whole("edges a")
    for name, limit in (("fine", 0.4), ("coarse", 0.6)):
        regions = _regions(maps, known & (maps[name] < limit))
        sums = np.bincount(regions.numbers.ravel(), more.ravel(), len(regions.stats))[1:]
        areas = regions.areas.astype(np.float64)
        there = areas >= 2
        mean = sums[there] / areas[there]
        ours, theirs = (
            float(areas[there][side].sum()) / some for side in (mean < -_MORE, mean > _MORE)
        )
        found |= {
            f"{name} added": max(ours, theirs),
            f"{name} added both": min(ours, theirs),
            f"{name} added share": min(ours, theirs) / max(ours, theirs, 1e-3),
            f"{name} changed": float(areas[there][np.abs(mean) <= _MORE].sum()) / some,
        }
    return found


def _middle(maps: Maps, other: Bools, same: Bools) -> dict[str, float]:
    """Whether what differs lies in the middle and what is the same around it, as in an app."""
    rows, columns = np.nonzero(maps.covered)
    height, width = maps.covered.shape
    inner = np.maximum(np.abs(rows / height - 0.5), np.abs(columns / width - 0.5)) < 0.35
    shares = [float(inner[cells].mean()) if cells.any() else 0.5 for cells in (other, same)]
    return {"other in the middle": shares[0], "same in the middle": shares[1]}


def _wandered(maps: Maps, regions: _Regions) -> dict[str, float]:
    """Whether what a picture shows where they differ stands elsewhere in the other one.

    Things that moved do, both ways; what was laid over a picture, and what lies below, do not.
    """
    largest = 1 + np.argsort(-regions.areas, kind="stable")[:_PATCHES]
    lights = [maps.whole(name) for name in ("light a", "light b")]
    gained, areas = np.zeros(2), 0.0
    for number in largest.tolist():
        left, top, width, height, area = regions.stats[number].tolist()
        if area < _LEAST_PATCH or width * height > 0.4 * maps.covered.size:
            continue
        areas += area
        for side, (source, target) in enumerate((lights, lights[::-1])):
            patch = source[top : top + height, left : left + width]
            if patch.std() < _BARE:
                continue
            likeness = cv2.matchTemplate(target, patch, cv2.TM_CCOEFF_NORMED)
            here = float(likeness[top, left])
            around = likeness[max(top - 1, 0) : top + 2, max(left - 1, 0) : left + 2]
            around[:] = -1
            gained[side] += area * max(float(likeness.max()) - max(here, 0.0), 0.0)
    return {
        "wandered": float(gained.min() / max(areas, 1.0)),
        "wandered most": float(gained.max() / max(areas, 1.0)),
    }


def _patches(maps: Maps, regions: _Regions, known: Bools) -> dict[str, float]:
    """How what differs hangs together, and how it looks on both sides."""
    areas = regions.areas
    some = max(int(known.sum()), 1)
    inside = np.zeros(0, np.float32)
    if len(areas):
        patch = regions.numbers[maps.covered] == 1 + int(np.argmax(areas))
        pair = np.stack([maps["texture a"][patch], maps["texture b"][patch]])
        inside = np.asarray(pair.mean(axis=1), np.float32)
    return {
        "largest": float(areas.max(initial=0)) / some,
        "patches": math.log1p(len(areas)),
        "patch texture most": float(inside.max(initial=0.0)),
        "patch texture least": float(inside.min()) if len(inside) else 0.0,
    }
