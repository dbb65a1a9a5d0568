"""The folders around what is cleared away: their times, and whether they were renamed since.

A rename changes the time of two folders. Undo gives those back that nobody has changed meanwhile,
and leaves others as they are. A folder that was renamed is found by its number, where numbers last.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from copyfind.cleanup.files import Files, Kind, Seen
from copyfind.cleanup.homes import recorded
from copyfind.cleanup.operation import Folder, Make, Move, Operation, Place, folder_of
from copyfind.cleanup.quarantine import NAME
from copyfind.paths import shown

_COARSE = 2_000_000_000  # ns by which times of FAT are off


def folders_around(operation: Operation, files: Files) -> tuple[Folder, ...]:
    """The folders in which an operation is about to change names, and those above them on their
    volume, as they are now."""
    found: dict[bytes, Folder] = {}
    tops = {volume.top for volume in operation.volumes}
    for folder in _touched(operation):
        while folder not in found:
            here = _look(folder, files)
            if here is None or here.kind is not Kind.FOLDER:
                break
            found[folder] = Folder(folder, here.inode, here.mtime_ns)
            if folder in tops or folder == folder_of(folder):
                break
            folder = folder_of(folder)
    return tuple(found[path] for path in sorted(found))


def why_renamed(path: bytes, operation: Operation, files: Files) -> str | None:
    """Why a file does not go back, in words: a folder on its way has another name now."""
    missing = folder_of(path)
    if files.look(missing) is not None:
        return None
    while files.look(folder_of(missing)) is None:
        missing = folder_of(missing)
    volume = recorded(path, operation)
    numbers = {folder.path: folder.inode for folder in operation.around}
    if volume is None or not volume.keeps_numbers or missing not in numbers:
        return None
    for name in files.names(folder_of(missing)):
        now = os.path.join(folder_of(missing), name)
        here = files.look(now)
        if here is not None and here.kind is Kind.FOLDER and here.inode == numbers[missing]:
            return (
                f"its folder {shown(files.today(missing))} is called {shown(files.today(now))} "
                "now; rename it back, and undo again"
            )
    return None


@dataclass(slots=True)
class FolderTimes:
    """The times of folders over one undo; by where the folders are today."""

    before: dict[bytes, int | None] = field(default_factory=dict)  # None: it was gone
    then: dict[bytes, int] = field(default_factory=dict)  # before anything was cleared away
    until: dict[bytes, int] = field(default_factory=dict)  # what changed later was somebody else

    def look(self, operation: Operation, ended_at: str | None, files: Files) -> None:
        """Note how the folders are, before an operation is taken back."""
        for folder in _of(operation):
            path = files.today(folder.path)
            here = _look(folder.path, files)
            self.before.setdefault(path, here.mtime_ns if here else None)
            self.until[path] = max(self.until.get(path, 0), _in_ns(ended_at) + _COARSE)

    def is_back(self, operation: Operation, files: Files) -> None:
        """Note that an operation was taken back; the last one noted was the first to be done."""
        for folder in _of(operation):
            self.then[files.today(folder.path)] = folder.mtime_ns

    def give_back(self, files: Files) -> None:
        """Set the times, without complaint: some volumes keep none."""
        for path, then in self.then.items():
            before = self.before[path]
            changed = before is not None and before > self.until[path]
            wanted = before if changed and before is not None else then
            here = _look(path, files)
            # The top of a FAT volume has no time; a driver died of being told one.
            if here is not None and here.mtime_ns != wanted:
                with suppress(OSError):
                    files.set_time(path, wanted)


def _look(folder: bytes, files: Files) -> Seen | None:
    """What is there; nothing where that cannot be seen, as the steps will tell."""
    try:
        return files.look(folder)
    except OSError:
        return None


def _of(operation: Operation) -> Iterator[Folder]:
    """The folders in which it changed names, as it knew them."""
    touched = set(_touched(operation))
    return (folder for folder in operation.around if folder.path in touched)


def _touched(operation: Operation) -> Iterator[bytes]:
    """The folders in which it changes names, but for those of a quarantine, which are ours."""
    paths = list(operation.folders[:1])
    for step in operation.steps:
        match step:
            case Move():
                paths += [step.file.path, step.to]
            case Make():
                paths.append(step.path)
            case Place():
                paths.append(step.to)
    for path in paths:
        folder = folder_of(path)
        if folder not in operation.folders and NAME not in folder.split(os.fsencode(os.sep)):
            yield folder


def _in_ns(when: str | None) -> int:
    if not when:
        return 0
    with suppress(ValueError):
        return int(datetime.fromisoformat(when).timestamp() * 1e9)
    return 0
