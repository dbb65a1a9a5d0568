"""Lay one picture onto another by what their local features agree on.

Every match of two keypoints proposes a whole alignment by itself, since keypoints have a size and
a direction; the others vote on it. That finds the right one among nineteen wrong matches of twenty,
where drawing matches by chance would need thousands of tries, and it is the same every time. What
is found is then proven by matching again, only where the alignment says the partners must be.

Which of the two is given first must not matter to a verdict: matches are mutual, and the caller
hands the pictures over in one fixed order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.features import Features, mirror, negative, strongest
from copyfind.records import Bools, Floats

RATIO = 0.9  # Lowe's test: the best match this much nearer than the second
REACH = 3.0  # pixels of the second picture within which a match agrees with an alignment
_VOTERS = 160  # matches that propose, the most distinct; all vote
_LEAST_VOTES = 3  # of other matches, below which a proposal is chance
_PROPOSALS = 3  # alignments that are followed up
_TURN, _GROWTH = 30.0, 1.7  # degrees and factor within which keypoints agree with an alignment
_DRIFT = 0.2  # how far a proposal may be out, per distance from its own match
_NEAR = 0.78  # cosine of keypoints that may be partners where an alignment puts them together
_NEGATIVES = 300  # keypoints of the first picture that are tried as a negative
_HINTED = 300  # keypoints of each that hint at a mirrored one or a negative
_CERTAIN = 30  # agreeing places from which no better alignment is looked for,
_UNDISPUTED = (
    0.6  # if this share of the matches agrees: a mirror's is found in symmetric scenes too
)
_LEAST = 5  # agreeing places below which nothing is aligned
_LOOSE = 1.0  # pixels of median distance that wrong matches among those that agree betray
_BENT_LEAST = 10  # places that a perspective takes
_SMALLEST, _LARGEST = 1 / 12, 12.0  # scale of sane alignments
_SKEWED = 6.0  # longest over shortest stretch; a picture squeezed more is not recognisable

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How the first picture lies in the second."""

    matrix: Doubles  # (3, 3), pixels of the first -> pixels of the second; includes the mirroring
    tentative: int  # matches before any geometry
    agreement: float  # share of them that agree with the matrix: near 1 for copies
    inliers: int  # places of keypoints that the matrix lays on their partners
    repeated: float  # those, as a share of the keypoints that lie in both pictures
    error: float  # pixels of the second, median distance of partners
    spread: float  # share of the common area that they span
    mirrored: bool = False
    inverted: bool = False  # light and dark are exchanged


def align(first: Features, second: Features) -> Alignment | None:
    """The best alignment, mirrored ones and those of negatives included; None where none holds."""
    if min(len(first.points), len(second.points)) < _LEAST:
        return None
    best = _align(first, second)
    if best is not None and _is_certain(best):
        return best
    mirrored = mirror(first)
    some, few = strongest(mirrored, _HINTED), strongest(second, _HINTED)
    # Most pairs are strangers and few copies are mirrored or negatives: some keypoints give a
    # hint of those, and only that is followed up. Certain, we stop.
    for ours, hinting, is_mirrored, inverted in (
        (mirrored, some, True, False),
        (negative(strongest(first, _NEGATIVES)), None, False, True),
        (negative(strongest(mirrored, _NEGATIVES)), None, True, True),
    ):
        if not _is_hinted(hinting or ours, few):
            continue
        found = _align(ours, second)
        if found is not None and (best is None or found.inliers > best.inliers):
            whole = found.matrix @ _flip(first.width) if is_mirrored else found.matrix
            best = replace(found, matrix=whole, mirrored=is_mirrored, inverted=inverted)
            if _is_certain(best):
                break
    return best


def _is_certain(found: Alignment) -> bool:
    return found.inliers >= _CERTAIN and found.agreement >= _UNDISPUTED


def _is_hinted(first: Features, second: Features) -> bool:
    """Whether matches of these propose any alignment."""
    a, b, ratio = _matches(first.descriptors @ second.descriptors.T)
    return len(a) >= _LEAST_VOTES and bool(_proposals(first, second, a, b, ratio))


