"""What a journal may ask for: only what copyfind itself does. Told from the words alone.

A journal, or the manifest in a quarantine, may have come with a stick, a share or a catalog that
somebody gave away. Undoing it, and ending what it calls cut off, would rename and remove what it
names; so each operation in it has to be one that copyfind makes. Then a file goes back only from a
quarantine to a place below the folder that the quarantine lies in, under the name it has there; a
name is unlinked only if it is one of ours, or a note of the trash; a folder is removed only above
those. What the bytes must be is looked at when a step is taken.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from copyfind.cleanup.operation import (
    FORWARD,
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
from copyfind.cleanup.quarantine import MANIFEST, NAME, room_of
from copyfind.paths import below
from copyfind.plans import LINKS, ActionKind, PlannedFile
from copyfind.units.hidden import may_be_put_back

_OWN_NAME = re.compile(rb"\.copyfind-[0-9a-f]{16}\.(new|old)")
_BIN = re.compile(rb"Trash|\.Trash-\d+")
_SHARED_BIN = re.compile(rb"\.Trash/\d+\Z")
_NOTE_BEGINS = b"[Trash Info]\nPath="


def why_no_authority(
    operations: Mapping[int, Operation], *, path: bytes, at_home: bool
) -> str | None:
    """Why these operations cannot be copyfind's own, in words for people; None if they can.

    path: of the journal that announces them. at_home: it lies in the folder of a catalog's
    journals. A manifest speaks only of what lies beside it, wherever its volume was mounted then
    (`homes`), and no journal from elsewhere of more than a quarantine.
    """
    beside = b""  # the folder of the run, under the path that it had
    for number, operation in sorted(operations.items()):
        if reason := why_odd(operation, operations):
            return f"its operation {number} {reason}"
        if at_home or operation.purpose not in FORWARD:
            continue
        if operation.kind is not ActionKind.QUARANTINE:
            return (
                f"its operation {number} is of the kind {operation.kind.value}, which is only "
                "undone by the journal beside its catalog: name that with --catalog"
            )
        for move in _moves(operation.steps):
            run_folder = folder_of(room_of(move.to) or b"")
            beside = beside or run_folder
            same = os.path.basename(run_folder) == os.path.basename(folder_of(path))
            if is_manifest(path) and (run_folder != beside or not same):
                return f"its operation {number} is about a file that does not lie beside it"
    return None


def why_odd(operation: Operation, known: Mapping[int, Operation]) -> str | None:
    """Why an operation is none of copyfind's, in words; None if it is. known: those of its
    journal."""
    return next(_odd(operation, known), None)


def is_manifest(path: bytes) -> bool:
    """Whether a journal is the manifest of a run in a quarantine."""
    run_folder = folder_of(path)
    names = os.path.basename(path), os.path.basename(folder_of(run_folder))
    return names == (MANIFEST, NAME)


def is_own_name(path: bytes, suffix: bytes, *, beside: bytes) -> bool:
    """Whether a name is one that lives as long as an operation, in the folder of another file."""
    match = _OWN_NAME.fullmatch(os.path.basename(path))
    return match is not None and match[1] == suffix and folder_of(path) == folder_of(beside)


def _odd(operation: Operation, known: Mapping[int, Operation]) -> Iterator[str]:
    """What about an operation is nothing that copyfind does."""
    paths = [*_paths(operation), *operation.folders]
    if not all(os.path.isabs(p) and os.path.normpath(p) == p and b"\0" not in p for p in paths):
        yield "names a path that is not absolute and plain"
    places = [step.to for step in operation.steps if isinstance(step, Move)]
    places += [step.path for step in operation.steps if isinstance(step, Make)]
    if not all(any(_is_above(f, place) for place in places) for f in operation.folders):
        yield "makes a folder in which it puts nothing"
    if operation.purpose in FORWARD:
        shape = _SHAPES[operation.purpose, operation.kind]
        if operation.of is not None or not shape(operation, operation.steps):
            yield "is nothing that copyfind does"
        if not all(map(may_be_put_back, _given_back(operation))):
            yield "would put a hidden file somewhere that is no picture"
        return
    of = known.get(operation.of or 0)
    if of is None or of.purpose not in FORWARD or of.number >= operation.number:
        yield "is about none before it"
    elif (operation.kind, operation.file, operation.keeper) != (of.kind, of.file, of.keeper):
        yield "is about another file than it says"
    elif not (
        _is_undo(operation, of) if operation.purpose is Purpose.UNDO else _is_empty(operation, of)
    ):
        yield "is not the way back of what was done"


def _given_back(operation: Operation) -> Iterator[bytes]:
    """The places that files get when it is taken back, or cut off."""
    for step in operation.steps:
        if isinstance(step, Move):
            yield step.file.path
        if isinstance(step, Move | Place) and operation.kind is ActionKind.MOVE:
            yield step.to


def _is_above(folder: bytes, path: bytes) -> bool:
    low, high = below(folder)
    return low <= path < high


def _moves(steps: Sequence[Step]) -> list[Move]:
    return [step for step in steps if isinstance(step, Move)]


def _paths(operation: Operation) -> Iterator[bytes]:
    """Every path that an operation names."""
    yield operation.file.path
    yield operation.keeper.path
    for step in operation.steps:
        match step:
            case Move():
                yield from (step.file.path, step.to)
            case Make():
                yield from (step.path, *([step.source.path] if step.source else []))
            case Place():
                yield from (step.made.path, step.to)
            case Remove():
                yield from (step.path, step.file.path, step.held_by.path)
            case Throw():
                yield step.file.path


# What apply does, one shape a kind of action


def _is_of(operation: Operation, steps: Sequence[Step]) -> bool:
    """Whether all steps are moves of files, the operation's own first."""
    moves = _moves(steps)
    return (
        len(moves) == len(steps) > 0
        and moves[0].file == operation.file
        and all(move.link is None and move.file.path != move.to for move in moves)
    )


