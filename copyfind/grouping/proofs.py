"""Proven ties between pictures -> around each keeper, what is shown to be made of the same.

A picture may be tied to the keeper through others, but only where the alignments, one after the
other, still lay it on the keeper's picture: a collage of A and B ties neither to the other, and
frames of a panorama do not chain. What holds several pictures beside each other, smaller than
they are, is a composite: it never links, and is never the keeper of what it holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np

from copyfind.records import TIERS, Bools, Doubles, Tier
from copyfind.verdict import Verdict

LEAST_LAID = 0.1  # share of a picture, or of the keeper's, that must lie on the other
_MIXED_LAID = 0.5  # the same where something else lies beside or over what they share
_SMALLER = 0.75  # pixels per pixel up to which a composite holds a picture reduced
_PART = 0.75  # share of a composite that one of its pictures covers at most
_SHOWN = 0.3  # share of a picture that a composite holds at least
_MIXED = ("pasted into", "part of a collage", "something laid over")
_ALIKE = 0.8  # share of the blocks of two pictures that are whole copies of each other
_APART = 0.1  # share of the smaller of two areas that may lie in the other

_side = (np.arange(24) + 0.5) / 24
_POINTS: Doubles = np.stack(np.meshgrid(_side, _side), axis=-1).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Edge:
    """What ties one picture to another, as seen from the first."""

    verdict: Verdict
    similarity: float | None
    odds: float | None = None  # log odds that the second was made from the first, where asked

    @property
    def strength(self) -> tuple[int, int, float]:
        """A key to compare ties by; the lower, the stronger."""
        return (TIERS.index(self.verdict.tier), -self.verdict.inliers, -self.verdict.agreement)


Key = Callable[[int], tuple[float | str | bytes, ...]]
Graph = Mapping[int, Mapping[int, Edge]]  # place -> neighbour -> edge, both ways


@dataclass(frozen=True, slots=True)
class Star:
    """A keeper, and through which member each of the others is tied to it."""

    keeper: int
    via: Mapping[int, int]  # in the order in which they joined


@dataclass(frozen=True, slots=True)
class Composite:
    """A picture made of several, with the one it is told beside, and the others it holds."""

    place: int
    best: int
    others: tuple[int, ...]


def stars(
    graph: Graph,
    composites: Collection[int],
    *,
    keys: Callable[[Sequence[int]], Key],
    is_source: Callable[[int], bool],
    are_series: Callable[[int, int], bool],
) -> list[Star]:
    """The stars of a graph: around each keeper those that are proven to hold some of its picture.

    keys: what to sort the possible keepers of a group by, the best first. is_source: whether a
    picture was not made from another one, as far as is known. Sources gather first what was made
    from them, so that a picture pasted onto another, tied to both, is told beside its source.
    """
    found: list[Star] = []
    plain = [place for place in sorted(graph) if place not in composites]
    for group in _components(graph, plain):
        left, key = set(group), keys(group)
        while len(left) > 1:
            centre = min(left, key=lambda place: (not is_source(place), key(place)))
            via = _around(centre, graph, left, are_series, is_source)
            left -= {centre, *via}
            if via:
                found.append(_around_the_best(Star(centre, via), graph, keys))
    for group in _components(graph, sorted(composites)):  # copies of one collage
        left, key = set(group), keys(group)
        while len(left) > 1:
            keeper = min(left, key=key)
            via = {
                place: keeper
                for place in sorted(left - {keeper})
                if place in graph[keeper] and _shows_the_whole(graph[keeper][place].verdict)
            }
            left -= {keeper, *via}
            if via:
                found.append(Star(keeper, via))
    return found


def find_composites(graph: Graph, is_original: Callable[[int], bool]) -> set[int]:
    """Pictures that hold two or more of their neighbours apart from each other, and smaller."""
    return {place for place in graph if not is_original(place) and _is_composite(graph[place])}


def homes_of(
    composites: Iterable[int], graph: Graph, *, taken: Collection[int], barred: Collection[int]
) -> list[Composite]:
    """Where each composite that is not `taken` is told: beside the picture it shows most of."""
    homes = []
    for place in sorted(set(composites) - set(taken)):
        held = {other: edge for other, edge in graph[place].items() if other not in barred}
        if held:
            order = sorted(held, key=lambda other: (-_bond(held[other].verdict), other))
            homes.append(Composite(place, order[0], tuple(order[1:])))
    return homes


def lies_on(path: Sequence[Verdict], *, least: float = LEAST_LAID) -> bool:
    """Whether a picture still lies on another one, through all between: verdicts from each to the
    next. One of them alone is proof enough. least: share of one of the two that has to."""
    if len(path) == 1:
        return True
    return max(_laid(path), _laid([verdict.reversed() for verdict in path[::-1]])) >= least


def _components(graph: Graph, places: Sequence[int]) -> list[list[int]]:
    """Those of the places that are tied to each other in any way, sorted."""
    among, seen = set(places), set[int]()
    groups = []
    for start in places:
        if start in seen:
            continue
        seen.add(start)
        group, waiting = [], [start]
        while waiting:
            place = waiting.pop()
            group.append(place)
            new = [other for other in graph[place] if other in among and other not in seen]
            seen.update(new)
            waiting += new
        groups.append(sorted(group))
    return groups


def _around(
    keeper: int,
    graph: Graph,
    left: Collection[int],
    are_series: Callable[[int, int], bool],
    is_source: Callable[[int], bool],
) -> dict[int, int]:
    """Who joins a keeper, and through whom: the nearest first, then the strongest tie."""
    via: dict[int, int] = {}
    queue: list[tuple[int, tuple[int, int, float], int, int]] = []

    def offer(member: int, hops: int) -> None:
        for other, edge in graph[member].items():
            free = other in left and other != keeper and other not in via
            if free and not _belongs_elsewhere(other, member, graph, left, is_source):
                heappush(queue, (hops, edge.strength, other, member))

    offer(keeper, 1)
    while queue:
        hops, _, place, through = heappop(queue)
        if place in via:
            continue
        if hops > 1:
            stands_for_it = _is_near(graph[place][through]) and not _is_near(
                graph[through][via[through]]
            )
            if not stands_for_it and any(are_series(place, m) for m in (keeper, *via)):
                continue
            chain = [place, through]
            while chain[-1] != keeper:
                chain.append(via[chain[-1]])
            path = [graph[a][b].verdict for a, b in pairwise(chain)]
            # Two pictures pasted onto one background are tied to each other, and each to what was
            # pasted: where anything was, one link at most may hold less than the whole picture.
            mixed = any(map(_is_mixed, path))
            if mixed and sum(not _is_whole(v) for v in path) > 1:
                continue
            if not lies_on(path, least=_MIXED_LAID if mixed else LEAST_LAID):
                continue
        via[place] = through
        offer(place, hops + 1)
    return via


def _is_near(edge: Edge) -> bool:
    """The whole picture, as sharp or less: what was done to one was done to the other. Towards a
    third that was edited it may look like another shot, where the one does not."""
    return edge.verdict.tier is Tier.NEAR


def _belongs_elsewhere(
    place: int,
    to: int,
    graph: Graph,
    left: Collection[int],
    is_source: Callable[[int], bool],
) -> bool:
    """Whether another source, which has nothing to do with `to`, shares more with this picture.

    What was pasted onto a background is tied to its source, and to all that shows the background.
    """
    here = graph[place][to].verdict
    return any(
        _bond(edge.verdict) > _bond(here) and (_is_mixed(edge.verdict) or _is_mixed(here))
        for other, edge in graph[place].items()
        if other != to
        and other in left
        and (is_source(other) or not is_source(to))
        and other not in graph[to]
        and not _is_whole(edge.verdict)  # it can still join through this one
    )


def _is_mixed(verdict: Verdict) -> bool:
    """Whether one of the two shows something else beside, or over, what they share."""
    return any(said.startswith(_MIXED) for said in (*verdict.how, *verdict.how_back))


def _bond(verdict: Verdict) -> float:
    """How much two pictures share: 1 for whole copies."""
    if verdict.overlap is None:
        return 0.0
    return math.sqrt(verdict.overlap[0] * verdict.overlap[1]) * verdict.alike


def _around_the_best(star: Star, graph: Graph, keys: Callable[[Sequence[int]], Key]) -> Star:
    """The same star, with the best of those that show all of its centre as the keeper."""
    centre = star.keeper
    whole = [
        place
        for place, through in star.via.items()
        if through == centre and _holds_all(graph[centre][place].verdict)
    ]
    keeper = min((centre, *whole), key=keys((centre, *star.via)))
    if keeper == centre:
        return star
    near = graph[keeper]
    via = {centre: keeper}
    for place, through in star.via.items():
        if place != keeper:
            via[place] = keeper if through == keeper or place in near else through
    return Star(keeper, via)


def _laid(path: Sequence[Verdict]) -> float:
    """The share of the first picture that comes to lie on the last."""
    points, there = _POINTS, np.ones(len(_POINTS), bool)
    for verdict in path:
        points, here = _moved(points, verdict)
        there &= here
    return float(there.mean())


def _moved(points: Doubles, verdict: Verdict) -> tuple[Doubles, Bools]:
    """Where points of the first picture lie in the second, and whether they show the same there."""
    if verdict.matrix is None:
        return points, np.zeros(len(points), bool)
    moved = np.column_stack([points, np.ones(len(points))]) @ np.array(verdict.matrix).T
    depth = np.where(np.abs(moved[:, 2]) < 1e-9, 1e-9, moved[:, 2])
    places = moved[:, :2] / depth[:, None]
    inside: Bools = ((places >= 0) & (places <= 1)).all(axis=1)
    for left, top, right, bottom in verdict.boxes:
        inside &= ~((places >= (left, top)) & (places <= (right, bottom))).all(axis=1)
    return places, inside


def _is_composite(neighbours: Mapping[int, Edge]) -> bool:
    areas: list[Bools] = []
    for edge in neighbours.values():
        verdict = edge.verdict  # from the possible composite to what it holds
        if verdict.matrix is None or verdict.overlap is None or verdict.scale is None:
            continue
        if verdict.overlap[1] < _SHOWN or verdict.scale < 1 / _SMALLER:
            continue
        _, area = _moved(_POINTS, verdict)
        if 0 < area.mean() <= _PART:
            areas.append(area)
    return any(
        (a & b).sum() < _APART * min(a.sum(), b.sum())
        for i, a in enumerate(areas)
        for b in areas[:i]
    )


def _holds_all(verdict: Verdict) -> bool:
    """Whether the second picture shows all of the first."""
    return verdict.overlap is not None and verdict.overlap[0] > 1 - _APART


def _is_whole(verdict: Verdict) -> bool:
    """Whether both pictures show all of each other, and next to nothing else."""
    return verdict.tier is Tier.NEAR or (_shows_the_whole(verdict) and verdict.alike >= _ALIKE)


def _shows_the_whole(verdict: Verdict) -> bool:
    return verdict.tier is Tier.NEAR or (
        verdict.overlap is not None and min(verdict.overlap) > 1 - _APART
    )
