"""Steps are taken, and taken back, without ever taking one file for another."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.files import Files, Seen
from copyfind.plans import ActionKind, Belongings, Plan, PlannedFile
from copyfind.records import Tier
from tests.cleanup.conftest import Album, Copy, assert_skipped, changed, pair
from tests.cleanup.faulty import Crash, Racing, Recording
from tests.conftest import Volume


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


def write(path: Path) -> None:
    path.write_bytes(b"my evening of work")


def save(path: Path) -> None:
    """As most editors do: another file takes the place of the old one."""
    unfinished = path.with_name("unfinished")
    unfinished.write_bytes(b"my evening of work")
    unfinished.replace(path)


@pytest.mark.parametrize("edit", [write, save])
@pytest.mark.parametrize("kind", ActionKind)
def test_rule_4_a_file_that_changes_between_look_and_rename_is_put_back(
    album: Album, kind: ActionKind, edit: Callable[[Path], None]
) -> None:
    plan = pair(album).plan(kind)
    files = Racing("rename_exclusively", lambda: edit(album.at("copy.jpg")))

    applied = album.apply(plan, files)

    assert files.happened
    assert applied.done == []
    assert "changed at the very moment" in applied.skipped[0].reason
    assert album.pictures() == {"keep.jpg": b"picture", "copy.jpg": b"my evening of work"}


def test_rule_4_it_is_put_back_too_where_the_power_went_right_after_the_rename(
    album: Album,
) -> None:
    plan = pair(album).plan()

    class Killed(Racing):
        def after(self, name: str, arguments: tuple[Any, ...]) -> None:
            del arguments
            if name == "rename_exclusively":
                raise Crash

    with pytest.raises(Crash):
        album.apply(plan, Killed("rename_exclusively", lambda: save(album.at("copy.jpg"))))
    assert not album.at("copy.jpg").exists()
    album.undo()

    assert album.pictures() == {"keep.jpg": b"picture", "copy.jpg": b"my evening of work"}


def test_rule_4_without_such_a_rename_what_is_saved_meanwhile_is_not_removed(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a second name for the old file and the end of its first one."""
    real = os.link

    def link(path: bytes, to: bytes, **how: Any) -> None:
        real(path, to, **how)
        save(Path(os.fsdecode(path)))

    monkeypatch.setattr(os, "link", link)
    files = Recording(lacking=frozenset({"rename_exclusively"}))

    applied = album.apply(pair(album).plan(), files)

    assert applied.done == []
    assert "another file" in applied.stranded[0].reason
    assert album.pictures()["copy.jpg"] == b"my evening of work"
    assert album.contents()[b"picture"] >= 1


def test_rule_7_a_move_to_another_volume_is_refused(album: Album, volume: Volume) -> None:
    plan = pair(album).plan(ActionKind.MOVE, to=volume.path / "moved")

    assert_skipped(album, plan, "lies on another volume")
    assert list(volume.path.iterdir()) == []


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


def test_rule_11_a_rename_that_only_says_so_is_no_success(album: Album) -> None:
    class Liar(Files):
        def rename_new(self, path: bytes, to: bytes) -> None:
            """Nothing, and no complaint."""

    plan = pair(album).plan()
    album.files = Liar()

    assert_skipped(album, plan, "changed at the very moment")


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


class Numberless(Recording):
    """A volume that numbers no files, as some network file systems and FUSE have them."""

    def look(self, path: bytes) -> Seen | None:
        seen = super().look(path)
        return seen and replace(seen, inode=0)


def numberless_plan(album: Album, kind: ActionKind) -> Plan:
    """Of a file and its copy, as a catalog of such a volume would lead to."""
    album.add("keep.jpg", "picture", day=1)
    album.add("copy.jpg", "picture", day=2)
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg", Tier.IDENTICAL))
    plan = album.plan(kind)
    action = plan.actions[0]
    action = replace(action, file=_without(action.file), keeper=_without(action.keeper))
    return replace(plan, clusters=(replace(plan.clusters[0], actions=(action,)),))


def _without(planned: PlannedFile) -> PlannedFile:
    return replace(planned, file=replace(planned.file, inode=0))


def test_without_inodes_what_came_to_the_place_of_a_moved_file_is_not_taken_for_it(
    album: Album,
) -> None:
    class Unlucky(Numberless):
        """After the rename the bytes cannot be read once, and another picture is there already."""

        def digest(self, path: bytes) -> bytes:
            if b"quarantine" in path and not album.at("copy.jpg").exists():
                album.add("copy.jpg", "another picture")
                raise OSError(errno.EIO, "Input/output error", path)
            return super().digest(path)

    plan = numberless_plan(album, ActionKind.QUARANTINE)

    applied = album.apply(plan, Unlucky())

    assert "there is another file now" in applied.stranded[0].reason
    assert set(album.contents()) == {b"picture", b"another picture"}
    assert sum(album.contents().values()) == 3


@pytest.mark.parametrize("kind", [ActionKind.QUARANTINE, ActionKind.MOVE, ActionKind.DELETE])
def test_without_inodes_a_copy_goes_and_its_keeper_is_another_file(
    album: Album, kind: ActionKind
) -> None:
    plan = numberless_plan(album, kind)

    applied = album.apply(plan, Numberless())

    assert len(applied.done) == 1
    assert album.pictures() == {"keep.jpg": b"picture"}


def test_without_inodes_no_hard_link_can_be_told_from_a_copy_so_none_stays(album: Album) -> None:
    plan = numberless_plan(album, ActionKind.HARDLINK)
    before = album.tree()

    applied = album.apply(plan, Numberless())

    assert "what was made is not what it was made from" in applied.skipped[0].reason
    assert album.tree() == before
