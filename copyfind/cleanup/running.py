"""Taking the steps of an operation, taking them back, and finding out after a crash.

Why no picture can be lost, whatever fails and whenever it is killed:

1. Three calls alone change what is there: a rename that never overwrites, the making of a new name
   that never overwrites, and `unlink`. The first two destroy nothing. So only `unlink` matters.
2. `unlink` takes three kinds of names. (a) What `Make` made, under a name nobody else knows, while
   taking an operation back: the original has then not been removed (3), so its bytes are in it.
   (b) One of two names of one file, both looked at just before; where a pool numbers names
   apart, both read. (c) In `Remove`: what was set aside.
3. `Remove` is the last step of an operation, comes after the original was set aside under a name
   nobody else knows, and after the set-aside file was read again and is what was planned. It
   happens only if, now, the keeper is a regular file, is another file than the one set aside, and
   its bytes, read again, have the planned SHA-256. That it is another file, and not the same one
   by another path, is proven in `steps._prove_keeper` right after the rename: it is opened and
   read while the other is away, and the rename has not changed it. Both are held open (`holding`)
   until after the removal; is the keeper's name gone then, the bytes get a name again. It is
   nothing that goes elsewhere: plans are refused in which a keeper goes (`faults`), one process
   at a time clears away, and a keeper that is gone by an earlier plan is not found at its path.
4. An operation is announced in the journal, with all its names, and the announcement is on disk,
   before its first step. Each step is on disk (fsync of the folder) before the next one. So after
   a crash, what is on disk is a first part of the steps of at most one operation, and `settle`
   either finds all of them taken or takes them back in reverse order.
5. Between a check and a rename a file may change. It is therefore checked again where it arrives,
   and put back if it is not what was meant; nobody can have meant that name in the meantime.

What may be lost, with links, deletion and emptying only (nothing else removes anything): on volumes
without leases (network, FUSE, files of other users), what a program writes into a file that it has
kept open since before it was set aside, or into the keeper, between the last reading and the
removal; and the picture itself where somebody else removes the keeper in that very moment, and the
power goes before its bytes are written down again.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from copyfind.cleanup.authority import why_odd
from copyfind.cleanup.files import Files
from copyfind.cleanup.folders import folders_around
from copyfind.cleanup.homes import volumes_of, why_unsettled
from copyfind.cleanup.journal import Entry, Journal, State
from copyfind.cleanup.operation import FORWARD, Move, Operation, Remove, folder_of
from copyfind.cleanup.quarantine import note_in_manifest, remove_manifest, room_of
from copyfind.cleanup.reasons import Refused, in_plain_words
from copyfind.cleanup.steps import is_complete, is_sound, revert, sync, take
from copyfind.paths import shown
from copyfind.plans import ActionKind

_OURS, _EVERYONES = 0o700, 0o777  # modes of folders
CUT_OFF = "was cut off; everything was put back"


@dataclass(frozen=True, slots=True)
class Ended:
    """How an operation ended; `error` is the system's number where it was the system's fault."""

    state: State
    reason: str | None = None
    error: int | None = None


def run(operation: Operation, *, journal: Journal, files: Files) -> Ended:
    """Take all steps, or leave everything as it was. Raises CleanupError from the journal.

    What would not be taken back, because a journal may not ask for it, is not done.
    """
    known = {number: entry.operation for number, entry in journal.entries.items()}
    if reason := why_odd(operation, known):
        return Ended(State.FAILED, f"what is to be done with it {reason}")
    operation = replace(operation, volumes=volumes_of(operation, files))
    if operation.purpose in FORWARD:
        operation = replace(operation, around=folders_around(operation, files))
    journal.begin(operation)
    try:
        _make_folders(operation, journal, files)
        for step in operation.steps:
            take(step, operation, files)
    except (OSError, Refused) as error:
        if not _has_removed(operation, files):  # from that there is no way back
            return _take_back(operation, journal, files, in_plain_words(error), error)
    journal.end(operation.number, State.DONE, seen=_seen(operation, files))
    return Ended(State.DONE)


def settle(entry: Entry, *, journal: Journal, files: Files) -> Ended:
    """Find out how an operation that was cut off stands, and end it; where its volume is away, it
    stays open, and nothing is noted."""
    operation = entry.operation
    try:
        if away := why_unsettled(operation, files):
            return Ended(State.BEGUN, f"was cut off, and {away}")
        complete = is_complete(operation, files) and is_sound(operation, files)
    except OSError as error:
        reason = f"was cut off, and cannot be looked at: {in_plain_words(error)}"
        return Ended(State.STRANDED, reason, error.errno)
    if not complete:
        return _take_back(operation, journal, files, CUT_OFF, None)
    journal.end(operation.number, State.DONE, seen=_seen(operation, files))
    return Ended(State.DONE)


def _make_folders(operation: Operation, journal: Journal, files: Files) -> None:
    """Make the folders that the operation needs; in a quarantine, with the manifest."""
    private = operation.kind in (ActionKind.QUARANTINE, ActionKind.TRASH)
    for folder in operation.folders:
        with suppress(FileExistsError):  # made for an operation before this one
            files.make_folder(folder, _OURS if private else _EVERYONES)
        sync(files, folder)
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


def _take_back(
    operation: Operation, journal: Journal, files: Files, reason: str, error: BaseException | None
) -> Ended:
    """Undo the steps that were taken, the last first, and end the operation in the journal."""
    number = error.errno if isinstance(error, OSError) else None
    stranded = []
    for step in reversed(operation.steps):
        try:
            revert(step, operation, files)
        except (OSError, Refused) as trouble:
            stranded.append(in_plain_words(trouble))
    if stranded:
        reason = "; ".join((reason, *stranded))
        journal.end(operation.number, State.STRANDED, reason=reason, seen=_seen(operation, files))
        return Ended(State.STRANDED, reason, number)
    journal.end(operation.number, State.FAILED, reason=reason)
    return Ended(State.FAILED, reason, number)


def _has_removed(operation: Operation, files: Files) -> bool:
    """Whether the operation got to its end, which is to remove something."""
    if not any(isinstance(step, Remove) for step in operation.steps):
        return False
    try:
        return is_complete(operation, files)
    except OSError:
        return False  # taking back looks again, step by step


def _seen(operation: Operation, files: Files) -> dict[str, object]:
    """What the file system shows at the paths of an operation, for the journal."""
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
