"""The desktop's trash, on the file's own volume; without one nothing is deleted."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from copyfind.cleanup.apply import carry_out
from copyfind.cleanup.files import Files
from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, assert_skipped, filled, pair
from tests.conftest import Volume


def test_rule_7_without_a_trash_nothing_is_deleted(album: Album) -> None:
    plan = pair(album).plan(ActionKind.TRASH)
    (album.top / "home").mkdir()
    (album.top / "home" / "Trash").write_text("no folder")

    assert_skipped(album, plan, "is not a folder")


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


def test_the_trash_knows_where_a_file_was(full_album: Album) -> None:
    full_album.apply(full_album.plan(ActionKind.TRASH))
    notes = sorted((full_album.top / "home" / "Trash" / "info").iterdir())

    assert len(notes) == 4
    assert "[Trash Info]\nPath=/" in notes[0].read_text()
    for note in notes:
        assert (note.parents[1] / "files" / note.name.removesuffix(".trashinfo")).is_file()


def test_the_trash_of_another_volume_is_on_that_volume(album: Album, volume: Volume) -> None:
    home = album.top
    album.top = volume.path / "album"
    album.folder.mkdir(parents=True)
    filled(album)
    known = album.surroundings()
    done = carry_out(
        album.plan(ActionKind.TRASH), replace(known, trash=os.fsencode(home / "Trash"))
    )

    assert done.skipped == []
    (trash,) = volume.path.glob(".Trash-*")
    assert len(list((trash / "files").iterdir())) == 4
    assert "Path=album/photos/" in next((trash / "info").iterdir()).read_text()
    (undone,) = album.undo()
    assert undone.failed == []
