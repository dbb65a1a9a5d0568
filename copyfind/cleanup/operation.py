"""An operation: the steps that clear one file away or give it back, as the journal keeps them.

All names are known before anything happens, so that after a crash the file system alone tells
which steps were taken.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from copyfind.cleanup.files import Dress
from copyfind.collection.volumes import Volume
from copyfind.plans import ActionKind, PlannedFile
from copyfind.records import FoundFile


@dataclass(frozen=True, slots=True)
class Move:
    """Rename a file, never over another. What arrives must be the file that was meant.

    A symlink of ours may be moved too: then `link` is where it points, and the hash is empty.
    """

    file: PlannedFile
    to: bytes
    link: bytes | None = None


class How(StrEnum):
    """What a new name is made of."""

    HARDLINK = "hardlink"
    REFLINK = "reflink"
    SYMLINK = "symlink"
    COPY = "copy"
    NOTE = "note"  # a small text, such as the trash wants beside a file


@dataclass(frozen=True, slots=True)
class Make:
    """Make a new name, of our own choice. Only NOTE has a text, the others a source."""

    how: How
    path: bytes
    source: PlannedFile | None = None
    target: bytes | None = None  # only SYMLINK: what it points to
    dress: Dress | None = None  # what it gets beside bytes, where it is a file of its own
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Place:
    """Give what was made the name that the original has left."""

    made: Make
    to: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove what was set aside: only while `held_by` is another file that holds the picture."""

    path: bytes
    file: PlannedFile
    held_by: PlannedFile
    link: bytes | None = None  # it is a symlink of ours


@dataclass(frozen=True, slots=True)
class Throw:
    """Give a file to a trash that does not say where it keeps it."""

    file: PlannedFile


Step = Move | Make | Place | Remove | Throw


class Purpose(StrEnum):
    """Why an operation is done."""

    APPLY = "apply"
    ANNOTATE = "annotate"  # nothing goes: the keeper's sidecar says more afterwards
    UNDO = "undo"
    EMPTY = "empty"


FORWARD = frozenset({Purpose.APPLY, Purpose.ANNOTATE})  # what undo takes back


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it was before an operation."""

    path: bytes
    inode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The way of one file and of what travels with it; done whole or not at all."""

    number: int  # within its journal
    purpose: Purpose
    kind: ActionKind
    cluster: str
    file: PlannedFile
    keeper: PlannedFile
    steps: tuple[Step, ...]
    folders: tuple[bytes, ...] = ()  # made for it, the topmost first: there were none
    dress: Dress | None = None  # of the file, where only the journal will know it
    of: int | None = None  # UNDO, EMPTY: the operation this one is about
    volumes: tuple[Volume, ...] = ()  # that it changes, as they were mounted; none of old journals
    around: tuple[Folder, ...] = ()  # in which it changes names, and those above; likewise


def folder_of(path: bytes) -> bytes:
    """The folder that a path lies in."""
    return os.path.dirname(path)


def in_words(step: Step) -> tuple[str, tuple[bytes, ...]]:
    """A step as a dry run prints it: what, and the paths."""
    match step:
        case Move():
            return "rename", (step.file.path, step.to)
        case Make(how=How.NOTE):
            return "write", (step.path,)
        case Make(source=PlannedFile() as source):
            return f"make a {step.how.value} of", (source.path, step.path)
        case Place():
            return "rename", (step.made.path, step.to)
        case Remove():
            return "remove", (step.path,)
        case Throw():
            return "trash", (step.file.path,)
    raise AssertionError(f"unreachable: {step}")


# Between records and JSON. Names that are not UTF-8 become lone surrogates, which JSON written in
# ASCII keeps.


def as_dict(operation: Operation) -> dict[str, Any]:
    """The operation as JSON has it in a line of the journal."""
    known: dict[str, Any] = {
        "number": operation.number,
        "purpose": operation.purpose.value,
        "kind": operation.kind.value,
        "cluster": operation.cluster,
        "file": _file(operation.file),
        "keeper": _file(operation.keeper),
        "steps": [_step(step) for step in operation.steps],
        "folders": [_text(folder) for folder in operation.folders],
        "dress": _dress(operation.dress),
        "of": operation.of,
    }
    if operation.volumes:
        known["volumes"] = [
            {"top": _text(one.top), "kind": one.kind, "word": one.word} for one in operation.volumes
        ]
    if operation.around:
        known["around"] = [
            {"path": _text(one.path), "inode": one.inode, "mtime_ns": one.mtime_ns}
            for one in operation.around
        ]
    return known


