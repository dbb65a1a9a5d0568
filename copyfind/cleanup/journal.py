"""The journal: append-only lines, each on disk before what it announces; the truth after a crash.

One file a plan, in a folder beside the catalog. An operation is begun before anything of it
happens, and ends as done (told from what the file system shows afterwards), failed (everything is
as it was) or stranded (something could not be put back; both paths are told). One that has begun
and not ended was cut off: `running.settle` asks the file system and ends it.

A line that a crash has torn announces nothing that happened, because what a line announces
happens only after it is on disk whole. A line that is damaged otherwise stops its journal.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from copyfind.cleanup.files import Files
from copyfind.cleanup.operation import (
    FORWARD,
    Move,
    Operation,
    Purpose,
    as_dict,
    folder_of,
    from_dict,
)
from copyfind.cleanup.quarantine import MANIFEST, room_of
from copyfind.errors import CleanupError
from copyfind.paths import shown
from copyfind.plans import PlannedFile

SCHEMA = "copyfind.journal/1"
SUFFIX = ".jsonl"


class State(StrEnum):
    """How an operation stands."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    STRANDED = "stranded"


@dataclass(slots=True)
class Entry:
    """An operation, how it ended, and what became of its file since."""

    operation: Operation
    state: State = State.BEGUN
    ended_at: str | None = None
    reason: str | None = None
    taken_back: bool = False  # a later operation of this journal has undone it
    emptied: bool = False  # a later one has removed what it had set aside

    @property
    def is_open(self) -> bool:
        """Whether the file system has to be asked how it stands."""
        return self.state in (State.BEGUN, State.STRANDED)

    @property
    def holds(self) -> bool:
        """Whether it has cleared a file away that is still away."""
        done = self.state is State.DONE and self.operation.purpose in FORWARD
        return done and not self.taken_back


@dataclass(slots=True)
class Journal:
    """One journal as it was read, and its file, to which lines are added."""

    path: bytes
    files: Files
    plan: str
    made_at: str
    entries: dict[int, Entry] = field(default_factory=dict)
    torn: bool = False  # the last line has no end
    written: bool = False  # the file is there

    @property
    def name(self) -> str:
        """What people call this journal."""
        return name_of(self.path)

    @property
    def next_number(self) -> int:
        """The number of the next operation."""
        return max(self.entries, default=0) + 1

    def again(self) -> Journal:
        """This journal as its file is now. Raises CleanupError."""
        return read_journal(self.path, self.files) if self.written else self

    def manifests(self) -> list[bytes]:
        """The manifests in quarantines that repeat what it says."""
        steps = [step for entry in self.entries.values() for step in entry.operation.steps]
        rooms = [room_of(step.to) for step in steps if isinstance(step, Move)]
        return sorted({os.path.join(folder_of(room), MANIFEST) for room in rooms if room})

    def open_entries(self) -> list[Entry]:
        """Operations that were cut off, the last first."""
        return [entry for _, entry in sorted(self.entries.items(), reverse=True) if entry.is_open]

    def holding(self) -> list[Entry]:
        """Operations that can be undone, the last first."""
        return [entry for _, entry in sorted(self.entries.items(), reverse=True) if entry.holds]

    def header(self) -> bytes:
        """The first line of the file, which says whose journal it is."""
        return _line(
            {
                "event": "journal",
                "schema": SCHEMA,
                "plan": self.plan,
                "at": self.made_at,
                "what": "What copyfind has moved and how to take it back: copyfind undo",
            }
        )

    def begin(self, operation: Operation) -> None:
        """Announce an operation; after this it may happen. Raises CleanupError."""
        at = now()
        self._write({"event": "begin", "at": at, "operation": as_dict(operation)})
        self.entries[operation.number] = Entry(operation)

    def end(
        self, number: int, state: State, *, reason: str | None = None, seen: object = None
    ) -> None:
        """Note how an operation ended. seen: what the file system shows at its paths. Raises
        CleanupError."""
        at = now()
        line = {"event": state.value, "number": number, "at": at, "reason": reason, "seen": seen}
        self._write(line)
        self._ended(number, state, at, reason)

    def skipped(self, cluster: str, path: bytes, reason: str) -> None:
        """Note a cluster in which nothing more was done. Raises CleanupError."""
        where = {"cluster": cluster, "path": os.fsdecode(path)}
        self._write({"event": "skipped", "at": now(), **where, "reason": reason})

    def _ended(self, number: int, state: State, when: str, reason: str | None) -> None:
        entry = self.entries[number]
        entry.state, entry.ended_at, entry.reason = state, when, reason
        of = entry.operation.of
        if state is State.DONE and of in self.entries:
            if entry.operation.purpose is Purpose.UNDO:
                self.entries[of].taken_back = True
            else:
                self.entries[of].emptied = True

    def _write(self, line: Mapping[str, object]) -> None:
        text = b"\n" if self.torn else b""  # what was torn stays a line that readers pass over
        if not self.written:
            text += self.header()
        try:
            self.files.append(self.path, text + _line(line))
            if not self.written:
                self.files.sync_folder(os.path.dirname(self.path))
        except OSError as error:
            self.torn = True  # part of it may have been written
            raise CleanupError(
                f"the journal {shown(self.path)} cannot be written ({error.strerror}), so nothing "
                "more was done; make that possible and run the same command again"
            ) from error
        self.torn, self.written = False, True


