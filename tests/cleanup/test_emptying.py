"""Emptying the quarantine removes what is old enough, and never the last of its kind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copyfind.cleanup.emptying import empty, waiting
from copyfind.watch import Stage
from tests.cleanup.conftest import Album, stopping_after

FOREVER = timedelta(0)


def test_the_quarantine_is_emptied_of_what_is_old_enough(full_album: Album) -> None:
    full_album.apply(full_album.plan())
    known = full_album.surroundings()

    assert waiting(known, older_than=timedelta(days=1)) == []
    emptied = empty(known, older_than=FOREVER)

    assert len(emptied.done) == 4
    assert emptied.kept == []
    assert not (full_album.top / ".copyfind-quarantine").exists()
    assert full_album.contents().keys() == {b"picture A", b"picture B", b"picture C"}
    (undone,) = full_album.undo()
    assert {one.reason for one in undone.failed} == {
        "was removed for good when the quarantine was emptied"
    }


@pytest.mark.parametrize("what", ["gone", "changed"])
def test_the_last_of_its_kind_stays_in_the_quarantine(full_album: Album, what: str) -> None:
    full_album.apply(full_album.plan())
    if what == "gone":
        full_album.at("b.jpg").unlink()
    else:
        full_album.at("b.jpg").write_bytes(b"edited !")

    emptied = empty(full_album.surroundings(), older_than=FOREVER)

    assert [one.path for one in emptied.kept] == [full_album.path("copies/b.jpg")]
    assert "the file to keep" in emptied.kept[0].reason
    full_album.undo()
    assert full_album.at("copies/b.jpg").read_bytes() == b"picture B"


def test_a_stop_comes_between_files(full_album: Album) -> None:
    full_album.apply(full_album.plan())
    watch, told = stopping_after(1)

    emptied = empty(full_album.surroundings(), older_than=FOREVER, watch=watch)

    assert (emptied.stopped, len(emptied.done)) == (True, 1)
    assert [(p.stage, p.files, p.total_files) for p in told] == [(Stage.EMPTY, 1, 4)]
    assert len(waiting(full_album.surroundings(), older_than=FOREVER)) == 3