def _is_set_aside(move: Move) -> bool:
    """Whether a move is one into a quarantine above its file, under the name that the file has."""
    room = room_of(move.to)
    if room is None or os.path.basename(move.to) != os.path.basename(move.file.path):
        return False
    return _is_above(folder_of(folder_of(folder_of(room))), move.file.path)


def _quarantines(operation: Operation, steps: Sequence[Step]) -> bool:
    return _is_of(operation, steps) and all(map(_is_set_aside, _moves(steps)))


def _trashes(operation: Operation, steps: Sequence[Step]) -> bool:
    if steps == (Throw(operation.file),):
        return True
    notes, moves = steps[::2], _moves(steps[1::2])
    return (
        len(steps) == 2 * len(moves)
        and _is_of(operation, moves)
        and all(isinstance(n, Make) and _is_note(n, m) for n, m in zip(notes, moves, strict=True))
    )


def _is_note(note: Make, move: Move) -> bool:
    """Whether a note is what the trash wants beside the file that is moved there."""
    files, name = os.path.split(move.to)
    bin_ = folder_of(files)
    if not _BIN.fullmatch(os.path.basename(bin_)) and not _SHARED_BIN.search(bin_):
        return False
    where = os.path.join(bin_, b"info", name + b".trashinfo")
    if note.how is not How.NOTE or note.path != where or os.path.basename(files) != b"files":
        return False
    said, _, _ = note.text.removeprefix(_NOTE_BEGINS).partition(b"\n")
    place = os.path.join(b"/", unquote_to_bytes(said))
    return note.text.startswith(_NOTE_BEGINS) and move.file.path.endswith(place)


def _links(operation: Operation, steps: Sequence[Step]) -> bool:
    how = How(operation.kind.value)
    return _replaces(steps, operation.file.path, operation.keeper, how) and (
        _moves(steps)[0].file == operation.file and _moves(steps)[0].link is None
    )


