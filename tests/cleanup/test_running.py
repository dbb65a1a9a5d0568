"""Steps are taken, and taken back, without ever taking one file for another."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from copyfind.cleanup.files import Seen
from copyfind.records import ActionKind, Plan, PlannedFile, Tier
from tests.cleanup.conftest import Album, Copy
from tests.cleanup.faulty import Recording


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
