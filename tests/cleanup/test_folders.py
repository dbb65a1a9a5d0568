"""Undo gives folders their times back, and does not make anew what was only renamed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, Copy, filled, pair

REVERSIBLE = [kind for kind in ActionKind if kind not in (ActionKind.DELETE, ActionKind.REFLINK)]


def folder_times(album: Album) -> dict[str, int]:
    return {
        str(path.relative_to(album.folder)): path.stat().st_mtime_ns
        for path in [album.folder, *sorted(album.folder.rglob("*"))]
        if path.is_dir() and ".Trash" not in str(path)
    }


def age(album: Album) -> None:
    """Nobody has changed its folders for years."""
    for number, path in enumerate([*sorted(album.folder.rglob("*")), album.folder]):
        if path.is_dir():
            os.utime(path, ns=(10**18 + number, 10**18 + number))


@pytest.mark.parametrize("kind", REVERSIBLE)
def test_undo_gives_folders_their_times_back(album: Album, kind: ActionKind) -> None:
    filled(album, same_bytes_only=True)
    age(album)
    before = folder_times(album)
    to = album.at("moved") if kind is ActionKind.MOVE else None
    assert len(album.apply(album.plan(kind, to=to)).done) == 3

    album.undo()

    assert folder_times(album) == before


def test_a_folder_that_is_gone_gets_the_time_it_had(full_album: Album) -> None:
    age(full_album)
    before = folder_times(full_album)
    plan = full_album.plan()
    full_album.apply(plan)
    full_album.at("copies").rmdir()

    (undone,) = full_album.undo()

    assert undone.made == [full_album.path("copies")]
    assert folder_times(full_album) == before


def test_what_somebody_has_changed_since_keeps_its_time(full_album: Album) -> None:
    age(full_album)
    full_album.apply(full_album.plan())
    full_album.add("copies/new.jpg", "a new one")
    later = full_album.at("copies").stat().st_mtime_ns + 60 * 10**9
    os.utime(full_album.at("copies"), ns=(later, later))

    full_album.undo()

    assert full_album.at("copies").stat().st_mtime_ns == later


@pytest.mark.parametrize("which", ["its own", "one above"])
def test_a_folder_that_was_renamed_is_told_and_not_made_anew(album: Album, which: str) -> None:
    album.add("keep.jpg", "picture")
    album.add("2019/Rome/copy.jpg", "picture")
    album.add("2019/Rome/other.jpg", "other")
    album.cluster("keep.jpg", Copy("2019/Rome/copy.jpg", "keep.jpg"))
    album.apply(album.plan())
    was, now = {
        "its own": ("2019/Rome", "2019/Rome, in May"),
        "one above": ("2019", "The year 2019"),
    }[which]
    album.at(was).rename(album.at(now))

    (undone,) = album.undo()

    assert undone.done == []
    assert undone.failed[0].reason.startswith(
        f"its folder {album.at(was)} is called {album.at(now)}"
    )
    assert not album.at(was).exists()
    album.at(now).rename(album.at(was))
    assert len(album.undo()[0].done) == 1
    assert album.at("2019/Rome/copy.jpg").read_bytes() == b"picture"


def test_a_journal_without_folders_is_undone_as_ever(album: Album) -> None:
    """As version 0.1 wrote it."""
    plan = pair(album).plan()
    album.apply(plan)
    (journal,) = album.journals()
    path = Path(os.fsdecode(journal.path))
    assert '"around"' in path.read_text()
    path.write_text(path.read_text().replace('"around"', '"unknown"'))

    assert len(album.undo()[0].done) == 1
    assert album.at("copy.jpg").read_bytes() == b"picture"
