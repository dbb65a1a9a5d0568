"""The 21 rules of safety, each with the test that would fail without it.

They were learnt from files that other tools have lost. What a crash or a failing call may do is in
`test_crash.py`; here it is what people, programs and plans may do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import State
from copyfind.cleanup.plan import Wishes, faults, plan_choices, why_large
from copyfind.cleanup.plan_file import plan_as_json, read_plan, refuse_stale
from copyfind.cleanup.quarantine import places
from copyfind.errors import CleanupError, OutputError, PlanError
from copyfind.records import (
    Action,
    ActionKind,
    Belongings,
    Facts,
    Plan,
    PlannedCluster,
    Role,
    Tier,
)
from copyfind.report.files import write_new
from tests.cleanup.conftest import ORIGIN, Album, Copy, filled, new_album
from tests.cleanup.faulty import Failing, Racing, Recording
from tests.conftest import Volume


def pair(album: Album) -> Album:
    """A keeper and a copy with the same bytes."""
    album.add("keep.jpg", "picture", day=1)
    album.add("copy.jpg", "picture", day=2)
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"))
    return album


def assert_skipped(album: Album, plan: Plan, why: str) -> None:
    """Nothing is done, and the reason is told."""
    before = album.tree()
    applied = album.apply(plan)
    assert applied.done == []
    assert [why in skipped.reason for skipped in applied.skipped] == [True], applied.skipped
    assert album.tree() == before


def changed(plan: Plan, **fields: Any) -> Plan:
    """The plan with something else in its only action."""
    ((action,),) = (cluster.actions for cluster in plan.clusters)
    cluster = replace(plan.clusters[0], actions=(replace(action, **fields),))
    return replace(plan, clusters=(cluster,))


# Rule 1: the keeper is named, exists, is readable, another inode, outside of what goes


def test_rule_1_a_keeper_that_is_gone_keeps_its_copy(album: Album) -> None:
    plan = pair(album).plan()
    album.at("keep.jpg").unlink()

    assert_skipped(album, plan, "the file to keep is gone")


def test_rule_1_a_keeper_that_cannot_be_read_keeps_its_copy(album: Album) -> None:
    class Unreadable(Files):
        def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
            del second
            raise PermissionError(13, "Permission denied", first)

    plan = pair(album).plan()
    album.files = Unreadable()

    assert_skipped(album, plan, "no permission")


def test_rule_1_a_keeper_that_became_the_copy_itself_is_none(album: Album) -> None:
    plan = pair(album).plan()
    album.at("keep.jpg").unlink()
    os.link(album.at("copy.jpg"), album.at("keep.jpg"))

    assert_skipped(album, plan, "the file to keep has changed")
    linked = changed(plan, keeper=album.planned("keep.jpg"))
    with pytest.raises(PlanError, match="same file"):
        album.apply(linked)


def test_rule_1_without_inodes_the_rename_tells_that_two_paths_are_one_file(album: Album) -> None:
    class Numberless(Recording):
        """A case-insensitive volume that numbers no files."""

        def look(self, path: bytes) -> Any:
            seen = super().look(path.replace(b"KEEP.jpg", b"copy.jpg"))
            return seen and replace(seen, path=path, inode=0)

        def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
            del first  # it would be found under either spelling
            return super().compare(second, second)

    album.add("copy.jpg", "picture")
    album.add("KEEP.jpg", "picture")
    album.cluster("KEEP.jpg", Copy("copy.jpg", "KEEP.jpg"))
    album.at("KEEP.jpg").unlink()  # there is one file, with two spellings
    plan = album.plan()
    file = replace(plan.actions[0].file, file=replace(plan.actions[0].file.file, inode=0))
    keeper = replace(file, file=replace(file.file, path=album.path("KEEP.jpg")))
    files = Numberless()
    before = album.tree()

    applied = album.apply(changed(plan, file=file, keeper=keeper), files)

    assert applied.done == []
    assert "same file by another path" in applied.skipped[0].reason
    assert album.tree() == before


# Rule 2: one plan, all clusters


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


# Rule 3: at least one member stays


def test_rule_3_of_a_cluster_that_is_wholly_chosen_one_stays(album: Album) -> None:
    pair(album)
    everything = [album.path("keep.jpg"), album.path("copy.jpg")]

    plan = plan_choices(album.findings, everything, Wishes(), ORIGIN)

    assert [action.file.path for action in plan.actions] == [album.path("copy.jpg")]
    assert [left.reason for left in plan.left] == ["is the last of its cluster"]


# Rule 4: both files are read again at the moment of acting


@pytest.mark.parametrize("name", ["keep.jpg", "copy.jpg"])
def test_rule_4_a_file_with_other_bytes_and_the_same_time_is_noticed(
    album: Album, name: str
) -> None:
    plan = pair(album).plan()
    status = album.at(name).stat()
    with album.at(name).open("r+b") as file:
        file.write(b"PICTURE")
    os.utime(album.at(name), ns=(status.st_atime_ns, status.st_mtime_ns))

    assert_skipped(album, plan, "holds other bytes than when it was indexed")


def test_rule_4_keeper_and_copy_that_changed_places_are_noticed(album: Album) -> None:
    plan = pair(album).plan()
    album.at("keep.jpg").rename(album.at("x"))
    album.at("copy.jpg").rename(album.at("keep.jpg"))
    album.at("x").rename(album.at("copy.jpg"))

    assert_skipped(album, plan, "has changed since it was indexed")


def test_rule_4_a_cluster_is_skipped_whole_and_others_are_not(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.at("a.png").write_bytes(b"edited")

    applied = full_album.apply(plan)

    assert [action.file.path for action in applied.done] == [full_album.path("copies/b.jpg")]
    assert len(applied.skipped) == 1


@pytest.mark.parametrize("kind", [ActionKind.QUARANTINE, ActionKind.HARDLINK, ActionKind.DELETE])
def test_rule_4_a_file_that_changes_between_look_and_rename_is_put_back(
    album: Album, kind: ActionKind
) -> None:
    plan = pair(album).plan(kind)

    def edit() -> None:
        album.at("copy.jpg").write_bytes(b"my evening of work")

    applied = album.apply(plan, Racing("rename_exclusively", edit))

    assert applied.done == []
    assert "changed at the very moment" in applied.skipped[0].reason
    assert album.pictures() == {"keep.jpg": b"picture", "copy.jpg": b"my evening of work"}


# Rule 5: which tiers go


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


# Rule 6: what only the discarded file knows


def test_rule_6_what_only_the_copy_knows_is_said(album: Album) -> None:
    pair(album)
    cluster = album.findings_[0]
    knowing = Facts(width=1, height=1, format="JPEG", has_gps=True, captured_at="2019", rating=5)
    copy = cluster.members[1]
    content = replace(copy.content, facts=knowing)
    album.findings_ = [
        replace(cluster, members=(cluster.members[0], replace(copy, content=content)))
    ]

    (action,) = album.plan(belongings={"copy.jpg": Belongings(loses=("title",))}).actions

    assert action.loses == ("GPS", "capture date", "rating", "title")


# Rule 7: a rename on one volume, and nothing more dangerous instead


def test_rule_7_the_quarantine_is_on_the_files_own_volume(volume: Volume) -> None:
    (volume.path / "album").mkdir()
    path = volume.path / "album" / "copy.jpg"
    path.write_bytes(b"picture")

    found = list(places(os.fsencode(path), Files()))

    assert found == [os.fsencode(volume.path / "album" / ".copyfind-quarantine")]


def test_rule_7_a_move_to_another_volume_is_refused(album: Album, volume: Volume) -> None:
    plan = pair(album).plan(ActionKind.MOVE, to=volume.path / "moved")

    assert_skipped(album, plan, "lies on another volume")
    assert list(volume.path.iterdir()) == []


def test_rule_7_without_a_trash_nothing_is_deleted(album: Album) -> None:
    plan = pair(album).plan(ActionKind.TRASH)
    (album.top / "home").mkdir()
    (album.top / "home" / "Trash").write_text("no folder")

    assert_skipped(album, plan, "is not a folder")


def test_rule_7_without_hard_links_nothing_else_is_made(album: Album) -> None:
    plan = pair(album).plan(ActionKind.HARDLINK)
    before = album.tree()

    applied = album.apply(plan, Recording(lacking=frozenset({"link"})))

    assert applied.done == []
    assert album.tree() == before


def test_rule_7_without_reflinks_nothing_is_copied(album: Album, volume: Volume) -> None:
    """tmpfs shares no blocks."""
    album.top = volume.path / "album"
    album.folder.mkdir(parents=True)
    plan = pair(album).plan(ActionKind.REFLINK)
    before = album.tree()

    applied = album.apply(plan)

    assert applied.done == []
    assert album.tree() == before


# Rule 8: links by temporary name; a failed roll-back is told with both paths


@pytest.mark.parametrize("at", range(1, 80, 7))
def test_rule_8_whatever_fails_the_target_is_where_it_was(album: Album, at: int) -> None:
    before = pair(album).pictures()

    with suppress(CleanupError):
        album.apply(album.plan(ActionKind.HARDLINK), Failing(at))

    assert album.pictures() == before


def test_rule_8_a_failed_roll_back_names_both_paths(album: Album) -> None:
    plan = pair(album).plan()

    class Occupied(Recording):
        """Somebody puts a file there as soon as ours has gone, and the keeper vanishes."""

        def after(self, name: str, arguments: tuple[Any, ...]) -> None:
            if name == "rename_exclusively" and arguments[0] == album.path("copy.jpg"):
                album.at("copy.jpg").write_bytes(b"another picture")
                album.at("keep.jpg").rename(album.at("elsewhere.jpg"))

    applied = album.apply(plan, Occupied())

    (stranded,) = applied.stranded
    assert str(album.at("copy.jpg")) in stranded.reason
    assert ".copyfind-quarantine" in stranded.reason
    assert b"picture" in album.contents()
    assert album.at("copy.jpg").read_bytes() == b"another picture"
    album.at("copy.jpg").unlink()
    album.undo()  # asks the file system again: now it can be put back
    assert album.at("copy.jpg").read_bytes() == b"picture"


# Rule 9: hard links


def test_rule_9_hard_links_want_the_same_owner_and_mode(album: Album) -> None:
    pair(album)
    album.at("copy.jpg").chmod(0o600)
    album.findings_ = []
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"))

    assert_skipped(album, album.plan(ActionKind.HARDLINK), "one owner and one mode")


def test_rule_9_links_want_the_same_bytes(full_album: Album) -> None:
    plan = full_album.plan(ActionKind.HARDLINK)

    assert full_album.path("a.png") not in [action.file.path for action in plan.actions]
    assert any("only files with the same bytes become links" in left.reason for left in plan.left)


def test_rule_9_a_keeper_with_too_many_names_gets_no_other(album: Album) -> None:
    class Crowded(Files):
        def look(self, path: bytes) -> Any:
            seen = super().look(path)
            crowded = seen is not None and path.endswith(b"keep.jpg")
            return replace(seen, links=65_000) if crowded and seen else seen

    plan = pair(album).plan(ActionKind.HARDLINK)
    album.files = Crowded()

    assert_skipped(album, plan, "65,000 names already")


# Rule 10: the journal comes first; undo overwrites nothing


def test_rule_10_every_step_is_announced_on_disk_before_it_happens(full_album: Album) -> None:
    files = Recording()
    full_album.apply(full_album.plan(), files)
    announced: set[bytes] = set()
    for name, arguments in files.calls:
        if name == "append" and b'"begin"' in arguments[1]:
            for line in filter(None, arguments[1].splitlines()):
                entry = json.loads(line)
                if entry["event"] == "begin":
                    announced.add(os.fsencode(entry["operation"]["file"]["path"]))
        if name == "rename_exclusively":
            assert arguments[0] in announced


@pytest.mark.parametrize("kind", [ActionKind.HARDLINK, ActionKind.SYMLINK, ActionKind.DELETE])
def test_rule_10_renames_are_on_disk_before_anything_is_removed(
    full_album: Album, kind: ActionKind
) -> None:
    files = Recording()
    full_album.apply(full_album.plan(kind), files)
    unsynced: set[bytes] = set()
    removed = 0
    for name, arguments in files.calls:
        if name in ("rename_exclusively", "link", "symlink"):
            unsynced |= {os.path.dirname(path) for path in arguments[-1:]}
        if name == "sync_folder":
            unsynced.discard(arguments[0])
        if name == "unlink":
            removed += 1
            assert unsynced == set()
    assert removed > 0


def test_rule_10_undo_overwrites_nothing(album: Album) -> None:
    album.apply(pair(album).plan())
    album.at("copy.jpg").write_bytes(b"a new picture of that name")

    (undone,) = album.undo()

    assert "something else now" in undone.failed[0].reason
    assert album.at("copy.jpg").read_bytes() == b"a new picture of that name"
    assert album.contents()[b"picture"] == 2
    album.at("copy.jpg").unlink()
    (undone,) = album.undo()
    assert undone.failed == []
    assert album.at("copy.jpg").read_bytes() == b"picture"


# Rule 11: success is what the file system shows


def test_rule_11_a_rename_that_only_says_so_is_no_success(album: Album) -> None:
    class Liar(Files):
        def rename_new(self, path: bytes, to: bytes) -> None:
            """Nothing, and no complaint."""

    plan = pair(album).plan()
    album.files = Liar()

    assert_skipped(album, plan, "changed at the very moment")


def test_rule_11_a_trash_that_only_says_so_is_no_success(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Desktop(Files):
        def throw_away(self, path: bytes) -> None:
            """As on a network drive, where it tells that it has."""

    monkeypatch.setattr("copyfind.cleanup.arranging.keeps_its_place", lambda: False)
    plan = pair(album).plan(ActionKind.TRASH)
    album.files = Desktop()

    assert_skipped(album, plan, "it is still there")


def test_rule_11_the_journal_tells_what_is_there_afterwards(album: Album) -> None:
    album.apply(pair(album).plan())
    (journal,) = album.journals()
    lines = [json.loads(line) for line in Path(os.fsdecode(journal.path)).read_text().splitlines()]

    seen = lines[-1]["seen"]

    assert lines[-1]["event"] == State.DONE
    assert seen[str(album.at("copy.jpg"))] is None
    assert [what[0] for path, what in seen.items() if "quarantine" in path] == ["file"]


# Rule 12: symlinks; hard links of one inode


@pytest.mark.parametrize("name", ["keep.jpg", "copy.jpg"])
def test_rule_12_a_symlink_is_no_keeper_and_does_not_go(album: Album, name: str) -> None:
    plan = pair(album).plan()
    album.at(name).rename(album.at("moved.jpg"))
    album.at(name).symlink_to("moved.jpg")

    assert_skipped(album, plan, "is a symlink now")


def test_rule_12_a_folder_that_became_a_link_is_noticed(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.at("copies").rename(full_album.at("real"))
    full_album.at("copies").symlink_to("real")

    applied = full_album.apply(plan)

    assert applied.done == []
    assert {"reached through a link" in skipped.reason for skipped in applied.skipped} == {True}


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


# Rule 13: one root, whatever ways lead to it


def test_rule_13_one_file_by_two_ways_does_not_clear_itself_away(album: Album) -> None:
    """As through a second mount: another path, the same device and inode."""
    plan = pair(album).plan()
    twin = replace(album.planned("copy.jpg").file, path=album.path("mount/copy.jpg"))
    linked = changed(plan, keeper=replace(album.planned("copy.jpg"), file=twin))

    assert [fault.reason for fault in faults(linked)] == [
        f"its keeper is the same file as {album.at('copy.jpg')} (a hard link), which goes"
    ]


# Rule 14: protected folders


def test_rule_14_nothing_happens_in_a_protected_folder(full_album: Album) -> None:
    plan = full_album.plan(protected=["copies"])

    assert [action.file.path for action in plan.actions] == [full_album.path("a.png")]
    assert [left.reason for left in plan.left] == ["lies in a protected folder"] * 3


def test_rule_14_is_checked_again_when_applied(album: Album) -> None:
    plan = replace(pair(album).plan(), protected=(os.fsencode(album.folder),))

    with pytest.raises(PlanError, match="protected"):
        album.apply(plan)


def test_rule_14_no_quarantine_is_made_in_a_protected_folder(full_album: Album) -> None:
    path = full_album.path("copies/b.jpg")
    guarded = [os.fsencode(full_album.top)]

    assert not any(p.startswith(guarded[0]) for p in places(path, Files(), protected=guarded))
    assert any(p.startswith(guarded[0]) for p in places(path, Files()))


def test_rule_14_nothing_is_moved_into_a_protected_folder(full_album: Album) -> None:
    with pytest.raises(PlanError, match="protected"):
        full_album.plan(ActionKind.MOVE, protected=["safe"], to=full_album.at("safe/x"))


# Rule 15: units


def test_rule_15_what_belongs_to_a_picture_travels_with_it_and_back(album: Album) -> None:
    pair(album)
    album.add("copy.xmp", "stars", day=3)
    album.add("sub/copy.mov", "film", day=4)
    unit = Belongings(tuple(album.companion(n, "copy.jpg") for n in ("copy.xmp", "sub/copy.mov")))
    before = album.tree()

    applied = album.apply(album.plan(belongings={"copy.jpg": unit}))

    assert applied.skipped == []
    assert album.pictures() == {"keep.jpg": b"picture"}
    (undone,) = album.undo()
    assert undone.failed == []
    assert album.tree() == before


def test_rule_15_a_unit_moves_whole_or_not_at_all(album: Album) -> None:
    pair(album)
    album.add("copy.xmp", "stars")
    unit = Belongings((album.companion("copy.xmp", "copy.jpg"),))
    plan = album.plan(belongings={"copy.jpg": unit})
    album.at("copy.xmp").write_text("more stars")

    assert_skipped(album, plan, "copy.xmp has changed")


def test_rule_15_a_unit_that_fails_half_way_is_put_back(album: Album) -> None:
    pair(album)
    album.add("copy.xmp", "stars")
    unit = Belongings((album.companion("copy.xmp", "copy.jpg"),))
    plan = album.plan(belongings={"copy.jpg": unit})
    before = album.tree()

    class Stuck(Recording):
        def before(self, name: str, arguments: tuple[Any, ...]) -> None:
            if name == "rename_exclusively" and arguments[0] == album.path("copy.xmp"):
                raise PermissionError(13, "Permission denied", arguments[0])

    applied = album.apply(plan, Stuck())

    assert "no permission" in applied.skipped[0].reason
    assert album.tree() == before


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


# Rule 16: libraries, trash, placeholders


@pytest.mark.parametrize("folder", ["Fotos.photoslibrary", "@eaDir", ".Trash-1000"])
def test_rule_16_libraries_and_trash_are_not_touched(album: Album, folder: str) -> None:
    album.add("keep.jpg", "picture")
    album.add(f"{folder}/copy.jpg", "picture")
    album.cluster("keep.jpg", Copy(f"{folder}/copy.jpg", "keep.jpg"))

    assert_skipped(album, album.plan(), "lies in")


def test_rule_16_placeholders_are_not_downloaded(album: Album) -> None:
    class Cloud(Files):
        def look(self, path: bytes) -> Any:
            seen = super().look(path)
            return seen and replace(seen, placeholder=True)

        def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
            raise AssertionError((first, second))

    plan = pair(album).plan()
    album.files = Cloud()

    assert_skipped(album, plan, "cloud placeholder")


# Rule 17: nothing existing is overwritten by an output


def test_rule_17_a_plan_is_written_over_nothing(album: Album) -> None:
    path = album.add("plan.json", "my notes")

    with pytest.raises(OutputError, match="exists already"):
        write_new(path, plan_as_json(pair(album).plan()))


def test_rule_17_a_move_overwrites_nothing(album: Album) -> None:
    plan = pair(album).plan(ActionKind.MOVE)
    (album.top / "moved").mkdir()
    (album.top / "moved" / "copy.jpg").write_text("was here first")

    assert_skipped(album, plan, "there is something already")
    assert (album.top / "moved" / "copy.jpg").read_text() == "was here first"


def test_rule_17_names_that_differ_in_case_alone_get_one_place_only(album: Album) -> None:
    for name in ("keep.jpg", "A.jpg", "a.jpg"):
        album.add(name, "picture")
    album.cluster("keep.jpg", Copy("A.jpg", "keep.jpg"), Copy("a.jpg", "keep.jpg"))

    plan = album.plan(ActionKind.MOVE)

    assert [action.file.path for action in plan.actions] == [album.path("a.jpg")]
    assert [left.reason for left in plan.left] == ["would get the same place as another file"]


# Rule 18: the same input, the same plan


def test_rule_18_the_order_of_findings_does_not_matter(album: Album, tmp_path: Path) -> None:
    filled(album)
    del tmp_path
    one = plan_as_json(album.plan())
    album.findings_.reverse()

    assert plan_as_json(album.plan()) == one


# Rule 19: plans that are old, of another version, or edited


EDITS: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("hash", lambda d: d["clusters"][0]["files"][1].update(sha256="0" * 64), "changed by hand"),
    ("tier", lambda d: d["clusters"][0]["files"][3].update(tier="identical"), "changed by hand"),
    ("path", lambda d: d["clusters"][0]["files"][1].update(path="/etc/passwd"), "by hand"),
    ("keeper", lambda d: d["clusters"][0]["files"][0].update(path="/etc/passwd"), "by hand"),
    ("inode", lambda d: d["clusters"][0]["files"][1].update(inode=1), "changed by hand"),
    ("no keeper", lambda d: d["clusters"][0]["files"].pop(0), "not among those that are kept"),
    ("swapped", lambda d: swap(d["clusters"][0]["files"]), "is the file that is kept"),
    ("all go", lambda d: d["clusters"][0]["files"][0].update(do="delete"), "that is kept"),
    ("action", lambda d: d["clusters"][0]["files"][1].update(do="burn"), "nothing that is known"),
    ("link", lambda d: d["clusters"][0]["files"][3].update(do="hardlink"), "not the same bytes"),
    ("twice", lambda d: d["clusters"].append(d["clusters"][0]), "goes twice"),
    ("file twice", lambda d: double(d["clusters"][0]["files"]), "goes twice"),
    ("mixed", lambda d: mix(d["clusters"]), "changed by hand"),
    ("roots", lambda d: d.update(files_in_collection=1), "its head"),
    ("tiers", lambda d: d.update(tiers=["unverified"]), "its head was changed"),
    ("version", lambda d: d.update(made_by="0.0.9"), "was made by copyfind 0.0.9"),
    ("schema", lambda d: d.update(schema="other/1"), "no plan of this copyfind"),
    ("type", lambda d: d["clusters"][0]["files"][1].update(size="big"), "by hand"),
    ("missing", lambda d: d["clusters"][0]["files"][1].pop("seal"), "'seal' is missing"),
    ("list", lambda d: d.update(clusters={}), "'clusters' is missing, or is not a list"),
    ("null", lambda d: d["clusters"].append(None), "is no object"),
    ("place", lambda d: move(d["clusters"][0]["files"][1], "../x"), "no absolute, plain path"),
    ("no place", lambda d: d["clusters"][0]["files"][1].update(do="move"), "place to go to"),
]


def swap(files: list[dict[str, Any]]) -> None:
    files[0]["do"], files[1]["do"] = files[1]["do"], files[0]["do"]


def double(files: list[dict[str, Any]]) -> None:
    files.append(files[1])


def mix(clusters: list[dict[str, Any]]) -> None:
    clusters[0]["files"].append(clusters[1]["files"][1])


def move(file: dict[str, Any], to: str) -> None:
    file.update(do="move", to=to)


@pytest.mark.parametrize(("edit", "why"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_rule_19_nonsense_is_refused_with_the_reason(
    full_album: Album, edit: Callable[[dict[str, Any]], object], why: str
) -> None:
    document = json.loads(plan_as_json(full_album.plan()))
    edit(document)

    with pytest.raises(PlanError, match=why):
        read_plan(json.dumps(document).encode(), version="0.1.0")


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b'{"schema": 1}', b"\xff", b"[" * 100_000])
def test_rule_19_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(PlanError):
        read_plan(text, version="0.1.0")


def test_rule_19_a_plan_older_than_the_catalog_is_refused(full_album: Album) -> None:
    plan = full_album.plan()

    refuse_stale(plan, state="state 1")
    with pytest.raises(PlanError, match="make a new plan"):
        refuse_stale(plan, state="state 2")


def test_rule_19_what_may_be_edited_is_done(full_album: Album) -> None:
    document = json.loads(plan_as_json(full_album.plan()))
    files = document["clusters"][0]["files"]
    del files[3]  # not this one
    files[2]["do"] = "keep"
    files[1]["do"] = "symlink"
    document["clusters"].pop()

    plan = read_plan(json.dumps(document).encode(), version="0.1.0")

    assert [(action.kind, action.file.path) for action in plan.actions] == [
        (ActionKind.SYMLINK, full_album.path("copies/a 1.jpg"))
    ]
    assert full_album.apply(plan).skipped == []
    assert full_album.at("copies/a 1.jpg").is_symlink()


# Rule 20: sums before acting


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


# Rule 21: pictures that say nothing


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
