"""Whether one member of a cluster holds all that another one does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copyfind.grouping.ties import NOT_KNOWN, Ties, why_kept
from copyfind.records import PROVEN, Extra, Facts, Tier
from tests.grouping.making import keeper, made_cluster, tied
from tests.making import PHOTO

GAIN_MAP, DEPTH_MAP = Extra("a gain map", "aa"), Extra("a depth map", "bb")
OTHER_MAP = Extra("a gain map", "cc")
DEEP = Extra("16 bits a channel", "dd", in_pixels=True)
PAGES = Extra("3 pages", "ee", in_pixels=True)
RUBBISH = Extra("unknown data", "ff", valued=False)
WEAKER = [tier for tier in Tier if tier not in (Tier.IDENTICAL, Tier.SAME_PIXELS)]


def holding(*extras: Extra) -> Facts:
    return replace(PHOTO, surplus=extras)


@pytest.mark.parametrize("tier", [Tier.SAME_PIXELS, *WEAKER])
@pytest.mark.parametrize("extra", [GAIN_MAP, DEPTH_MAP, RUBBISH])
def test_what_holds_more_is_kept(tier: Tier, extra: Extra) -> None:
    reason = f"holds {extra.words} that its keeper lacks"
    assert why_kept(holding(extra), PHOTO, tier) == reason
    assert why_kept(holding(extra), None, tier) == reason
    assert why_kept(holding(extra), holding(extra), tier) is None
    assert why_kept(PHOTO, holding(extra), tier) is None


def test_another_thing_of_the_kind_is_not_the_same() -> None:
    assert why_kept(holding(GAIN_MAP), holding(OTHER_MAP), Tier.SAME_PIXELS) is not None


def test_a_keeper_that_holds_still_more_holds_all() -> None:
    assert why_kept(holding(GAIN_MAP), holding(DEPTH_MAP, GAIN_MAP), Tier.NEAR) is None


def test_everything_that_lacks_is_named() -> None:
    reason = why_kept(holding(GAIN_MAP, DEPTH_MAP, RUBBISH), holding(RUBBISH), Tier.NEAR)
    assert reason == "holds a gain map and a depth map that its keeper lacks"


@pytest.mark.parametrize("extra", [DEEP, PAGES])
def test_the_same_pixels_are_the_same_frames_and_depth(extra: Extra) -> None:
    assert why_kept(holding(extra), PHOTO, Tier.SAME_PIXELS) is None
    assert why_kept(holding(extra), PHOTO, Tier.NEAR) is not None


def test_the_same_bytes_hold_the_same() -> None:
    assert why_kept(replace(PHOTO, surplus=None), None, Tier.IDENTICAL) is None


@pytest.mark.parametrize("tier", [Tier.SAME_PIXELS, *WEAKER])
def test_what_is_not_known_is_not_known_to_be_nothing(tier: Tier) -> None:
    assert why_kept(replace(PHOTO, surplus=None), PHOTO, tier) == NOT_KNOWN
    assert why_kept(None, PHOTO, tier) == NOT_KNOWN


def test_who_holds_all_comes_before_the_stronger_tie() -> None:
    cluster = made_cluster(
        keeper("/keeper", 1, surplus=(GAIN_MAP,)),
        tied("/twin", 2, "/keeper", pixels=b"p"),
        tied("/rich", 3, "/twin", Tier.SAME_PIXELS, pixels=b"p", surplus=(GAIN_MAP,)),
    )
    first, twin, rich = cluster.members

    assert Ties(cluster).strongest(rich, [first, twin], PROVEN) == (first, Tier.NEAR)
    assert Ties(cluster).strongest(rich, [first, twin], [Tier.SAME_PIXELS])[0] == twin
