"""Taking the steps of an operation, taking them back, and finding out after a crash.

Why no picture can be lost, whatever fails and whenever it is killed:

1. Three calls alone change what is there: a rename that never overwrites, the making of a new name
   that never overwrites, and `unlink`. The first two destroy nothing. So only `unlink` matters.
2. `unlink` takes three kinds of names. (a) What `Make` made, under a name nobody else knows, while
   taking an operation back: the original has then not been removed (3), so its bytes are in it.
   (b) One of two names of one file, both looked at just before. (c) In `Remove`: what was set
   aside.
3. `Remove` is the last step of an operation, comes after the original was set aside under a name
   nobody else knows, and after the set-aside file was read again and is what was planned. It
   happens only if, now, the keeper is a regular file, is another file than the one set aside, and
   its bytes, read again, have the planned SHA-256. The keeper cannot be the same file by another
   path: the path of a renamed file would lead nowhere. It is nothing that goes elsewhere: plans
   are refused in which a keeper goes (`faults`), one process at a time clears away, and a
   keeper that is gone by an earlier plan is not found at its path.
4. An operation is announced in the journal, with all its names, and the announcement is on disk,
   before its first step. Each step is on disk (fsync of the folder) before the next one. So after
   a crash, what is on disk is a first part of the steps of at most one operation, and `settle`
   either finds all of them taken or takes them back in reverse order.
5. Between a check and a rename a file may change. It is therefore checked again where it arrives,
   and put back if it is not what was meant; nobody can have meant that name in the meantime.

What may be lost: what a program writes into a file that it has kept open since before it was set
aside, between the last look and its removal (links and deletion only). Quarantine, trash and move
never remove anything.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from copyfind.cleanup.files import Files, Kind, Seen
from copyfind.cleanup.journal import Entry, Journal, State
from copyfind.cleanup.operation import (
    FORWARD,
    How,
    Make,
    Move,
    Operation,
    Place,
    Purpose,
    Remove,
    Step,
    Throw,
    folder_of,
)
from copyfind.cleanup.quarantine import note_in_manifest, remove_manifest, room_of
from copyfind.paths import shown
from copyfind.records import ActionKind, PlannedFile

_OURS, _EVERYONES = 0o700, 0o777  # modes of folders
CUT_OFF = "was cut off; everything was put back"


@dataclass(frozen=True, slots=True)
class Ended:
    """How an operation ended; `error` is the system's number where it was the system's fault."""

    state: State
    reason: str | None = None
    error: int | None = None


class Refused(Exception):
    """A check says no; the message says why."""


def run(operation: Operation, *, journal: Journal, files: Files) -> Ended:
    """Take all steps, or leave everything as it was. Raises CleanupError from the journal."""
    journal.begin(operation)
    try:
        _make_folders(operation, journal, files)
        for step in operation.steps:
            _take(step, operation, files)
    except (OSError, Refused) as error:
        if not _has_removed(operation, files):  # from that there is no way back
            return _take_back(operation, journal, files, in_plain_words(error), error)
    journal.end(operation.number, State.DONE, seen=_seen(operation, files))
    return Ended(State.DONE)


def settle(entry: Entry, *, journal: Journal, files: Files) -> Ended:
    """Find out how an operation that was cut off stands, and end it."""
    operation = entry.operation
    try:
        complete = _is_complete(operation, files) and _is_sound(operation, files)
    except OSError as error:
        reason = f"was cut off, and cannot be looked at: {in_plain_words(error)}"
        return Ended(State.STRANDED, reason, error.errno)
    if not complete:
        return _take_back(operation, journal, files, CUT_OFF, None)
    journal.end(operation.number, State.DONE, seen=_seen(operation, files))
    return Ended(State.DONE)


def in_plain_words(error: BaseException) -> str:
    """What the system or a check says, for people."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno == errno.EXDEV:
        return "lies on another volume than the place it should get"
    if error.errno == errno.EEXIST:
        name = error.filename2 or error.filename
        return f"there is something already: {_shown(name)}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission ({error.strerror}): {_shown(error.filename)}"
    return f"{error.strerror or error}: {_shown(error.filename)}"


