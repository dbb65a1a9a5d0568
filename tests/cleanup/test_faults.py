"""What a plan must not be, whoever made or changed it, and what asks a second time."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from copyfind.cleanup.faults import faults, why_large
from copyfind.errors import PlanError
from copyfind.plans import (
    Action,
    ActionKind,
    Belongings,
    Companion,
    PlannedCluster,
    PlannedFile,
    Sidecar,
)
from copyfind.records import Tier
from tests.cleanup.conftest import Album, Copy, changed, new_album, pair


def test_rule_2_is_checked_again_when_applied(album: Album) -> None:
    pair(album)
    album.add("third.jpg", "picture")
    plan = album.plan()
    (action,) = plan.actions
    other = Action(
        kind=ActionKind.QUARANTINE,
        file=action.keeper,
        keeper=album.planned("third.jpg"),
        tier=Tier.IDENTICAL,
        why="",
    )
    both = replace(
        plan,
        clusters=(*plan.clusters, PlannedCluster("c-2", Tier.IDENTICAL, None, (other,))),
    )

    with pytest.raises(PlanError, match="goes too"):
        album.apply(both)


def test_rule_13_one_file_by_two_ways_does_not_clear_itself_away(album: Album) -> None:
    """As through a second mount: another path, the same device and inode."""
    plan = pair(album).plan()
    twin = replace(album.planned("copy.jpg").file, path=album.path("mount/copy.jpg"))
    linked = changed(plan, keeper=replace(album.planned("copy.jpg"), file=twin))

    assert [fault.reason for fault in faults(linked)] == [
        f"its keeper is the same file as {album.at('copy.jpg')} (a hard link), which goes"
    ]


def test_rule_14_is_checked_again_when_applied(album: Album) -> None:
    plan = replace(pair(album).plan(), protected=(os.fsencode(album.folder),))

    with pytest.raises(PlanError, match="protected"):
        album.apply(plan)


def test_rule_14_nothing_is_moved_into_a_protected_folder(full_album: Album) -> None:
    with pytest.raises(PlanError, match="protected"):
        full_album.plan(ActionKind.MOVE, protected=["safe"], to=full_album.at("safe/x"))


def test_rule_20_a_plan_over_much_of_a_collection_asks_again(album: Album) -> None:
    album.add("keep.jpg", "picture")
    names = [f"copy {number:02}.jpg" for number in range(21)]
    for name in names:
        album.add(name, "picture")
    album.cluster("keep.jpg", *(Copy(name, "keep.jpg") for name in names))

    reasons = why_large(album.plan())

    assert "95% of all files in the collection go" in reasons[0]
    assert reasons[1].startswith("21 files go from one cluster")
    assert why_large(pair(new_album(album.top / "small")).plan()) == []


def test_a_plan_as_it_is_made_has_none(full_album: Album) -> None:
    assert list(faults(full_album.plan())) == []


CHANGES: list[tuple[str, Callable[[Album, Action], dict[str, object]], str]] = [
    ("relative", lambda _, a: {"file": _at(a.file, b"copy.jpg")}, "no absolute, plain path"),
    ("dots", lambda _, a: {"file": _at(a.file, a.file.path + b"/../x")}, "no absolute, plain"),
    ("zero", lambda _, a: {"keeper": _at(a.keeper, a.keeper.path + b"\0")}, "no absolute, plain"),
    ("unproven", lambda _, _a: {"tier": Tier.SERIES}, "which this plan does not reach"),
    ("not asked for", lambda _, _a: {"tier": Tier.NEAR}, "which this plan does not reach"),
    ("hash", lambda _, _a: {"tier": Tier.SAME_PIXELS}, "the hashes say otherwise"),
    ("size", lambda _, a: {"file": _sized(a.file)}, "its keeper's hash and another size"),
    ("volume", lambda _, a: {"kind": ActionKind.HARDLINK, "file": _far(a.file)}, "another volume"),
    ("nowhere", lambda _, _a: {"kind": ActionKind.MOVE}, "needs a place to go to"),
    ("somewhere", lambda _, _a: {"to": b"/away"}, "needs a place to go to"),
    ("pair", lambda _, _a: {"partners": (b"/photos/copy.raw",)}, "the other half stays"),
    (
        "companion elsewhere",
        lambda album, _: {
            "kind": ActionKind.MOVE,
            "to": b"/away/copy.jpg",
            "companions": (_companion(album, "../copy.xmp"),),
        },
        "cannot travel along",
    ),
    (
        "companion deleted",
        lambda album, _: {
            "kind": ActionKind.DELETE,
            "companions": (_companion(album, "copy.xmp"),),
        },
        "would be lost",
    ),
]


@pytest.mark.parametrize(("change", "why"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_what_cannot_be_is_told(
    album: Album, change: Callable[[Album, Action], dict[str, object]], why: str
) -> None:
    plan = pair(album).plan()

    told = [fault.reason for fault in faults(changed(plan, **change(album, plan.actions[0])))]

    assert any(why in reason for reason in told), told


def test_a_cluster_in_which_nothing_happens_is_a_fault(album: Album) -> None:
    plan = pair(album).plan()
    idle = replace(plan, clusters=(replace(plan.clusters[0], actions=()),))

    assert [fault.reason for fault in faults(idle)] == ["nothing happens in the cluster"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("keep.txt", "is no sidecar"),
        ("keep.jpg", "is no sidecar"),
        ("safe/keep.xmp", "lies in a protected folder"),
        ("copy.xmp", "something else happens to it"),
    ],
)
def test_a_sidecar_is_written_where_nothing_else_happens(album: Album, name: str, why: str) -> None:
    album.add("copy.xmp", "stars")
    unit = Belongings((album.companion("copy.xmp", "copy.jpg"),))
    plan = pair(album).plan(belongings={"copy.jpg": unit}, protected=["safe"])
    sidecar = Sidecar(album.path(name), None, b"<x/>")
    plan = replace(plan, clusters=(replace(plan.clusters[0], sidecar=sidecar),))

    assert any(why in fault.reason for fault in faults(plan))


def test_one_sidecar_is_not_written_twice(full_album: Album) -> None:
    plan = full_album.plan()
    sidecar = Sidecar(full_album.path("a.xmp"), None, b"<x/>")
    twice = tuple(replace(cluster, sidecar=sidecar) for cluster in plan.clusters)

    told = [fault.path for fault in faults(replace(plan, clusters=twice))]

    assert told == [sidecar.path] * 2


def _at(planned: PlannedFile, path: bytes) -> PlannedFile:
    return replace(planned, file=replace(planned.file, path=path))


def _sized(planned: PlannedFile) -> PlannedFile:
    return replace(planned, file=replace(planned.file, size=planned.file.size + 1))


def _far(planned: PlannedFile) -> PlannedFile:
    return replace(planned, file=replace(planned.file, device=planned.file.device + 1))


def _companion(album: Album, name: str) -> Companion:
    album.add(name, "stars")
    found = album.companion(name, "copy.jpg")
    return replace(found, file=_at(found.file, os.path.normpath(found.file.path)))
