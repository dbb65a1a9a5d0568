"""Would a person who flips between two pictures see them differ in anything but sharpness?

Laid on each other, what scaling and saving leave between two pictures is explained first: a shift
of a fraction of a pixel, more or less sharpness, one map of all tones and colours. The map itself
must be none. What is left has to be noise, and how strong noise is in flat places and in busy ones
the pair itself tells: a small thing that was changed stands out from everything around it.

Fitted by benchmarks/flipping.py (docs/decisions.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.residual import warp, well_inside
from copyfind.records import Bools, Doubles, Floats, Pixels

LONGEST = 1024  # pixels, where a picture is larger than its thumbnail
_EDGE = 4  # pixels along the edge of what both show that tell nothing
_FEWEST = 400  # pixels below which nothing can be told
_WITHIN = 1.5  # pixels by which corners may be off: two whole pictures lie corner on corner
_ENOUGH = 20_000  # pixels of which anything is told that holds for all
_BUSY = 8  # classes of places, from flat to busy
_NOISE = 0.9  # share of the places of a class that are taken for noise
_LEVELS = 2.0  # what is never seen, added to the noise
_RELATIVE = 0.1  # of the contrast of a place: what sharpening and ringing make there at least
_ROUNDS, _FITTED = 3, 97  # of fitting, without what fitted worst; percent that stay at least
_RIDGE = 1e-3  # of a weight, squared, against the mean of the squares it explains
_SMOOTHED, _SMOOTHED_COLOUR = 0.7, 1.5  # sigma in pixels
# Sigma in pixels of what is looked for, how many times the noise it has to be, and whether it is
# looked for at half the size.
_BRIGHTNESS = ((1.0, 5.5, False), (2.0, 4.5, False), (4.0, 3.0, True))
_COLOUR = ((3.0, 2.2, True), (6.0, 1.4, True))
_DETAIL, _DETAIL_TIMES = 5, 4.0  # pixels of the window in which fine detail is added up
_TONE, _OF_PICTURE = 2.6, 95  # levels by which that percentage of it is at most toned otherwise
_FLATTER = 70  # percent of the places, the flatter ones, that tell tones
# Pixels of a place, how many there are at least, percent of them that are off by at most so many
# levels.
_PLACE, PLACES, _OF_PLACES, OTHER_LIGHT = 16, 50, 98, 2.6
_BUSIER = 2.0  # times as many where it is busy
_FAINT, _COLOURED, _SHARE = 1.5, 3.0, 0.004  # chroma of no colour, of a colour; share coloured
_ALL_OF_IT = 99.9  # percent of a grey picture that has no colour
# Chroma and share of a picture whose colours tell whether they all are paler; what is left of them
# below which that is seen; the size at which they are asked and its sigma, where an edge is none.
_PALE, _FEW, _LEFT = 4.0, 0.002, 0.87
_COARSE, _COARSE_SIGMA = 4, 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Flicker:
    """What is seen between two pictures; each number is 1 where it begins to be seen."""

    tone: float  # brightness and colours of the whole
    colour: float  # colours that only one of them has
    paler: float  # all colours, of the one than of the other
    light: float  # of larger places, which no map of tones explains
    spots: float  # the strongest place
    where: Bools  # (H, W) of the coarser picture: places that are seen
    first_is_grey: bool = False  # if it is the second that has colours

    def is_seen(self, least: float = 1.0) -> bool:
        """Whether they differ in anything but sharpness; least: of a spot, to count."""
        return max(self.tone, self.colour, self.paler, self.light, self.spots / least) >= 1.0


def flicker(first: Pixels, second: Pixels, relative: Doubles) -> Flicker:
    """Pictures (H, W, 3) that show the whole of each other; relative: first -> second, 0 to 1."""
    return between(*laid_to_the_pixel(first, second, relative))


def between(ours: Pixels, theirs: Pixels, inner: Bools) -> Flicker:
    """The same of pictures that lie on each other to a pixel, where both are."""
    nothing = np.zeros(inner.shape, bool)
    (a, *chroma), (b, *other_chroma) = _channels(ours), _channels(theirs)
    if inner.sum() < _FEWEST:
        return Flicker(0.0, 0.0, 0.0, 0.0, 0.0, nothing)
    planes = [(a, b), *zip(chroma, other_chroma, strict=True)]
    common = _tone_columns([_mean(x, y) for x, y in planes])
    busy = busy_of(a + b)
    tones: list[Floats] = []
    found = np.zeros(inner.shape, np.float32)
    light = 0.0
    for number, (x, y) in enumerate(planes):
        map_of_it, left, times = _compared(x, y, common, inner, is_colour=number > 0)
        tones.append(map_of_it)
        np.maximum(found, times, out=found)
        light = max(light, light_of_places(left, busy, inner, is_colour=number > 0))
    where: Bools = found >= 1
    lost, more = _coloured(chroma, other_chroma, inner), _coloured(other_chroma, chroma, inner)
    return Flicker(
        tone=float(np.percentile(_on_flat(tones, busy, inner), _OF_PICTURE)) / _TONE,
        colour=max(lost, more) / _SHARE,
        paler=(1 - _left(chroma, other_chroma, inner)) / (1 - _LEFT),
        light=light / OTHER_LIGHT,
        spots=float(found.max()),
        where=where,
        first_is_grey=more > lost,
    )


def places(ours: Floats, theirs: Floats, inner: Bools, *, least: float = 1.0) -> Bools:
    """(H, W) what is seen between two grey pictures that lie on each other, whatever their tone;
    at least so much, 1 where it begins to be seen."""
    if inner.sum() < _FEWEST:
        return np.zeros(inner.shape, bool)
    bright = np.asarray(_soft(_mean(ours, theirs), 2.0) / 100, np.float32)
    common = np.stack([np.ones_like(bright), bright, bright * bright])
    _, _, found = _compared(ours, theirs, common, inner, is_colour=False)
    where: Bools = found >= least
    return where


def _compared(
    ours: Floats, theirs: Floats, common: Floats, inner: Bools, *, is_colour: bool
) -> tuple[Floats, Floats, Floats]:
    """Of one channel, (H, W) each: its map of tones, what is left, how many times what is seen."""
    smoothed = _SMOOTHED_COLOUR if is_colour else _SMOOTHED
    difference, pattern = _soft(theirs - ours, smoothed), _soft(_mean(ours, theirs), smoothed)
    tone, left = _explained(difference, common, _geometry_columns(pattern), inner)
    found = np.zeros(inner.shape, np.float32)
    for sigma, times, halved in _COLOUR if is_colour else _BRIGHTNESS:
        np.maximum(found, _spots(left, pattern, inner, sigma, halved=halved) / times, out=found)
    if not is_colour:
        np.maximum(found, _detail(left, pattern, inner) / _DETAIL_TIMES, out=found)
    return tone, left, found


def busy_of(bright: Floats) -> Floats:
    """(H, W) the power of what is fine in a picture, summed from both."""
    fine = bright - _soft(bright, 2.0)
    return np.asarray(fine * fine, np.float32)


def light_of_places(left: Floats, busy: Floats, inner: Bools, *, is_colour: bool) -> float:
    """Levels by which places as a whole are off, in the worst of the flatter ones; or of all, where
    scaling moves a little along edges, and of colours more.

    Scaling and saving keep the mean of a place; the light of another moment does not, nor another
    focus, however much else is alike, and where it changes everywhere no place stands out.
    """
    whole = whole_places(inner)
    if whole.sum() < PLACES:
        return 0.0
    size = whole.shape[1], whole.shape[0]
    off = np.abs(cv2.resize(left, size, interpolation=cv2.INTER_AREA)[whole])
    there = cv2.resize(busy, size, interpolation=cv2.INTER_AREA)[whole]
    flat = float(np.percentile(off[there <= np.percentile(there, _FLATTER)], _OF_PLACES))
    return flat if is_colour else max(flat, float(np.percentile(off, _OF_PLACES)) / _BUSIER)


def whole_places(inner: Bools) -> Bools:
    """(rows, columns) of 16 pixels, all of which are known."""
    height, width = inner.shape
    size = (max(width // _PLACE, 1), max(height // _PLACE, 1))
    known = cv2.resize(inner.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(known > 0.9)


def laid_to_the_pixel(
    first: Pixels, second: Pixels, relative: Doubles
) -> tuple[Pixels, Pixels, Bools]:
    """Both in the frame of the coarser, the first picture's first, and where both are."""
    (high, wide), (height, width) = first.shape[:2], second.shape[:2]
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    moved = cv2.perspectiveTransform(corners[None], relative)[0]
    smaller = np.array([min(wide, width), min(high, height)])
    if float(np.abs((moved - corners) * smaller).max()) <= _WITHIN:
        relative = np.eye(3)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    into, onto = np.diag([wide, high, 1.0]), np.diag([width, height, 1.0])
    matrix = np.linalg.inv(half) @ onto @ relative @ np.linalg.inv(into) @ half
    in_first = abs(np.linalg.det(matrix[:2, :2])) >= 1.0
    frame, other = (first, second) if in_first else (second, first)
    if frame.shape == other.shape and np.allclose(matrix, np.eye(3)):
        covered = np.ones(frame.shape[:2], np.uint8)
    else:
        matrix = np.linalg.inv(matrix) if in_first else matrix
        size = frame.shape[1::-1]
        mask = np.ones(other.shape[:2], np.uint8)
        other = warp(other, matrix.astype(np.float64), (size[0], size[1]))
        covered = cv2.warpPerspective(mask, matrix, size, flags=cv2.INTER_NEAREST)
    inner = well_inside(covered > 0, _EDGE)
    return (frame, other, inner) if in_first else (other, frame, inner)


