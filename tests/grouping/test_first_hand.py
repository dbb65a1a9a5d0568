"""Pixels of the first hand."""

from __future__ import annotations

from copyfind.grouping.first_hand import pixels_at_most
from copyfind.grouping.proofs import Edge
from copyfind.records import Tier
from copyfind.verdict import Verdict

SMALL, LARGE = 1_000, 4_000


SURE, UNSURE = 5.0, 1.0  # log odds


def graph(*edges: tuple[int, int, float | None, float]) -> dict[int, dict[int, Edge]]:
    """Edges (first, second, log odds that it was made from the first, scale of the second)."""
    found: dict[int, dict[int, Edge]] = {}
    for one, other, odds, scale in edges:
        verdict = Verdict(Tier.NEAR, overlap=(1.0, 1.0), scale=scale)
        back = Verdict(Tier.NEAR, overlap=(1.0, 1.0), scale=1 / scale)
        found.setdefault(one, {})[other] = Edge(verdict, None, odds)
        found.setdefault(other, {})[one] = Edge(back, None, None if odds is None else -odds)
    return found


def test_an_enlarged_picture_holds_what_it_was_made_from() -> None:
    assert pixels_at_most([SMALL, LARGE], graph((0, 1, SURE, 2.0))) == {1: SMALL}


def test_so_does_what_was_made_from_that() -> None:
    edges = graph((0, 1, SURE, 2.0), (1, 2, SURE, 1.0), (2, 3, None, 1.0))

    assert pixels_at_most([SMALL, LARGE, LARGE, LARGE], edges) == dict.fromkeys((1, 2, 3), SMALL)


def test_a_reduced_copy_takes_nothing_from_its_source() -> None:
    edges = graph((0, 1, SURE, 0.5), (0, 2, None, 1.0))

    assert pixels_at_most([LARGE, SMALL, LARGE], edges) == {}


def test_origins_in_a_circle_come_to_an_end() -> None:
    edges = graph((0, 1, SURE, 2.0), (1, 2, SURE, 1.0), (2, 0, SURE, 0.5))

    assert pixels_at_most([SMALL, LARGE, LARGE], edges) == {1: SMALL, 2: SMALL}


def test_pixels_are_not_taken_from_a_picture_on_a_guess() -> None:
    assert pixels_at_most([SMALL, LARGE], graph((0, 1, UNSURE, 2.0))) == {}
