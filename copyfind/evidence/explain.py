"""Measurements of a copy -> what was done to it, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Alignment
from copyfind.evidence.outside import Beyond
from copyfind.evidence.planes import jacobian_at, mirroring
from copyfind.records import Bools, Floats, Pixels
from copyfind.verdict import Outside

# Degrees that are noticed, of copies that were not turned .14 at most are measured; and those below
# which they are told to a tenth.
_TURN, _SLIGHT = 0.4, 0.95
_SIZE = 0.02  # relative difference of scale that is noticed
_STRETCH = 1.04  # aspect ratio, one side against the other
_PERSPECTIVE = 0.06  # how much one end is nearer than the other
_GREY = 4.0  # mean chroma, levels, of a picture without colours
_COLOURS = 8.0  # mean chroma of one with
_FADED, _VIVID = 0.65, 2.0  # factors of chroma that light alone makes
_DRIFT = 6.5  # levels of colour that it does not explain
_BRIGHTER = 12.0  # levels
_CONTRAST = 1.18
_SOFTER = 0.6  # share of the fine detail that is left of a blurred picture
_SHARPER = 1.5
_MARGIN = 0.02  # share of a side from which a bar is one
_TONES = ("brighter", "darker", "more contrast", "less contrast", "colours changed")
_PASTED = "pasted into a bigger picture"

_PLATEAU, _ALONE = 2.5, 0.6  # levels; share of larger steps that have a plateau at their side
_ONE_DETAIL = 0.9  # correlation of the fine detail from which large pixels were there before


@dataclass(frozen=True, slots=True)
class Geometry:
    """An alignment in the terms of people: what was done to the first to get the second."""

    scale: float  # in pixels of the full-size pictures
    turned: float  # degrees, clockwise, -180 to 180
    stretched: float  # longest over shortest scale
    perspective: float  # depth of the farthest over that of the nearest corner, minus 1
    mirrored: bool
    margins: tuple[float, float, float, float]  # left, top, right, bottom of the second, shares


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """Colours, brightness and detail of two pictures where both are; each number is of the first
    and of the second."""

    covariance: float  # of brightness
    brightness: tuple[float, float]
    deviation: tuple[float, float]
    chroma: tuple[float, float]  # mean
    colours: tuple[Floats, Floats]  # (2, N) each, of every fourth pixel that is not clipped
    energy: tuple[float, float]  # of the fine detail, mean
    shared: float  # correlation of the fine detail
    pixelated: tuple[bool, bool]

    def reversed(self) -> Tone:
        """The second picture first."""
        return Tone(
            self.covariance,
            self.brightness[::-1],
            self.deviation[::-1],
            self.chroma[::-1],
            self.colours[::-1],
            self.energy[::-1],
            self.shared,
            self.pixelated[::-1],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two pictures laid onto each other; both in one frame, at one size."""

    tone: Tone | None  # None where they share too little to tell
    overlap: tuple[float, float]
    beyond: tuple[Beyond, Beyond]
    different: float  # share of the common area where the second shows something else
    taken_off: bool = False  # which lies in the first picture, as far as its edges tell


def geometry(
    alignment: Alignment,
    *,
    frame: tuple[int, int],
    onto: tuple[int, int],
    reduced: tuple[float, float],
) -> Geometry:
    """frame, onto: (width, height) of the first and the second picture as aligned; reduced: how
    much smaller each was than its full size when it was aligned."""
    width, height = frame
    matrix = alignment.matrix @ mirroring(width) if alignment.mirrored else alignment.matrix
    u, (long, short), v = np.linalg.svd(jacobian_at(matrix, width / 2, height / 2))
    rotation = u @ v
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    placed = (cv2.perspectiveTransform(corners[None], matrix)[0] + 0.5) / np.array(onto)
    (left, top), (right, bottom) = placed.min(axis=0), placed.max(axis=0)
    return Geometry(
        scale=math.sqrt(long * short) * reduced[0] / reduced[1],
        turned=math.degrees(math.atan2(rotation[1, 0], rotation[0, 0])),
        stretched=long / short,
        perspective=float(depth.max() / depth.min() - 1),
        mirrored=alignment.mirrored,
        margins=(float(left), float(top), float(1 - right), float(1 - bottom)),
    )


def how(pair: Pair, geometry: Geometry) -> tuple[str, ...]:
    """What was done to the first picture to get the second, most telling first."""
    said = [*_shape(geometry), *_content(pair, geometry), *_tone(pair.tone)]
    told = {word.split(" ", 1)[0] for word in said}
    plain = told <= {"mirrored", "turned", "greyscale", "inverted"}
    if plain or abs(math.log(geometry.scale)) > 5 * _SIZE:
        said += _size(geometry)
    return tuple(said) or ("recompressed",)


