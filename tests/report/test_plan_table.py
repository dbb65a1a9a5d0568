"""A plan for eyes: every file with what happens to it, then the sums."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from copyfind.plans import (
    Action,
    ActionKind,
    Companion,
    LeftAlone,
    Plan,
    PlannedCluster,
    PlannedFile,
    Sidecar,
)
from copyfind.records import Cluster, Findings, Tier
from copyfind.report.as_table import Shape
from copyfind.report.plan_table import IN_WORDS, plan_table, plan_totals
from tests.making import made_file, made_findings


def planned(path: str, *, size: int = 1_000_000) -> PlannedFile:
    return PlannedFile(made_file(path, size=size), path.encode()[:32].ljust(32))


KEEPER = planned("/photos/keep [1].jpg", size=4_200_000)


def action(path: str = "/photos/copy.jpg", **fields: object) -> Action:
    made = Action(
        kind=ActionKind.QUARANTINE,
        file=planned(path),
        keeper=KEEPER,
        tier=Tier.IDENTICAL,
        why="the same bytes",
    )
    return replace(made, **fields)  # type: ignore[arg-type] # of any type


def plan(
    *actions: Action, sidecar: Sidecar | None = None, left: tuple[LeftAlone, ...] = ()
) -> Plan:
    cluster = PlannedCluster("c-1", Tier.IDENTICAL, "most pixels", actions, sidecar)
    return Plan(
        made_at="2026-11-21T10:00:00Z",
        version="0.1.0",
        catalog="/data/catalog.sqlite",
        catalog_state="state 1",
        tiers=(Tier.IDENTICAL,),
        roots=(b"/photos", b"/backup"),
        protected=(),
        files=40,
        clusters=(cluster,) if actions else (),
        left=left,
    )


def findings(*clusters: Cluster) -> Findings:
    """Findings in which the cluster of every plan here stands, after those that are given."""
    best, *others = made_findings().clusters[0].members[:3]
    last = Cluster("c-1", Tier.IDENTICAL, (replace(best, file=KEEPER.file), *others), 0)
    return replace(made_findings(), clusters=(*clusters, last))


def read(shown: RenderableType) -> str:
    console = Console(width=140, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(shown)
    return "\n".join(" ".join(line.split()) for line in capture.get().splitlines())


def test_a_cluster_says_what_stays_and_what_goes_and_why() -> None:
    lines = read(plan_table(plan(action()), findings())).splitlines()

    assert lines[:3] == [
        "1 1 identical to clear · 1.0 MB c-1",
        "keep photos/keep [1].jpg 4.2 MB most pixels",
        "quarantine photos/copy.jpg 1.0 MB the same bytes",
    ]


def test_a_cluster_has_the_number_that_it_has_among_all_that_were_found() -> None:
    largest = made_findings().clusters[0]

    lines = read(plan_table(plan(action()), findings(largest))).splitlines()

    assert lines[0].startswith("2 1 identical to clear")


def test_above_the_sums_stand_the_totals_of_what_was_found() -> None:
    text = read(plan_table(plan(action()), findings(made_findings().clusters[0])))

    assert "safe 3 18.3 MB go by default" in text
    assert text.index("safe 3") < text.index("1 file, 1.0 MB in 1 cluster to clear away")


def test_a_cluster_is_headed_by_what_goes_and_not_by_its_weakest_tie() -> None:
    made = plan(action())
    weak = replace(made, clusters=(replace(made.clusters[0], tier=Tier.EDITED),))

    assert "1 identical to clear" in read(plan_table(weak, findings()))
    assert "edited to clear" not in read(plan_table(weak, findings()))


def test_only_the_first_clusters_are_listed_where_that_is_asked_for() -> None:
    text = read(plan_table(plan(action()), findings(), Shape(top=0)))

    assert "keep [1].jpg" not in text
    assert "The first 0 clusters" not in text
    assert "1 file, 1.0 MB in 1 cluster to clear away" in text


def test_what_travels_along_is_named_and_counted() -> None:
    companion = Companion(planned("/photos/copy.xmp", size=2_000), (b"/photos/copy.jpg",))
    moved = action(kind=ActionKind.MOVE, to=b"/away/copy.jpg", companions=(companion,))

    text = read(plan_table(plan(moved), findings()))

    assert "with photos/copy.xmp 2.0 kB" in text
    assert "to /away/copy.jpg" in text
    assert "1 file that belongs to them (2.0 kB) travels along" in text


@pytest.mark.parametrize(("before", "told"), [(None, "new"), (planned("/k.xmp"), "gets more")])
def test_a_sidecar_that_is_written_is_named(before: PlannedFile | None, told: str) -> None:
    sidecar = Sidecar(b"/photos/keep.xmp", before, b"<x/>" * 500)

    text = read(plan_table(plan(action(), sidecar=sidecar), findings()))

    assert f"sidecar photos/keep.xmp 2.0 kB {told}: what only its copies know" in text


def test_of_several_keepers_each_copy_names_its_own() -> None:
    other = action("/photos/b.jpg", keeper=planned("/photos/other.jpg"))

    text = read(plan_table(plan(action(), other), findings()))

    assert "the same bytes as keep [1].jpg" in text
    assert "the same bytes as other.jpg" in text


def test_the_reason_to_keep_stands_beside_the_file_that_it_is_about() -> None:
    other = action("/photos/b.jpg", keeper=planned("/photos/other.jpg"))

    lines = read(plan_table(plan(other, action()), findings())).splitlines()

    assert lines[1:3] == [
        "keep photos/keep [1].jpg 4.2 MB most pixels",
        "keep photos/other.jpg 1.0 MB",
    ]


def test_what_each_file_says_of_its_own_is_one_kind_of_loss_in_the_sums() -> None:
    first = action(loses=("capture date: 2019-06-08", "people: Anna"))
    second = action("/photos/b.jpg", loses=("capture date: 2020-01-02",))

    text = read(plan_table(plan(first, second), findings()))

    assert "Only what goes has: capture date (2), people: Anna (1)" in text


def test_what_would_be_lost_is_said_beside_the_file_and_in_the_sums() -> None:
    losing = action(loses=("GPS", "rating"))

    text = read(plan_table(plan(losing, action("/photos/b.jpg", loses=("GPS",))), findings()))

    assert "the same bytes; only it has: GPS, rating" in text
    assert "Only what goes has: GPS (2), rating (1)" in text


def test_the_sums_are_told_by_action_tier_and_folder() -> None:
    far = action("/backup/b.jpg", kind=ActionKind.TRASH, tier=Tier.NEAR)

    lines = read(plan_totals(plan(action(), action("/photos/a.jpg"), far))).splitlines()

    assert lines == [
        "3 files, 3.0 MB in 1 cluster to clear away, of 40 files in the collection",
        "2 files go to the quarantine: 2 identical",
        "1 file goes to the trash: 1 near",
        "2 files, 2.0 MB in /photos",
        "1 file, 1.0 MB in /backup",
    ]


def test_what_stays_is_counted_by_its_reason() -> None:
    left = (LeftAlone(b"/a", "is edited"), LeftAlone(b"/b", "is edited"), LeftAlone(b"/c", "is it"))

    lines = read(plan_totals(plan(left=left))).splitlines()

    assert lines == [
        "Nothing is to be cleared away",
        "2 redundant files left alone: each is edited",
        "1 redundant file left alone: it is it",
    ]


@pytest.mark.parametrize("kind", ActionKind)
def test_every_action_is_told_for_one_and_for_several(kind: ActionKind) -> None:
    one = read(plan_totals(plan(action(kind=kind))))
    two = read(plan_totals(plan(action(kind=kind), action("/photos/b.jpg", kind=kind))))

    assert f"1 file {IN_WORDS[kind]}: 1 identical" in one
    assert "2 files go" in two or "2 files become" in two or "2 files are" in two
    assert "2 files becomes" not in two


@pytest.mark.parametrize(
    ("kind", "warned"),
    [
        (ActionKind.QUARANTINE, ""),
        (ActionKind.HARDLINK, "editing one of two linked files in place changes both"),
        (ActionKind.SYMLINK, "a symlink leads nowhere once its file is moved"),
        (ActionKind.DELETE, "what is deleted cannot be undone"),
    ],
)
def test_what_cannot_be_taken_back_comes_with_a_note(kind: ActionKind, warned: str) -> None:
    text = read(plan_totals(plan(action(kind=kind))))

    assert ("Note: " in text) is bool(warned)
    assert warned in text
