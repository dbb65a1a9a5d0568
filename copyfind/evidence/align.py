"""Lay one picture onto another by what their local features agree on.

Every match of two keypoints proposes a whole alignment by itself, since keypoints have a size and
a direction; the others vote on it. That finds the right one among nineteen wrong matches of twenty,
where drawing matches by chance would need thousands of tries, and it is the same every time. What
is found is then proven by matching again, only where the alignment says the partners must be.

Which of the two is given first must not matter to a verdict: matches are mutual, and the caller
hands the pictures over in one fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.features import Features, mirror, negative, strongest
from copyfind.evidence.planes import (
    affine,
    best_map,
    distances,
    firm_affine,
    is_loose,
    is_sane,
    median,
    mirroring,
    scale_and_turn,
)
from copyfind.records import Bools, Doubles, Floats

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
# Agreeing places, and share of the matches that agree, from which nothing better is looked for: a
# mirror's alignment is found in symmetric scenes too.
_CERTAIN, _UNDISPUTED = 30, 0.6
_LEAST = 5  # agreeing places below which nothing is aligned

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
            whole = found.matrix @ mirroring(first.width) if is_mirrored else found.matrix
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
    if matrix is None or not is_sane(matrix, first.size):
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
    matrix = affine(source[agree], target[agree])
    if matrix is not None and is_loose(matrix, source[agree], target[agree]):
        matrix = firm_affine(source[agree], target[agree], reach=REACH)
    for reach in (5 * REACH, 3 * REACH, 2 * REACH):
        if matrix is None or not is_sane(matrix, first.size):
            return None
        agree = distances(matrix, source, target) <= reach
        if agree.sum() < _LEAST_VOTES:
            return None
        matrix = affine(source[agree], target[agree])
    if matrix is None or not is_sane(matrix, first.size):
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
        better = best_map(first.points[x], second.points[y], first.size)
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
        agreement=float((distances(matrix, source, target) <= REACH).mean()),
        inliers=inliers,
        repeated=len(x) / max(common, 1),
        error=median(distances(matrix, there, here)),
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
    scale, turn = scale_and_turn(matrix, first.size)
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