def _channels(picture: Pixels) -> list[Floats]:
    """Brightness and two colours, of which 0 is grey."""
    y, r, b = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    return [y, r - 128, b - 128]


def _on_flat(tones: Sequence[Floats], busy: Floats, inner: Bools) -> Floats:
    """(N,) how far tones are off in the flatter places: in letters it is their sharpness."""
    some = _some(inner)
    there = _soft(busy, 2.0)[some][inner[some]]
    off = np.sqrt(sum(t[some][inner[some]] ** 2 for t in tones))
    flat = there <= np.percentile(there, _FLATTER)
    return np.asarray(off[flat], np.float32)


def _some(inner: Bools) -> tuple[slice, slice]:
    """Pixels, far enough apart, that stand for all."""
    step = max(math.ceil(math.sqrt(np.count_nonzero(inner) / _ENOUGH)), 1)
    return slice(None, None, step), slice(None, None, step)


def _tone_columns(means: Sequence[Floats]) -> Floats:
    """(C, H, W) what one map of tones and colours is made of; scaled to numbers about 1."""
    bright, red, blue = (_soft(mean, 2.0) for mean in means)
    bright /= 100
    return np.stack([np.ones_like(bright), bright, bright * bright, red / 30, blue / 30])


def _geometry_columns(pattern: Floats) -> Floats:
    """(C, H, W) what a small shift, turn or stretch, and more or less sharpness, are made of."""
    height, width = pattern.shape
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.empty((8, height, width), np.float32)
    columns[0] = cv2.Scharr(pattern, cv2.CV_32F, 1, 0, scale=1 / 32)
    columns[1] = cv2.Scharr(pattern, cv2.CV_32F, 0, 1, scale=1 / 32)
    np.multiply(x, columns[:2], out=columns[2:6:2])
    np.multiply(y, columns[:2], out=columns[3:6:2])
    soft = _soft(pattern, 1.2)
    np.subtract(pattern, soft, out=columns[6])
    np.subtract(soft, _soft(pattern, 2.5), out=columns[7])
    return columns


