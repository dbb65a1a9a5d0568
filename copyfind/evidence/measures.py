"""What an aligned pair comes to in numbers, the same in both orders."""

from __future__ import annotations

import math

import cv2
import numpy as np

from copyfind.evidence.laying import Laid
from copyfind.evidence.maps import CHANNELS, Maps
from copyfind.records import Bools, Floats
from copyfind.verdict import Outside

_TEXTURED = 0.35  # of the maps' texture: deviation of some 3 levels
_STILL, _GRAINY = 0.5, 0.2  # of texture, of grain: where only noise is to be seen
_PATCHES, _LEAST_PATCH = 3, 6  # that are looked for elsewhere; cells of one
_MORE = 0.06  # of edges: a third more of them
_BARE = 0.04  # of lightness: what varies less is found anywhere
_SAME, _OTHER = 0.8, 0.5  # correlation of cells that show the same, and something else


def measures_of(laid: Laid, maps: Maps) -> dict[str, float]:
    """Names and values; every value is finite."""
    alignment, residual = laid.alignment, laid.residual
    found = {
        "inliers": math.log1p(alignment.inliers),
        "agreement": alignment.agreement,
        "repeated": min(alignment.repeated, 2.0),
        "error": alignment.error,
        "spread": alignment.spread,
        "matches": math.log1p(alignment.tentative),
        "mirrored": float(alignment.mirrored),
        "inverted": float(alignment.inverted),
        "overlap least": min(residual.overlap),
        "overlap most": max(residual.overlap),
        "alike": residual.alike,
        "similar": residual.similar,
        "faint": residual.faint,
        "blocks": math.log1p(residual.blocks),
        "goes on": float(laid.around[0].goes_on) + float(laid.around[1].goes_on),
        "plain": float(sum(side.kind is Outside.PLAIN for side in laid.around)),
        "more": float(sum(side.kind is Outside.PICTURE for side in laid.around)),
    }
    return found | _geometry(laid) | _of_maps(maps)


def _geometry(laid: Laid) -> dict[str, float]:
    """How far the alignment is from a mere change of size."""
    matrix = laid.alignment.matrix
    height, width = laid.residual.frame.shape[:2]
    step = matrix[:2, :2]
    long, short = np.linalg.svd(step, compute_uv=False).tolist()
    inverse = np.linalg.inv(matrix)
    depths = [
        float(np.abs(np.log(np.abs(m[2, :2] @ corner + m[2, 2]) / abs(m[2, 2]))))
        for m in (matrix, inverse / inverse[2, 2])
        for corner in np.array([[width, 0], [0, height], [width, height]], np.float64)
    ]
    turn = math.degrees(math.atan2(step[1, 0], step[0, 0])) % 90
    return {
        "scale": abs(math.log(max(math.sqrt(long * short), 1e-6))),
        "stretch": math.log(max(long / max(short, 1e-9), 1.0)),
        "depth": min(max(depths), 3.0),
        "turn": min(turn, 90 - turn),
    }


def _of_maps(maps: Maps) -> dict[str, float]:
    fine, before, after, moved = (maps[name] for name in ("fine", "coarse", "after", "moved"))
    texture = np.stack([maps["texture a"], maps["texture b"]])
    most, least = texture.max(axis=0), texture.min(axis=0)
    known = most >= _TEXTURED
    some = max(int(known.sum()), 1)
    other = known & (before < _OTHER)
    firm = known & (after >= _SAME)
    elsewhere = firm & (after > before + 0.05) & (moved > 0.08)
    found = {
        "textured": float(known.mean()),
        "both textured": float((least >= _TEXTURED).mean()),
        "other": float(other.sum() / some),
        "other both": float((other & (least >= 0.7 * most)).sum() / some),
        "other bare": float((other & (least < _TEXTURED)).sum() / some),
        "evenness": float((least[other] / np.maximum(most[other], 1e-3)).mean())
        if other.any()
        else 1.0,
        "elsewhere": float(elsewhere.sum() / max(int(firm.sum()), 1)),
        "firm": float(firm.sum() / some),
        "gained": float((after - before)[known].mean()) if known.any() else 0.0,
    }
    found |= _quantiles("fine", fine[known], (5, 25, 50, 80))
    found |= _quantiles("coarse", maps["coarse"][known], (5, 25, 50))
    found |= _quantiles("slopes", maps["slopes"][known], (10, 30, 60))
    same = known & (before >= _SAME)
    found |= _quantiles("finest", maps["finest"][same], (10, 50, 80))
    found |= _quantiles("moved", moved[firm], (50, 80, 95))
    found |= _quantiles("tone", np.abs(maps["tone"]), (50, 80, 95))
    found |= _quantiles("colour", maps["colour"], (50, 80, 95))
    found |= _quantiles("colour back", maps["colour back"], (50, 80, 95))
    bare = most < _TEXTURED  # of what has no structure only colour tells
    found |= _quantiles("bare colour", maps["colour"][bare], (50, 90))
    grain = np.abs(maps["grain a"] - maps["grain b"])
    found |= _quantiles("grain", grain[same], (50,))
    chroma = np.stack([maps["chroma a"], maps["chroma b"]])
    found |= {
        "chroma most": float(chroma.mean(axis=1).max()),
        "chroma least": float(chroma.mean(axis=1).min()),
    }
    for far in (0.5, 1.0, 2.0):  # cells; half a pixel is what an alignment may be off
        away = firm & (after > before + 0.03) & (moved >= math.log1p(far) / 2)
        found[f"elsewhere {far:g}"] = float(away.sum() / max(int(firm.sum()), 1))
    exact = firm & (before >= 0.9)
    found["moved exact"] = float(moved[exact].mean()) if exact.any() else -1.0
    found["little other"] = float((known & (before < _SAME)).sum() / some)
    dim = known & (before < _SAME) & (least >= _TEXTURED)
    found["little other both"] = float(dim.sum() / some)
    found["sharper there"] = (
        float((most - least)[known & (before < _SAME)].mean() - (most - least)[same].mean())
        if same.any() and (known & ~same).any()
        else 0.0
    )
    still = (most < _STILL) & (np.minimum(maps["grain a"], maps["grain b"]) > _GRAINY)
    found |= _quantiles("still finest", maps["finest"][still], (30, 60))
    found |= _quantiles("same texture", least[same], (30, 70))
    return (
        found
        | _patches(maps, other, known)
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


def _quantiles(name: str, values: Floats, at: tuple[int, ...]) -> dict[str, float]:
    """-1 where there is nothing to measure."""
    found = np.percentile(values, at).tolist() if len(values) > 4 else [-1.0] * len(at)
    return {f"{name} {p}": float(v) for p, v in zip(at, found, strict=True)}
