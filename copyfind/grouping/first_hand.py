"""How many pixels of the first hand a picture can hold: no more than what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from copyfind.grouping.proofs import Graph
from copyfind.verdict import Verdict

_WHOLE = 0.97  # share of a picture from which it is all there
_SURE = 2.0  # log odds from which a picture was made from another one: pixels are at stake
_AS_LARGE = 0.02  # relative difference of the scale that is none


def pixels_at_most(pixels: Sequence[int], graph: Graph) -> dict[int, int]:
    """By place, for those that hold less than the pixels they have: what they were made from,
    directly or through others, has no more, or a copy of their size was enlarged.

    pixels: width times height by place.
    """
    most: dict[int, int] = {}
    queue = [(pixels[place], place) for place in graph]
    heapify(queue)
    while queue:
        held, place = heappop(queue)
        if held > most.get(place, held):
            continue
        was_enlarged = place in most
        for other, edge in graph[place].items():
            odds = edge.odds or 0.0
            is_alike = was_enlarged and abs(odds) < _SURE and _is_of_one_size(edge.verdict)
            if odds < _SURE and not is_alike:
                continue
            if held < most.get(other, pixels[other]):
                most[other] = held
                heappush(queue, (held, other))
    return most


def _is_of_one_size(verdict: Verdict) -> bool:
    """Whether both show all of the other, at as many pixels."""
    whole = verdict.overlap is not None and min(verdict.overlap) >= _WHOLE
    return whole and verdict.scale is not None and abs(verdict.scale - 1) < _AS_LARGE
