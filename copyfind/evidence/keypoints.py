"""Where a picture has something to be known by, how large it is and which way it points.

Keypoints as SIFT's (Lowe, IJCV 2004): blobs that stand out in place and in size, looked for in
`scales`. What is left to do is done for all of them at once, in arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from copyfind.evidence.scales import FIRST_SIGMA, LAYERS, Scales, levels_of
from copyfind.records import Bools, Doubles, Floats, Ints

_CONTRAST = 0.01 * 255 / LAYERS  # levels; a quarter of OpenCV's default, for soft pictures
_HINT = 0.7 * _CONTRAST  # before the place is exact
# The curvatures of a blob differ by this factor at most: 10 is Lowe's. Of 800 edits by other means
# than the benchmark's 776 lie on their originals by 20 places with 15, 772 with 10.
_LONG = 15.0
_NEARBY = 0.8  # pixels, and layers, between an extremum's pixel and its exact place
_BORDER = 2  # pixels
_BINS = 36  # of directions
_WINDOW = 1.5  # sigma of what votes for the direction, in sigmas of the keypoint
_FAINT = 0.05  # weight that no longer votes
_PEAK = 0.8  # of the strongest direction: another keypoint
_CUBE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Of one picture, the strongest first; a place that points two ways is there twice."""

    levels: Ints  # (N,) from 1 on, of sigma FIRST_SIGMA * 2 ** (level / LAYERS)
    points: Doubles  # (N, 2) x and y, pixels
    sigmas: Doubles  # (N,) pixels
    angles: Doubles  # (N,) direction, degrees clockwise from the right, 0 to 360
    strengths: Floats  # (N,) how far they stand out, levels

    def only(self, kept: Ints) -> Keypoints:
        """Those at these places, (M,)."""
        return Keypoints(
            self.levels[kept],
            self.points[kept],
            self.sigmas[kept],
            self.angles[kept],
            self.strengths[kept],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Spots:
    """Pixels of scale space: where in the flat array of all, and how to walk from there.

    A stack is what is smoothed at one size: the first of two octaves, the others of one.
    """

    at: Ints  # (N,) place in the flat array
    stacks: Ints  # (N,)
    starts: Ints  # (N,) where the stack begins
    heights: Ints  # (N,) of its pictures
    widths: Ints  # (N,)

    @property
    def areas(self) -> Ints:
        """(N,) pixels of a picture, a step from layer to layer."""
        return self.heights * self.widths

    @property
    def places(self) -> tuple[Ints, Ints, Ints]:
        """(N,) each: layer of the stack, row, column."""
        layers, rest = np.divmod(self.at - self.starts, self.areas)
        return (layers, *np.divmod(rest, self.widths))

    def only(self, kept: Ints) -> _Spots:
        """Those at these places, (M,)."""
        return _Spots(
            self.at[kept],
            self.stacks[kept],
            self.starts[kept],
            self.heights[kept],
            self.widths[kept],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """The parabola through a spot and its 26 neighbours."""

    x: Floats  # (N,) how far its top is from the spot, pixels to the right
    y: Floats  # (N,) pixels down
    layer: Floats  # (N,) layers
    strength: Floats  # (N,) how far the top stands out, levels
    is_round: Bools  # (N,) no edge, which is known in one direction alone

    @property
    def away(self) -> Floats:
        """(N,) the longest of the three ways."""
        farthest: Floats = np.maximum(
            np.maximum(np.abs(self.x), np.abs(self.y)), np.abs(self.layer)
        )
        return farthest


def find_keypoints(scales: Scales, most: int) -> Keypoints | None:
    """Up to `most` places of a picture, each once for every way it points; None without."""
    flat, spots = _extrema(scales.stacks)
    if not len(spots.at):
        return None
    spots, fit = _made_exact(flat, _strongest(flat, spots, 3 * most))
    sound = np.flatnonzero((fit.away < _NEARBY) & (fit.strength >= _CONTRAST) & fit.is_round)
    sound = sound[np.argsort(-fit.strength[sound], kind="stable")]
    _, first = np.unique(spots.at[sound], return_index=True)  # two may have moved to one place
    kept = sound[np.sort(first)[:most]]
    if not len(kept):
        return None
    spots = spots.only(kept)
    layers, rows, columns = spots.places
    levels = levels_of(spots.stacks, layers)
    which, angles = _directions(scales, spots, levels)
    if not len(which):
        return None
    side = 2.0**spots.stacks  # pixels of the picture, of one of the stack
    points = np.stack([columns + fit.x[kept], rows + fit.y[kept]], axis=1) * side[:, None]
    sigmas = FIRST_SIGMA * 2 ** ((levels + fit.layer[kept]) / LAYERS)
    return Keypoints(
        levels=levels[which],
        points=points[which],
        sigmas=sigmas[which],
        angles=angles,
        strengths=fit.strength[kept][which],
    )


def _extrema(stacks: Sequence[Sequence[Floats]]) -> tuple[Floats, _Spots]:
    """What differs from layer to layer, all stacks one after another, and where it is extreme."""
    shapes = [(len(stack) - 1, *stack[0].shape) for stack in stacks]
    starts = np.cumsum([0, *(count * height * width for count, height, width in shapes)])
    flat = np.empty(starts[-1], np.float32)
    spots: list[Ints] = [np.empty(0, np.int64)]
    for stack, start, (count, height, width) in zip(stacks, starts.tolist(), shapes, strict=False):
        size = height * width
        layers = flat[start : start + count * size].reshape(count, height, width)
        for n, layer in enumerate(layers):
            cv2.subtract(stack[n + 1], stack[n], dst=layer)
        found = [
            start + n * size + np.flatnonzero(_is_extreme(*layers[n - 1 : n + 2]))
            for n in range(1, count - 1)
        ]
        spots.append(np.concatenate(found))
    at = np.concatenate(spots)
    of = np.searchsorted(starts, at, side="right") - 1
    heights, widths = np.array([shape[1:] for shape in shapes] or [(0, 0)]).T
    return flat, _Spots(at, of, starts[of], heights[of], widths[of])


def _is_extreme(finer: Floats, layer: Floats, coarser: Floats) -> Bools:
    """Where none of a pixel's 26 neighbours is above it, or none below, and it stands out."""
    # Raised to the least that stands out, none below can be equal to what is around it.
    top = cv2.dilate(cv2.max(cv2.max(finer, layer), cv2.max(coarser, _HINT)), _CUBE)
    bottom = cv2.erode(cv2.min(cv2.min(finer, layer), cv2.min(coarser, -_HINT)), _CUBE)
    extreme: Bools = (layer == top) | (layer == bottom)
    extreme[:_BORDER] = extreme[-_BORDER:] = False
    extreme[:, :_BORDER] = extreme[:, -_BORDER:] = False
    return extreme


def _strongest(flat: Floats, spots: _Spots, most: int) -> _Spots:
    if len(spots.at) <= most:
        return spots
    order = np.argsort(-np.abs(flat[spots.at]), kind="stable")
    return spots.only(np.sort(order[:most]))


def _made_exact(flat: Floats, spots: _Spots) -> tuple[_Spots, _Fit]:
    """The parabola at each; from where its top is nearer to a neighbour, once more from there."""
    fit = _fitted(flat, spots)
    moving = np.flatnonzero((fit.away > 0.5) & (fit.away < 2))
    some = spots.only(moving)
    layers, rows, columns = some.places
    most = np.where(some.stacks > 0, LAYERS, 2 * LAYERS)
    layers = np.clip(layers + _step(fit.layer[moving]), 1, most)
    rows = np.clip(rows + _step(fit.y[moving]), _BORDER, some.heights - 1 - _BORDER)
    columns = np.clip(columns + _step(fit.x[moving]), _BORDER, some.widths - 1 - _BORDER)
    at = spots.at.copy()
    at[moving] = some.starts + layers * some.areas + rows * some.widths + columns
    spots = _Spots(at, spots.stacks, spots.starts, spots.heights, spots.widths)
    return spots, _fitted(flat, spots)


def _step(way: Floats) -> Ints:
    return np.clip(np.rint(way), -1, 1).astype(np.int64)


def _fitted(flat: Floats, spots: _Spots) -> _Fit:
    """Brown and Lowe (BMVC 2002): the top of a parabola in place and layer."""
    at, row, plane = spots.at, spots.widths, spots.areas
    middle = flat[at]
    right, left, below, above = flat[at + 1], flat[at - 1], flat[at + row], flat[at - row]
    coarser, finer = flat[at + plane], flat[at - plane]
    x, y, s = (right - left) / 2, (below - above) / 2, (coarser - finer) / 2
    xx, yy, ss = right + left - 2 * middle, below + above - 2 * middle, coarser + finer - 2 * middle
    xy, xs, ys = (
        (flat[at + a + b] - flat[at + a - b] - flat[at - a + b] + flat[at - a - b]) / 4
        for a, b in ((row, 1), (plane, 1), (plane, row))
    )
    # The inverse of the symmetric matrix by its cofactors.
    c_xx, c_xy, c_xs = yy * ss - ys * ys, xs * ys - xy * ss, xy * ys - xs * yy
    c_yy, c_ys, c_ss = xx * ss - xs * xs, xy * xs - xx * ys, xx * yy - xy * xy
    size = xx * c_xx + xy * c_xy + xs * c_xs
    size = np.where(np.abs(size) < 1e-9, np.float32(1e-9), size)
    to_x = -(c_xx * x + c_xy * y + c_xs * s) / size
    to_y = -(c_xy * x + c_yy * y + c_ys * s) / size
    to_layer = -(c_xs * x + c_ys * y + c_ss * s) / size
    bent = (xx + yy) ** 2 * _LONG < (_LONG + 1) ** 2 * c_ss
    strength = np.abs(middle + (x * to_x + y * to_y + s * to_layer) / 2)
    return _Fit(to_x, to_y, to_layer, strength, (c_ss > 0) & bent)


def _directions(scales: Scales, spots: _Spots, levels: Ints) -> tuple[Ints, Doubles]:
    """Which spot, and where it points to in degrees: the slopes around it vote with their size."""
    _, rows, columns = spots.places
    votes = np.zeros((len(levels), _BINS + 1))
    for level in np.unique(levels).tolist():
        some = np.flatnonzero(levels == level)
        votes[some] = _votes(scales.at(level), rows[some], columns[some], level)
    votes[:, 0] += votes[:, _BINS]  # a whole turn
    ring = np.concatenate([votes[:, _BINS - 3 : _BINS], votes[:, :_BINS], votes[:, :3]], axis=1)
    smooth = ring[:, :-4] + ring[:, 4:] + 4 * (ring[:, 1:-3] + ring[:, 3:-1]) + 6 * ring[:, 2:-2]
    before, here, after = smooth[:, :-2], smooth[:, 1:-1], smooth[:, 2:]
    enough = _PEAK * here.max(axis=1, keepdims=True)
    which, bin_ = np.nonzero((here > before) & (here >= after) & (here >= enough))
    low, top, high = before[which, bin_], here[which, bin_], after[which, bin_]
    exact = bin_ + (low - high) / (low - 2 * top + high) / 2
    return which, exact * (360 / _BINS) % 360


def _votes(picture: Floats, rows: Ints, columns: Ints, level: int) -> Doubles:
    """(N, BINS + 1) how much slopes each way, in equal parts of a turn, there are around pixels."""
    window = _window((level - 1) % LAYERS)
    step = 1 if level <= LAYERS else 2  # pixels between those that vote
    reach = (window.reach + 1) * step
    height, width = picture.shape
    border = (reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    around = sliding_window_view(cv2.copyMakeBorder(picture, *border), (2 * reach + 1,) * 2)
    seen = around[..., ::step, ::step][rows, columns]  # (N, 2 reach + 3, 2 reach + 3) of the window
    across = (seen[:, 1:-1, 2:] - seen[:, 1:-1, :-2]).reshape(len(rows), -1)[:, window.places]
    down = (seen[:, 2:, 1:-1] - seen[:, :-2, 1:-1]).reshape(len(rows), -1)[:, window.places]
    sizes, angles = cv2.cartToPolar(across, down)
    sizes *= window.weights
    far = np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns))
    cut = np.flatnonzero(far < reach)  # beyond the border nothing votes
    y, x = rows[cut, None] + step * window.down, columns[cut, None] + step * window.right
    sizes[cut] *= (y >= 0) & (y < height) & (x >= 0) & (x < width)
    bins = cv2.convertScaleAbs(angles, alpha=_BINS / (2 * np.pi))
    cells = bins + (np.arange(len(rows)) * (_BINS + 1))[:, None]
    counted = np.bincount(cells.ravel(), sizes.ravel(), len(rows) * (_BINS + 1))
    return np.asarray(counted.reshape(len(rows), _BINS + 1), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """The pixels that vote for a keypoint."""

    reach: int  # steps, how far the farthest are away
    places: Ints  # (N,) where they are in the square of 2 reach + 1, flattened
    down: Ints  # (N,) steps
    right: Ints  # (N,)
    weights: Floats  # (N,) how much each counts


@cache
def _window(layer: int) -> _Window:
    """Of keypoints of the first octave's layers, from 0 on."""
    sigma = _WINDOW * FIRST_SIGMA * 2 ** ((layer + 1) / LAYERS)
    reach = int(sigma * (-2 * np.log(_FAINT)) ** 0.5)
    down, right = (p.ravel() for p in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    weights = np.exp(-(down**2 + right**2) / (2 * sigma**2)).astype(np.float32)
    votes = np.flatnonzero(weights >= _FAINT)
    return _Window(reach, votes, down[votes], right[votes], weights[votes])
