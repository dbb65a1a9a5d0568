"""What a person decided, kept at once: one line of JSON a step, in a file beside the catalog.

A step is a set of changes that are undone together; undoing appends a line too, so that nothing
already written is ever written again. A last line that a crash cut off is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from threading import RLock

from copyfind.errors import OutputError

_VERSION = 1


class Choice(StrEnum):
    """What is decided of a file, or (SKIP) of a whole cluster."""

    KEEP = "keep"
    REDUNDANT = "redundant"
    NOT_A_COPY = "not-a-copy"
    SKIP = "skip"


Step = Mapping[str, Choice | None]  # by key of a file or cluster; None takes a choice back
Pairs = tuple[tuple[str, str], ...]  # SHA-256 of contents that a step said not to be copies, hex


class Choices:
    """The choices of one catalog, for several threads. Opening reads what earlier runs kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        self._now: dict[str, Choice] = {}
        # What gives the state before each step, and the pairs it told apart.
        self._undo: list[tuple[dict[str, Choice | None], Pairs]] = []
        try:
            lines = path.read_bytes().split(b"\n")[:-1]  # behind the last newline: cut off
        except FileNotFoundError:
            lines = []
        except OSError as error:
            raise OutputError(f"cannot read the choices in {path}: {error.strerror}") from error
        for line in lines:
            self._replay(line)

    def now(self) -> dict[str, Choice]:
        """All that is decided, by key."""
        with self._lock:
            return dict(self._now)

    @property
    def steps(self) -> int:
        """How many steps can be undone."""
        with self._lock:
            return len(self._undo)

    def take(self, step: Step, *, apart: Pairs = ()) -> None:
        """Take one step; it is on disk before this returns. Raises OutputError, and then nothing is
        decided."""
        with self._lock:
            changes = {key: choice for key, choice in step.items() if self._now.get(key) != choice}
            if changes:
                entry: dict[str, object] = {"v": _VERSION, "step": changes}
                self._append(entry | ({"apart": apart} if apart else {}))
                self._do(changes, apart)

    def undo(self) -> tuple[Step, Pairs]:
        """Take the last step back; returns what is decided of its keys now, and what it had told
        apart."""
        with self._lock:
            if not self._undo:
                return {}, ()
            self._append({"v": _VERSION, "undo": True})
            return self._undo_last()

    def _do(self, changes: Step, apart: Pairs) -> None:
        self._undo.append(({key: self._now.get(key) for key in changes}, apart))
        self._set(changes)

    def _undo_last(self) -> tuple[Step, Pairs]:
        before, apart = self._undo.pop()
        self._set(before)
        return before, apart

    def _set(self, changes: Step) -> None:
        for key, choice in changes.items():
            if choice is None:
                self._now.pop(key, None)
            else:
                self._now[key] = choice

    def _append(self, entry: Mapping[str, object]) -> None:
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        try:
            with self.path.open("ab") as file:
                if file.tell() and not self._ends_whole():
                    line = b"\n" + line  # what a crash cut off stays a line of its own
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                f"the choice cannot be kept in {self.path}: {error.strerror}"
            ) from error

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _replay(self, line: bytes) -> None:
        """Repeat one line of an earlier run; what cannot be understood is left out."""
        try:
            entry = json.loads(line)
            if entry.get("undo"):
                if self._undo:
                    self._undo_last()
                return
            step = entry["step"]
            apart = tuple((str(a), str(b)) for a, b in entry.get("apart", ()))
            self._do({str(k): None if c is None else Choice(c) for k, c in step.items()}, apart)
        except (ValueError, KeyError, AttributeError, TypeError):
            return
