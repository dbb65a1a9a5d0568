"""Killed between any two calls, failing at any call: nothing is lost, and undo gives all back.

The machine dies at one call after the other, before it, after it, or in the middle of a write, for
each action, and on a volume that cannot rename without overwriting.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations, count

import pytest

from copyfind.errors import CleanupError
from copyfind.plans import LINKS, ActionKind, Belongings
from tests.cleanup.conftest import Album, Tree, filled, new_album, scratch
from tests.cleanup.faulty import Crash, Crashing, Failing, Recording

PLAIN: frozenset[str] = frozenset()
TWO_STEPS = frozenset({"rename_exclusively"})
NO_LINKS = frozenset({"rename_exclusively", "rename_by_link"})
QUICK = [ActionKind.QUARANTINE, ActionKind.HARDLINK, ActionKind.DELETE]


def made(kind: ActionKind) -> Iterator[Album]:
    """The same album again and again."""
    while True:
        with scratch() as place:
            album = filled(new_album(place), same_bytes_only=kind in LINKS)
            if kind not in LINKS and kind is not ActionKind.DELETE:
                album.add("copies/b.xmp", "sidecar of B")
                album.add("copies/b.mov", "film of B")
            yield album


def belongings(album: Album) -> dict[str, Belongings]:
    if not album.at("copies/b.xmp").exists():
        return {}
    travelling = [album.companion(f"copies/b.{end}", "copies/b.jpg") for end in ("xmp", "mov")]
    return {"copies/b.jpg": Belongings(tuple(travelling))}


class Before:
    """What there was, and what must be true whatever has happened."""

    def __init__(self, album: Album, kind: ActionKind) -> None:
        self.album, self.kind = album, kind
        self.tree: Tree = album.tree()
        self.contents = album.contents()
        self.pictures = album.pictures()

    def assert_nothing_is_lost(self) -> None:
        now = self.album.contents()
        if self.kind is ActionKind.DELETE:  # asked for; what is kept stays, once at least
            kept = {b"picture A", b"picture B", b"picture C"}
            assert now.keys() >= kept
        elif self.kind in LINKS:
            assert now.keys() >= self.contents.keys()
        else:
            assert now == self.contents

    def assert_is_back(self) -> None:
        if self.kind is not ActionKind.DELETE:
            assert self.album.tree() == self.tree
        names = [path.name for path in self.album.top.rglob("*")]
        assert [name for name in names if name.startswith(".copyfind")] == []


def crash_everywhere(
    kind: ActionKind, how: str, lacking: frozenset[str], *, undo_too: bool = False
) -> int:
    """Die at every call of an apply, then apply again and undo, or undo at once."""
    albums = made(kind)
    for at in count(1):
        album = next(albums)
        before = Before(album, kind)
        plan = album.plan(kind, belongings=belongings(album))
        files = Crashing(at, how, lacking)
        with suppress(Crash):
            album.apply(plan, files)
        before.assert_nothing_is_lost()
        if at % 2:
            applied = album.apply(plan, Recording(lacking=lacking))
            before.assert_nothing_is_lost()
            assert (applied.skipped, applied.stranded) == ([], [])
            assert len(applied.done) + applied.already == len(plan.actions)
        if undo_too:
            with suppress(Crash):
                album.undo(Crashing(at, how, lacking))
            before.assert_nothing_is_lost()
        for undone in album.undo(Recording(lacking=lacking)):
            assert undone.failed == [] or kind is ActionKind.DELETE
        before.assert_nothing_is_lost()
        before.assert_is_back()
        if files.changes < at:
            return at
    raise AssertionError("unreachable")


@pytest.mark.parametrize("kind", QUICK)
def test_killed_between_any_two_calls_nothing_is_lost(kind: ActionKind) -> None:
    assert crash_everywhere(kind, "before", PLAIN) > 20


def test_killed_in_the_middle_of_a_write_nothing_is_lost() -> None:
    assert crash_everywhere(ActionKind.QUARANTINE, "torn", PLAIN) > 20


@pytest.mark.slow
@pytest.mark.parametrize("lacking", [PLAIN, TWO_STEPS, NO_LINKS], ids=["", "two steps", "plain"])
@pytest.mark.parametrize("how", ["before", "after", "torn"])
@pytest.mark.parametrize("kind", ActionKind)
def test_killed_anywhere_on_any_volume_nothing_is_lost(
    kind: ActionKind, how: str, lacking: frozenset[str]
) -> None:
    assert crash_everywhere(kind, how, lacking, undo_too=True) > 20


def fail_everywhere(kind: ActionKind, *, after: bool, number: int, lacking: frozenset[str]) -> int:
    """Every call of an apply fails in turn; then apply again with a sound volume, and undo."""
    albums = made(kind)
    for at in count(1):
        album = next(albums)
        before = Before(album, kind)
        plan = album.plan(kind, belongings=belongings(album))
        files = Failing(at, number=number, after=after, lacking=lacking)
        with suppress(CleanupError):
            applied = album.apply(plan, files)
            assert all(skipped.reason for skipped in applied.skipped)
        before.assert_nothing_is_lost()
        if at % 2:
            album.apply(plan, Recording(lacking=lacking))
            before.assert_nothing_is_lost()
        with suppress(CleanupError):
            album.undo(Failing(at, number=number, after=after, lacking=lacking))
        before.assert_nothing_is_lost()
        for undone in album.undo(Recording(lacking=lacking)):
            assert undone.failed == [] or kind is ActionKind.DELETE
        before.assert_is_back()
        if len(files.calls) < at:
            return at
    raise AssertionError("unreachable")


@pytest.mark.parametrize("kind", [ActionKind.QUARANTINE, ActionKind.HARDLINK])
def test_every_call_may_fail_and_nothing_is_lost(kind: ActionKind) -> None:
    assert fail_everywhere(kind, after=False, number=errno.EIO, lacking=PLAIN) > 50


NUMBERS = [errno.EIO, errno.ENOSPC, errno.EACCES, errno.EXDEV]
# Every action with every error, and whatever two of the four may be, they meet. All with all would
# be four times as many, of which each takes 4 to 8 seconds.
WAYS_TO_FAIL = [
    (kind, number, (row + column) % 2 == 0, (PLAIN, TWO_STEPS)[(row + column // 2) % 2])
    for row, kind in enumerate(ActionKind)
    for column, number in enumerate(NUMBERS)
]


def test_whatever_two_ways_to_fail_may_be_they_meet() -> None:
    for one, other in combinations(range(4), 2):
        met = {(way[one], way[other]) for way in WAYS_TO_FAIL}
        singly = [len({way[place] for way in WAYS_TO_FAIL}) for place in (one, other)]
        assert len(met) == singly[0] * singly[1]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "number", "after", "lacking"), WAYS_TO_FAIL)
def test_every_call_may_fail_in_any_way(
    kind: ActionKind,
    number: int,
    after: bool,  # noqa: FBT001
    lacking: frozenset[str],
) -> None:
    assert fail_everywhere(kind, after=after, number=number, lacking=lacking) > 50
