"""One journal that cannot be used stops no other; its files come back by the manifest."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from copyfind.cleanup.emptying import empty
from copyfind.cleanup.undo import last_undoable, undo_journal
from copyfind.errors import CleanupError
from tests.cleanup.conftest import Album, Copy


def flip(line: bytes, at: bytes) -> bytes:
    """One bit of the last letter of a word is another."""
    end = line.index(at) + len(at) - 1
    return line[:end] + bytes([line[end] ^ 32]) + line[end + 1 :]


DAMAGE = {
    "an event has another name": (1, b'"event'),
    "an operation lacks its number": (1, b'"number'),
    "an end is none": (2, b'"done'),
    "a purpose is none": (1, b'"apply'),
    "the header is another": (0, b'"copyfind.journal'),
    "an end is about nothing": (2, b'"number'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_line_stops_only_its_journal(full_album: Album, damage: str) -> None:
    album = full_album
    before = album.tree()
    album.apply(album.plan())
    (journal,) = album.journals()
    path = Path(os.fsdecode(journal.path))
    lines = path.read_bytes().splitlines(keepends=True)
    number, at = DAMAGE[damage]
    lines[number] = flip(lines[number], at)
    path.write_bytes(b"".join(lines))
    album.add("d.jpg", "picture D")
    album.add("copies/d.jpg", "picture D")
    album.findings_.clear()
    album.cluster("d.jpg", Copy("copies/d.jpg", "d.jpg"))
    surroundings = album.surroundings()

    assert len(album.apply(album.plan()).done) == 1
    assert [len(undone.done) for undone in album.undo()] == [1]
    assert empty(surroundings, older_than=timedelta(0)).done == []
    assert len(surroundings.journals.left_out()) == 1
    for manifest in journal.manifests():
        undo_journal(surroundings.journals.named(os.fsdecode(manifest)), surroundings)
    album.at("copies/d.jpg").unlink()
    album.at("d.jpg").unlink()
    assert album.tree() == before


def test_the_last_that_is_damaged_is_told_with_its_manifest(full_album: Album) -> None:
    full_album.apply(full_album.plan())
    (journal,) = full_album.journals()
    path = Path(os.fsdecode(journal.path))
    path.write_bytes(path.read_bytes().replace(b'"event": "done"', b'"event": "dome"'))

    with pytest.raises(CleanupError, match=r"line 3.*copyfind undo .*manifest\.jsonl"):
        last_undoable(full_album.surroundings())


def test_a_journal_through_a_link_is_neither_read_nor_written(full_album: Album) -> None:
    photo = full_album.add("photo.jpg", "photo")
    plan = full_album.plan()
    full_album.apply(plan)
    (journal,) = full_album.journals()
    path = Path(os.fsdecode(journal.path))
    full_album.undo()
    path.unlink()
    path.symlink_to(photo)

    with pytest.raises(CleanupError, match="is a link"):
        full_album.apply(plan)

    assert photo.read_bytes() == b"photo"
