"""All journals of a catalog: which can be used, which one is meant, and who may add to them now.

A journal with a damaged line, that others could have written, or that asks for what copyfind never
does (`authority`), is left out, alone: all others go on being used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from copyfind.cleanup.authority import is_manifest, why_no_authority
from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import (
    SUFFIX,
    Damaged,
    Entry,
    Journal,
    name_of,
    now,
    read_journal,
)
from copyfind.cleanup.operation import folder_of
from copyfind.cleanup.ours import why_not_ours
from copyfind.errors import CatalogLocked, CleanupError
from copyfind.paths import shown
from copyfind.private import lock_file, make_folder


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A journal that nothing is done with, and why; `damaged` where it seems to be our own."""

    path: bytes
    reason: str
    damaged: bool

    @property
    def name(self) -> str:
        """What people would call it."""
        return name_of(self.path)


class Journals:
    """All journals of a catalog."""

    def __init__(self, folder: bytes, files: Files) -> None:
        self._folder = folder
        self._files = files

    def all(self) -> list[Journal]:
        """All that can be used, the oldest first. Raises CleanupError where the folder is not ours
        or cannot be read."""
        return self._read()[0]

    def left_out(self) -> list[LeftOut]:
        """Those that cannot be used, by path. Raises CleanupError as `all` does."""
        return self._read()[1]

    def _read(self) -> tuple[list[Journal], list[LeftOut]]:
        try:
            found = self._files.look(self._folder)
            if found is not None and (reason := why_not_ours(self._folder, self._files)):
                raise CleanupError(f"the folder of journals {reason}; nothing was done")
            names = self._files.names(self._folder) if found else []
        except OSError as error:
            raise CleanupError(
                f"the journals in {shown(self._folder)} cannot be read ({error.strerror}); "
                "nothing was done"
            ) from error
        used: list[Journal] = []
        left: list[LeftOut] = []
        for name in names:
            if name.endswith(SUFFIX.encode()):
                path = os.path.join(self._folder, name)
                try:
                    used.append(self._own(path))
                except CleanupError as error:
                    left.append(LeftOut(path, str(error), isinstance(error, Damaged)))
        return sorted(used, key=lambda j: (j.made_at, j.path)), left

    def _own(self, path: bytes) -> Journal:
        """A journal of ours that asks for nothing that copyfind does not do. Raises CleanupError
        for others."""
        try:
            whose = [path, *([folder_of(path)] if is_manifest(path) else [])]
            reason = next(filter(None, (why_not_ours(one, self._files) for one in whose)), None)
        except OSError as error:
            raise CleanupError(f"{shown(path)} cannot be read: {error.strerror}") from error
        if reason is not None:
            raise CleanupError(f"the journal {reason}; nothing of it was done")
        journal = read_journal(path, self._files)
        reason = why_no_authority(
            {number: entry.operation for number, entry in journal.entries.items()},
            path=path,
            at_home=folder_of(path) == self._folder,
        )
        if reason is not None:
            raise CleanupError(
                f"{shown(path)} is damaged or not copyfind's own: {reason}; nothing of it was done"
            )
        return journal

    def named(self, name: str) -> Journal:
        """The one of that name in the list, or in a file: a quarantine's manifest is a journal too,
        and is read whatever is wrong with others.

        Raises CleanupError where there is none, or none that can be used.
        """
        path = Path(name).expanduser().absolute()
        if path.name != name and path.exists():
            return self._own(
                os.path.join(os.fsencode(path.parent.resolve()), os.fsencode(path.name))
            )
        used, left = self._read()
        for journal in used:
            if name == journal.name:
                return journal
        for one in left:
            if name == one.name:
                raise CleanupError(one.reason)
        if not path.exists():
            raise CleanupError(f"there is no journal {name!r}; list them with: copyfind journal")
        return self._own(os.fsencode(path))

    def of_plan(self, plan: str) -> Journal:
        """The journal of a plan: the one that exists, or a new one that is written with its first
        line. Raises CleanupError."""
        used, left = self._read()
        for journal in used:
            if journal.plan == plan:
                return journal
        for one in left:
            if one.name.endswith(f"-{plan[:8]}"):
                raise CleanupError(one.reason)
        at = now()
        stamp = at.replace(":", "").replace("-", "").replace("T", "-")[:15]
        path = os.path.join(self._folder, f"{stamp}-{plan[:8]}{SUFFIX}".encode())
        return Journal(path, self._files, plan, at, torn=os.path.lexists(path))

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
            make_folder(folder)
            if reason := why_not_ours(self._folder, self._files):
                raise CleanupError(f"the folder of journals {reason}; nothing was done")
            lock = lock_file(folder / ".lock")
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