def _shown(name: object) -> str:
    return shown(name) if isinstance(name, bytes) else str(name or "?")


# Taking steps


def _make_folders(operation: Operation, journal: Journal, files: Files) -> None:
    """What the operation needs that was not there; in a quarantine, with the manifest."""
    private = operation.kind in (ActionKind.QUARANTINE, ActionKind.TRASH)
    for folder in operation.folders:
        with suppress(FileExistsError):  # made for an operation before this one
            files.make_folder(folder, _OURS if private else _EVERYONES)
        _sync(files, folder)
    if operation.purpose in FORWARD and operation.kind is ActionKind.QUARANTINE:
        rooms = [room_of(step.to) for step in operation.steps if isinstance(step, Move)]
        for room in rooms[:1]:
            if room is not None:
                note_in_manifest(folder_of(room), operation, journal.header(), files)


def tidy(operation: Operation, files: Files) -> None:
    """Remove the folders that were made for an operation and are empty now, without complaint:
    another file may have found its way there."""
    _remove_empty(reversed(operation.folders), files)
    for step in operation.steps:
        room = room_of(step.to) if isinstance(step, Move) else None
        if room is not None:
            with suppress(OSError):
                remove_manifest(room, files)
            # Made for another operation, perhaps of another plan; ours in any case.
            _remove_empty((folder_of(room), folder_of(folder_of(room))), files)


def _remove_empty(folders: Iterable[bytes], files: Files) -> None:
    for folder in folders:
        with suppress(OSError):
            files.remove_folder(folder)


def _take(step: Step, operation: Operation, files: Files) -> None:
    match step:
        case Move():
            files.rename_new(step.file.path, step.to)
            _sync(files, step.to, step.file.path)
            if not _has_arrived(step, files):
                raise Refused("changed at the very moment it was moved")
            if operation.purpose in FORWARD:
                _look_at_keeper(operation.keeper, files)
        case Make():
            _make(step, files)
            _sync(files, step.path)
        case Place():
            files.rename_new(step.made.path, step.to)
            _sync(files, step.to)
            if not _is_made(step.to, step.made, files):
                raise Refused("is not what was put in its place")
        case Remove():
            _remove(step, operation, files)
        case Throw():
            files.throw_away(step.file.path)
            if files.look(step.file.path) is not None:
                raise Refused("the trash said it took the file, but it is still there")


def _has_arrived(move: Move, files: Files) -> bool:
    """Whether what was renamed is the file that was meant, read again."""
    here = files.look(move.to)
    if here is None:
        return False
    if move.link is not None:
        return here.kind is Kind.LINK and files.read_link(move.to) == move.link
    file = move.file.file
    known = (file.inode, file.size, file.mtime_ns)
    same = here.kind is Kind.FILE and known == (here.inode, here.size, here.mtime_ns)
    return same and files.digest(move.to) == move.file.sha256


def _look_at_keeper(keeper: PlannedFile, files: Files) -> None:
    """Where a volume numbers no files, this is what tells that the two were one: it is gone."""
    seen = files.look(keeper.path)
    if seen is None:
        raise Refused("the file to keep was the same file by another path, or is gone")
    if not seen.is_as(keeper):
        raise Refused("the file to keep has changed")


def _make(make: Make, files: Files) -> None:
    source = make.source
    if make.how is How.NOTE or source is None:
        files.write_new(make.path, make.text)
        if make.dress is not None:
            files.put_on(make.path, make.dress)
        return
    if make.how is How.HARDLINK:
        files.link(source.path, make.path)
    elif make.how is How.SYMLINK:
        files.symlink(make.target or source.path, make.path)
    else:
        (files.clone if make.how is How.REFLINK else files.copy)(source.path, make.path)
        if make.dress is not None:
            files.put_on(make.path, make.dress)
    if not _is_made(make.path, make, files):
        raise Refused("what was made is not what it was made from")


