"""A keeper's sidecar that says more: written under another name, then put in its place.

The version before is set aside in the quarantine and never overwritten; where there was none, none
can be lost. The picture itself is not touched.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from copyfind.cleanup.arranging import Arranger, missing_folders, own_name
from copyfind.cleanup.checks import STALE
from copyfind.cleanup.files import Dress, Files, Kind
from copyfind.cleanup.operation import How, Make, Move, Operation, Place, Purpose, Remove, Step
from copyfind.cleanup.quarantine import places
from copyfind.cleanup.reasons import Refused, in_plain_words
from copyfind.collection.libraries import untouchable
from copyfind.paths import below, shown
from copyfind.plans import ActionKind, PlannedFile, Sidecar
from copyfind.records import FoundFile


def is_written(sidecar: Sidecar, files: Files) -> bool:
    """Whether the new version of the sidecar is there, from an earlier run."""
    try:
        here = files.look(sidecar.path)
        same = here is not None and here.kind is Kind.FILE and here.size == len(sidecar.text)
        return same and files.read(sidecar.path) == sidecar.text
    except OSError:
        return False


def why_not_write(sidecar: Sidecar, files: Files, *, protected: Iterable[bytes] = ()) -> str | None:
    """Why the new version of the sidecar must not be written now, in words; None if it may."""
    try:
        return next(_objections(sidecar, files, tuple(protected)), None)
    except OSError as error:
        return f"cannot be read: {in_plain_words(error)}"


def _objections(sidecar: Sidecar, files: Files, protected: tuple[bytes, ...]) -> Iterator[str]:
    path, here = sidecar.path, files.look(sidecar.path)
    if any(low <= path < high for low, high in (below(files.resolve(f)) for f in protected)):
        yield "it lies in a protected folder"
    if reason := untouchable(path):
        yield reason
    if files.resolve(os.path.dirname(path)) != os.path.dirname(path):
        yield f"it is reached through a link now; {STALE}"
    if sidecar.before is None:
        if here is not None:
            yield f"there is a sidecar now; {STALE}"
        return
    if here is None or not here.is_as(sidecar.before):
        yield f"it has changed since the plan was made; {STALE}"
    elif files.digest(path) != sidecar.before.sha256:
        yield f"it holds other bytes than when the plan was made; {STALE}"


def writing(
    sidecar: Sidecar, keeper: PlannedFile, cluster: str, arranger: Arranger, *, ahead: int = 0
) -> Iterator[Operation]:
    """The operation that writes the sidecar, once for each place where the version before could
    be set aside. Raises OSError and Refused where there is none."""
    files, path = arranger.files, sidecar.path
    made = Make(How.NOTE, own_name(path, b"new"), dress=_dress(sidecar, keeper, files))
    made = replace(made, text=sidecar.text)
    number = arranger.journal.next_number + ahead

    def operation(*steps: Step) -> Operation:
        return Operation(
            number=number,
            purpose=Purpose.ANNOTATE,
            kind=ActionKind.QUARANTINE,  # of the version before
            cluster=cluster,
            file=sidecar.before or _to_be(sidecar),
            keeper=keeper,
            steps=steps,
            folders=missing_folders(steps, files),
        )

    if sidecar.before is None:
        yield operation(made, Place(made, path))
        return
    for place in places(path, files, protected=arranger.protected):
        run_folder = os.path.join(place, os.fsencode(arranger.journal.name))
        room = os.path.join(run_folder, str(number).encode())
        aside = Move(sidecar.before, os.path.join(room, os.path.basename(path)))
        yield operation(made, aside, Place(made, path))


def steps_back(done: Operation, files: Files) -> list[Step]:
    """The steps that take our version of a sidecar away, as long as it is ours, and put the one
    before in its place. Raises OSError and Refused."""
    (place,) = (step for step in done.steps if isinstance(step, Place))
    here = files.look(place.to)
    if here is None or here.kind is not Kind.FILE or files.read(place.to) != place.made.text:
        raise Refused(f"{shown(place.to)} has been changed since it was written")
    ours = here.planned(hashlib.sha256(place.made.text).digest())
    aside = own_name(place.to, b"old")
    steps: list[Step] = [Move(ours, aside)]
    for move in (step for step in done.steps if isinstance(step, Move)):
        there = files.look(move.to)
        if there is None or files.digest(move.to) != move.file.sha256:
            raise Refused(f"the version before is no longer at {shown(move.to)}")
        steps.append(Move(there.planned(move.file.sha256), move.file.path))
    kept = files.look(done.keeper.path)
    if kept is None or kept.kind is not Kind.FILE:
        raise Refused(f"its picture is gone: {shown(done.keeper.path)}")
    keeper = kept.planned(files.digest(done.keeper.path))
    return [*steps, Remove(aside, ours, keeper)]


def _dress(sidecar: Sidecar, keeper: PlannedFile, files: Files) -> Dress:
    """What the new version has beside its bytes: all that the version before has, or else the mode
    of the picture; the time is now."""
    dress = files.dress(sidecar.path if sidecar.before else keeper.path)
    now = time.time_ns()
    if sidecar.before is None:
        dress = replace(dress, mode=dress.mode & 0o666, attributes=())
    return replace(dress, atime_ns=now, mtime_ns=now)


def _to_be(sidecar: Sidecar) -> PlannedFile:
    digest = hashlib.sha256(sidecar.text).digest()
    return PlannedFile(FoundFile(sidecar.path, 0, 0, len(sidecar.text), 0), digest)
