"""The journal backwards: files go back to where they were, byte for byte, with times and modes.

Nothing is overwritten: where there is something else now, the file stays where it is and that is
told. What cannot be given back is told too: deleted, emptied, in a trash that does not say where.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from copyfind.cleanup.annotating import steps_back
from copyfind.cleanup.apply import Skipped, Surroundings, settle_all, settle_journal
from copyfind.cleanup.arranging import missing_folders, own_name
from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.folders import FolderTimes, why_renamed
from copyfind.cleanup.homes import at_home, why_away, why_unsettled
from copyfind.cleanup.journal import Entry, Journal, State
from copyfind.cleanup.operation import (
    How,
    Make,
    Move,
    Operation,
    Place,
    Purpose,
    Remove,
    Step,
)
from copyfind.cleanup.reasons import Refused, in_plain_words
from copyfind.cleanup.running import run, tidy
from copyfind.cleanup.steps import refuse_links
from copyfind.errors import CleanupError
from copyfind.paths import shown
from copyfind.plans import ActionKind, PlannedFile
from copyfind.watch import NOBODY, Stage, Watch


@dataclass(slots=True)
class Undone:
    """What taking a journal back did."""

    done: list[Operation] = field(default_factory=list)
    failed: list[Skipped] = field(default_factory=list)
    made: list[bytes] = field(default_factory=list)  # folders that were gone, and are there again
    stopped: bool = False


def undo_journal(journal: Journal, surroundings: Surroundings, *, watch: Watch = NOBODY) -> Undone:
    """Take back all that the journal holds, the last first; may be stopped and called again.

    Raises CleanupError where the journal cannot be written, CatalogLocked where another copyfind
    clears away.
    """
    undone, times = Undone(), FolderTimes()
    with surroundings.journals.locked("undo"):
        settle_all(surroundings, watch=watch)
        journal = journal.again()
        # A manifest only says what was begun, and is in no folder of journals.
        settle_journal(journal, surroundings.files)
        undone.failed += _cut_off(journal, surroundings.files)
        holding = journal.holding()
        for number, entry in enumerate(holding, start=1):
            if watch.should_stop():
                undone.stopped = True
                break
            home = _home(entry.operation, journal, surroundings.files)
            times.look(entry.operation, entry.ended_at, home)
            trouble = _undo(entry, journal, home, undone.made)
            operation = _as_of_today(entry.operation, home)
            if trouble is None:
                times.is_back(entry.operation, home)
                undone.done.append(operation)
            else:
                undone.failed.append(Skipped(operation.cluster, operation.file.path, trouble))
            watch.show(Stage.UNDO, number, len(holding))
        for _, entry in sorted(journal.entries.items(), reverse=True):
            if entry.operation.purpose is Purpose.APPLY and not entry.holds and not entry.is_open:
                tidy(entry.operation, _home(entry.operation, journal, surroundings.files))
        times.give_back(surroundings.files)
    return undone


def last_undoable(surroundings: Surroundings) -> Journal | None:
    """The newest journal in which something can be taken back, or was cut off. Raises CleanupError
    where one that is damaged is newer: then that is the one that was meant."""
    chosen = None
    for journal in reversed(surroundings.journals.all()):
        holding = [e for e in journal.holding() if not e.emptied]
        undoable = [e for e in holding if e.operation.kind is not ActionKind.DELETE]
        if undoable or journal.open_entries():
            chosen = journal
            break
    for one in surroundings.journals.left_out():
        if one.damaged and (chosen is None or one.name > chosen.name):
            also = f". The one before it: copyfind undo {chosen.name}" if chosen else ""
            raise CleanupError(one.reason + also)
    return chosen


def _home(operation: Operation, journal: Journal, files: Files) -> Files:
    return at_home(operation, files, journal=journal.path, plan=journal.plan)


def _as_of_today(operation: Operation, files: Files) -> Operation:
    """The operation, with its file where it is now."""
    file = operation.file
    found = replace(file.file, path=files.today(file.path))
    return replace(operation, file=replace(file, file=found))


def _cut_off(journal: Journal, files: Files) -> Iterator[Skipped]:
    """What cannot be settled, because its volume is away."""
    for entry in journal.open_entries():
        operation = entry.operation
        if entry.state is State.BEGUN:
            home = _home(operation, journal, files)
            reason = why_unsettled(operation, home) or "was cut off"
            yield Skipped(operation.cluster, home.today(operation.file.path), reason)


def _undo(entry: Entry, journal: Journal, files: Files, made: list[bytes]) -> str | None:
    """Take one operation back; returns what kept us from it, in words. made: gets the folders that
    were made anew."""
    done = entry.operation
    if entry.emptied:
        return "was removed for good when the quarantine was emptied"
    if done.kind is ActionKind.DELETE:
        return "was deleted for good"
    try:
        steps = _steps_back(done, files)
        operation = Operation(
            number=journal.next_number,
            purpose=Purpose.UNDO,
            kind=done.kind,
            cluster=done.cluster,
            file=done.file,
            keeper=done.keeper,
            steps=tuple(steps),
            folders=missing_folders(steps, files),
            of=done.number,
        )
        ended = run(operation, journal=journal, files=files)
        if ended.state is State.DONE:
            made += [files.today(folder) for folder in operation.folders]
        if ended.state is State.DONE and done.kind is ActionKind.TRASH:
            _remove_notes(done, files)
    except (OSError, Refused) as error:
        return in_plain_words(error)
    return None if ended.state is State.DONE else ended.reason


def _steps_back(done: Operation, files: Files) -> list[Step]:
    if done.purpose is Purpose.ANNOTATE:
        return steps_back(done, files)
    if any(isinstance(step, Place) for step in done.steps):
        return _unlink(done, files)
    moves = [step for step in done.steps if isinstance(step, Move)]
    if not moves:
        raise Refused("is in the system's trash: put it back from there")
    steps: list[Step] = []
    for move in reversed(moves):
        refuse_links(move.file.path, files)
        refuse_links(move.to, files)
        here = files.look(move.to)
        if reason := why_away(move.to, done, files):
            raise Refused(reason)
        if here is None:
            raise Refused(f"is no longer at {shown(files.today(move.to))}")
        if reason := why_renamed(move.file.path, done, files):
            raise Refused(reason)
        there = files.look(move.file.path)
        if there is not None:
            raise Refused(f"there is something else now: {shown(move.file.path)}")
        if here.kind is not Kind.FILE or files.digest(move.to) != move.file.sha256:
            raise Refused(f"{shown(move.to)} holds other bytes than were put there")
        steps.append(Move(_as_it_is(move.to, move.file.sha256, files), move.file.path))
    return steps


def _unlink(done: Operation, files: Files) -> list[Step]:
    """The steps that put a file of its own, made from the keeper's bytes, in the place of a
    link."""
    path = done.file.path
    here = files.look(path)
    if reason := why_away(path, done, files):
        raise Refused(reason)
    if here is None:
        raise Refused("the link in its place is gone")
    if done.kind is ActionKind.REFLINK:
        if here.kind is Kind.FILE and files.digest(path) == done.file.sha256:
            return []  # a reflink is a file of its own with the file's times and mode
        raise Refused("what is in its place has changed")
    keeper = files.look(done.keeper.path)
    if keeper is None or keeper.kind is not Kind.FILE:
        raise Refused(f"the file to keep is gone: {shown(done.keeper.path)}")
    if files.digest(done.keeper.path) != done.keeper.sha256:
        raise Refused(f"the file to keep holds other bytes now: {shown(done.keeper.path)}")
    link: bytes | None = None
    if done.kind is ActionKind.HARDLINK:
        if here.identity != keeper.identity:
            raise Refused("what is in its place is not the link that was put there")
        placed = _as_it_is(path, done.keeper.sha256, files)
    else:
        targets = [s.made.target for s in done.steps if isinstance(s, Place)]
        if here.kind is not Kind.LINK or files.read_link(path) not in targets:
            raise Refused("what is in its place is not the link that was put there")
        link = files.read_link(path)
        placed = _as_it_is(path, b"", files)
    aside = own_name(path, b"old")
    source = replace(done.keeper, file=_as_it_is(done.keeper.path, b"", files).file)
    made = Make(How.COPY, own_name(path, b"new"), source, dress=done.dress)
    return [made, Move(placed, aside, link), Place(made, path), Remove(aside, placed, source, link)]


def _as_it_is(path: bytes, sha256: bytes, files: Files) -> PlannedFile:
    """The file at a path with its numbers of today: those of volumes and files change when they are
    mounted again, the bytes do not."""
    here = files.look(path)
    if here is None:
        raise Refused(f"is gone: {shown(path)}")
    return here.planned(sha256)


def _remove_notes(done: Operation, files: Files) -> None:
    """Remove what the trash noted of a file that is no longer there."""
    for step in done.steps:
        if isinstance(step, Make) and step.how is How.NOTE:
            with suppress(OSError):
                if files.read(step.path) == step.text:
                    files.unlink(step.path)
                    files.sync_folder(os.path.dirname(step.path))
