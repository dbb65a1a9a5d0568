"""How much of one picture follows from another one, and how the rounding of a JPEG is found in it.

What was made from a picture is a mixture of it, softer or sharper, brighter or darker, and of
nothing else but its own rounding. And a JPEG keeps multiples of its steps alone: what is made from
it, resized, sharpened, with a word on it or saved at a better quality, still lies near those
multiples; the picture that the JPEG itself was made from lies anywhere between them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np
from PIL.Image import Resampling

from copyfind.imaging.lineage.blocks import BANDS, blocks_of, numbers_of
from copyfind.imaging.lineage.full import Full
from copyfind.imaging.lineage.mixture import nearest_mixture
from copyfind.records import Bools, Box, Floats

_LARGEST = 384  # pixels of a side that are looked at, from the middle: thousands of blocks
_SOFTER = (0.6, 1.0, 1.8, 3.2)  # widths of blurs that make up what was done to the detail
_FEWEST = 60  # numbers that tell anything
_FEWEST_BLOCKS = 20
_FINEST = 2  # steps below which rounding to whole levels hides the rest
_WITHIN = 0.55  # steps from a multiple, with the rounding of pixels; half a step is the most
_UTMOST = 3.0  # steps; what lies farther counts as that
_UNKNOWN = math.nan  # of what no JPEG is; trees know what to do with it
_ROUNDING = ("off", "within", "rhyme", "sure", "inner", "zeros", "grown", "var0", "var1", "var2")


def explained(by: Full, picture: Full) -> Mapping[str, float]:
    """How a picture follows from another one, by name."""
    box = picture.blocks_around_the_middle(_LARGEST)
    ours = picture.as_stored(picture.part(box, picture))
    plain, layers = _layers(by, picture, box)
    brighter = nearest_mixture(plain[:1], ours)
    best = nearest_mixture([*plain, *layers], ours)
    blocks = blocks_of(ours)
    clear = (blocks.min(axis=1) > 0) & (blocks.max(axis=1) < 255)
    if clear.sum() < _FEWEST_BLOCKS:
        clear = np.ones(len(blocks), bool)
    wanted = numbers_of(blocks[clear])
    offers = [numbers_of(blocks_of(layer)[clear]) for layer in (best, brighter, *plain)]
    told = {**_left(wanted, offers[0], offers[1]), **_spread(best - ours, ours)}
    return told | _rounding(picture, wanted, offers)


def _layers(by: Full, picture: Full, box: Box) -> tuple[list[Floats], list[Floats]]:
    """What a box of the picture shows in the other one, as several programs resize it; and softer,
    in other tones, and its colours."""
    plain = [by.part(box, picture)]
    if by.size[0] > picture.size[0]:
        plain += [by.part(box, picture, way) for way in (Resampling.BOX, Resampling.BICUBIC)]
        plain.append(by.sampled(box, picture))
    elif by.size != picture.size:
        plain += [by.part(box, picture, way) for way in (Resampling.BICUBIC, Resampling.BILINEAR)]
    plain = [picture.as_stored(layer) for layer in plain]
    first = plain[0]
    curve = (first - 128) / 64
    colours = (picture.as_stored(by.part(box, picture, plane=plane)) for plane in (1, 2))
    calm = cv2.medianBlur(first.clip(0, 255).astype(np.uint8), 3).astype(np.float32)
    softer = (cv2.GaussianBlur(first, (0, 0), width) for width in _SOFTER)
    return plain, [*softer, calm, 64 * curve**2, 64 * curve**3, *colours]


def _left(wanted: Floats, best: Floats, brighter: Floats) -> dict[str, float]:
    """What is left over of the picture's detail, coarse to fine."""
    told: dict[str, float] = {}
    for band, these in enumerate(BANDS):
        there, missed, plainly = (
            math.log10(_power(values[:, these]) + 0.02)
            for values in (wanted, best - wanted, brighter - wanted)
        )
        told |= {f"left{band}": missed, f"share{band}": missed - there}
        told[f"plain{band}"] = plainly - there
    return told


def _power(values: Floats) -> float:
    """The mean square, but for the few largest."""
    squares = values**2
    return float(np.minimum(squares, np.quantile(squares, 0.98)).mean())


def _spread(missed: Floats, ours: Floats) -> dict[str, float]:
    """Whether what is left lies in few places, and whether there where the detail is."""
    square = max(float((missed**2).mean()), 1e-6)
    fine = (ours - cv2.GaussianBlur(ours, (0, 0), 1.5)) ** 2
    inner = (slice(8, -8, 3), slice(8, -8, 3))
    detail, left = (
        np.log(np.maximum(cv2.GaussianBlur(power, (0, 0), 2), 1e-3)[inner].ravel())
        for power in (fine, missed**2)
    )
    varies = detail.std() > 1e-4 and left.std() > 1e-4
    return {
        "few": math.log10(float((missed**4).mean()) / square**2 + 1e-3),
        "at_detail": float(np.corrcoef(detail, left)[0, 1]) if varies else 0.0,
    }


def _rounding(picture: Full, wanted: Floats, offers: list[Floats]) -> dict[str, float]:
    """How far from the multiples that the picture keeps the other one lies, in steps."""
    if picture.steps is None:
        return dict.fromkeys(_ROUNDING, _UNKNOWN)
    steps = picture.steps.ravel().astype(np.float32)
    kept = np.round(wanted / steps)
    told: Bools = np.broadcast_to(steps >= _FINEST, kept.shape).copy()
    told[:, 0] = False  # the mean of a block: whatever makes pictures brighter changes it
    zeros, told = told & (kept == 0), told & (kept != 0)
    number = int(told.sum())
    if number < _FEWEST:
        return dict.fromkeys(_ROUNDING, _UNKNOWN)
    aways = [offer / steps - kept for offer in offers]
    # Undoing what was done undoes a little of the rounding: what needs none is looked at as it is.
    rhyme = max(float(np.cos(2 * np.pi * away[told]).mean()) for away in aways)
    away = max(aways, key=lambda a: _share_within(a[told]) - float(np.median(np.abs(a[told]))))
    found = {
        "off": float(np.median(np.abs(away[told]))),
        "within": _share_within(away[told]),
        "rhyme": rhyme,
        "sure": rhyme * math.sqrt(2 * number),
        "grown": float((away * np.sign(kept))[told].mean()),
        "inner": _share_within(away[zeros]) if zeros.sum() > _FEWEST else _UNKNOWN,
        "zeros": _noise(away[zeros]) if zeros.sum() > _FEWEST else _UNKNOWN,
    }
    for band, these in enumerate(BANDS):
        here = told & these
        found[f"var{band}"] = _noise(away[here]) if here.sum() > _FEWEST // 2 else _UNKNOWN
    return found


def _share_within(away: Floats) -> float:
    return float((np.abs(away) <= _WITHIN).mean())


def _noise(away: Floats) -> float:
    """The power of what is off, over that of rounding, as a logarithm."""
    return math.log10(12 * float(np.minimum(away**2, _UTMOST**2).mean()) + 1e-3)
