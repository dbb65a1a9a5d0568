"""Emptying the quarantine: what has been there long enough goes for good, one file after the other.

Only while the file that was kept for it is where it was and holds what it held: a picture whose
keeper is gone since is the last of its kind, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from copyfind.cleanup.apply import Skipped, Surroundings, settle_all
from copyfind.cleanup.files import Files
from copyfind.cleanup.homes import at_home, why_away
from copyfind.cleanup.journal import Entry, Journal, State
from copyfind.cleanup.operation import Move, Operation, Purpose, Remove
from copyfind.cleanup.running import run, tidy
from copyfind.plans import ActionKind
from copyfind.watch import NOBODY, Stage, Watch


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file in the quarantine, with what travelled with it."""

    journal: Journal
    entry: Entry

    @property
    def size(self) -> int:
        """Bytes that would be freed."""
        return sum(move.file.file.size for move in self.moves)

    @property
    def moves(self) -> list[Move]:
        """How the file got there, and what travelled with it: the picture first."""
        return [step for step in self.entry.operation.steps if isinstance(step, Move)]

    def home(self, files: Files) -> Files:
        """The file system, with the volume of the file under the paths that it had."""
        journal = self.journal
        return at_home(self.entry.operation, files, journal=journal.path, plan=journal.plan)


@dataclass(slots=True)
class Emptied:
    """What emptying the quarantine has removed for good, and what it kept."""

    done: list[Waiting] = field(default_factory=list)
    kept: list[Skipped] = field(default_factory=list)
    stopped: bool = False


def waiting(surroundings: Surroundings, *, older_than: timedelta) -> list[Waiting]:
    """What has been in the quarantine for so long, journal by journal, the oldest first."""
    limit = (datetime.now(UTC) - older_than).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return [w for w in _all_waiting(surroundings) if (w.entry.ended_at or "") <= limit]


def empty(surroundings: Surroundings, *, older_than: timedelta, watch: Watch = NOBODY) -> Emptied:
    """Remove for good what has been in the quarantine for so long. Raises CleanupError,
    CatalogLocked."""
    emptied = Emptied()
    files = surroundings.files
    with surroundings.journals.locked("empty"):
        settle_all(surroundings, watch=watch)
        old = waiting(surroundings, older_than=older_than)
        for number, found in enumerate(old, start=1):
            if watch.should_stop():
                emptied.stopped = True
                break
            operation = _removal(found, found.journal.next_number)
            home = found.home(files)
            reason = _why_kept(found, home)
            if reason is None:
                ended = run(operation, journal=found.journal, files=home)
                reason = None if ended.state is State.DONE else ended.reason or "failed"
            if reason is None:
                tidy(found.entry.operation, home)
                emptied.done.append(found)
            else:
                path = home.today(operation.file.path)
                emptied.kept.append(Skipped(operation.cluster, path, reason))
            watch.show(Stage.EMPTY, number, len(old))
    return emptied


def _all_waiting(surroundings: Surroundings) -> Iterator[Waiting]:
    for journal in surroundings.journals.all():
        for entry in reversed(journal.holding()):
            if entry.operation.kind is ActionKind.QUARANTINE and not entry.emptied:
                found = Waiting(journal, entry)
                # A new sidecar has no version before.
                if found.moves and _is_there(found, surroundings.files):
                    yield found


def _why_kept(found: Waiting, home: Files) -> str | None:
    """Why nothing can be said of a file in the quarantine, in words: its volume is away."""
    moves = found.moves
    reasons = (why_away(move.to, found.entry.operation, home) for move in moves)
    return next(filter(None, reasons), None)


def _is_there(found: Waiting, files: Files) -> bool:
    """Whether something of it waits, or may: not if its volume is there, and it is not. Then
    somebody has taken it out, and only that somebody knows what became of it."""
    home = found.home(files)
    if _why_kept(found, home) is not None:
        return True
    return any(home.look(move.to) is not None for move in found.moves)


def _removal(found: Waiting, number: int) -> Operation:
    done = found.entry.operation
    steps = [Remove(move.to, move.file, done.keeper) for move in reversed(found.moves)]
    return Operation(
        number=number,
        purpose=Purpose.EMPTY,
        kind=done.kind,
        cluster=done.cluster,
        file=done.file,
        keeper=done.keeper,
        steps=tuple(steps),
        of=done.number,
    )