def _align(first: Features, second: Features) -> Alignment | None:
    cosine = first.descriptors @ second.descriptors.T  # (N, M)
    a, b, ratio = _matches(cosine)
    if len(a) < _LEAST_VOTES:
        return None
    proposals = _proposals(first, second, a, b, ratio)
    if not proposals:
        return None
    best: Alignment | None = None
    tried: list[Bools] = []
    alike = _alike(first, second, cosine)
    for agree in proposals:
        if any((agree & other).sum() > 0.5 * agree.sum() for other in tried):
            continue
        tried.append(agree)
        found = _settled(first, second, alike, a, b, agree)
        if found is not None and (best is None or found.inliers > best.inliers):
            best = found
        if best is not None and _is_certain(best):
            return best
    if best is not None and len(a) >= 12:
        found = _bent(first, second, alike, a, b)
        if found is not None and found.inliers > best.inliers:
            best = found
    return best


def _bent(
    first: Features, second: Features, alike: _Alike, a: Indices, b: Indices
) -> Alignment | None:
    """A perspective too strong for what grows from one match."""
    source, target = first.points[a], second.points[b]
    matrix, _ = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, 2 * REACH, maxIters=1000, confidence=0.999
    )
    if matrix is None or not _is_sane(matrix, first.width, first.height):
        return None
    return _proven(first, second, alike, a, b, matrix.astype(np.float64), (1.5 * REACH, REACH))


def _matches(cosine: Floats) -> tuple[Indices, Indices, Floats]:
    """Rows that are each other's nearest and pass the ratio test both ways, and their ratio²."""
    forth = cosine.argmax(axis=1)
    best = cosine[np.arange(len(forth)), forth]
    rows = np.flatnonzero(best == cosine.max(axis=0)[forth])  # (argmax takes four times as long)
    rows = rows[_is_first(forth[rows])]
    columns, best = forth[rows], best[rows]
    cosine[rows, columns] = -1  # for as long as the next best are looked for
    next_best = np.maximum(cosine.max(axis=1)[rows], cosine.max(axis=0)[columns])
    cosine[rows, columns] = best
    # |a - b|² = 2 - 2 cos for unit rows
    ratio = (1 - best) / np.maximum(1 - next_best, 1e-6)
    kept = ratio <= RATIO**2
    return rows[kept], columns[kept], ratio[kept]


def _proposals(
    first: Features, second: Features, a: Indices, b: Indices, ratio: Floats
) -> list[Bools]:
    """For the alignments with most votes, which matches agree with each."""
    source, target = first.points[a], second.points[b]
    growth = np.log(second.sizes[b] / first.sizes[a])
    turn = np.radians(second.angles[b] - first.angles[a])
    who = np.argsort(ratio, kind="stable")[:_VOTERS]
    scale = np.exp(growth[who])
    cos, sin = scale * np.cos(turn[who]), scale * np.sin(turn[who])
    dx = source[None, :, 0] - source[who, None, 0]  # (K, all)
    dy = source[None, :, 1] - source[who, None, 1]
    ex = cos[:, None] * dx - sin[:, None] * dy - (target[None, :, 0] - target[who, None, 0])
    ey = sin[:, None] * dx + cos[:, None] * dy - (target[None, :, 1] - target[who, None, 1])
    reach = 2 * REACH + _DRIFT * scale[:, None] * np.sqrt(dx * dx + dy * dy)
    agree = ex * ex + ey * ey <= reach * reach
    agree &= np.abs(growth[None] - growth[who, None]) <= np.log(_GROWTH)
    agree &= np.cos(turn[None] - turn[who, None]) >= np.cos(np.radians(_TURN))
    # Two features of one place, as SIFT gives for two directions, are one vote.
    votes = np.where(agree, 1.0 - ratio, 0.0).sum(axis=1)
    counts = agree.sum(axis=1)
    order = np.lexsort((np.arange(len(who)), -votes, -counts))
    return [agree[i] for i in order[: 4 * _PROPOSALS] if counts[i] > _LEAST_VOTES][:_PROPOSALS]


def _settled(
    first: Features,
    second: Features,
    alike: _Alike,
    a: Indices,
    b: Indices,
    agree: Bools,
) -> Alignment | None:
    """A proposal made exact, then matched again where it says the partners are."""
    source, target = first.points[a].astype(np.float64), second.points[b].astype(np.float64)
    matrix = _affine(source[agree], target[agree])
    if matrix is not None and _is_loose(matrix, source[agree], target[agree]):
        matrix = _firm(source[agree], target[agree])
    for reach in (5 * REACH, 3 * REACH, 2 * REACH):
        if matrix is None or not _is_sane(matrix, first.width, first.height):
            return None
        agree = _distance(matrix, source, target) <= reach
        if agree.sum() < _LEAST_VOTES:
            return None
        matrix = _affine(source[agree], target[agree])
    if matrix is None or not _is_sane(matrix, first.width, first.height):
        return None
    return _proven(first, second, alike, a, b, matrix, (2.5 * REACH, 2 * REACH, 1.5 * REACH, REACH))


