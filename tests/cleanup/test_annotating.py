"""What copies know is written beside the keeper before they go, and can be taken back."""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Literal

import pytest

from copyfind.errors import CleanupError, PlanError
from copyfind.plans import Plan, Sidecar
from tests.cleanup.conftest import Album, filled, new_album, scratch
from tests.cleanup.faulty import Crash, Crashing, Failing, Recording

Kind = Literal["new", "existing"]
NEW = b"<x>all that is known</x>"
PLAIN: frozenset[str] = frozenset()
TWO_STEPS = frozenset({"rename_exclusively"})


def annotated(album: Album, kind: Kind) -> Plan:
    """A plan in which the first keeper's sidecar says more."""
    if kind == "existing":
        album.add("a.jpg.xmp", "<x/>", day=9, mode=0o604)
    before = album.planned("a.jpg.xmp") if kind == "existing" else None
    plan = album.plan()
    sidecar = Sidecar(album.path("a.jpg.xmp"), before, NEW)
    first, *others = plan.clusters
    return replace(plan, clusters=(replace(first, sidecar=sidecar), *others))


@pytest.mark.parametrize("kind", ["new", "existing"])
def test_the_sidecar_is_written_and_taken_back(full_album: Album, kind: Kind) -> None:
    plan = annotated(full_album, kind)
    before = full_album.tree()

    applied = full_album.apply(plan)

    sidecar = full_album.at("a.jpg.xmp")
    assert sidecar.read_bytes() == NEW
    assert applied.annotated == 1
    assert (applied.skipped, applied.stranded) == ([], [])
    assert sidecar.stat().st_mode & 0o777 == (0o604 if kind == "existing" else 0o640)
    (undone,) = full_album.undo()
    assert undone.failed == []
    assert full_album.tree() == before


def test_the_version_before_is_set_aside(full_album: Album) -> None:
    full_album.apply(annotated(full_album, "existing"))
    assert full_album.contents()[b"<x/>"] == 1


def test_a_second_apply_writes_it_once(full_album: Album) -> None:
    plan = annotated(full_album, "existing")
    full_album.apply(plan)
    assert full_album.apply(plan).annotated == 0


@pytest.mark.parametrize("kind", ["new", "existing"])
def test_where_the_sidecar_has_changed_all_copies_stay(full_album: Album, kind: Kind) -> None:
    plan = annotated(full_album, kind)
    full_album.add("a.jpg.xmp", "<y>somebody's</y>")

    applied = full_album.apply(plan)

    assert full_album.at("a.jpg.xmp").read_bytes() == b"<y>somebody's</y>"
    assert full_album.at("copies/a 1.jpg").exists()
    assert [skipped.path for skipped in applied.skipped] == [full_album.path("a.jpg.xmp")]


def test_nothing_is_written_in_a_protected_folder(full_album: Album) -> None:
    plan = replace(annotated(full_album, "new"), protected=())
    guarded = replace(plan, protected=(full_album.path("a.jpg.xmp"),))
    inside = Sidecar(full_album.path("a.jpg.xmp/x.xmp"), None, NEW)
    first, *others = guarded.clusters
    guarded = replace(guarded, clusters=(replace(first, sidecar=inside), *others))

    with pytest.raises(PlanError, match="lies in a protected folder"):
        full_album.apply(guarded)


def test_what_was_changed_since_is_not_taken_back(full_album: Album) -> None:
    full_album.apply(annotated(full_album, "new"))
    full_album.add("a.jpg.xmp", "<y>somebody's</y>")

    (undone,) = full_album.undo()

    assert len(undone.failed) == 1
    assert "has been changed since it was written" in undone.failed[0].reason
    assert full_album.at("a.jpg.xmp").read_bytes() == b"<y>somebody's</y>"
    assert full_album.at("copies/a 1.jpg").exists()


def crash_everywhere(kind: Kind, how: str, lacking: frozenset[str]) -> int:
    for at in count(1):
        with scratch() as place:
            album = filled(new_album(place))
            plan = annotated(album, kind)
            tree, contents = album.tree(), album.contents()
            files = Crashing(at, how, lacking)
            with suppress(Crash):
                album.apply(plan, files)
            assert album.contents() >= contents
            if at % 2:
                applied = album.apply(plan, Recording(lacking=lacking))
                assert (applied.skipped, applied.stranded) == ([], [])
                assert album.at("a.jpg.xmp").read_bytes() == NEW
            with suppress(Crash):
                album.undo(Crashing(at, how, lacking))
            assert album.contents() >= contents
            for undone in album.undo(Recording(lacking=lacking)):
                assert undone.failed == []
            assert album.tree() == tree
            if files.changes < at:
                return at
    raise AssertionError("unreachable")


@pytest.mark.parametrize("kind", ["new", "existing"])
def test_killed_between_any_two_calls_nothing_is_lost(kind: Kind) -> None:
    assert crash_everywhere(kind, "before", PLAIN) > 20


@pytest.mark.slow
@pytest.mark.parametrize("lacking", [PLAIN, TWO_STEPS], ids=["", "two steps"])
@pytest.mark.parametrize("how", ["before", "after", "torn"])
@pytest.mark.parametrize("kind", ["new", "existing"])
def test_killed_anywhere_on_any_volume_nothing_is_lost(
    kind: Kind, how: str, lacking: frozenset[str]
) -> None:
    assert crash_everywhere(kind, how, lacking) > 20


@pytest.mark.parametrize("after", [False, True], ids=["fails", "fails afterwards"])
@pytest.mark.parametrize("kind", ["new", "existing"])
def test_every_call_may_fail_and_nothing_is_lost(kind: Kind, *, after: bool) -> None:
    for at in count(1):
        with scratch() as place:
            album = filled(new_album(place))
            plan = annotated(album, kind)
            tree, contents = album.tree(), album.contents()
            files = Failing(at, number=errno.EIO, after=after)
            with suppress(CleanupError):
                album.apply(plan, files)
            assert album.contents() >= contents
            with suppress(CleanupError):
                album.undo(Failing(at, number=errno.EIO, after=after))
            assert album.contents() >= contents
            for undone in album.undo():
                assert undone.failed == []
            assert album.tree() == tree
            if len(files.calls) < at:
                assert at > 50
                return
