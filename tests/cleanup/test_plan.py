"""Which files go and which stay: what findings and wishes come to, and what is said of the rest."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.cleanup.plan import Wishes, plan_choices, plan_copies
from copyfind.cleanup.plan_file import plan_as_json
from copyfind.plans import ActionKind, Belongings
from copyfind.records import Extra, Facts, Role, Tier
from tests.cleanup.conftest import ORIGIN, Album, Copy, filled, pair


def test_rule_2_a_keeper_does_not_go_with_another_cluster(album: Album) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        album.add(name, "picture")
    album.cluster("a.jpg", Copy("b.jpg", "a.jpg"))
    album.cluster("b.jpg", Copy("c.jpg", "b.jpg"))

    plan = album.plan()

    assert [action.file.path for action in plan.actions] == [album.path("c.jpg")]
    assert plan.left[0].path == album.path("b.jpg")
    assert plan.left[0].reason == "another copy counts on it"


def test_rule_2_three_clusters_in_a_ring_lose_nothing(album: Album) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        album.add(name, name)
    for one, other in (("a.jpg", "b.jpg"), ("b.jpg", "c.jpg"), ("c.jpg", "a.jpg")):
        album.cluster(one, Copy(other, one, Tier.SAME_PIXELS))

    plan = album.plan()

    assert plan.actions == ()
    assert len(plan.left) == 3


def test_rule_3_of_a_cluster_that_is_wholly_chosen_one_stays(album: Album) -> None:
    pair(album)
    everything = [album.path("keep.jpg"), album.path("copy.jpg")]

    plan = plan_choices(album.findings, everything, Wishes(), ORIGIN)

    assert [action.file.path for action in plan.actions] == [album.path("copy.jpg")]
    assert [left.reason for left in plan.left] == ["is the last of its cluster"]


GAIN_MAP = Extra("a gain map", "aa")


@pytest.mark.parametrize("tier", [Tier.SAME_PIXELS, Tier.NEAR, Tier.EDITED])
@pytest.mark.parametrize(
    ("surplus", "reason"),
    [
        ((GAIN_MAP,), "holds a gain map that its keeper lacks"),
        ((Extra("unknown data", "bb", valued=False),), "holds unknown data that its keeper lacks"),
        (None, "it is not known what else it holds: run copyfind index again"),
    ],
)
def test_what_holds_more_than_its_keeper_stays_whoever_asks(
    album: Album, tier: Tier, surplus: tuple[Extra, ...] | None, reason: str
) -> None:
    album.add("keep.jpg", "picture")
    album.add("rich.jpg", "picture and more")
    album.cluster("keep.jpg", Copy("rich.jpg", "keep.jpg", tier, surplus=surplus))

    chosen = plan_choices(album.findings, [album.path("rich.jpg")], Wishes(), ORIGIN)
    for plan in (album.plan(tiers=[tier]), chosen):
        assert plan.actions == ()
        assert [left.reason for left in plan.left] == [reason]


def test_what_is_held_back_is_told_where_its_tier_is_asked_for(album: Album) -> None:
    album.add("keep.jpg", "picture")
    album.add("rich.jpg", "picture and more")
    copy = Copy("rich.jpg", "keep.jpg", Tier.NEAR, role=Role.RELATED, surplus=(GAIN_MAP,))
    found = album.cluster("keep.jpg", copy)
    rich = replace(found.members[1], held_back=True, reason="holds a gain map")
    album.findings_[:] = [replace(found, members=(found.members[0], rich))]

    assert album.plan().left == ()
    assert [left.reason for left in album.plan(tiers=[Tier.NEAR]).left] == ["holds a gain map"]


def test_a_copy_goes_for_the_one_that_holds_as_much(album: Album) -> None:
    for name in ("keep.jpg", "rich.jpg", "twin.jpg"):
        album.add(name, name)
    album.cluster(
        "keep.jpg",
        Copy("rich.jpg", "keep.jpg", Tier.SAME_PIXELS, role=Role.RELATED, surplus=(GAIN_MAP,)),
        Copy("twin.jpg", "keep.jpg", Tier.SAME_PIXELS, surplus=(GAIN_MAP,)),
    )

    (action,) = album.plan().actions

    assert (action.file.path, action.keeper.path) == (
        album.path("twin.jpg"),
        album.path("rich.jpg"),
    )


@pytest.mark.parametrize("tier", [Tier.NEAR, Tier.EDITED])
def test_rule_5_near_and_edited_go_only_when_named(album: Album, tier: Tier) -> None:
    album.add("keep.jpg", "picture")
    album.add("small.jpg", "pic")
    album.cluster("keep.jpg", Copy("small.jpg", "keep.jpg", tier, ("resized to 20 %",)))

    assert album.plan().actions == ()
    assert f"is {tier}; name the tier" in album.plan().left[0].reason
    (action,) = album.plan(tiers=[Tier.IDENTICAL, tier]).actions
    assert action.why == f"{tier}: resized to 20 %"


@pytest.mark.parametrize("tier", [Tier.SERIES, Tier.UNVERIFIED])
def test_rule_5_series_and_unverified_never_go(album: Album, tier: Tier) -> None:
    album.add("keep.jpg", "picture")
    album.add("next.jpg", "another")
    album.cluster("keep.jpg", Copy("next.jpg", "keep.jpg", tier, role=Role.RELATED))
    chosen = plan_choices(album.findings, [album.path("next.jpg")], Wishes(), ORIGIN)

    assert album.plan().actions == ()
    assert chosen.actions == ()
    assert "nothing proves" in chosen.left[0].reason


def test_rule_5_a_copy_of_a_copy_that_stays_may_go(album: Album) -> None:
    album.add("keep.jpg", "picture")
    album.add("edit.jpg", "edited")
    album.add("edit 2.jpg", "edited")
    album.cluster(
        "keep.jpg",
        Copy("edit.jpg", "keep.jpg", Tier.EDITED),
        Copy("edit 2.jpg", "edit.jpg", Tier.IDENTICAL),
    )

    (action,) = album.plan().actions

    assert action.file.path == album.path("edit 2.jpg")
    assert action.keeper.path == album.path("edit.jpg")


def test_rule_6_what_only_the_copy_knows_is_said(album: Album) -> None:
    pair(album)
    cluster = album.findings_[0]
    knowing = Facts(
        width=1, height=1, format="JPEG", surplus=(), has_gps=True, captured_at="2019", rating=5
    )
    copy = cluster.members[1]
    content = replace(copy.content, facts=knowing)
    album.findings_ = [
        replace(cluster, members=(cluster.members[0], replace(copy, content=content)))
    ]

    (action,) = album.plan(belongings={"copy.jpg": Belongings(loses=("title",))}).actions

    assert action.loses == ("GPS", "capture date", "rating", "title")


def test_rule_9_links_want_the_same_bytes(full_album: Album) -> None:
    plan = full_album.plan(ActionKind.HARDLINK)

    assert full_album.path("a.png") not in [action.file.path for action in plan.actions]
    assert any("only files with the same bytes become links" in left.reason for left in plan.left)


def test_rule_12_names_of_one_file_stay_together(album: Album) -> None:
    pair(album)
    os.link(album.at("copy.jpg"), album.at("copy link.jpg"))
    album.findings_ = []
    album.cluster(
        "keep.jpg",
        Copy("copy.jpg", "keep.jpg"),
        Copy("copy link.jpg", "copy.jpg", role=Role.LINKED),
    )

    plan = album.plan()

    assert plan.actions == ()
    assert "hard link" in plan.left[0].reason


def test_rule_14_nothing_happens_in_a_protected_folder(full_album: Album) -> None:
    plan = full_album.plan(protected=["copies"])

    assert [action.file.path for action in plan.actions] == [full_album.path("a.png")]
    assert [left.reason for left in plan.left] == ["lies in a protected folder"] * 3


def test_rule_15_a_shared_sidecar_stays_while_an_owner_stays(album: Album) -> None:
    for name in ("keep.jpg", "copy.jpg", "keep.raw", "copy.raw"):
        album.add(name, name.partition(".")[2])
    album.add("copy.xmp", "stars")
    shared = Belongings((album.companion("copy.xmp", "copy.jpg", "copy.raw"),))
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"))
    alone = album.plan(belongings={"copy.jpg": shared, "copy.raw": shared})
    album.cluster("keep.raw", Copy("copy.raw", "keep.raw"))
    both = album.plan(belongings={"copy.jpg": shared, "copy.raw": shared})

    assert [len(action.companions) for action in alone.actions] == [0]
    assert sorted(len(action.companions) for action in both.actions) == [0, 1]
    album.apply(both)
    assert not album.at("copy.xmp").exists()
    album.undo()
    assert album.at("copy.xmp").read_text() == "stars"


def test_rule_15_a_pair_of_raw_and_jpeg_goes_together_or_stays(album: Album) -> None:
    for name in ("keep.jpg", "copy.jpg", "keep.raw", "copy.raw"):
        album.add(name, name.partition(".")[2])
    halves = {
        "copy.jpg": Belongings(partners=(album.path("copy.raw"),)),
        "copy.raw": Belongings(partners=(album.path("copy.jpg"),)),
    }
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"))
    alone = album.plan(belongings=halves)
    album.cluster("keep.raw", Copy("copy.raw", "keep.raw"))
    both = album.plan(belongings=halves)

    assert alone.actions == ()
    assert "half of a pair" in alone.left[0].reason
    assert len(both.actions) == 2
    album.at("keep.raw").write_bytes(b"edited")
    applied = album.apply(both)
    assert applied.done == []
    assert any("other half of the pair" in skipped.reason for skipped in applied.skipped)


def test_rule_15_what_blocks_a_unit_is_told(album: Album) -> None:
    pair(album)

    plan = album.plan(belongings={"copy.jpg": Belongings(blocked="two films might be its own")})

    assert plan.actions == ()
    assert plan.left[0].reason == "two films might be its own"


def test_rule_15_a_picture_with_companions_is_not_deleted(album: Album) -> None:
    pair(album)
    album.add("copy.xmp", "stars")
    unit = Belongings((album.companion("copy.xmp", "copy.jpg"),))

    plan = album.plan(ActionKind.DELETE, belongings={"copy.jpg": unit})

    assert plan.actions == ()
    assert "would be lost" in plan.left[0].reason


def test_rule_17_names_that_differ_in_case_alone_get_one_place_only(album: Album) -> None:
    for name in ("keep.jpg", "A.jpg", "a.jpg"):
        album.add(name, "picture")
    album.cluster("keep.jpg", Copy("A.jpg", "keep.jpg"), Copy("a.jpg", "keep.jpg"))

    plan = album.plan(ActionKind.MOVE)

    assert [action.file.path for action in plan.actions] == [album.path("a.jpg")]
    assert [left.reason for left in plan.left] == ["would get the same place as another file"]


def test_rule_18_the_order_of_findings_does_not_matter(album: Album, tmp_path: Path) -> None:
    filled(album)
    del tmp_path
    one = plan_as_json(album.plan())
    album.findings_.reverse()

    assert plan_as_json(album.plan()) == one


def test_rule_21_what_only_resembles_counts_on_no_proof(album: Album) -> None:
    """Blank pictures resemble each other: without proof, that is `unverified`, and stays, even
    where a plan was told to reach for it."""
    album.add("blank 1.png", "white")
    album.add("blank 2.png", "ivory")
    album.cluster(
        "blank 1.png", Copy("blank 2.png", "blank 1.png", Tier.UNVERIFIED, role=Role.REDUNDANT)
    )

    plan = album.plan(tiers=list(Tier))

    assert plan.actions == ()


def passing(album: Album, *names: str) -> Wishes:
    return Wishes(passing=[album.path(name) for name in names])


@pytest.mark.parametrize("gone", [["in/copy.jpg"], ["in/copy.jpg", "copy.jpg"]])
def test_nothing_goes_for_a_file_in_a_snapshot(album: Album, gone: list[str]) -> None:
    """Whoever found it to be the one to keep."""
    for name in ("keep.jpg", "copy.jpg", "in/copy.jpg"):
        album.add(name, "picture")
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"), Copy("in/copy.jpg", "keep.jpg"))
    chosen = [album.path(name) for name in gone]

    plan = plan_choices(album.findings, chosen, passing(album, "keep.jpg"), ORIGIN)

    assert all(action.keeper.path == album.path("copy.jpg") for action in plan.actions)
    assert len(plan.actions) == 1


def test_a_file_in_a_snapshot_cannot_go(album: Album) -> None:
    pair(album)

    plan = plan_copies(album.findings, passing(album, "copy.jpg"), ORIGIN)

    assert plan.actions == ()
    assert [left.reason for left in plan.left] == ["lies in a read-only snapshot"]


def test_the_only_file_outside_of_a_snapshot_stays(album: Album) -> None:
    pair(album)

    plan = plan_copies(album.findings, passing(album, "keep.jpg"), ORIGIN)

    assert plan.actions == ()
    assert [left.path for left in plan.left] == [album.path("copy.jpg")]
