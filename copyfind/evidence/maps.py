"""Where two pictures that lie on each other agree, cell by cell and in the finest detail.

Everything a decision needs is told of cells of a grid: whether structure is the same, whether it
would be the same a few pixels on, whether each has structure of its own, what remains of a colour
once one map of colours is laid over the whole, and whether even grain and compression agree. What
was laid over one picture leaves the other as it was there; the same layout with other content has
something of its own in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.features import grey_of
from copyfind.evidence.fitting import reweighted
from copyfind.evidence.laying import Laid
from copyfind.evidence.planes import median
from copyfind.evidence.residual import evened, flow_between
from copyfind.records import Bools, Doubles, Floats, Pixels

CELL = 5  # pixels
CELLS = 64  # the longer side of what both show, in cells
_LEAST_COVERED = 0.7  # share of a cell that both show
TEXTURED = 0.35  # of the maps' texture: deviation of some 3 levels
_QUIET = 6.0  # levels²: what varies less has no structure to speak of
_ROUNDS, _ODD = 4, 10.0  # of fitting colours; levels from which a cell counts less
_LITTLE = 0.6  # of the size, from which nothing is lost between the pixels
_EVERY = 3  # cells, of which one is enough to fit to

_MEAN = np.full(3, 1 / 3, np.float32)  # of three colours
Levels = TypeVar("Levels", bound=NDArray[Any])

CHANNELS = (
    "fine", "coarse", "after", "moved", "texture a", "texture b", "edges a", "edges b", "slopes",
    "finest", "grain a", "grain b", "tone", "colour", "colour back",
    "chroma a", "chroma b", "light a", "light b",
)  # fmt: skip


@dataclass(frozen=True, eq=False)  # no slots: what is told of single cells needs a place
class Maps:
    """What was found in each cell."""

    values: Floats  # (CHANNELS, rows, columns), zero where not both pictures show anything
    covered: Bools  # (rows, columns)
    colours: tuple[Floats, Floats]  # (rows, columns, 3) of each picture, 0 to 255
    flow: Floats  # (rows, columns, 2) pixels by which the one is off the other

    def __getitem__(self, name: str) -> Floats:
        """(N,) one channel in the cells that both show."""
        values: Floats = self._of_cells[CHANNELS.index(name)]
        return values

    @cached_property
    def _of_cells(self) -> Floats:
        """(CHANNELS, N), gathered once."""
        return self.values[:, self.covered]

    def whole(self, name: str) -> Floats:
        """(rows, columns) one channel."""
        return np.asarray(self.values[CHANNELS.index(name)], np.float32)


def maps_of(laid: Laid) -> Maps | None:
    """None where hardly anything lies on each other."""
    residual = laid.residual
    ys, xs = np.flatnonzero(residual.covered.any(1)), np.flatnonzero(residual.covered.any(0))
    if len(ys) < CELL or len(xs) < CELL:
        return None
    box = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    theirs = 255 - residual.warped if laid.alignment.inverted else residual.warped
    height, width = len(residual.covered[box]), len(residual.covered[box][0])
    factor = CELL * CELLS / max(height, width)
    rows = min(max(round(height * factor / CELL), 3), CELLS)
    columns = min(max(round(width * factor / CELL), 3), CELLS)
    size = (columns * CELL, rows * CELL)
    how = cv2.INTER_CUBIC
    if factor < 1:  # of a fraction OpenCV takes six times as long to find the areas
        how = cv2.INTER_LINEAR if factor > _LITTLE else cv2.INTER_AREA
    a, b = (
        np.asarray(cv2.resize(np.ascontiguousarray(p[box]), size, interpolation=how))
        for p in (residual.frame, theirs)
    )
    mask = cv2.resize(residual.covered[box].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    mask = cv2.erode(mask, np.ones((5, 5), np.uint8)).astype(np.float32)
    covered: Bools = _cells(mask) >= _LEAST_COVERED
    if covered.sum() < 9:
        return None
    colours = (_cells(a.astype(np.float32)), _cells(b.astype(np.float32)))
    structure, flow = _structure(a, b, mask)
    values = np.stack([*structure, *_colours(*colours, covered)])
    return Maps(np.where(covered, values, 0).astype(np.float32), covered, colours, flow)


def largest(values: Levels) -> Levels:
    """Over the last of three channels, which NumPy's own way takes twenty times as long for."""
    most: Levels = np.maximum(np.maximum(values[..., 0], values[..., 1]), values[..., 2])
    return most


def quantiles(name: str, values: NDArray[Any], at: tuple[int, ...]) -> dict[str, float]:
    """Percentiles of (N,) values by name; -1 where there is nothing to measure."""
    found = [-1.0] * len(at)
    if len(values) > 4:
        ordered = np.sort(values)  # NumPy's percentiles take five times as long
        for number, percent in enumerate(at):
            below, share = divmod(percent / 100 * (len(ordered) - 1), 1)
            low, high = ordered[int(below) : int(below) + 2].tolist()
            found[number] = low + share * (high - low)
    return {f"{name} {p}": float(v) for p, v in zip(at, found, strict=True)}