def _is_made(path: bytes, make: Make, files: Files) -> bool:
    """Whether what is at a path is what `make` makes."""
    here, source = files.look(path), make.source
    if make.how is How.NOTE and here is not None and here.kind is Kind.FILE:
        return here.size == len(make.text) and files.read(path) == make.text
    if here is None or source is None:
        return False
    if make.how is How.SYMLINK:
        return (
            here.kind is Kind.LINK
            and files.read_link(path) == (make.target or source.path)
            and files.resolve(path) == source.path
        )
    if here.kind is not Kind.FILE:
        return False
    if make.how is How.HARDLINK:
        keeper = files.look(source.path)
        return keeper is not None and keeper.identity == here.identity
    return here.size == source.file.size and files.digest(path) == source.sha256


def _remove(step: Remove, operation: Operation, files: Files) -> None:
    """The one place where something goes for good; see the docstring of this module."""
    here = files.look(step.path)
    if here is None:
        return
    if step.link is not None:
        if here.kind is not Kind.LINK or files.read_link(step.path) != step.link:
            raise Refused("what was set aside is not what was put there")
    else:
        if not _is_still(here, step, files):
            raise Refused("what was set aside has changed")
        _check_holder(step, operation, here, files)
    files.unlink(step.path)
    _sync(files, step.path)


def _is_still(here: Seen, step: Remove, files: Files) -> bool:
    file = step.file.file
    if here.kind is not Kind.FILE or here.size != file.size:
        return False
    # Numbers of volumes, and on some of files, change when they are mounted again: then the
    # bytes tell.
    same = (here.inode, here.mtime_ns) == (file.inode, file.mtime_ns)
    return same or files.digest(step.path) == step.file.sha256


def _check_holder(step: Remove, operation: Operation, here: Seen, files: Files) -> None:
    keeper = files.look(step.held_by.path)
    if keeper is None or keeper.kind is not Kind.FILE:
        raise Refused(f"the file to keep is gone: {shown(step.held_by.path)}")
    if keeper.identity == here.identity:
        if operation.purpose is not Purpose.UNDO:
            raise Refused("the file to keep is the same file by another path")
        return  # one of two names of one file
    if keeper.size != step.held_by.file.size or (
        files.digest(step.held_by.path) != step.held_by.sha256
    ):
        raise Refused(f"the file to keep has changed: {shown(step.held_by.path)}")


# After a crash, or a step that failed: what was done, and back


def _has_removed(operation: Operation, files: Files) -> bool:
    """Whether the operation got to its end, which is to remove something."""
    if not any(isinstance(step, Remove) for step in operation.steps):
        return False
    try:
        return _is_complete(operation, files)
    except OSError:
        return False  # taking back looks again, step by step


def _is_complete(operation: Operation, files: Files) -> bool:
    """Whether all steps were taken, told from what is there."""
    steps = operation.steps
    places = [step for step in steps if isinstance(step, Place)]
    removes = [step for step in steps if isinstance(step, Remove)]
    moves = [step for step in steps if isinstance(step, Move)]
    if removes:  # what they remove had been moved there
        gone = all(files.look(step.path) is None for step in removes)
        taken = {move.to for move in moves}  # by another that came where the first had been
        left = [move.file.path for move in moves if move.file.path not in taken]
        vacant = all(files.look(path) is None for path in left) or bool(places)
        if any(not _has_happened(m, files) for m in moves if m.to in {n.file.path for n in moves}):
            return False
        return gone and vacant and all(_is_placed(p, operation, files) for p in places)
    if any(files.look(s.file.path) is not None for s in steps if isinstance(s, Throw)):
        return False
    if not all(_is_placed(place, operation, files) for place in places):
        return False
    return all(_has_happened(move, files) and not _has_two_names(move, files) for move in moves)


def _is_sound(operation: Operation, files: Files) -> bool:
    """Whether what was moved by a complete operation is what was meant."""
    if operation.purpose not in FORWARD:
        return True
    removed = {step.path for step in operation.steps if isinstance(step, Remove)}
    moved = [s for s in operation.steps if isinstance(s, Move) and s.to not in removed]
    return all(_has_arrived(move, files) for move in moved)


