"""Where the volumes of an operation are today: where they were, elsewhere, or away.

That something is not at a path says nothing while its volume is not there: the folder that a drive
was mounted at is empty then, or another drive is. So absence counts only where the volume is known
to be present; what cannot be told stays as it is, and is found when the volume is back.

A volume is known by its UUID (`collection.volumes`), and a quarantine by its manifest: the folder
of a run has a name that no other has.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress

from copyfind.cleanup.authority import is_manifest
from copyfind.cleanup.elsewhere import Elsewhere
from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.operation import Make, Move, Operation, Place, Remove, folder_of
from copyfind.cleanup.quarantine import MANIFEST, room_of
from copyfind.cleanup.reasons import in_plain_words
from copyfind.collection.volumes import Volume, mounts
from copyfind.paths import shown

# File systems of the kernel itself: no drive comes back as one of these.
_NO_DRIVES = frozenset(
    {
        *("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs"),
        *("tracefs", "bpf", "mqueue", "hugetlbfs", "pstore", "configfs", "autofs", "rpc_pipefs"),
        *("binfmt_misc", "fusectl", "efivarfs", "nsfs", "sockfs"),
    }
)


def volumes_of(operation: Operation, files: Files) -> tuple[Volume, ...]:
    """The volumes that an operation is about to change, as they are mounted now."""
    found: dict[bytes, Volume] = {}
    for folder in {folder_of(path) for path in _paths(operation)}:
        with suppress(OSError):  # the step itself will tell
            volume = files.volume(_existing(folder, files))
            found[volume.top] = volume
    return tuple(found[top] for top in sorted(found))


def at_home(operation: Operation, files: Files, *, journal: bytes, plan: str) -> Files:
    """The file system, with the volumes of an operation under the paths that they had.

    journal: the file that tells of the operation; a manifest tells by its own place where its
    quarantine is. plan: what that journal is of.
    """
    try:
        return _at_home(operation, files, journal, plan)
    except OSError:  # a drive that cannot be looked at is nowhere else
        return files


def _at_home(operation: Operation, files: Files, journal: bytes, plan: str) -> Files:
    run_folder = next(filter(None, map(_run_folder, _paths(operation))), None)
    if run_folder is not None and is_manifest(journal):
        return _with(files, run_folder, folder_of(files.resolve(journal)))
    for volume in operation.volumes:
        if volume.word is not None and not _is_there(volume, operation, files):
            for top in _tops():
                elsewhere = Elsewhere(files, was=volume.top, now=top)
                if _is_there(volume, operation, elsewhere):
                    files = elsewhere
                    break
    if run_folder is not None and files.look(run_folder) is None:
        was = recorded(run_folder, operation)
        found = _find_run(run_folder, plan, was.word if was else None, files)
        if found is not None:
            return _with(files, run_folder, found)
    return files


def why_away(path: bytes, operation: Operation, files: Files) -> str | None:
    """Why what is at a path, or that nothing is, says nothing of an operation that was done; None
    if its volume is there."""
    try:
        return _why_away(path, operation, files)
    except OSError as error:
        return f"its volume cannot be looked at: {in_plain_words(error)}"


def _why_away(path: bytes, operation: Operation, files: Files) -> str | None:
    folder, here = _existing(folder_of(path), files), files.look(path)
    was = recorded(path, operation)
    if was is None:  # an older copyfind noted no volumes
        known = files.look(folder)
        same = known is not None and known.device == operation.file.file.device
        if here is not None or (same and folder == folder_of(path)):
            return None
        return _may_be_away(files.today(folder_of(path)))
    now = files.volume(folder)
    if was.word is not None and now.word is not None:
        if was.word == now.word or (here is not None and isinstance(files, Elsewhere)):
            return None
        return f"its volume is not there: {shown(was.top)}; connect it and try again"
    if (now.top, now.kind) == (was.top, was.kind) and folder == folder_of(path):
        return None
    return None if here is not None and was.word == now.word else _may_be_away(was.top)


def why_unsettled(operation: Operation, files: Files) -> str | None:
    """Why it cannot be told how an operation stands that was cut off; None if it can."""
    try:
        return _why_unsettled(operation, files)
    except OSError as error:
        return f"its volume cannot be looked at: {in_plain_words(error)}"


def _why_unsettled(operation: Operation, files: Files) -> str | None:
    there = {path: files.look(path) is not None for path in _paths(operation)}
    asked = [path for path, found in there.items() if found]
    removed = [step.path for step in operation.steps if isinstance(step, Remove)]
    asked += [path for path in removed if not there[path]]
    for step in operation.steps:
        if isinstance(step, Move) and not (there[step.file.path] or there[step.to]):
            was = recorded(step.to, operation)
            if step.to not in removed and was is not None and was.word is None:
                return _may_be_away(was.top)
            asked += [step.file.path, step.to]
    return next(filter(None, (why_away(path, operation, files) for path in asked)), None)


def _may_be_away(top: bytes) -> str:
    return f"its volume may not be there: {shown(top)}; connect it and try again"


def _paths(operation: Operation) -> Iterator[bytes]:
    """The paths at which an operation changes something."""
    for step in operation.steps:
        match step:
            case Move():
                yield from (step.file.path, step.to)
            case Make():
                yield step.path
            case Place():
                yield step.to
            case Remove():
                yield step.path


def _existing(folder: bytes, files: Files) -> bytes:
    """The folder, or what is there of the way to it."""
    while folder != folder_of(folder):
        here = files.look(folder)
        if here is not None and here.kind is Kind.FOLDER:
            break
        folder = folder_of(folder)
    return folder


def recorded(path: bytes, operation: Operation) -> Volume | None:
    """The volume that a path was on."""
    above = [volume for volume in operation.volumes if _is_below(volume.top, path)]
    return max(above, key=lambda volume: len(volume.top), default=None)


def _is_below(top: bytes, path: bytes) -> bool:
    return path.startswith(os.path.join(top, b""))


def _is_there(volume: Volume, operation: Operation, files: Files) -> bool:
    """Whether a volume is at the top that it had; of btrfs, each subvolume has a word."""
    inside = (path for path in _paths(operation) if _is_below(volume.top, path))
    folder = next((_existing(folder_of(path), files) for path in inside), volume.top)
    try:
        return any(files.volume(one).word == volume.word for one in (folder, volume.top))
    except OSError:
        return False


def _tops() -> list[bytes]:
    """Where a drive may be mounted, the newest first."""
    return [mount.top for mount in reversed(mounts()) if mount.kind not in _NO_DRIVES]


def _run_folder(path: bytes) -> bytes | None:
    room = room_of(path)
    return None if room is None else folder_of(room)


def _with(files: Files, was: bytes, now: bytes) -> Files:
    """The file system with the folder of a run that is elsewhere now, and with it the folders above
    that were renamed or mounted elsewhere."""
    old, new = was.split(b"/"), now.split(b"/")
    if old == new:
        return files
    while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
        del old[-1], new[-1]
    return Elsewhere(files, was=b"/".join(old) or b"/", now=b"/".join(new) or b"/")


def _find_run(run_folder: bytes, plan: str, word: str | None, files: Files) -> bytes | None:
    """Where the folder of a run in a quarantine is now, on whatever is mounted, if that can only be
    one. word: of the volume that it is on; a copy of all of it on another one is not meant."""
    parts = run_folder.lstrip(b"/").split(b"/")
    found: dict[object, bytes] = {}
    for top in _tops():
        for start in range(len(parts) - 1):  # at least the quarantine and the run
            path = os.path.join(top, *parts[start:])
            here = files.look(path)
            if here is None or not _is_of(os.path.join(path, MANIFEST), plan, files):
                continue
            if word is None or files.volume(path).word in (None, word):
                found.setdefault(here.identity, path)
    return next(iter(found.values())) if len(found) == 1 else None


def _is_of(manifest: bytes, plan: str, files: Files) -> bool:
    try:
        header, _, _ = files.read(manifest).partition(b"\n")
        return bool(json.loads(header)["plan"] == plan)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False
