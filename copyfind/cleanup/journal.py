"""The journal: append-only lines, each on disk before what it announces; the truth after a crash.

One file a plan, in a folder beside the catalog. An operation is begun before anything of it
happens, and ends as done (told from what the file system shows afterwards), failed (everything is
as it was) or stranded (something could not be put back; both paths are told). One that has begun
and not ended was cut off: `running.settle` asks the file system and ends it.

A line that a crash has torn announces nothing that happened, because what a line announces
happens only after it is on disk whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from copyfind.cleanup.files import Files
from copyfind.cleanup.operation import FORWARD, Operation, Purpose, as_dict, from_dict
from copyfind.errors import CatalogLocked, CleanupError
from copyfind.paths import shown
from copyfind.plans import PlannedFile

SCHEMA = "copyfind.journal/1"
_SUFFIX = ".jsonl"


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
        return shown(os.path.basename(self.path)).removesuffix(_SUFFIX)

    @property
    def next_number(self) -> int:
        """The number of the next operation."""
        return max(self.entries, default=0) + 1

    def again(self) -> Journal:
        """This journal as its file is now."""
        return read_journal(self.path, self.files) if self.written else self

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
        now = _now()
        self._write({"event": "begin", "at": now, "operation": as_dict(operation)})
        self.entries[operation.number] = Entry(operation)

    def end(
        self, number: int, state: State, *, reason: str | None = None, seen: object = None
    ) -> None:
        """Note how an operation ended. seen: what the file system shows at its paths. Raises
        CleanupError."""
        now = _now()
        line = {"event": state.value, "number": number, "at": now, "reason": reason, "seen": seen}
        self._write(line)
        self._ended(number, state, now, reason)

    def skipped(self, cluster: str, path: bytes, reason: str) -> None:
        """Note a cluster in which nothing more was done. Raises CleanupError."""
        where = {"cluster": cluster, "path": os.fsdecode(path)}
        self._write({"event": "skipped", "at": _now(), **where, "reason": reason})

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


class Journals:
    """All journals of a catalog."""

    def __init__(self, folder: bytes, files: Files) -> None:
        self._folder = folder
        self._files = files

    def all(self) -> list[Journal]:
        """All of them, the oldest first. Raises CleanupError for one that cannot be read."""
        try:
            found = self._files.look(self._folder)
            names = self._files.names(self._folder) if found else []
        except OSError as error:
            raise CleanupError(
                f"the journals in {shown(self._folder)} cannot be read ({error.strerror}); "
                "nothing was done"
            ) from error
        paths = [os.path.join(self._folder, n) for n in names if n.endswith(_SUFFIX.encode())]
        return sorted(
            (read_journal(path, self._files) for path in paths), key=lambda j: (j.made_at, j.path)
        )

    def named(self, name: str) -> Journal:
        """The one of that name in the list, or in a file: a quarantine's manifest is a journal too.

        Raises CleanupError where there is none.
        """
        for journal in self.all():
            if name in (journal.name, os.fsdecode(journal.path)):
                return journal
        path = Path(name).expanduser().absolute()
        if not path.exists():
            raise CleanupError(f"there is no journal {name!r}; list them with: copyfind journal")
        return read_journal(os.fsencode(path), self._files)

    def of_plan(self, plan: str) -> Journal:
        """The journal of a plan: the one that exists, or a new one that is written with its first
        line. Raises CleanupError."""
        for journal in self.all():
            if journal.plan == plan:
                return journal
        now = _now()
        stamp = now.replace(":", "").replace("-", "").replace("T", "-")[:15]
        path = os.path.join(self._folder, f"{stamp}-{plan[:8]}{_SUFFIX}".encode())
        return Journal(path, self._files, plan, now, torn=os.path.lexists(path))

    def cleared(self) -> dict[bytes, Entry]:
        """The operations that hold what is away, by the path that it had."""
        return {
            entry.operation.file.path: entry
            for journal in self.all()
            for entry in reversed(journal.holding())
        }

    @contextmanager
    def locked(self, holder: str) -> Iterator[None]:
        """Clear away alone: two at once would each count on what the other takes. Raises
        CatalogLocked and CleanupError."""
        folder = Path(os.fsdecode(self._folder))
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(folder / ".lock", timeout=0)
            lock.acquire()
        except Timeout:
            raise CatalogLocked(
                f"another copyfind is clearing away or undoing; wait until it has finished, "
                f"then run {holder} again"
            ) from None
        except OSError as error:
            raise CleanupError(
                f"the folder of journals {folder} cannot be made ({error.strerror}); without a "
                "journal nothing is done"
            ) from error
        try:
            yield
        finally:
            lock.release()


def journals_folder(catalog: Path) -> bytes:
    """Where the journals of a catalog are."""
    return os.fsencode(catalog.with_name(catalog.name + ".journals").absolute())


def read_journal(path: bytes, files: Files) -> Journal:
    """Everything that a journal says. Raises CleanupError for what is none, or what a newer
    copyfind wrote."""
    try:
        text = files.read(path)
    except OSError as error:
        raise CleanupError(f"{shown(path)} cannot be read: {error.strerror}") from error
    journal: Journal | None = None
    for line in text.splitlines(keepends=True):
        try:
            known = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            known = None
        if not isinstance(known, dict):
            continue  # torn by a crash: it announced nothing that happened
        try:
            if journal is None:
                journal = _begun(path, known, files)
            else:
                _take_in(journal, known)
        except (KeyError, TypeError, ValueError) as error:
            raise CleanupError(f"{shown(path)} is damaged ({error!r}); nothing was done") from error
    if journal is None:  # torn in its first line: nothing has happened yet
        name = os.path.basename(path).removesuffix(_SUFFIX.encode())
        journal = Journal(path, files, "torn-" + os.fsdecode(name), "")
    journal.torn = not text.endswith(b"\n")
    return journal


def _begun(path: bytes, known: dict[str, Any], files: Files) -> Journal:
    if known.get("schema") != SCHEMA:
        raise CleanupError(
            f"{shown(path)} is no journal of this copyfind (schema {known.get('schema')!r})"
        )
    return Journal(path, files, str(known["plan"]), str(known["at"]), written=True)


def _take_in(journal: Journal, known: dict[str, Any]) -> None:
    match known["event"]:
        case "begin":
            operation = from_dict(known["operation"])
            journal.entries[operation.number] = Entry(operation)
        case "skipped":
            pass
        case ended:
            journal._ended(int(known["number"]), State(ended), known["at"], known["reason"])


def already_cleared(cleared: Mapping[bytes, Entry], file: PlannedFile) -> bool:
    """Whether this very file was cleared away before, by the same plan or another."""
    entry = cleared.get(file.path)
    return entry is not None and entry.operation.file == file


def _line(known: Mapping[str, object]) -> bytes:
    return json.dumps(known).encode("ascii") + b"\n"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
