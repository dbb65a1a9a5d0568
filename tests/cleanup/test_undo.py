"""Undo gives back the exact tree and overwrites nothing."""

from __future__ import annotations

import os
import sys

import pytest

from copyfind.cleanup.undo import undo_journal
from copyfind.plans import ActionKind
from copyfind.watch import Stage
from tests.cleanup.conftest import Album, filled, pair, stopping_after


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


def test_undo_gives_back_the_exact_tree(applied: tuple[Album, ActionKind]) -> None:
    album, kind = applied
    before = album.tree()
    plan = album.plan(kind)
    album.apply(plan)

    (undone,) = album.undo()

    if kind is ActionKind.DELETE:
        assert [one.reason for one in undone.failed] == ["was deleted for good"] * 4
    else:
        assert undone.failed == []
        assert album.tree() == before
        assert album.undo()[0].done == []  # once is enough


def test_undoing_a_link_whose_file_was_edited_is_refused(album: Album) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(ActionKind.HARDLINK))
    with album.at("b.jpg").open("r+b") as file:
        file.write(b"edited")

    (undone,) = album.undo()

    assert [one.path for one in undone.failed] == [album.path("copies/b.jpg")]
    assert "holds other bytes now" in undone.failed[0].reason


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes of Linux")
@pytest.mark.parametrize("kind", [ActionKind.QUARANTINE, ActionKind.HARDLINK])
def test_undo_gives_back_extended_attributes(album: Album, kind: ActionKind) -> None:
    filled(album, same_bytes_only=True)
    try:
        os.setxattr(album.at("copies/b.jpg"), "user.stars", b"5")
    except OSError:
        pytest.skip("this volume has none")
    album.apply(album.plan(kind))

    album.undo()

    assert os.getxattr(album.at("copies/b.jpg"), "user.stars") == b"5"


def test_undo_makes_folders_that_are_gone(full_album: Album) -> None:
    before = full_album.tree()
    full_album.apply(full_album.plan())
    full_album.at("copies").rmdir()

    full_album.undo()

    assert full_album.tree() == before


def test_a_stopped_undo_goes_on_with_the_rest(full_album: Album) -> None:
    before = full_album.tree()
    full_album.apply(full_album.plan())
    (journal,) = full_album.journals()
    watch, told = stopping_after(1)

    stopped = undo_journal(journal, full_album.surroundings(), watch=watch)
    on = undo_journal(journal, full_album.surroundings())

    assert (stopped.stopped, len(stopped.done), len(on.done)) == (True, 1, 3)
    assert [(p.stage, p.files, p.total_files) for p in told] == [(Stage.UNDO, 1, 4)]
    assert full_album.tree() == before
