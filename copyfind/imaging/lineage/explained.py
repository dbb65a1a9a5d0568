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

from copyfind.imaging.lineage.blocks import BANDS
from copyfind.imaging.lineage.full import Full
from copyfind.imaging.lineage.middle import Middle, Rounded, log_power
from copyfind.imaging.lineage.mixture import nearest_mixture
from copyfind.records import Bools, Floats

_SOFTER = (0.6, 1.0, 1.8, 3.2)  # widths of blurs that make up what was done to the detail
_FEWEST = 60  # numbers that tell anything
_WITHIN = 0.55  # steps from a multiple, with the rounding of pixels; half a step is the most
_UTMOST = 3.0  # steps; what lies farther counts as that
_SPARED = 0.98  # share of the numbers whose power is told
_EVERY = 4  # blocks, numbers, of which one is looked at where there are many
_UNKNOWN = math.nan  # of what no JPEG is; trees know what to do with it
_ROUNDING = ("off", "within", "rhyme", "sure", "inner", "zeros", "grown", "var0", "var1", "var2")


def explained(by: Full, picture: Middle) -> Mapping[str, float]:
    """How the middle of a picture follows from another picture, by name."""
    ours = picture.levels
    plain = _resized(by, picture)
    layers = np.stack([*plain, *_other_layers(plain[0], by, picture)])
    brighter = picture.numbers_like(nearest_mixture(layers[:1], ours))
    mixed = nearest_mixture(layers, ours)
    best = picture.numbers_like(mixed)
    told = {**_left(picture.numbers, best, brighter), **_spread(mixed - ours, picture.detail)}
    if picture.rounded is None or len(picture.rounded.at) < _FEWEST:
        return told | dict.fromkeys(_ROUNDING, _UNKNOWN)
    offers = [best, brighter, *map(picture.numbers_like, plain)]
    return told | _rounding(picture.rounded, offers)


def _resized(by: Full, picture: Middle) -> list[Floats]:
    """What the middle of the picture shows in the other one, as several programs resize it."""
    full, box = picture.picture, picture.box
    plain = [by.part(box, full)]
    if by.size[0] > full.size[0]:
        plain += [by.part(box, full, way) for way in (Resampling.BOX, Resampling.BICUBIC)]
        plain.append(by.sampled(box, full))
    elif by.size != full.size:
        plain += [by.part(box, full, way) for way in (Resampling.BICUBIC, Resampling.BILINEAR)]
    return [full.as_stored(layer) for layer in plain]


def _other_layers(plain: Floats, by: Full, picture: Middle) -> list[Floats]:
    """The same softer, in other tones, and its colours."""
    curve = (plain - 128) / 64
    square = curve * curve
    full, box = picture.picture, picture.box
    colours = (full.as_stored(by.sampled(box, full, plane=plane)) for plane in (1, 2))
    calm = cv2.medianBlur(plain.clip(0, 255).astype(np.uint8), 3).astype(np.float32)
    softer = (cv2.GaussianBlur(plain, (0, 0), width) for width in _SOFTER)
    return [*softer, calm, 64 * square, 64 * square * curve, *colours]


def _left(wanted: Floats, best: Floats, brighter: Floats) -> dict[str, float]:
    """What is left over of the picture's detail, coarse to fine."""
    told: dict[str, float] = {}
    wanted, best, brighter = (numbers[::_EVERY] for numbers in (wanted, best, brighter))
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
    squares = np.square(values).ravel()
    most = np.partition(squares, at := int(_SPARED * (len(squares) - 1)))[at]
    return float(np.minimum(squares, most).mean())


def _spread(missed: Floats, detail: Floats) -> dict[str, float]:
    """Whether what is left lies in few places, and whether there where the detail is."""
    squares = np.square(missed)
    mean = max(float(squares.mean()), 1e-6)
    left = log_power(missed)
    varies = detail.std() > 1e-4 and left.std() > 1e-4
    return {
        "few": math.log10(float(np.square(squares).mean()) / mean**2 + 1e-3),
        "at_detail": float(np.corrcoef(detail, left)[0, 1]) if varies else 0.0,
    }


def _rounding(rounded: Rounded, offers: list[Floats]) -> dict[str, float]:
    """How far from the multiples that the picture keeps the other one lies, in steps."""
    aways = [offer.ravel()[rounded.at] / rounded.steps - rounded.kept for offer in offers]
    # Undoing what was done undoes a little of the rounding: what needs none is looked at as it is.
    rhyme = max(float(np.cos(2 * np.pi * away).mean()) for away in aways)
    one = int(np.argmin([np.minimum(np.abs(away), 1).mean() for away in aways]))
    away = aways[one]
    inner = offers[one].ravel()[rounded.zeros] / rounded.zero_steps
    found = {
        "off": float(np.median(np.abs(away))),
        "within": _share_within(away),
        "rhyme": rhyme,
        "sure": rhyme * math.sqrt(2 * len(away)),
        "grown": float((away * np.sign(rounded.kept)).mean()),
        "inner": _share_within(inner) if len(inner) > _FEWEST else _UNKNOWN,
        "zeros": _noise(inner) if len(inner) > _FEWEST else _UNKNOWN,
    }
    for band, these in enumerate(BANDS):
        here: Bools = these[rounded.at % 64]
        found[f"var{band}"] = _noise(away[here]) if here.sum() > _FEWEST // 2 else _UNKNOWN
    return found


def _share_within(away: Floats) -> float:
    return float((np.abs(away) <= _WITHIN).mean())


def _noise(away: Floats) -> float:
    """The power of what is off, over that of rounding, as a logarithm."""
    return math.log10(12 * float(np.minimum(away**2, _UTMOST**2).mean()) + 1e-3)