class Damaged(CleanupError):
    """A line of a journal says nothing that can be understood."""


def read_journal(path: bytes, files: Files) -> Journal:
    """Everything that a journal says. Raises CleanupError for what is none, is damaged, or what a
    newer copyfind wrote."""
    try:
        text = files.read(path)
    except OSError as error:
        raise CleanupError(f"{shown(path)} cannot be read: {error.strerror}") from error
    journal: Journal | None = None
    damaged: list[int] = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        try:
            known = json.loads(line) if line.endswith(b"\n") else None
        except (ValueError, RecursionError):
            known = None
        if not isinstance(known, dict):
            continue  # torn by a crash: it announced nothing that happened
        try:
            if journal is None:
                journal = _begun(path, known, files)
            else:
                _take_in(journal, known)
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError):
            damaged.append(number)
    if damaged:
        raise Damaged(_damage(path, damaged[0], journal))
    if journal is None:  # torn in its first line: nothing has happened yet
        name = os.path.basename(path).removesuffix(SUFFIX.encode())
        journal = Journal(path, files, "torn-" + os.fsdecode(name), "")
    journal.torn = not text.endswith(b"\n")
    return journal


def _damage(path: bytes, line: int, journal: Journal | None) -> str:
    """What is told of a damaged journal: where it is damaged, and what can still give files back.
    Its manifest was written line by line with it, on the volume that the files are on."""
    told = f"{shown(path)} is damaged in line {line}; nothing of it was done"
    manifests = journal.manifests() if journal else []
    if manifests:
        ways = ", ".join(f"copyfind undo {shown(manifest)}" for manifest in manifests)
        told += f". What it has put into a quarantine comes back with: {ways}"
    return told


def _begun(path: bytes, known: dict[str, Any], files: Files) -> Journal:
    if known.get("schema") != SCHEMA:
        raise CleanupError(
            f"{shown(path)} is no journal of this copyfind (schema {known.get('schema')!r})"
        )
    return Journal(path, files, str(known["plan"]), str(known["at"]), written=True)


def name_of(path: bytes) -> str:
    """What people call the journal in a file."""
    return shown(os.path.basename(path)).removesuffix(SUFFIX)


def _take_in(journal: Journal, known: dict[str, Any]) -> None:
    match known["event"]:
        case "begin":
            operation = from_dict(known["operation"])
            journal.entries[operation.number] = Entry(operation)
        case "skipped":
            pass
        case ended:
            reason = known["reason"]
            told = None if reason is None else str(reason)
            journal._ended(int(known["number"]), State(ended), str(known["at"]), told)


def already_cleared(cleared: Mapping[bytes, Entry], file: PlannedFile) -> bool:
    """Whether this very file was cleared away before, by the same plan or another."""
    entry = cleared.get(file.path)
    return entry is not None and entry.operation.file == file


def _line(known: Mapping[str, object]) -> bytes:
    return json.dumps(known).encode("ascii") + b"\n"


def now() -> str:
    """This moment, as journals write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
