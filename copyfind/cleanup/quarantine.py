"""Where a file waits until it is missed by nobody: a hidden folder on its own volume.

The folder is `.copyfind-quarantine` in the topmost folder of the volume in which we may write, so
that a volume has one; each run has a folder in it with a manifest, which repeats the journal's
lines: what lies there can be given back without the journal, by undoing the manifest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import timedelta

from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.operation import Operation, as_dict
from copyfind.cleanup.ours import why_not_ours
from copyfind.paths import below

NAME = b".copyfind-quarantine"
MANIFEST = b"manifest.jsonl"


def places(path: bytes, files: Files, *, protected: Iterable[bytes] = ()) -> Iterator[bytes]:
    """Quarantine folders for a file, the best first; those further down are for volumes on which
    a rename to the top is refused, as between two mounts of one file system, or two drives of a
    pool. The volume is that of the folder: through an overlay, a file may have another device."""
    folder = os.path.dirname(path)
    here = files.look(folder)
    above: list[bytes] = []
    while here is not None:
        status = files.look(folder)
        if status is None or status.device != here.device:
            break
        above.append(folder)
        if folder == os.path.dirname(folder):
            break
        folder = os.path.dirname(folder)
    forbidden = [below(files.resolve(p)) for p in protected]
    for folder in reversed(above):
        place = os.path.join(folder, NAME)
        there = files.look(place)
        fits = there is None or (there.kind is Kind.FOLDER and there.device == here.device)  # type: ignore[union-attr] # nothing is above nothing
        guarded = any(low <= place < high for low, high in forbidden)
        if there is not None and why_not_ours(place, files) is not None:
            continue  # others could take away, or change, what is put there
        if fits and not guarded and files.may_write_in(folder if there is None else place):
            yield place


def note_in_manifest(run_folder: bytes, operation: Operation, header: bytes, files: Files) -> None:
    """Say in the manifest of a run what will lie beside it, before it does."""
    path = os.path.join(run_folder, MANIFEST)
    line = json.dumps({"event": "begin", "at": "", "operation": as_dict(operation)}) + "\n"
    new = files.look(path) is None
    # A line that a crash has torn must not swallow this one; an empty line is passed over.
    files.append(path, (header if new else b"\n") + line.encode())
    if new:
        files.sync_folder(run_folder)


def room_of(path: bytes) -> bytes | None:
    """The folder of the operation that a path in a quarantine belongs to; None elsewhere."""
    separator = os.fsencode(os.sep)
    parts = path.split(separator)
    if NAME not in parts:
        return None
    at = len(parts) - 1 - parts[::-1].index(NAME)
    return separator.join(parts[: at + 3]) if len(parts) > at + 3 else None


def remove_manifest(room: bytes, files: Files) -> None:
    """Remove the manifest of a run of which nothing else is left, but for the empty folder of one
    operation."""
    run_folder = os.path.dirname(room)
    path = os.path.join(run_folder, MANIFEST)
    if files.look(path) is not None and files.names(run_folder) == [MANIFEST]:
        files.unlink(path)


def parse_age(text: str) -> timedelta:
    """'30d', '2w', '12h' -> how long; ValueError says what is understood."""
    units = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    number, unit = text[:-1], text[-1:].lower()
    if not number.isdecimal() or unit not in units:
        raise ValueError(f"{text!r} is not an age; write for example 30d, 2w or 12h")
    return int(number) * units[unit]
