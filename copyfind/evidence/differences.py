"""Where two pictures on each other differ: how that hangs together, and what each has there."""

from __future__ import annotations

import math

import cv2
import numpy as np

from copyfind.evidence.maps import CHANNELS, Maps
from copyfind.records import Bools

_PATCHES, _LEAST_PATCH = 3, 6  # that are looked for elsewhere; cells of one
_MORE = 0.06  # of edges: a third more of them
_BARE = 0.04  # of lightness: what varies less is found anywhere


def differences(maps: Maps, *, known: Bools, other: Bools, same: Bools) -> dict[str, float]:
    """Names and values. (N,) each of the cells that both show: what has structure, what of it is
    something else, and what is the same."""
    return (
        _patches(maps, other, known)
        | _middle(maps, other, same)
        | _wandered(maps, other)
        | _sides(maps, known)
    )


def _sides(maps: Maps, known: Bools) -> dict[str, float]:
    """Whether one picture has something in all places where they differ, or each in some.

    Who lays something over a picture does so on one side. Of what goes about before a camera each
    frame has some where the other has none.
    """
    found: dict[str, float] = {}
    for name, limit in (("fine", 0.4), ("coarse", 0.6)):
        where = np.zeros(maps.covered.shape, np.uint8)
        where[maps.covered] = known & (maps[name] < limit)
        count, numbers, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=8)
        more = maps.values[CHANNELS.index("edges b")] - maps.values[CHANNELS.index("edges a")]
        sums = np.bincount(numbers.ravel(), more.ravel(), count)[1:]
        areas = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
        there = areas >= 2
        mean = sums[there] / areas[there]
        some = max(int(known.sum()), 1)
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


def _wandered(maps: Maps, other: Bools) -> dict[str, float]:
    """Whether what a picture shows where they differ stands elsewhere in the other one.

    Things that moved do, both ways; what was laid over a picture, and what lies below, do not.
    """
    where = np.zeros(maps.covered.shape, np.uint8)
    where[maps.covered] = other
    count, _, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=8)
    largest = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:_PATCHES]
    lights = [maps.values[CHANNELS.index(name)] for name in ("light a", "light b")]
    gained, areas = np.zeros(2), 0.0
    for number in largest.tolist() if count > 1 else []:
        left, top, width, height, area = stats[number].tolist()
        if area < _LEAST_PATCH or width * height > 0.4 * where.size:
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


def _patches(maps: Maps, other: Bools, known: Bools) -> dict[str, float]:
    """How what differs hangs together, and how it looks on both sides."""
    where = np.zeros(maps.covered.shape, np.uint8)
    where[maps.covered] = other
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=8)
    sizes = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
    some = max(int(known.sum()), 1)
    largest = float(sizes[0]) if len(sizes) else 0.0
    inside = np.zeros(0, np.float32)
    if len(sizes):
        which = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        patch = numbers[maps.covered] == which
        pair = np.stack([maps["texture a"][patch], maps["texture b"][patch]])
        inside = np.asarray(pair.mean(axis=1), np.float32)
    return {
        "largest": largest / some,
        "patches": math.log1p(count - 1),
        "patch texture most": float(inside.max(initial=0.0)),
        "patch texture least": float(inside.min()) if len(inside) else 0.0,
    }