def from_dict(known: Any) -> Operation:
    """The operation in a line of the journal; KeyError, TypeError or ValueError for what is
    none."""
    return Operation(
        number=int(known["number"]),
        purpose=Purpose(known["purpose"]),
        kind=ActionKind(known["kind"]),
        cluster=str(known["cluster"]),
        file=_to_file(known["file"]),
        keeper=_to_file(known["keeper"]),
        steps=tuple(_to_step(step) for step in known["steps"]),
        folders=tuple(_path(folder) for folder in known["folders"]),
        dress=_to_dress(known["dress"]),
        of=None if known["of"] is None else int(known["of"]),
        volumes=tuple(_to_volume(volume) for volume in known.get("volumes", ())),
        around=tuple(
            Folder(_path(one["path"]), int(one["inode"]), int(one["mtime_ns"]))
            for one in known.get("around", ())
        ),
    )


def _step(step: Step) -> dict[str, Any]:
    match step:
        case Move():
            return {
                "step": "move",
                "file": _file(step.file),
                "to": _text(step.to),
                "link": _text(step.link),
            }
        case Make():
            return {"step": "make"} | _make(step)
        case Place():
            return {"step": "place", "made": _make(step.made), "to": _text(step.to)}
        case Remove():
            return {
                "step": "remove",
                "path": _text(step.path),
                "file": _file(step.file),
                "held_by": _file(step.held_by),
                "link": _text(step.link),
            }
        case Throw():
            return {"step": "throw", "file": _file(step.file)}


def _to_step(known: Any) -> Step:
    match known["step"]:
        case "move":
            return Move(_to_file(known["file"]), _path(known["to"]), _to_path(known["link"]))
        case "make":
            return _to_make(known)
        case "place":
            return Place(_to_make(known["made"]), _path(known["to"]))
        case "remove":
            return Remove(
                _path(known["path"]),
                _to_file(known["file"]),
                _to_file(known["held_by"]),
                _to_path(known["link"]),
            )
        case "throw":
            return Throw(_to_file(known["file"]))
    raise ValueError(f"no such step: {known['step']}")


def _make(make: Make) -> dict[str, Any]:
    return {
        "how": make.how.value,
        "path": _text(make.path),
        "source": _file(make.source) if make.source else None,
        "target": _text(make.target),
        "dress": _dress(make.dress),
        "text": base64.b64encode(make.text).decode(),
    }


def _to_make(known: Any) -> Make:
    return Make(
        How(known["how"]),
        _path(known["path"]),
        _to_file(known["source"]) if known["source"] else None,
        _to_path(known["target"]),
        _to_dress(known["dress"]),
        base64.b64decode(known["text"]),
    )


def _file(planned: PlannedFile) -> dict[str, Any]:
    file = planned.file
    return {
        "path": _text(file.path),
        "device": file.device,
        "inode": file.inode,
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "sha256": planned.sha256.hex(),
    }


def _to_file(known: Any) -> PlannedFile:
    numbers = (int(known[name]) for name in ("device", "inode", "size", "mtime_ns"))
    return PlannedFile(FoundFile(_path(known["path"]), *numbers), bytes.fromhex(known["sha256"]))


def _to_volume(known: Any) -> Volume:
    word = known["word"]
    return Volume(_path(known["top"]), str(known["kind"]), None if word is None else str(word))


def _dress(dress: Dress | None) -> dict[str, Any] | None:
    if dress is None:
        return None
    return {
        "mode": dress.mode,
        "owner": list(dress.owner),
        "atime_ns": dress.atime_ns,
        "mtime_ns": dress.mtime_ns,
        "attributes": {n: base64.b64encode(value).decode() for n, value in dress.attributes},
    }


def _to_dress(known: Any) -> Dress | None:
    if known is None:
        return None
    user, group = known["owner"]
    return Dress(
        int(known["mode"]),
        (int(user), int(group)),
        int(known["atime_ns"]),
        int(known["mtime_ns"]),
        tuple((name, base64.b64decode(v)) for name, v in known["attributes"].items()),
    )


def _text(path: bytes | None) -> str | None:
    return None if path is None else os.fsdecode(path)


def _path(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError("not a path")
    return os.fsencode(text)


def _to_path(text: Any) -> bytes | None:
    return None if text is None else _path(text)
