"""Emptying the quarantine: what has been there long enough goes for good, one file after the other.

Only while the file that was kept for it is where it was and holds what it held: a picture whose
keeper is gone since is the last of its kind, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from copyfind.cleanup.apply import Skipped, Surroundings, settle_all
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
            ended = run(operation, journal=found.journal, files=files)
            if ended.state is State.DONE:
                tidy(found.entry.operation, files)
                emptied.done.append(found)
            else:
                path = operation.file.path
                emptied.kept.append(Skipped(operation.cluster, path, ended.reason or "failed"))
            watch.show(Stage.EMPTY, number, len(old))
    return emptied


def _all_waiting(surroundings: Surroundings) -> Iterator[Waiting]:
    for journal in surroundings.journals.all():
        for entry in reversed(journal.holding()):
            if entry.operation.kind is ActionKind.QUARANTINE and not entry.emptied:
                found = Waiting(journal, entry)
                if found.moves:  # a new sidecar has no version before
                    yield found


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
