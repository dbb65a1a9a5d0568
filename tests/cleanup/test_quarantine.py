"""Where a file waits: on its own volume, with a manifest that gives it back."""

from __future__ import annotations

import os
from pathlib import Path

from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import read_journal
from copyfind.cleanup.quarantine import places
from copyfind.cleanup.undo import undo_journal
from tests.cleanup.conftest import Album
from tests.conftest import Volume


def test_rule_7_the_quarantine_is_on_the_files_own_volume(volume: Volume) -> None:
    (volume.path / "album").mkdir()
    path = volume.path / "album" / "copy.jpg"
    path.write_bytes(b"picture")

    found = list(places(os.fsencode(path), Files()))

    assert found == [os.fsencode(volume.path / "album" / ".copyfind-quarantine")]


def test_rule_14_no_quarantine_is_made_in_a_protected_folder(full_album: Album) -> None:
    path = full_album.path("copies/b.jpg")
    guarded = [os.fsencode(full_album.top)]

    assert not any(p.startswith(guarded[0]) for p in places(path, Files(), protected=guarded))
    assert any(p.startswith(guarded[0]) for p in places(path, Files()))


def test_without_the_journal_the_manifest_gives_files_back(full_album: Album) -> None:
    before = full_album.tree()
    full_album.apply(full_album.plan())
    (journal,) = full_album.journals()
    Path(os.fsdecode(journal.path)).unlink()
    (manifest,) = (full_album.top / ".copyfind-quarantine").glob("*/manifest.jsonl")
    known = full_album.surroundings()

    undone = undo_journal(read_journal(os.fsencode(manifest), known.files), known)

    assert undone.failed == []
    assert full_album.tree() == before