def _cells(values: Floats) -> Floats:
    """Means over cells."""
    size = (values.shape[1] // CELL, values.shape[0] // CELL)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _structure(a: Pixels, b: Pixels, mask: Floats) -> tuple[list[Floats], Floats]:
    """The channels, and where each cell fits best."""
    grey_a, grey_b = (grey_of(p).astype(np.float32) * mask for p in (a, b))
    ours, theirs = (np.asarray(cv2.GaussianBlur(g, (0, 0), 0.8)) for g in (grey_a, grey_b))
    moments = _moments(ours, theirs)
    fine, deviations = _correlation(moments)
    coarse, _ = _correlation(_wider(moments))
    after, along = _moved(ours, theirs)
    distance = np.hypot(*(along[..., k] - np.float32(median(along[..., k])) for k in (0, 1)))
    moved = np.log1p(distance).astype(np.float32) / 2
    slopes, edges = _slopes(ours, theirs)
    finest, grain = _finest(grey_a, grey_b)
    channels = [
        fine, coarse, after, moved, *_logarithms(deviations, 4), *_logarithms(edges, 5),
        slopes, finest, *_logarithms(grain, 3),
    ]  # fmt: skip
    return channels, along


def _logarithms(pair: tuple[Floats, Floats], unit: float) -> list[Floats]:
    """Near 0 to 1."""
    return [np.asarray(np.log1p(values) / unit, np.float32) for values in pair]


def _moments(a: Floats, b: Floats) -> list[Floats]:
    """Means over cells, of both, their squares, and their product."""
    return [_cells(values) for values in (a, b, a * a, b * b, a * b)]


def _wider(moments: list[Floats]) -> list[Floats]:
    """Over three by three cells."""
    return [np.asarray(cv2.blur(values, (3, 3))) for values in moments]


def _correlation(moments: list[Floats]) -> tuple[Floats, tuple[Floats, Floats]]:
    """Near 0 where one has no structure; and both deviations."""
    sa, sb, aa, bb, ab = moments
    aa, bb = np.maximum(aa - sa * sa, 0), np.maximum(bb - sb * sb, 0)
    return (ab - sa * sb) / (np.sqrt(aa * bb) + _QUIET), (np.sqrt(aa), np.sqrt(bb))


def _moved(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Correlation where each place fits best, over three by three cells, and where that is."""
    # Flow sees structure alone, the same wherever it is bright.
    flow = flow_between(evened(a), evened(b))
    height, width = a.shape
    x = np.arange(width, dtype=np.float32)[None] + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    fitted = np.asarray(cv2.remap(b, x, y, cv2.INTER_LINEAR))
    after, _ = _correlation(_wider(_moments(a, fitted)))
    return after, _cells(flow)


def _slopes(a: Floats, b: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """Whether gradients point the same way, and how steep they are."""
    ax, ay, bx, by = (cv2.Sobel(g, cv2.CV_32F, *d) for g in (a, b) for d in ((1, 0), (0, 1)))
    same, aa, bb = (_cells(p) for p in (ax * bx + ay * by, ax * ax + ay * ay, bx * bx + by * by))
    return same / (np.sqrt(aa * bb) + 8 * _QUIET), (np.sqrt(aa), np.sqrt(bb))


def _finest(a: Floats, b: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """Correlation of what is left once all that is coarse is gone: grain, compression, edges."""
    fine_a, fine_b = (g - cv2.GaussianBlur(g, (0, 0), 1.2) for g in (a, b))
    aa, bb, ab = (cv2.blur(_cells(p), (3, 3)) for p in (fine_a**2, fine_b**2, fine_a * fine_b))
    aa, bb = np.maximum(aa, 0), np.maximum(bb, 0)
    return ab / (np.sqrt(aa * bb) + 0.5), (np.sqrt(aa), np.sqrt(bb))


def _colours(ours: Floats, theirs: Floats, covered: Bools) -> list[Floats]:
    """What differs once one map of colours is laid over all, both ways; colour and lightness."""
    forth, back = _remainder(theirs, ours, covered), _remainder(ours, theirs, covered)
    less, more = (forth, back) if _size(forth, covered) <= _size(back, covered) else (back, forth)
    chroma = [(largest(p) + largest(-p)) / 128 for p in (ours, theirs)]
    light = [p @ _MEAN / 128 - 1 for p in (ours, theirs)]
    found = (
        less @ _MEAN / 32, np.log1p(largest(np.abs(less))) / 3,
        np.log1p(largest(np.abs(more))) / 3, *chroma, *light,
    )  # fmt: skip
    return [np.asarray(values, np.float32) for values in found]


def _size(remainder: Floats, covered: Bools) -> float:
    return median(np.abs(remainder[covered]))


def _remainder(source: Floats, target: Floats, covered: Bools) -> Floats:
    """(rows, columns, 3) of the target that no quadratic map of the source's colours gives."""
    x = _terms(source)
    known, wanted = (p[covered][::_EVERY].astype(np.float64) for p in (x, target))

    def weigh(rest: Doubles) -> Doubles:
        return np.asarray(1 / (1 + (largest(np.abs(rest)) / _ODD) ** 2), np.float64)

    fitted = reweighted(known, wanted, weigh, rounds=_ROUNDS)
    return np.asarray(target - x @ fitted.astype(np.float32), np.float32)


def _terms(colours: Floats) -> Floats:
    """(rows, columns, 10) colours, their squares and products, and one."""
    r, g, b = (colours[..., k] * np.float32(1 / 255) for k in range(3))
    return np.stack([r, g, b, r * r, g * g, b * b, r * g, g * b, r * b, np.ones_like(r)], axis=2)
