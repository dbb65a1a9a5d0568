"""Where two pictures that lie on each other agree, cell by cell and in the finest detail.

Everything a decision needs is told of cells of a grid: whether structure is the same, whether it
would be the same a few pixels on, whether each has structure of its own, what remains of a colour
once one map of colours is laid over the whole, and whether even grain and compression agree. What
was laid over one picture leaves the other as it was there; the same layout with other content has
something of its own in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Doubles
from copyfind.evidence.features import grey_of
from copyfind.evidence.laying import Laid
from copyfind.evidence.residual import evened, flow_between
from copyfind.records import Bools, Floats, Pixels

CELL = 5  # pixels
CELLS = 64  # the longer side of what both show, in cells
_LEAST_COVERED = 0.7  # share of a cell that both show
_QUIET = 6.0  # levels²: what varies less has no structure to speak of
_ROUNDS, _ODD = 4, 10.0  # of fitting colours; levels from which a cell counts less
_EVERY = 3  # cells, of which one is enough to fit to

CHANNELS = (
    "covered", "fine", "coarse", "after", "moved", "texture a", "texture b", "edges a",
    "edges b", "slopes", "finest", "grain a", "grain b", "tone", "colour", "colour back",
    "chroma a", "chroma b", "light a", "light b",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """What was found in each cell."""

    values: Floats  # (CHANNELS, rows, columns), zero where not both pictures show anything
    covered: Bools  # (rows, columns)

    def __getitem__(self, name: str) -> Floats:
        """(N,) one channel in the cells that both show."""
        return np.asarray(self.values[CHANNELS.index(name)][self.covered], np.float32)


def maps_of(laid: Laid) -> Maps | None:
    """None where hardly anything lies on each other."""
    residual = laid.residual
    ys, xs = np.flatnonzero(residual.covered.any(1)), np.flatnonzero(residual.covered.any(0))
    if len(ys) < CELL or len(xs) < CELL:
        return None
    box = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    theirs = 255 - residual.warped if _is_negative(laid) else residual.warped
    height, width = len(residual.covered[box]), len(residual.covered[box][0])
    factor = CELL * CELLS / max(height, width)
    rows = min(max(round(height * factor / CELL), 3), CELLS)
    columns = min(max(round(width * factor / CELL), 3), CELLS)
    size = (columns * CELL, rows * CELL)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    a, b = (
        np.asarray(cv2.resize(np.ascontiguousarray(p[box]), size, interpolation=how))
        for p in (residual.frame, theirs)
    )
    mask = cv2.resize(residual.covered[box].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    mask = cv2.erode(mask, np.ones((5, 5), np.uint8)).astype(np.float32)
    covered: Bools = _cells(mask) >= _LEAST_COVERED
    if covered.sum() < 9:
        return None
    values = np.stack(
        [covered.astype(np.float32), *_structure(a, b, mask), *_colours(a, b, covered)]
    )
    return Maps(np.where(covered, values, 0).astype(np.float32), covered)


def _is_negative(laid: Laid) -> bool:
    return laid.alignment.inverted


def _cells(values: Floats) -> Floats:
    """Means over cells."""
    size = (values.shape[1] // CELL, values.shape[0] // CELL)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _structure(a: Pixels, b: Pixels, mask: Floats) -> list[Floats]:
    grey_a, grey_b = (grey_of(p).astype(np.float32) * mask for p in (a, b))
    ours, theirs = (np.asarray(cv2.GaussianBlur(g, (0, 0), 0.8)) for g in (grey_a, grey_b))
    moments = _moments(ours, theirs)
    fine, deviations = _correlation(moments)
    coarse, _ = _correlation(_wider(moments))
    after, moved = _moved(ours, theirs)
    slopes, edges = _slopes(ours, theirs)
    finest, grain = _finest(grey_a, grey_b)
    return [
        fine, coarse, after, moved, *_logarithms(deviations, 4), *_logarithms(edges, 5),
        slopes, finest, *_logarithms(grain, 3),
    ]  # fmt: skip


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
    """Correlation where each place fits best, over three by three cells, and how far that is."""
    # Flow sees structure alone, the same wherever it is bright.
    flow = flow_between(evened(a), evened(b))
    height, width = a.shape
    x = np.arange(width, dtype=np.float32)[None] + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    fitted = np.asarray(cv2.remap(b, x, y, cv2.INTER_LINEAR))
    after, _ = _correlation(_wider(_moments(a, fitted)))
    along = _cells(flow)
    distance = np.hypot(*(along[..., k] - np.median(along[..., k]) for k in (0, 1)))
    return after, np.log1p(distance).astype(np.float32) / 2


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


def _colours(a: Pixels, b: Pixels, covered: Bools) -> list[Floats]:
    """What differs once one map of colours is laid over all, both ways; colour and lightness."""
    ours, theirs = (_cells(p.astype(np.float32)) for p in (a, b))
    forth, back = _remainder(theirs, ours, covered), _remainder(ours, theirs, covered)
    less, more = (forth, back) if _size(forth, covered) <= _size(back, covered) else (back, forth)
    chroma = [(p.max(axis=2) - p.min(axis=2)) / 128 for p in (ours, theirs)]
    light = [p.mean(axis=2) / 128 - 1 for p in (ours, theirs)]
    return [
        less.mean(axis=2) / 32, np.log1p(np.abs(less).max(axis=2)) / 3,
        np.log1p(np.abs(more).max(axis=2)) / 3, *chroma, *light,
    ]  # fmt: skip


def _size(remainder: Floats, covered: Bools) -> float:
    return float(np.median(np.abs(remainder[covered])))


def _remainder(source: Floats, target: Floats, covered: Bools) -> Floats:
    """(rows, columns, 3) of the target that no affine map of the source's colours gives."""
    x = np.concatenate([source, np.ones_like(source[..., :1])], axis=2)
    known, wanted = (p[covered][::_EVERY].astype(np.float64) for p in (x, target))
    weight: Doubles = np.ones(len(known))
    fitted: Doubles = np.zeros((4, 3))
    for _ in range(_ROUNDS):
        weighted = known * weight[:, None]
        normal = known.T @ weighted + 1e-2 * np.eye(4)
        fitted = np.asarray(np.linalg.solve(normal, weighted.T @ wanted), np.float64)
        away = np.abs(wanted - known @ fitted).max(axis=1)
        weight = np.asarray(1 / (1 + (away / _ODD) ** 2), np.float64)
    return (target - x @ fitted).astype(np.float32)
