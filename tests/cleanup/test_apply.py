"""Applying a plan: what each action does, and how undo takes it back."""

from __future__ import annotations

import os

import pytest

from copyfind.records import ActionKind
from tests.cleanup.conftest import Album

UNDOABLE = [
    ActionKind.QUARANTINE,
    ActionKind.TRASH,
    ActionKind.MOVE,
    ActionKind.HARDLINK,
    ActionKind.SYMLINK,
]


@pytest.mark.parametrize("kind", UNDOABLE)
def test_undo_gives_back_the_exact_tree(full_album: Album, kind: ActionKind) -> None:
    for name in ("copies/a 1.jpg", "copies/a 2.jpg", "copies/b.jpg"):
        full_album.at(name).chmod(0o640)
    full_album.findings_ = []
    from tests.cleanup.conftest import Copy

    full_album.cluster("a.jpg", Copy("copies/a 1.jpg", "a.jpg"), Copy("copies/a 2.jpg", "a.jpg"))
    full_album.cluster("b.jpg", Copy("copies/b.jpg", "b.jpg"))
    before = full_album.tree()
    applied = full_album.apply(full_album.plan(kind))
    assert applied.skipped == []
    assert len(applied.done) == 3
    assert full_album.tree() != before or kind is ActionKind.HARDLINK

    (undone,) = full_album.undo()

    assert undone.failed == []
    assert full_album.tree() == before
    assert not os.path.lexists(full_album.top / ".copyfind-quarantine")
