"""What a plan and what belongs to a picture say of themselves beyond their fields."""

from __future__ import annotations

from copyfind.plans import (
    LINKS,
    PARTNERS,
    Action,
    ActionKind,
    Companion,
    Part,
    PartKind,
    Plan,
    PlannedCluster,
    PlannedFile,
    Unit,
)
from copyfind.records import Tier
from tests.making import made_file


def planned(path: str, *, size: int = 1000, inode: int = 0) -> PlannedFile:
    return PlannedFile(made_file(path, size=size, inode=inode), b"\x01" * 32)


def going(path: str, *companions: Companion) -> Action:
    return Action(
        kind=ActionKind.QUARANTINE,
        file=planned(path),
        keeper=planned("/keep.jpg"),
        tier=Tier.IDENTICAL,
        why="the same bytes",
        companions=companions,
    )


def test_a_planned_file_is_known_by_its_path_and_its_identity() -> None:
    file = planned("/a.jpg", inode=7)

    assert (file.path, file.identity) == (b"/a.jpg", file.file.identity)
    assert file.identity == planned("/b.jpg", inode=7).identity


def test_all_that_travels_along_counts_as_gone() -> None:
    sidecar = Companion(planned("/a.xmp", size=20), (b"/a.jpg",))
    film = Companion(planned("/a.mov", size=5_000), (b"/a.jpg",))

    assert going("/a.jpg", sidecar, film).size == 6_020


def test_the_actions_of_a_plan_are_those_of_its_clusters_in_order() -> None:
    a, b, c = going("/a.jpg"), going("/b.jpg"), going("/c.jpg")
    clusters = (
        PlannedCluster("c-1", Tier.IDENTICAL, None, (a, b)),
        PlannedCluster("c-2", Tier.IDENTICAL, None, (c,)),
    )
    plan = Plan(
        made_at="",
        version="",
        catalog="",
        catalog_state="",
        tiers=(),
        roots=(),
        protected=(),
        files=4,
        clusters=clusters,
    )

    assert plan.actions == (a, b, c)


def test_a_part_of_a_unit_follows_the_picture_or_is_one_itself() -> None:
    parts = tuple(Part(f"/{kind.name}".encode(), kind) for kind in PartKind)
    unit = Unit(b"/a.jpg", parts)

    assert {part.kind for part in unit.partners} == PARTNERS
    assert {part.kind for part in unit.followers} == set(PartKind) - PARTNERS


def test_a_link_leaves_the_path_of_its_file() -> None:
    assert set(ActionKind) - LINKS == {
        ActionKind.QUARANTINE,
        ActionKind.TRASH,
        ActionKind.MOVE,
        ActionKind.DELETE,
    }