def is_tone(word: str) -> bool:
    """Whether it says nothing but that brightness, contrast or colours are others."""
    return word in _TONES


def is_slight(word: str) -> bool:
    """Whether it says that one is turned by so little that a camera in hand may have done it."""
    return word.startswith(("rotated by 0.", "rotated by -0."))


def _shape(g: Geometry) -> list[str]:
    said = []
    quarter = round(g.turned / 90) * 90
    straight = abs(g.turned - quarter) <= _TURN
    if g.mirrored and straight and quarter % 360 == 180:
        said.append("mirrored top to bottom")
    else:
        if g.mirrored:
            said.append("mirrored")
        if not straight:
            said.append(f"rotated by {g.turned:.{1 if abs(g.turned) < _SLIGHT else 0}f}°")
        elif quarter % 360:
            said.append(f"turned by {abs(quarter)}°")
    if g.perspective > _PERSPECTIVE:
        said.append("seen at an angle")
    elif g.stretched > _STRETCH:
        said.append(f"stretched {g.stretched:.2f} : 1")
    return said


def _content(pair: Pair, g: Geometry) -> list[str]:
    said = []
    ours, theirs = pair.beyond
    of_first, of_second = pair.overlap
    if ours.kind is Outside.PLAIN:
        said.append("border removed")
    elif ours.kind is Outside.PICTURE and ours.goes_on:
        said.append(f"cropped to {of_first:.0%}")
    elif ours.kind is Outside.PICTURE:
        said.append("cut out of a bigger picture")
    tilted = abs(g.turned - round(g.turned / 90) * 90) > _TURN
    if theirs.kind is Outside.PICTURE and theirs.goes_on:
        said.append(f"more around it, of which it is {of_second:.0%}")
    elif theirs.kind is not Outside.NOTHING:
        said += _around(theirs.kind, g, of_second, tilted=tilted)
    if pair.different >= 0.01:
        what = "taken off" if pair.taken_off else "laid over"
        said.append(f"something {what} {max(pair.different, 0.01):.0%} of it")
    return said


def _around(kind: Outside, g: Geometry, share: float, *, tilted: bool) -> list[str]:
    """What the second picture was put into."""
    left, top, right, bottom = (margin > _MARGIN for margin in g.margins)
    if kind is Outside.PICTURE:
        wide, high = (abs(a) + abs(b) <= 2 * _MARGIN for a, b in (g.margins[::2], g.margins[1::2]))
        return ["part of a collage" if (wide or high) and not tilted else _PASTED]
    if tilted and share > 0.45 and not all((left, top, right, bottom)):
        return []  # the corners that a rotation leaves empty
    if share < 0.42:
        return [_PASTED]
    added = f"({1 - share:.0%} of the whole)"
    if (top and bottom) != (left and right) and sum((left, top, right, bottom)) == 2:
        return [f"letterboxed {added}"]
    if sum((left, top, right, bottom)) == 1:
        return [f"caption bar added {added}" if top or bottom else f"bar added {added}"]
    return [f"border added {added}"]


def tone_of(first: Pixels, second: Pixels, covered: Bools) -> Tone | None:
    """Measured once for both directions, in every other line; None where the pictures share too
    little."""
    eroded = cv2.erode(covered.astype(np.uint8), np.ones((5, 5), np.uint8))
    inner: Bools = eroded[::2] > 0
    if inner.sum() < 50:
        return None
    pictures = [np.ascontiguousarray(p[::2]) for p in (first, second)]
    # NumPy takes twenty times as long for what goes across the three numbers of a pixel.
    clear = [cv2.inRange(p, (5, 5, 5), (249, 249, 249)) for p in pictures]
    unclipped: Bools = (cv2.bitwise_and(*clear) > 0) & inner
    labs = [cv2.split(cv2.cvtColor(p, cv2.COLOR_RGB2LAB)) for p in pictures]
    bright = [lab[0][inner].astype(np.float32) for lab in labs]
    means = [float(values.mean()) for values in bright]
    around = [values - np.float32(mean) for values, mean in zip(bright, means, strict=True)]
    covariance, *variances = (float(x @ y) / len(x) for x, y in _products(around))
    greys = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (first, second)]
    # One pixel either way is resampling; two are what people see as sharpness.
    fine = [(grey - cv2.GaussianBlur(grey, (0, 0), 2.0))[::2][inner] for grey in greys]
    energy = [float(np.abs(values).mean()) for values in fine]
    across, *own = (float(x @ y) for x, y in _products([f - f.mean() for f in fine]))
    shared = across / math.sqrt(max(own[0] * own[1], 1e-6)) if min(energy) > 0.1 else 1.0
    large = [shared < _ONE_DETAIL and _is_pixelated(grey, eroded > 0) for grey in greys]
    return Tone(
        covariance,
        _two(means),
        _two([math.sqrt(v) for v in variances]),
        _two([_chroma(lab, inner) for lab in labs]),
        _both([_colours([c[:, ::2] for c in lab], unclipped[:, ::2]) for lab in labs]),
        _two(energy),
        shared,
        (large[0], large[1]),
    )


