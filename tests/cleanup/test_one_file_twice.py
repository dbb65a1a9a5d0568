"""One file that two names, or two mounts, show as two is never cleared away as a copy of itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from copyfind.cleanup.emptying import empty
from copyfind.cleanup.files import Files, Seen
from copyfind.plans import ActionKind
from copyfind.records import Role
from tests.cleanup.conftest import Album, Copy, assert_skipped, new_album
from tests.mounting import image, loop, mounted, pooled, seen_twice

NOT_LINKED = [kind for kind in ActionKind if kind not in (ActionKind.HARDLINK, ActionKind.REFLINK)]
VIEWS = ["overlay", "bindfs", "mergerfs", "unionfs"]


@pytest.fixture(params=VIEWS)
def twice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Album]:
    """An album of one picture, in real/ and, through another mount, in other/."""
    album = new_album(tmp_path)
    with seen_twice(request.param, album.folder):
        album.add("real/a.jpg", "picture")
        yield album


@pytest.mark.parametrize("kind", NOT_LINKED)
@pytest.mark.parametrize("kept", ["real/a.jpg", "other/a.jpg"])
def test_a_file_seen_through_another_mount_is_no_copy(
    twice: Album, kind: ActionKind, kept: str
) -> None:
    (gone,) = {"real/a.jpg", "other/a.jpg"} - {kept}
    twice.at(gone).read_bytes()
    twice.cluster(kept, Copy(gone, kept))
    where = twice.at(gone).parent / "moved" if kind is ActionKind.MOVE else None

    applied = twice.apply(twice.plan(kind, to=where))

    assert applied.done == []
    assert applied.stranded == []
    assert len(applied.skipped) == 1
    assert twice.at("real/a.jpg").read_bytes() == b"picture"
    assert [path.name for path in twice.at("real").rglob("*") if path.is_file()] == ["a.jpg"]


@pytest.mark.parametrize("kind", [ActionKind.QUARANTINE, ActionKind.MOVE, ActionKind.DELETE])
def test_two_spellings_of_one_folder_are_no_copies(tmp_path: Path, kind: ActionKind) -> None:
    """A driver that does not tell apart A from a, and numbers each spelling by itself."""
    album = new_album(tmp_path)
    with ExitStack() as stack:
        device = stack.enter_context(loop(image(tmp_path / "image", "exfat")))
        at = album.at("drive")
        stack.enter_context(mounted(at, "mount.exfat-fuse", device, "AT"))
        album.add("drive/Photos/A.jpg", "picture")
        album.cluster("drive/Photos/A.jpg", Copy("drive/photos/A.jpg", "drive/Photos/A.jpg"))
        where = at / "moved" if kind is ActionKind.MOVE else None
        plan = album.plan(kind, to=where)
        assert plan.actions[0].file.identity != plan.actions[0].keeper.identity

        applied = album.apply(plan)

        assert applied.done == []
        assert "same file by another path" in applied.skipped[0].reason
        assert (at / "Photos" / "A.jpg").read_bytes() == b"picture"
        assert os.listdir(at / "Photos") == ["A.jpg"]


@pytest.mark.parametrize("kind", [ActionKind.DELETE, ActionKind.SYMLINK, ActionKind.QUARANTINE])
def test_a_name_that_still_opens_after_its_file_was_moved_proves_nothing(
    album: Album, kind: ActionKind
) -> None:
    """As through a second mount of a share: by a handle, the moved file opens for a while."""

    class SecondMount(Files):
        """A second name that says it is on another device and the only one."""

        def look(self, path: bytes) -> Seen | None:
            seen = super().look(path)
            other = b"/mirror/" in path
            return seen and replace(seen, device=seen.device + other, links=1)

    album.add("copy.jpg", "picture")
    album.at("mirror").mkdir()
    os.link(album.at("copy.jpg"), album.at("mirror/copy.jpg"))
    found = album.found("mirror/copy.jpg")
    album.cluster("mirror/copy.jpg", Copy("copy.jpg", "mirror/copy.jpg", role=Role.REDUNDANT))
    (cluster,) = album.findings_
    keeper, copy = cluster.members
    keeper = replace(keeper, file=replace(found, device=found.device + 1))
    album.findings_[:] = [replace(cluster, members=(keeper, copy))]
    album.files = SecondMount()

    assert_skipped(album, album.plan(kind), "through a second mount")


def test_what_an_older_copyfind_set_aside_is_not_emptied_for_itself(tmp_path: Path) -> None:
    """Through an overlay, a file of its layer still opens that was moved away below it."""
    album = new_album(tmp_path)
    with seen_twice("overlay", album.folder):
        album.add("real/a.jpg", "picture")
        album.add("real/b.jpg", "picture")
        album.at("other/a.jpg").read_bytes()
        album.cluster("real/b.jpg", Copy("real/a.jpg", "real/b.jpg"))
        (done,) = album.apply(album.plan()).done
        (journal,) = album.journals()
        text = Path(os.fsdecode(journal.path)).read_text()
        kept = os.fsdecode(done.keeper.path)
        Path(os.fsdecode(journal.path)).write_text(text.replace(kept, str(album.at("other/a.jpg"))))
        album.at("real/b.jpg").unlink()
        before = album.contents()

        emptied = empty(album.surroundings(), older_than=timedelta(0))

        assert emptied.done == []
        assert album.contents() == before
        (waits,) = (path for path in album.top.rglob("a.jpg") if ".copyfind" in str(path))
        assert waits.read_bytes() == b"picture"


@pytest.mark.parametrize("kind", ["overlay", "mergerfs", "unionfs", "fusefat"])
@pytest.mark.parametrize(
    "action", [ActionKind.QUARANTINE, ActionKind.DELETE, ActionKind.TRASH, ActionKind.SYMLINK]
)
def test_a_copy_is_cleared_away_from_a_pool_and_given_back(
    tmp_path: Path, kind: str, action: ActionKind
) -> None:
    """A rename makes another file of it there: with another number, on another device, of now."""
    album = new_album(tmp_path)
    with ExitStack() as stack:
        if kind == "fusefat":
            volume = image(tmp_path / "image", "vfat")
            mount = mounted(album.folder, "fusefat", "-o", "rw+", str(volume), "AT")
            stack.enter_context(mount)
            if action is ActionKind.SYMLINK:
                pytest.skip("FAT has no links")
        else:
            stack.enter_context(pooled(kind, album.top, pool=album.folder))
        for name in ("in/keep.jpg", "in/copy.jpg"):
            album.at(name).parent.mkdir(exist_ok=True)
            album.at(name).write_bytes(b"picture")
            os.utime(album.at(name), (10**9, 10**9))
        album.cluster("in/keep.jpg", Copy("in/copy.jpg", "in/keep.jpg"))
        before = album.pictures(), album.at("in/copy.jpg").stat().st_mtime

        applied = album.apply(album.plan(action))

        assert [skipped.reason for skipped in applied.skipped] == []
        assert len(applied.done) == 1
        if action is not ActionKind.DELETE:
            album.undo()
            assert (album.pictures(), album.at("in/copy.jpg").stat().st_mtime) == before
