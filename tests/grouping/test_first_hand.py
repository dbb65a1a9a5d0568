"""Pixels of the first hand."""

from __future__ import annotations

from copyfind.grouping.first_hand import pixels_at_most
from copyfind.grouping.proofs import Edge
from copyfind.records import Tier
from copyfind.verdict import Origin, Verdict

SMALL, LARGE = 1_000, 4_000


def graph(*edges: tuple[int, int, Origin | None, float]) -> dict[int, dict[int, Edge]]:
    """Edges (first, second, origin, scale from the first to the second)."""
    found: dict[int, dict[int, Edge]] = {}
    for one, other, origin, scale in edges:
        verdict = Verdict(Tier.NEAR, overlap=(1.0, 1.0), scale=scale)
        back = Verdict(Tier.NEAR, overlap=(1.0, 1.0), scale=1 / scale)
        found.setdefault(one, {})[other] = Edge(verdict, None, origin)
        found.setdefault(other, {})[one] = Edge(back, None, origin.reversed() if origin else None)
    return found


def test_an_enlarged_picture_holds_what_it_was_made_from() -> None:
    assert pixels_at_most([SMALL, LARGE], graph((0, 1, Origin.FIRST, 2.0))) == {1: SMALL}


def test_so_does_what_was_made_from_that() -> None:
    edges = graph((0, 1, Origin.FIRST, 2.0), (1, 2, Origin.FIRST, 1.0), (2, 3, None, 1.0))

    assert pixels_at_most([SMALL, LARGE, LARGE, LARGE], edges) == dict.fromkeys((1, 2, 3), SMALL)


def test_a_reduced_copy_takes_nothing_from_its_source() -> None:
    edges = graph((0, 1, Origin.FIRST, 0.5), (0, 2, None, 1.0))

    assert pixels_at_most([LARGE, SMALL, LARGE], edges) == {}


def test_origins_in_a_circle_come_to_an_end() -> None:
    edges = graph((0, 1, Origin.FIRST, 2.0), (1, 2, Origin.FIRST, 1.0), (2, 0, Origin.FIRST, 0.5))

    assert pixels_at_most([SMALL, LARGE, LARGE], edges) == {1: SMALL, 2: SMALL}