def _proven(
    first: Features,
    second: Features,
    alike: _Alike,
    a: Indices,
    b: Indices,
    matrix: Doubles,
    reaches: tuple[float, ...],
) -> Alignment | None:
    """Matched again where the matrix says the partners are, closer each time."""
    source, target = first.points[a].astype(np.float64), second.points[b].astype(np.float64)
    before: tuple[Indices, Indices] | None = None
    for reach in reaches:
        x, y = _partners(first, alike, matrix, reach)
        if before is not None and all(map(np.array_equal, before, (x, y))):
            continue  # the same partners fit the same
        before = x, y
        better = _best_fit(first.points[x], second.points[y], first)
        if better is None:
            return None
        matrix = better
    x, y = _partners(first, alike, matrix, REACH)
    there, here = first.points[x].astype(np.float64), second.points[y].astype(np.float64)
    # Several keypoints of one place are one piece of evidence, not several.
    inliers = len(np.unique(np.round(here / 4) @ [1.0, 1e5]))
    if inliers < _LEAST:
        return None
    common, spread = _common(first, second, matrix, here)
    return Alignment(
        matrix,
        tentative=len(a),
        agreement=float((_distance(matrix, source, target) <= REACH).mean()),
        inliers=inliers,
        repeated=len(x) / max(common, 1),
        error=_median(_distance(matrix, there, here)),
        spread=spread,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Alike:
    """Pairs of keypoints, one of each picture, that look alike; any may be partners."""

    i: Indices  # (P,) of the first picture
    j: Indices
    cosine: Floats
    x: Floats  # of the second picture
    y: Floats
    growth: Floats  # log of the sizes' ratio
    turn: Floats  # degrees


def _alike(first: Features, second: Features, cosine: Floats) -> _Alike:
    i, j = np.divmod(np.flatnonzero(cosine.ravel() >= _NEAR), cosine.shape[1])
    growth = np.log(second.sizes[j] / first.sizes[i])
    turn = second.angles[j] - first.angles[i]
    return _Alike(i, j, cosine[i, j], second.points[j, 0], second.points[j, 1], growth, turn)


def _partners(
    first: Features, alike: _Alike, matrix: Doubles, reach: float
) -> tuple[Indices, Indices]:
    """Keypoints that the matrix lays on each other, alike in size, direction and look."""
    moved = cv2.perspectiveTransform(first.points[None].astype(np.float64), matrix)[0]
    scale, turn = _local(matrix, first)
    x = np.take(moved[:, 0].astype(np.float32), alike.i) - alike.x
    y = np.take(moved[:, 1].astype(np.float32), alike.i) - alike.y
    kept = np.flatnonzero(x * x + y * y <= reach * reach)
    grown = np.abs(alike.growth[kept] - np.log(scale)) <= np.log(_GROWTH)
    turned = np.cos(np.radians(alike.turn[kept] - turn)) >= np.cos(np.radians(_TURN))
    kept = kept[grown & turned]
    i, j, cosine = alike.i[kept], alike.j[kept], alike.cosine[kept]
    # Each keypoint has one partner at most: the most alike first.
    order = np.lexsort((j, i, -cosine))
    i, j = i[order], j[order]
    best = _is_first(i) & _is_first(j)
    return i[best], j[best]


def _is_first(numbers: Indices) -> Bools:
    """Where each number stands for the first time."""
    places = np.arange(len(numbers))
    first = np.empty(int(numbers.max(initial=-1)) + 1, np.intp)
    first[numbers[::-1]] = places[::-1]  # of several the last one written stays
    is_first: Bools = first[numbers] == places
    return is_first


def _best_fit(source: Floats, target: Floats, first: Features) -> Doubles | None:
    """An affine map, or a homography where that fits clearly better."""
    if len(source) < _LEAST:
        return None
    p, q = source.astype(np.float64), target.astype(np.float64)
    affine = _affine(p, q)
    if affine is None or not _is_sane(affine, first.width, first.height):
        return None
    if len(source) < _BENT_LEAST:
        return affine
    bent, _ = cv2.findHomography(p, q, 0)
    if bent is None or not _is_sane(bent, first.width, first.height):
        return affine
    # It bends to whatever it is given: two more numbers have to earn their place.
    plain, other = (float(_squared(m, p, q).mean()) for m in (affine, bent))
    return np.asarray(bent, np.float64) if other < 0.8 * plain - 1e-3 else affine


def _affine(source: Doubles, target: Doubles) -> Doubles | None:
    """Least squares, once more without the worst; a similarity for fewer than four points."""
    if len(source) < 2:
        return None
    if len(source) < 4:
        return _similarity(source, target)
    matrix = _least_squares(source, target)
    if matrix is None:
        return _similarity(source, target)
    distance = _distance(matrix, source, target)
    keep = distance <= max(2.5 * _median(distance), 0.5)
    if keep.all() or keep.sum() < 4:
        return matrix
    matrix = _least_squares(source[keep], target[keep])
    return _similarity(source, target) if matrix is None else matrix


def _is_loose(matrix: Doubles, source: Doubles, target: Doubles) -> bool:
    return _median(_squared(matrix, source, target)) > _LOOSE * _LOOSE


def _firm(source: Doubles, target: Doubles) -> Doubles | None:
    """The affine map that most of them fit, whatever the others say."""
    found, fits = cv2.estimateAffine2D(source, target, None, cv2.RANSAC, REACH, 500, 0.999)
    if found is None:
        return _affine(source, target)
    agree = fits.ravel() > 0
    return _affine(source[agree], target[agree])


def _least_squares(source: Doubles, target: Doubles) -> Doubles | None:
    """The affine map; None where the source lies on a line. (NumPy's solver takes four times as
    long for three numbers.)"""
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


def _distance(matrix: Doubles, source: Doubles, target: Doubles) -> Doubles:
    distance: Doubles = np.sqrt(_squared(matrix, source, target))
    return distance


def _squared(matrix: Doubles, source: Doubles, target: Doubles) -> Doubles:
    """(N,) distances² of places from where they should be."""
    moved = source @ matrix[:2, :2].T + matrix[:2, 2]
    if matrix[2, 0] or matrix[2, 1]:
        moved /= (source @ matrix[2, :2] + matrix[2, 2])[:, None]
    moved -= target
    squared: Doubles = np.einsum("ij,ij->i", moved, moved)
    return squared


def _median(values: Doubles) -> float:
    """(NumPy's takes five times as long for some hundred numbers.)"""
    ordered = np.sort(values)
    return float(ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2


def _common(first: Features, second: Features, matrix: Doubles, here: Doubles) -> tuple[int, float]:
    """Keypoints of the poorer picture in what both show, and the share of it that partners span."""
    moved = cv2.perspectiveTransform(first.points[None].astype(np.float64), matrix)[0]
    limits = np.array([second.width, second.height])
    of_first = int(((moved >= 0) & (moved < limits)).all(axis=1).sum())
    back = cv2.perspectiveTransform(second.points[None].astype(np.float64), np.linalg.inv(matrix))[
        0
    ]
    of_second = int(((back >= 0) & (back < [first.width, first.height])).all(axis=1).sum())
    corners = np.array(
        [[0, 0], [first.width, 0], [first.width, first.height], [0, first.height]], np.float64
    )
    placed = cv2.perspectiveTransform(corners[None], matrix)[0].astype(np.float32)
    whole = np.array(
        [[0, 0], [second.width, 0], [second.width, second.height], [0, second.height]], np.float32
    )
    area, _ = cv2.intersectConvexConvex(placed, whole)
    hull = cv2.contourArea(cv2.convexHull(here.astype(np.float32)))
    return min(of_first, of_second), float(min(hull / max(area, 1.0), 1.0))


def _local(matrix: Doubles, picture: Features) -> tuple[float, float]:
    """Scale and turn (degrees) of a matrix in the middle of the picture."""
    (a, b), (c, d) = jacobian_at(matrix, picture.width / 2, picture.height / 2).tolist()
    return math.sqrt(abs(a * d - b * c)), math.degrees(math.atan2(c - b, a + d))


def jacobian_at(matrix: Doubles, x: float, y: float) -> Doubles:
    """(2, 2): what the matrix does to a small step at a place."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()  # small numbers are faster without NumPy
    w = g * x + h * y + i
    u, v = (a * x + b * y + c) / w, (d * x + e * y + f) / w
    return np.array([[(a - u * g) / w, (b - u * h) / w], [(d - v * g) / w, (e - v * h) / w]])


def _is_sane(matrix: Doubles, width: int, height: int) -> bool:
    """No mirroring left, no fold, no absurd scale: what a person does to a picture."""
    if not np.isfinite(matrix).all():
        return False
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


def _flip(width: int) -> Doubles:
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
