"""What must be true at the moment at which a file is cleared away: looked at and read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from copyfind.cleanup.files import Files, Kind, Seen
from copyfind.cleanup.links import why_no_link
from copyfind.cleanup.reasons import in_plain_words
from copyfind.collection.libraries import untouchable
from copyfind.collection.volumes import lasting_snapshot
from copyfind.paths import below, shown
from copyfind.plans import LINKS, Action, Companion, PlannedFile
from copyfind.records import Tier

STALE = "index again and make a new plan"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an action must not be done now, in words for people."""

    reason: str
    doubted: bytes | None = None  # a file that looks as it was, and holds other bytes


def why_not(action: Action, files: Files, *, protected: Iterable[bytes] = ()) -> Objection | None:
    """Why the action must not be done now; None if it may."""
    try:
        for reason in _objections(action, files, tuple(protected)):
            return reason if isinstance(reason, Objection) else Objection(reason)
    except OSError as error:
        return Objection(f"cannot be read: {in_plain_words(error)}")
    return None


def travelling(action: Action, files: Files) -> tuple[Companion, ...]:
    """The companions that go with the file: a shared one stays while another owner stays. Links
    leave the file's path as it is, and all that belongs to it where it is."""
    if action.kind in LINKS:
        return ()
    return tuple(
        companion
        for companion in action.companions
        if all(o == action.file.path or files.look(o) is None for o in companion.owners)
    )


def _objections(
    action: Action, files: Files, protected: tuple[bytes, ...]
) -> Iterator[str | Objection]:
    keeper, file = files.look(action.keeper.path), files.look(action.file.path)
    yield from _changed(action.keeper, keeper, files, "the file to keep")
    yield from _changed(action.file, file, files, "it")
    if keeper is None or file is None:  # _changed has said so
        return
    if keeper.identity == file.identity:
        yield "it is the file to keep by another path (a hard link); removing it frees nothing"
    if _shines_through(keeper, file, files):
        yield "it is the file to keep, which an overlay shows a second time; clear away on one side"
    if lasting_snapshot(keeper.path) and not lasting_snapshot(file.path):
        yield "the file to keep lies in a read-only snapshot, which will be gone one day"
    companions = travelling(action, files)
    for gone in (action.file, *(companion.file for companion in companions)):
        yield from _forbidden(gone.path, files, protected)
    if reason := why_no_link(action, keeper, file):
        yield reason
    if action.kind in LINKS:  # the file's place is written to, but nothing leaves it
        yield from _linked_names(file)
    for companion in companions:
        there = files.look(companion.file.path)
        yield from _changed(companion.file, there, files, shown(companion.file.path))
        if there is not None and there.identity in (keeper.identity, file.identity):
            yield f"{shown(companion.file.path)} is one of the two files themselves"
    yield from _read_again(action, companions, files)


def _shines_through(keeper: Seen, file: Seen, files: Files) -> bool:
    """Whether an overlay seems to show one of two as the other: under another device, but with the
    number, or its lower half, and the times of the file in its layer."""
    same = keeper.inode and (keeper.inode ^ file.inode) & 0xFFFF_FFFF == 0
    if not same or keeper.device == file.device:
        return False
    if (keeper.mtime_ns, keeper.ctime_ns) != (file.mtime_ns, file.ctime_ns):
        return False
    return "overlay" in (files.volume(keeper.path).kind, files.volume(file.path).kind)


def _changed(planned: PlannedFile, here: Seen | None, files: Files, what: str) -> Iterator[str]:
    """What differs from the planned file, as far as that can be told without reading."""
    if here is None:
        yield f"{what} is gone"
        return
    if here.kind is not Kind.FILE:
        yield f"{what} is a {here.kind.value} now"
    if here.placeholder:
        yield f"{what} is a cloud placeholder: reading it would download it"
    if not here.is_as(planned):
        yield f"{what} has changed since it was indexed; {STALE}"
    if files.resolve(planned.path) != planned.path:
        yield f"{what} is reached through a link now; {STALE}"


def _forbidden(path: bytes, files: Files, protected: tuple[bytes, ...]) -> Iterator[str]:
    for folder in protected:
        low, high = below(files.resolve(folder))
        if low <= path < high:
            yield f"it lies in the protected folder {shown(folder)}"
    if reason := untouchable(path):
        yield reason


def _linked_names(file: Seen) -> Iterator[str]:
    if file.links > 1:
        yield "it has other names (hard links): linking this one would free nothing"


def _read_again(
    action: Action, companions: tuple[Companion, ...], files: Files
) -> Iterator[str | Objection]:
    kept, found, equal = files.compare(action.keeper.path, action.file.path)
    if kept != action.keeper.sha256:
        reason = f"the file to keep holds other bytes than when it was indexed; {STALE}"
        yield Objection(reason, action.keeper.path)
    if found != action.file.sha256:
        reason = f"it holds other bytes than when it was indexed; {STALE}"
        yield Objection(reason, action.file.path)
    if action.tier is Tier.IDENTICAL and not equal:
        yield f"it does not hold the same bytes as the file to keep; {STALE}"
    for companion in companions:
        if files.digest(companion.file.path) != companion.file.sha256:
            yield f"{shown(companion.file.path)} has changed; {STALE}"