def _has_happened(move: Move, files: Files) -> bool:
    here = files.look(move.to)
    if here is None or here.kind not in (Kind.FILE, Kind.LINK):
        return False
    if here.inode and here.inode == move.file.file.inode:
        return True
    return here.kind is Kind.FILE and files.digest(move.to) == move.file.sha256


def _has_two_names(move: Move, files: Files) -> bool:
    """A rename in two steps was cut between them."""
    here, there = files.look(move.file.path), files.look(move.to)
    return here is not None and there is not None and here.identity == there.identity


def _take_back(
    operation: Operation, journal: Journal, files: Files, reason: str, error: BaseException | None
) -> Ended:
    """Undo the steps that were taken, the last first, and end the operation in the journal."""
    number = error.errno if isinstance(error, OSError) else None
    stranded = []
    for step in reversed(operation.steps):
        try:
            _revert(step, operation, files)
        except (OSError, Refused) as trouble:
            stranded.append(in_plain_words(trouble))
    if stranded:
        reason = "; ".join((reason, *stranded))
        journal.end(operation.number, State.STRANDED, reason=reason, seen=_seen(operation, files))
        return Ended(State.STRANDED, reason, number)
    journal.end(operation.number, State.FAILED, reason=reason)
    return Ended(State.FAILED, reason, number)


def _revert(step: Step, operation: Operation, files: Files) -> None:
    match step:
        case Move():
            if _has_happened(step, files):
                _put_back(step, files)
        case Make():
            if files.look(step.path) is not None:
                files.unlink(step.path)
                _sync(files, step.path)
        case Place():
            _revert_place(step, operation, files)
        case Throw():
            if files.look(step.file.path) is None:
                raise Refused(f"{shown(step.file.path)} is in the system's trash")
        case Remove():
            pass


def _put_back(move: Move, files: Files) -> None:
    if files.look(move.file.path) is None:
        files.rename_new(move.to, move.file.path)
    elif _has_two_names(move, files):
        files.unlink(move.to)
    else:
        raise Refused(
            f"{shown(move.file.path)} could not be put back, because there is another file now: "
            f"it is at {shown(move.to)}"
        )
    _sync(files, move.file.path, move.to)


def _revert_place(place: Place, operation: Operation, files: Files) -> None:
    """Take what was put in the original's place away again, if it is ours."""
    here, made = files.look(place.to), files.look(place.made.path)
    if here is None or _is_original(place, operation, files):
        return
    moves = _moves_from(place.to, operation)
    if moves and all(files.look(move.to) is None for move in moves):
        return  # the original is not where it was set aside: nothing could be put back
    if made is not None and made.identity == here.identity:
        files.unlink(place.to)  # a rename in two steps was cut between them
    elif made is None and _is_made(place.to, place.made, files):
        files.rename_new(place.to, place.made.path)
    else:
        return  # somebody else's; the original then says that it could not be put back
    _sync(files, place.to)


def _is_placed(place: Place, operation: Operation, files: Files) -> bool:
    """Whether what was made stands where the original stood. A copy has the original's bytes:
    that it is not the original itself is what tells."""
    if files.look(place.made.path) is not None or _is_original(place, operation, files):
        return False
    return _is_made(place.to, place.made, files)


def _is_original(place: Place, operation: Operation, files: Files) -> bool:
    here = files.look(place.to)
    known = [move.file.file.inode for move in _moves_from(place.to, operation)]
    return here is not None and here.inode in known


def _moves_from(path: bytes, operation: Operation) -> list[Move]:
    return [s for s in operation.steps if isinstance(s, Move) and s.file.path == path]


def _sync(files: Files, *paths: bytes) -> None:
    for folder in dict.fromkeys(folder_of(path) for path in paths):
        files.sync_folder(folder)


def _seen(operation: Operation, files: Files) -> dict[str, object]:
    """What the file system shows, for the journal."""
    paths = [operation.file.path]
    paths += [step.to for step in operation.steps if isinstance(step, Move)]
    shows: dict[str, object] = {}
    for path in paths:
        try:
            here = files.look(path)
        except OSError as error:
            shows[shown(path)] = error.strerror
            continue
        shows[shown(path)] = here and [here.kind.value, here.inode, here.size, here.mtime_ns]
    return shows
