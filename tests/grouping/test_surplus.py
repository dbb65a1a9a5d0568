"""What holds more than the files that stay is not redundant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copyfind.grouping.surplus import with_surplus_kept
from copyfind.grouping.ties import Ties, why_kept
from copyfind.records import PROVEN, Extra, Role, Tier
from tests.grouping.making import keeper, made_cluster, tied, told

GAIN_MAP, FILM = Extra("a gain map", "aa"), Extra("a film", "bb")
REASON = "holds a gain map that its keeper lacks"


def test_a_copy_with_more_is_related_and_says_why() -> None:
    cluster = made_cluster(
        keeper("/keeper", 1, pixels=b"p"),
        tied("/rich", 2, "/keeper", Tier.SAME_PIXELS, pixels=b"p", surplus=(GAIN_MAP,)),
        tied("/plain", 3, "/keeper", Tier.SAME_PIXELS, pixels=b"p"),
    )

    (found,) = with_surplus_kept([cluster])

    assert told(found) == {
        "/keeper": ("keeper", None, None),
        "/rich": ("related", "same-pixels /keeper", REASON),
        "/plain": ("redundant", "same-pixels /keeper", None),
    }
    assert found.reclaimable_bytes == 1000
    assert found.id == cluster.id


def test_of_two_with_the_same_one_stays() -> None:
    cluster = made_cluster(
        keeper("/keeper", 1, pixels=b"p"),
        tied("/rich", 2, "/keeper", Tier.SAME_PIXELS, pixels=b"p", surplus=(GAIN_MAP,)),
        tied("/twin", 2, "/rich", Tier.IDENTICAL, pixels=b"p", surplus=(GAIN_MAP,)),
        tied("/rated", 4, "/keeper", Tier.SAME_PIXELS, pixels=b"p", surplus=(GAIN_MAP,)),
    )

    (found,) = with_surplus_kept([cluster])

    roles = {m.file.path: m.role for m in found.members}
    assert roles == {
        b"/keeper": Role.KEEPER,
        b"/rich": Role.RELATED,
        b"/twin": Role.REDUNDANT,
        b"/rated": Role.REDUNDANT,
    }


def test_a_cluster_without_surplus_is_as_it_was() -> None:
    cluster = made_cluster(keeper("/keeper", 1), tied("/small", 2, "/keeper"))

    assert with_surplus_kept([cluster]) == [cluster]


@given(
    held=st.lists(
        st.lists(st.sampled_from([GAIN_MAP, FILM]), unique=True, max_size=2), min_size=2, max_size=6
    ),
    tier=st.sampled_from([Tier.SAME_PIXELS, Tier.NEAR, Tier.EDITED]),
)
def test_nothing_is_redundant_to_less(held: list[list[Extra]], tier: Tier) -> None:
    pixels = b"p" if tier is Tier.SAME_PIXELS else None
    first, *others = held
    cluster = made_cluster(
        keeper("/0", 0, pixels=pixels, surplus=tuple(first)),
        *(
            tied(f"/{n}", n, "/0", tier, pixels=pixels, surplus=tuple(extras))
            for n, extras in enumerate(others, start=1)
        ),
    )

    (found,) = with_surplus_kept([cluster])

    stays = [m for m in found.members if m.role is not Role.REDUNDANT]
    for member in found.members:
        if member.role is Role.REDUNDANT:
            other, by = Ties(found).strongest(member, stays, PROVEN)
            assert other is not None
            assert by is not None
            assert why_kept(member.content.facts, other.content.facts, by) is None
