"""What one capture leaves in both pictures, and two captures do not.

Grain, the brightness of places, focus, geometry, what is lost in white: two frames of one camera
that nothing moved before differ in these alone.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.fitting import reweighted
from copyfind.evidence.maps import TEXTURED, Maps, largest, quantiles
from copyfind.evidence.planes import median
from copyfind.records import Bools, Doubles, Floats

_BANDS = (("finest", "grain", 3, 0.5), ("fine", "texture", 4, 6.0))  # with their units in the maps
_PLACES, _LEAST_CELLS = ("flat", "between", "busy"), 6  # thirds of the cells; of one that tells
_SEEN, _CLEAR, _AGREES = 1.0, 6.0, 0.9  # levels of deviation, correlation: of what tells contrast
_CLIPPED, _FLAT = 0.92, 0.15  # of lightness either way, and of texture: nothing but white or black
_SHADES = 32  # levels that count as one shade
# Of fitting fields: rounds, and from where a cell counts less: levels, in the unit of the maps, and
# pixels.
_ROUNDS = 3
_ODD_SHADE, _ODD_FLOW = 4 / 32, 0.5
_LEAST_FIELD = 40  # cells


def captures(maps: Maps, *, some: int, firm: Bools, same: Bools) -> dict[str, float]:
    """Names and values; some: number of cells that have structure. (N,) each of the cells that both
    show: what fits firmly once moved, and what is the same as it lies."""
    return (
        _palette(maps)
        | _derived(maps)
        | _shaded(maps)
        | _lost(maps, some)
        | _bent(maps, firm)
        | _focused(maps, same)
    )


def _palette(maps: Maps) -> dict[str, float]:
    """How many shades there are, and how far the same place is from having the same one.

    A picture of three colours can be mapped onto any other of three: that proves nothing.
    """
    ours, theirs = (p[maps.covered].astype(np.int64) for p in maps.colours)
    shades = sorted(_shades(p) for p in (ours, theirs))
    away = np.asarray(largest(np.abs(ours - theirs)), np.float32) / 32
    return {"shades least": shades[0], "shades most": shades[1]} | quantiles(
        "recoloured", away, (50, 90)
    )


def _shades(colours: NDArray[np.int64]) -> float:
    """The entropy of (N, 3) colours."""
    of_each = np.bincount((colours // _SHADES) @ np.array([64, 8, 1]))
    share = of_each[of_each > 0] / len(colours)
    return float(-(share * np.log(share)).sum())


def _derived(maps: Maps) -> dict[str, float]:
    """How much of the one's detail is the other's, in flat, middling and busy places.

    What is made of a picture has its detail, filtered, and loses some to compression: the loss has
    less detail than what it was made of, and regressed on it explains it. Of two captures each has
    noise that the other has not, and neither explains the other.
    """
    found: dict[str, float] = {}
    most = np.maximum(maps["texture a"], maps["texture b"])
    a, b = (np.expm1(maps[f"texture {side}"] * 4) for side in "ab")
    seen = np.maximum(a, b) >= _SEEN
    clear = (np.minimum(a, b) >= _CLEAR) & (maps["fine"] >= _AGREES)
    contrast = math.sqrt(float((b[clear] ** 2).sum()) / max(float((a[clear] ** 2).sum()), 1e-6))
    contrast = contrast if clear.sum() >= _LEAST_CELLS else 1.0
    ordered = np.sort(most[seen])
    limits = ordered[[len(ordered) // 3, 2 * len(ordered) // 3]] if len(ordered) else (0, 0)
    third = np.digitize(most, limits)
    for band, deviation, unit, quiet in _BANDS:
        a, b = (np.expm1(maps[f"{deviation} {side}"] * unit) for side in "ab")
        both = maps[band] * (a * b + quiet)
        for n, place in enumerate(_PLACES):
            cells = seen & (third == n)
            aa, bb, ab = (float(v[cells].sum()) for v in (a * a, b * b, both))
            if cells.sum() < _LEAST_CELLS or min(aa, bb) <= 0:
                found |= {f"{band} derived {place}": -1.0, f"{band} shared {place}": -1.0}
                continue
            explained = max(ab / aa / contrast, ab / bb * contrast)
            found[f"{band} derived {place}"] = min(max(explained, 0.0), 2.0)
            found[f"{band} shared {place}"] = max(ab, 0.0) / math.sqrt(aa * bb)
    return found


def _lost(maps: Maps, some: int) -> dict[str, float]:
    """What each shows that the other has lost in white or black: no edit gives that back."""
    light, texture = ([maps[f"{name} {side}"] for side in "ab"] for name in ("light", "texture"))
    shares = sorted(
        float(
            (
                (np.abs(light[lost]) > _CLIPPED)
                & (texture[lost] < _FLAT)
                & (texture[kept] >= TEXTURED)
                & (np.abs(light[kept]) < _CLIPPED - 0.05)
            ).sum()
            / some
        )
        for lost, kept in ((0, 1), (1, 0))
    )
    return {"lost least": shares[0], "lost most": shares[1]}


def _focused(maps: Maps, same: Bools) -> dict[str, float]:
    """Whether one is sharper than the other in some places and less so in others, as two pictures
    are that were focused on other things; no edit sharpens what it has blurred."""
    more = maps.whole("edges a") - maps.whole("edges b")
    around = _around(more, maps.covered)[same]
    if len(around) < _LEAST_FIELD:
        return {"sharper least": -1.0, "sharper most": -1.0}
    ordered = np.sort(around)
    low, middle, high = ordered[[len(ordered) // 20, len(ordered) // 2, 19 * len(ordered) // 20]]
    ours, theirs = float(high - middle), float(middle - low)
    return {"sharper least": min(ours, theirs), "sharper most": max(ours, theirs)}


def _shaded(maps: Maps) -> dict[str, float]:
    """What differs in brightness over larger areas, before and after one smooth shade over all.

    Compression keeps the mean of a place to a fraction of a level. A vignette or a gradient is a
    smooth shade, which clouds, mist and moving shadows are not.
    """
    coarse = _around(maps.whole("tone"), maps.covered)
    light = (maps["light a"] + maps["light b"]) / 2
    shapes = _shapes(maps.covered)
    terms = np.concatenate([shapes, shapes * light[:, None]], axis=1)
    rest = coarse - _fitted(terms, coarse[:, None], _ODD_SHADE)[:, 0]
    return quantiles("coarse tone", np.abs(coarse), (50, 80, 95)) | quantiles(
        "unshaded", np.abs(rest), (50, 80, 95)
    )


def _bent(maps: Maps, firm: Bools) -> dict[str, float]:
    """How far one smooth field moves what fits, and how far the rest is from it, in pixels.

    A homography leaves such a field between two views of what is bent or deep, or through a lens;
    of a copy hardly any.
    """
    if firm.sum() < _LEAST_FIELD:
        return {"bent": -1.0, "bent most": -1.0, "unbent": -1.0}
    flow = maps.flow[maps.covered][firm].astype(np.float64)
    flow -= [median(flow[:, k]) for k in (0, 1)]
    field = _fitted(_shapes(maps.covered)[firm], flow, _ODD_FLOW)
    length, rest = (np.sqrt((v**2).sum(axis=1)) for v in (field, flow - field))
    middle, most = np.sort(length)[[len(length) // 2, int(0.95 * len(length))]].tolist()
    return {
        "bent": min(middle, 4.0),
        "bent most": min(most, 8.0),
        "unbent": min(float(np.sort(rest)[len(rest) // 2]), 4.0),
    }


def _around(values: Floats, covered: Bools) -> Doubles:
    """(N,) means of three by three cells, of those that are covered."""
    there = cv2.blur(covered.astype(np.float32), (3, 3))
    return np.asarray((cv2.blur(values, (3, 3)) / np.maximum(there, 1e-3))[covered], np.float64)


def _shapes(covered: Bools) -> Doubles:
    """(N, 8) polynomials of the place of each covered cell."""
    rows, columns = np.nonzero(covered)
    height, width = covered.shape
    y, x = rows / height - 0.5, columns / width - 0.5
    shapes = [np.ones_like(x), x, y, x * x, y * y, x * y, x * x * y, x * y * y]
    return np.stack(shapes, axis=1)


def _fitted(terms: Doubles, wanted: Doubles, odd: float) -> Doubles:
    """(N, K) what the terms (N, T) give of what is wanted (N, K), whatever is far from that."""

    def weigh(rest: Doubles) -> Doubles:
        return np.asarray(1 / (1 + (rest**2).sum(axis=1) / odd**2), np.float64)

    given: Doubles = terms @ reweighted(terms, wanted, weigh, rounds=_ROUNDS)
    return given