def _explained(
    difference: Floats, common: Floats, geometry: Floats, inner: Bools
) -> tuple[Floats, Floats]:
    """What the map of tones makes of the difference, and what nothing explains."""
    some = np.s_[::2, ::2]  # no fewer: of a page with one line all ink lies in a hundredth
    there = inner[some]
    known = np.concatenate([part[:, *some][:, there] for part in (common, geometry)])  # (C, N)
    wanted = difference[some][there]
    kept = np.ones(len(wanted), np.float32)
    middle, fitted = len(wanted) // 2, min(len(wanted) * _FITTED // 100, len(wanted) - 1)
    weights = np.zeros(len(known), np.float32)
    for number in range(_ROUNDS):
        if number:
            off = np.abs(wanted - weights @ known)
            # Of a page all but the letters is the same; those tell shift and sharpness.
            ordered = np.partition(off, (middle, fitted))
            most = max(4 * float(ordered[middle]), float(ordered[fitted]))
            kept = (off <= most).astype(np.float32)
        counted = known * kept
        gram = (counted @ known.T).astype(np.float64)
        # A page has one tone and no other.
        gram[np.diag_indices_from(gram)] += _RIDGE * float(kept.sum())
        weights = np.linalg.solve(gram, (counted @ wanted).astype(np.float64)).astype(np.float32)
    tone, rest = (
        (w @ part.reshape(len(part), -1)).reshape(inner.shape)
        for w, part in ((weights[: len(common)], common), (weights[len(common) :], geometry))
    )
    left = np.where(inner, difference - tone - rest, np.float32(0))
    return np.asarray(tone, np.float32), np.asarray(left, np.float32)