def _replaces(steps: Sequence[Step], path: bytes, keeper: PlannedFile, how: How) -> bool:
    """Whether the steps put something made of the keeper in the place of a file."""
    match steps:
        case (Make() as made, Move() as aside, Place() as place, Remove() as remove):
            target = os.path.join(folder_of(path), made.target or keeper.path)
            return (
                (made.how, place.made, place.to, aside.file.path) == (how, made, path, path)
                and is_own_name(made.path, b"new", beside=path)
                and _is_same(made.source, keeper)
                and os.path.normpath(target) == keeper.path
                and _is_removal(aside, remove, keeper)
            )
    return False


def _is_removal(aside: Move, remove: Remove, keeper: PlannedFile) -> bool:
    """Whether what is removed was set aside right before, beside its place."""
    return (
        is_own_name(aside.to, b"old", beside=aside.file.path)
        and (remove.path, remove.file, remove.link) == (aside.to, aside.file, aside.link)
        and _is_same(remove.held_by, keeper)
    )


def _is_same(file: PlannedFile | None, other: PlannedFile) -> bool:
    """Whether two are one file; the numbers of volumes and files change, the bytes do not."""
    return file is not None and (file.path, file.sha256) == (other.path, other.sha256)


def _deletes(operation: Operation, steps: Sequence[Step]) -> bool:
    match steps:
        case (Move() as aside, Remove() as remove):
            return aside.file == operation.file and _is_removal(aside, remove, operation.keeper)
    return False


def _annotates(operation: Operation, steps: Sequence[Step]) -> bool:
    path = operation.file.path
    if len(steps) not in (2, 3) or not path.lower().endswith(b".xmp"):
        return False
    made, *aside, place = steps
    return (
        isinstance(made, Make)
        and (made.how, place) == (How.NOTE, Place(made, path))
        and is_own_name(made.path, b"new", beside=path)
        and all(
            isinstance(move, Move) and move.file == operation.file and _is_set_aside(move)
            for move in aside
        )
    )


_Shape = Callable[[Operation, Sequence[Step]], bool]


def _never(operation: Operation, steps: Sequence[Step]) -> bool:
    del operation, steps
    return False


_SHAPES: Mapping[tuple[Purpose, ActionKind], _Shape] = {
    **{(Purpose.ANNOTATE, kind): _never for kind in ActionKind},
    **{(Purpose.APPLY, kind): _links for kind in LINKS},
    (Purpose.APPLY, ActionKind.QUARANTINE): _quarantines,
    (Purpose.APPLY, ActionKind.MOVE): _is_of,
    (Purpose.APPLY, ActionKind.TRASH): _trashes,
    (Purpose.APPLY, ActionKind.DELETE): _deletes,
    (Purpose.ANNOTATE, ActionKind.QUARANTINE): _annotates,
}


# And the ways back


def _is_undo(operation: Operation, of: Operation) -> bool:
    steps = operation.steps
    if of.kind is ActionKind.REFLINK and not steps:
        return True
    if of.kind in LINKS:
        return _replaces(steps, of.file.path, of.keeper, How.COPY)
    done = {(m.to, m.file.path, m.file.sha256) for m in _moves(of.steps)}
    if of.purpose is Purpose.ANNOTATE:
        match steps:
            case (Move() as aside, *between, Remove() as remove):
                if aside.file.path != of.file.path or not _is_removal(
                    aside, remove, remove.held_by
                ):
                    return False
                steps = tuple(between)
            case _:
                return False
        if remove.held_by.path != of.keeper.path:
            return False
    moves = _moves(steps)
    back = {(m.file.path, m.to, m.file.sha256) for m in moves}
    return len(moves) == len(steps) and back <= done


def _is_empty(operation: Operation, of: Operation) -> bool:
    lie = {(m.to, m.file.sha256) for m in _moves(of.steps)}
    return of.kind is ActionKind.QUARANTINE and all(
        isinstance(step, Remove)
        and (step.path, step.file.sha256) in lie
        and step.link is None
        and _is_same(step.held_by, of.keeper)
        for step in operation.steps
    )