def _products(of: list[Floats]) -> list[tuple[Floats, Floats]]:
    return [(of[0], of[1]), (of[0], of[0]), (of[1], of[1])]


def _two(values: list[float]) -> tuple[float, float]:
    return values[0], values[1]


def _both(values: list[Floats]) -> tuple[Floats, Floats]:
    return values[0], values[1]


def _colours(lab: Sequence[Pixels], where: Bools) -> Floats:
    """(2, N), 0 is grey."""
    return np.stack([lab[1][where], lab[2][where]]).astype(np.float32) - 128


def _chroma(lab: Sequence[Pixels], where: Bools) -> float:
    a, b = _colours(lab, where)
    return float(cv2.magnitude(a, b).mean())


def _tone(tone: Tone | None) -> list[str]:
    """Colours, brightness, contrast and detail, where both pictures are."""
    if tone is None:
        return []
    said = []
    if tone.covariance / max(tone.deviation[0] ** 2, 1.0) < -0.3:
        return ["inverted"]
    before, after = tone.chroma
    if after < _GREY and before > _COLOURS:
        said.append("greyscale")
    elif before < _GREY and after > _COLOURS:
        said.append("coloured")
    elif _drift(*tone.colours) > _DRIFT:
        said.append("colours changed")
    difference = tone.brightness[1] - tone.brightness[0]
    if abs(difference) > _BRIGHTER:
        said.append("brighter" if difference > 0 else "darker")
    ratio = tone.deviation[1] / max(tone.deviation[0], 1.0)
    if ratio > _CONTRAST or ratio < 1 / _CONTRAST:
        said.append("more contrast" if ratio > 1 else "less contrast")
    return [*said, *_detail(tone, ratio)]


def _drift(x: Floats, y: Floats) -> float:
    """(2, N) each: the change of colour that more or less light does not explain, in levels."""
    if x.shape[1] < 25:
        return 0.0
    # Brighter colours are stronger colours; what that does not explain was changed.
    gain = float(np.vdot(x, y)) / max(float(np.vdot(x, x)), 1.0)
    change = np.abs(y - np.float32(np.clip(gain, _FADED, _VIVID)) * x)
    largest, middle = np.maximum(change[0], change[1]), x.shape[1] // 2
    return float(np.partition(largest, middle)[middle])


def _detail(tone: Tone, contrast: float) -> list[str]:
    """Sharpness, noise and large pixels. Contrast scales detail too; only the rest counts."""
    sharpness = tone.energy[1] / max(tone.energy[0] * max(contrast, 0.3), 1e-6)
    if tone.pixelated[1] and not tone.pixelated[0]:
        return ["pixelated"]
    if sharpness < _SOFTER:
        return ["blurred"]
    if sharpness > _SHARPER:
        return ["sharpened" if tone.shared > 0.5 else "noise added"]
    return []


def _is_pixelated(grey: Floats, inner: Bools) -> bool:
    """Steps between plateaus, where there is texture: most neighbours are equal, others far off."""
    mean = cv2.blur(grey, (15, 15))
    rough = cv2.blur(grey * grey, (15, 15)) - mean * mean > 100
    steps, where = np.abs(np.diff(grey, axis=1)), (inner & rough)[:, 1:]
    step = steps[where]
    if len(step) < 200:
        return False
    small = step <= _PLATEAU
    # A step stands alone; what was only enlarged climbs for several pixels.
    large = (steps > _PLATEAU) & where
    alone = large[:, 1:-1] & ~(large[:, :-2] & large[:, 2:])
    stands_out = float(alone.sum()) > _ALONE * max(float(large[:, 1:-1].sum()), 1.0)
    return 0.55 < float(small.mean()) < 1 and float(step[~small].mean()) > 10 and stands_out


def _size(g: Geometry) -> list[str]:
    return [f"resized to {g.scale:.0%}"] if abs(math.log(g.scale)) > _SIZE else []
