"""Pictures that have no more in common than a piece: a flag in flags, a logo or sticker on photos.

A photo may have been pasted into one bigger picture, which then is a copy of it. What lies in
several bigger pictures is a piece of each: they hold more than it, and are no copies of each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copyfind.grouping.proofs import Edge, Graph, Star

HOLDS_A_PIECE = "holds it as one piece of a bigger picture, as others do"

_PIECE = 0.5  # of the bigger picture, below which most of that is something else
_BIGGER = ("pasted into", "part of a collage")


@dataclass(frozen=True, slots=True)
class Parted:
    """A star without the pictures that hold but a piece in common."""

    star: Star
    holders: Mapping[int, int]  # place -> the piece it holds, without copies of its own
    others: tuple[Star, ...]  # of holders that have copies of their own


def parted(star: Star, graph: Graph) -> Parted:
    """Take out what holds a member, or the keeper, as a piece, where several do."""
    bigger: dict[int, list[int]] = {}
    for place, to in star.via.items():
        if _is_a_piece(graph[to][place]):
            bigger.setdefault(to, []).append(place)
    holders = {
        place: to for to, some in bigger.items() if not _are_tied(some, graph) for place in some
    }
    if not holders:
        return Parted(star, {}, ())
    head = {star.keeper: star.keeper} | {
        place: place if place in holders else -1 for place in star.via
    }
    for place in star.via:  # in the order in which they joined: after what each is tied to
        if head[place] < 0:
            head[place] = head[star.via[place]]
    own = {
        holder: {place: star.via[place] for place in star.via if _hangs_on(place, holder, head)}
        for holder in (star.keeper, *holders)
    }
    return Parted(
        Star(star.keeper, own[star.keeper]),
        {place: to for place, to in holders.items() if not own[place]},
        tuple(Star(place, own[place]) for place in holders if own[place]),
    )


def _are_tied(places: Sequence[int], graph: Graph) -> bool:
    """Whether they have in common what lies around the piece as well."""
    return all(b in graph[a] for n, a in enumerate(places) for b in places[:n])


def _hangs_on(place: int, holder: int, head: Mapping[int, int]) -> bool:
    return place != holder and head[place] == holder


def _is_a_piece(edge: Edge) -> bool:
    verdict = edge.verdict
    shown = 1.0 if verdict.overlap is None else verdict.overlap[1]
    return shown < _PIECE and any(word.startswith(_BIGGER) for word in verdict.how)