def _spots(left: Floats, pattern: Floats, inner: Bools, sigma: float, *, halved: bool) -> Floats:
    """(H, W) how many times the noise what is left is, at one size."""
    height, width = left.shape
    if halved:
        size = (max(width // 2, 1), max(height // 2, 1))
        left, pattern = (cv2.resize(v, size, interpolation=cv2.INTER_AREA) for v in (left, pattern))
        inner = cv2.resize(inner.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        sigma /= 2
    seen = np.abs(_soft(left, sigma))
    fine = pattern - _soft(pattern, 2 * sigma)
    found = _times(seen, _soft(fine * fine, 2 * sigma), inner)
    if halved:
        found = cv2.resize(found, (width, height), interpolation=cv2.INTER_NEAREST)
    return found


def _detail(left: Floats, pattern: Floats, inner: Bools) -> Floats:
    """The same for what is as fine as letters."""
    window = (_DETAIL, _DETAIL)
    seen = np.sqrt(np.maximum(cv2.blur(left * left, window), 0))
    fine = pattern - cv2.blur(pattern, window)
    return _times(seen, cv2.blur(fine * fine, window), inner)


def _times(seen: Floats, busy: Floats, inner: Bools) -> Floats:
    """What is seen, over what is seen in places as busy."""
    some = _some(inner)
    here, there = (values[some][inner[some]] for values in (seen, busy))
    if not len(here):
        return np.zeros(seen.shape, np.float32)
    ends = len(there) * np.arange(1, _BUSY) // _BUSY
    limits = np.partition(there, ends)[ends]
    classes = np.searchsorted(limits, there, side="right")
    expected = np.empty(seen.shape, np.float32)
    before = -1.0
    for number, limit in enumerate([-np.inf, *limits.tolist()]):
        of_class = here[classes == number]
        if not len(of_class):
            continue
        at = int(_NOISE * (len(of_class) - 1))
        noise = float(np.partition(of_class, at)[at])
        if before < 0:
            expected[:] = noise
        elif noise > before:  # where it is busier there is no less
            below = float(np.nextafter(np.float32(limit), np.float32(-np.inf)))
            expected += cv2.threshold(busy, below, noise - before, cv2.THRESH_BINARY)[1]
        before = max(before, noise)
    least = np.sqrt(np.maximum(busy, 0))
    least *= _RELATIVE
    np.maximum(expected, least, out=expected)
    expected += _LEVELS
    found = np.divide(seen, expected, out=expected)
    found[~inner] = 0
    return found


def _coloured(ours: Sequence[Floats], theirs: Sequence[Floats], inner: Bools) -> float:
    """The share of the first picture that has colours where the second has none at all."""
    a, b = (
        np.hypot(*(cv2.resize(c, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for c in p))
        for p in (ours, theirs)
    )
    some = cv2.resize(inner.astype(np.uint8), a.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    a, b = a[some], b[some]
    is_grey = float(np.percentile(b, _ALL_OF_IT)) <= _FAINT
    return float((a > _COLOURED).mean()) if is_grey else 0.0


def _left(ours: Sequence[Floats], theirs: Sequence[Floats], inner: Bools) -> float:
    """How much of the colours of the one is left in the other, however few there are; 1 for all.

    A map of tones makes pale colours of strong ones: where they are few, no place stands out, and
    most of the picture is toned as before.
    """
    size = max(inner.shape[1] // _COARSE, 1), max(inner.shape[0] // _COARSE, 1)

    def coarse(colour: Floats) -> Floats:
        known = np.where(inner, colour, 0)
        return _soft(cv2.resize(known, size, interpolation=cv2.INTER_AREA), _COARSE_SIGMA)

    a, b = ([coarse(colour) for colour in of_one] for of_one in (ours, theirs))
    some = np.maximum(np.hypot(*a), np.hypot(*b)) > _PALE
    if some.sum() < _FEW * inner.sum() / _COARSE**2:
        return 1.0
    both = sum(float(p[some] @ q[some]) for p, q in zip(a, b, strict=True))
    of_each = (sum(float(p[some] @ p[some]) for p in of_one) for of_one in (a, b))
    return both / max(of_each)


def _mean(ours: Floats, theirs: Floats) -> Floats:
    return np.asarray((ours + theirs) / 2, np.float32)


def _soft(values: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
