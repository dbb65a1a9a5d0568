"""Action -> operation: the exact steps and names, before anything happens."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copyfind.cleanup.checks import travelling
from copyfind.cleanup.destinations import companion_destination
from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import Journal
from copyfind.cleanup.links import replacement
from copyfind.cleanup.operation import (
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
from copyfind.cleanup.quarantine import places
from copyfind.cleanup.reasons import Refused
from copyfind.cleanup.trash import find_bin, keeps_its_place, names_in
from copyfind.paths import shown
from copyfind.plans import LINKS, Action, ActionKind, PlannedFile

_PREFIX = b".copyfind-"  # of names that live as long as an operation


@dataclass(frozen=True, slots=True)
class Arranger:
    """Makes operations; nothing happens yet.

    trash: the user's own trash folder. protected: nothing is written there.
    """

    files: Files
    journal: Journal
    trash: bytes
    protected: tuple[bytes, ...]

    def operations(self, action: Action, cluster: str, *, ahead: int = 0) -> Iterator[Operation]:
        """The operation that does the action, once for each place where its file could get, the
        best first. Raises OSError and Refused where there is none.

        ahead: how many operations would come before it.
        """
        if action.kind is ActionKind.QUARANTINE:
            yield from self._into_quarantine(action, cluster, ahead)
            return
        if action.kind is ActionKind.MOVE:
            steps = self._to_a_folder(action)
        elif action.kind is ActionKind.TRASH:
            steps = self._into_the_trash(action)
        elif action.kind in LINKS:
            steps = self._link(action)
        else:
            aside = own_name(action.file.path, b"old")
            steps = [Move(action.file, aside), Remove(aside, action.file, action.keeper)]
        yield self._operation(action, cluster, self.journal.next_number + ahead, steps)

    def _operation(self, action: Action, cluster: str, number: int, steps: list[Step]) -> Operation:
        return Operation(
            number=number,
            purpose=Purpose.APPLY,
            kind=action.kind,
            cluster=cluster,
            file=action.file,
            keeper=action.keeper,
            steps=tuple(steps),
            folders=missing_folders(steps, self.files),
            dress=self.files.dress(action.file.path) if action.kind in LINKS else None,
        )

    def _into_quarantine(self, action: Action, cluster: str, ahead: int) -> Iterator[Operation]:
        for place in places(action.file.path, self.files, protected=self.protected):
            number = self.journal.next_number + ahead
            run_folder = os.path.join(place, os.fsencode(self.journal.name))
            room = os.path.join(run_folder, str(number).encode())
            steps: list[Step] = []
            for index, file in enumerate(self._gone(action)):
                # What travels along lies in folders of its own: names may be the same.
                folder = os.path.join(room, str(index).encode()) if index else room
                steps.append(Move(file, os.path.join(folder, os.path.basename(file.path))))
            yield self._operation(action, cluster, number, steps)

    def _to_a_folder(self, action: Action) -> list[Step]:
        targets = [action.to]
        targets += [companion_destination(action, c) for c in travelling(action, self.files)]
        steps: list[Step] = []
        for file, to in zip(self._gone(action), targets, strict=True):
            if to is None:
                raise Refused("has no place to go to")
            if self.files.look(to) is not None:
                raise Refused(f"there is something already: {shown(to)}")
            steps.append(Move(file, to))
        return steps

    def _into_the_trash(self, action: Action) -> list[Step]:
        gone = self._gone(action)
        if not keeps_its_place():
            if len(gone) > 1:
                raise Refused("this trash cannot take what belongs to it along: quarantine it")
            return [Throw(action.file)]
        steps: list[Step] = []
        for file in gone:
            bin_ = find_bin(file.path, self.files, home=self.trash)
            place, note, text = names_in(bin_, file.path, secrets.token_hex(4))
            steps += [Make(How.NOTE, note, text=text), Move(file, place)]
        return steps

    def _link(self, action: Action) -> list[Step]:
        path = action.file.path
        aside = own_name(path, b"old")
        made = replacement(action, own_name(path, b"new"), self.files.dress(path))
        return [
            made,
            Move(action.file, aside),
            Place(made, path),
            Remove(aside, action.file, action.keeper),
        ]

    def _gone(self, action: Action) -> list[PlannedFile]:
        return [action.file, *(c.file for c in travelling(action, self.files))]


def missing_folders(steps: Sequence[Step], files: Files) -> tuple[bytes, ...]:
    """The folders that the steps need and that are not there, the topmost first."""
    missing: set[bytes] = set()
    for step in steps:
        match step:
            case Move():
                folder = folder_of(step.to)
            case Make():
                folder = folder_of(step.path)
            case _:
                continue
        while folder not in missing and files.look(folder) is None:
            missing.add(folder)
            folder = folder_of(folder)
    return tuple(sorted(missing, key=lambda folder: (len(folder), folder)))


def own_name(path: bytes, suffix: bytes) -> bytes:
    """A name beside a file that nobody else can know."""
    token = secrets.token_hex(8).encode()
    return os.path.join(folder_of(path), _PREFIX + token + b"." + suffix)
