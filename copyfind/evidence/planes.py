"""Maps from one picture's pixels to another's: fitted to places, measured, and asked for sense.

Each is a (3, 3) matrix of pixels; places are (N, 2), x and y. A copy's map is affine nearly always,
and a homography where it was seen at an angle. What is fitted hundreds of times a pair of pictures
is written out for two and three numbers, for which NumPy's own ways take four to five times as
long.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from copyfind.records import Doubles, Floats

_FEWEST = 5  # places that a map is fitted to
_BENT_FEWEST = 10  # that a perspective takes
_LOOSE = 1.0  # pixels of median distance that wrong ones among those that agree betray
_SMALLEST, _LARGEST = 1 / 12, 12.0  # scale of sane maps
_SKEWED = 6.0  # longest over shortest stretch; a picture squeezed more is not recognisable

Size = tuple[int, int]  # width and height of the picture that is mapped, pixels


def best_map(source: Floats, target: Floats, size: Size) -> Doubles | None:
    """An affine map, or a homography where that fits clearly better; None where none is sane."""
    if len(source) < _FEWEST:
        return None
    p, q = source.astype(np.float64), target.astype(np.float64)
    plain = affine(p, q)
    if plain is None or not is_sane(plain, size):
        return None
    if len(source) < _BENT_FEWEST:
        return plain
    bent, _ = cv2.findHomography(p, q, 0)
    if bent is None or not is_sane(bent, size):
        return plain
    # It bends to whatever it is given: two more numbers have to earn their place.
    of_plain, of_bent = (float(_squared(m, p, q).mean()) for m in (plain, bent))
    return np.asarray(bent, np.float64) if of_bent < 0.8 * of_plain - 1e-3 else plain


def affine(source: Doubles, target: Doubles) -> Doubles | None:
    """Least squares, once more without the worst; a similarity for fewer than four places."""
    if len(source) < 2:
        return None
    if len(source) < 4:
        return _similarity(source, target)
    matrix = _least_squares(source, target)
    if matrix is None:
        return _similarity(source, target)
    distance = distances(matrix, source, target)
    keep = distance <= max(2.5 * median(distance), 0.5)
    if keep.all() or keep.sum() < 4:
        return matrix
    matrix = _least_squares(source[keep], target[keep])
    return _similarity(source, target) if matrix is None else matrix


def firm_affine(source: Doubles, target: Doubles, *, reach: float) -> Doubles | None:
    """The affine map that most of them fit to so many pixels, whatever the others say."""
    found, fits = cv2.estimateAffine2D(source, target, None, cv2.RANSAC, reach, 500, 0.999)
    if found is None:
        return affine(source, target)
    agree = fits.ravel() > 0
    return affine(source[agree], target[agree])


def is_loose(matrix: Doubles, source: Doubles, target: Doubles) -> bool:
    """Whether half of the places lie farther off than those of one map do."""
    return median(_squared(matrix, source, target)) > _LOOSE * _LOOSE


def distances(matrix: Doubles, source: Doubles, target: Doubles) -> Doubles:
    """(N,) pixels between where places are laid and where they should be."""
    distance: Doubles = np.sqrt(_squared(matrix, source, target))
    return distance


def median(values: Doubles | Floats) -> float:
    """Of numbers, one at least; NumPy's own takes three times as long."""
    ordered = np.sort(values, axis=None)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def is_sane(matrix: Doubles, size: Size) -> bool:
    """No mirroring left, no fold, no absurd scale: what a person does to a picture."""
    if not np.isfinite(matrix).all():
        return False
    width, height = size
    g, h, i = matrix[2].tolist()
    depths = (i, i + g * width, i + h * height, i + g * width + h * height)  # of the corners
    if min(depths) <= 1e-6 or max(depths) > 4 * min(depths):
        return False
    (a, b), (c, d) = jacobian_at(matrix, width / 2, height / 2).tolist()
    if a * d - b * c <= 0:
        return False
    # The singular values of 2 x 2.
    one, other = math.hypot(a + d, b - c) / 2, math.hypot(a - d, b + c) / 2
    long, short = one + other, one - other
    return bool(short >= _SMALLEST and long <= _LARGEST and long <= _SKEWED * short)


def scale_and_turn(matrix: Doubles, size: Size) -> tuple[float, float]:
    """Factor and degrees, clockwise, in the middle of the picture."""
    width, height = size
    (a, b), (c, d) = jacobian_at(matrix, width / 2, height / 2).tolist()
    return math.sqrt(abs(a * d - b * c)), math.degrees(math.atan2(c - b, a + d))


def jacobian_at(matrix: Doubles, x: float, y: float) -> Doubles:
    """(2, 2): what the matrix does to a small step at a place."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    w = g * x + h * y + i
    u, v = (a * x + b * y + c) / w, (d * x + e * y + f) / w
    return np.array([[(a - u * g) / w, (b - u * h) / w], [(d - v * g) / w, (e - v * h) / w]])


def mirroring(width: int) -> Doubles:
    """What lays a picture of this width onto its mirror image."""
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def _least_squares(source: Doubles, target: Doubles) -> Doubles | None:
    """The affine map; None where the source lies on a line."""
    middle, onto = source.mean(axis=0), target.mean(axis=0)
    p, q = source - middle, target - onto
    (a, b), (_, c) = (p.T @ p).tolist()
    determinant = a * c - b * b
    if determinant <= 1e-12 * (a + c) * (a + c):
        return None
    inverse = np.array([[c, -b], [-b, a]]) / determinant
    turn = (inverse @ (p.T @ q)).T
    matrix: Doubles = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, onto - turn @ middle
    return matrix


def _similarity(source: Doubles, target: Doubles) -> Doubles | None:
    p, q = source - source.mean(axis=0), target - target.mean(axis=0)
    weight = float((p * p).sum())
    if weight < 1.0:
        return None
    c = float((p * q).sum()) / weight
    s = float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()) / weight
    turn = np.array([[c, -s], [s, c]])
    shift = target.mean(axis=0) - turn @ source.mean(axis=0)
    return np.vstack([np.column_stack([turn, shift]), [0.0, 0.0, 1.0]])


def _squared(matrix: Doubles, source: Doubles, target: Doubles) -> Doubles:
    """(N,) squares of the distances."""
    moved = source @ matrix[:2, :2].T + matrix[:2, 2]
    if matrix[2, 0] or matrix[2, 1]:
        moved /= (source @ matrix[2, :2] + matrix[2, 2])[:, None]
    moved -= target
    squared: Doubles = np.einsum("ij,ij->i", moved, moved)
    return squared
