"""Plan, apply and undo as a program calls them: told of a plan or a catalog, and of nothing else.

What happens is the work of `gathering`, `apply` and `undo`. Here are the real file system, the
journals beside the catalog and the user's own trash, and here the catalog learns what is gone.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from copyfind.cleanup.apply import Applied, Skipped, Surroundings, carry_out
from copyfind.cleanup.files import Files
from copyfind.cleanup.gathering import Maker, catalog_state
from copyfind.cleanup.journal import Journal
from copyfind.cleanup.journals import Journals, journals_folder
from copyfind.cleanup.operation import Move, folder_of
from copyfind.cleanup.ours import why_not_ours
from copyfind.cleanup.plan import Wishes
from copyfind.cleanup.plan_file import plan_as_json, plan_from_json, refuse_stale
from copyfind.cleanup.quarantine import room_of
from copyfind.cleanup.undo import last_undoable, undo_journal
from copyfind.collection.catalog import doubt_files, mark_files
from copyfind.collection.database import open_for_writing
from copyfind.errors import CatalogError, PlanError
from copyfind.paths import AnyPath, AnyPaths, all_encoded, as_path, encoded
from copyfind.plans import LINKS, Action, ActionKind, Plan
from copyfind.records import EXACT, Findings, Tier
from copyfind.report.files import write_new
from copyfind.version import VERSION
from copyfind.watch import NOBODY, Watch


@dataclass(frozen=True, slots=True)
class Cleared:
    """What applying a plan did; all of it is in the journal of that name."""

    journal: str
    done: tuple[Action, ...]
    already: int  # files that an earlier run of the plan had cleared away
    annotated: int  # sidecars of keepers that say more now
    skipped: tuple[Skipped, ...]  # clusters in which something had changed
    stranded: tuple[Skipped, ...]  # not put back after a failure; the reason has the paths
    quarantines: tuple[bytes, ...]  # folders in which files wait, of this run and earlier ones
    is_undoable: bool  # whether there is anything to take back
    stopped: bool  # before its end, as `watch` asked; the same plan goes on from there

    @property
    def size(self) -> int:
        """Bytes of everything that was cleared away."""
        return sum(action.size for action in self.done)


@dataclass(frozen=True, slots=True)
class Restored:
    """What an undo did with a journal; its name is None where there was nothing to undo."""

    journal: str | None
    done: tuple[bytes, ...] = ()  # paths that are back
    failed: tuple[Skipped, ...] = ()
    stopped: bool = False
    made: tuple[bytes, ...] = ()  # folders that were gone, and are there again


def make_plan(
    findings: Findings,
    *,
    action: ActionKind | None = None,
    to: AnyPath | None = None,
    tiers: Collection[Tier] = EXACT,
    protected: AnyPaths = (),
    merge_metadata: bool = False,
) -> Plan:
    """Plan what is to happen with the files that the findings call redundant; nothing happens yet.

    action: the quarantine by default, or a move where the folder `to` is named. tiers: ties that
    are reason enough, of those that are proven. protected: folders in which nothing happens, beside
    the references of the findings. merge_metadata: what only copies know gets into a sidecar of the
    file that is kept. Raises PlanError, CatalogError, and ValueError for a move without a place or
    a place without a move.
    """
    wishes = _wishes(findings, action, to, protected, merge_metadata=merge_metadata)
    maker, findings = _maker(findings)
    return maker.copies(findings, replace(wishes, tiers=tuple(tiers)))


def plan_of_choices(
    findings: Findings,
    redundant: Collection[bytes],
    *,
    action: ActionKind | None = None,
    to: AnyPath | None = None,
    merge_metadata: bool = False,
) -> Plan:
    """Plan that these files of the findings go, by path, as somebody has chosen; else as
    `make_plan`. One of each cluster stays, and what is only related does."""
    wishes = _wishes(findings, action, to, (), merge_metadata=merge_metadata)
    maker, findings = _maker(findings)
    return maker.choices(findings, redundant, wishes)


def _wishes(
    findings: Findings,
    action: ActionKind | None,
    to: AnyPath | None,
    protected: AnyPaths,
    *,
    merge_metadata: bool,
) -> Wishes:
    kind = action or (ActionKind.QUARANTINE if to is None else ActionKind.MOVE)
    if (kind is ActionKind.MOVE) != (to is not None):
        raise ValueError("a move, and nothing else, needs a folder to go to")
    return Wishes(
        kind=kind,
        to=None if to is None else encoded(to),
        protected=(*findings.references, *all_encoded(protected)),
        merge_metadata=merge_metadata,
    )


def _maker(findings: Findings) -> tuple[Maker, Findings]:
    """What makes plans of these findings, and they with their catalog's whole path."""
    catalog = Path(findings.catalog).absolute()
    return Maker(catalog, VERSION, Files()), replace(findings, catalog=str(catalog))


def write_plan(plan: Plan, path: AnyPath) -> None:
    """Write the plan to a new file, which people can read and change. Raises OutputError."""
    write_new(as_path(path), plan_as_json(plan), private=True)


def read_plan(path: AnyPath) -> Plan:
    """The plan in a file that `write_plan` made, with what people have changed in it since.

    Raises PlanError for what is no plan, was made by another version, was changed where it may not
    be, or belongs to others or can be written to by them.
    """
    path = as_path(path)
    try:
        real = os.path.realpath(encoded(path))
        reason = why_not_ours(real, Files()) if path.is_file() else None  # a pipe is the caller's
        text = path.read_bytes()
    except OSError as error:
        raise PlanError(f"{path} cannot be read: {error.strerror}") from None
    if reason is not None:
        raise PlanError(f"the plan {reason}")
    return plan_from_json(text, version=VERSION)


def apply_plan(plan: Plan, *, catalog: AnyPath | None = None, watch: Watch = NOBODY) -> Cleared:
    """Do what the plan says, each file and the one kept for it read again right before.

    A cluster in which anything has changed is skipped whole. May be stopped, killed and called
    again with the same plan. catalog: the plan's, where it has been moved. Raises PlanError for a
    plan that contradicts itself or is older than what the catalog knows, CatalogError, CleanupError
    where the journal cannot be written, CatalogLocked where another copyfind clears away.
    """
    where = Path(plan.catalog) if catalog is None else as_path(catalog).absolute()
    refuse_stale(plan, state=catalog_state(where))
    applied = carry_out(plan, surroundings(where), watch=watch)
    gone = [action.file.path for action in applied.done if action.kind not in LINKS]
    tell_catalog(where, gone=gone, doubted=applied.doubted, watch=watch)
    return _as_cleared(applied)


def undo(catalog: AnyPath, *, journal: AnyPath | None = None, watch: Watch = NOBODY) -> Restored:
    """Put files back where they were, byte for byte, with their times and modes.

    Nothing is overwritten. journal: the name of one, or its file, which may be the manifest in a
    quarantine; by default the last in which there is something to take back. May be stopped and
    called again. Raises CleanupError, and CatalogLocked where another copyfind clears away.
    """
    where = as_path(catalog).absolute()
    known = surroundings(where)
    named = None if journal is None else known.journals.named(os.fsdecode(journal))
    chosen = named or last_undoable(known)
    if chosen is None:
        return Restored(None)
    undone = undo_journal(chosen, known, watch=watch)
    back = [operation.file.path for operation in undone.done if operation.kind not in LINKS]
    if back:
        tell_catalog(where, back=back, watch=watch)
    return Restored(
        chosen.name,
        tuple(operation.file.path for operation in undone.done),
        tuple(undone.failed),
        undone.stopped,
        tuple(undone.made),
    )


def surroundings(catalog: Path) -> Surroundings:
    """The real file system, the journals of this catalog, the user's own trash: nothing where no
    home folder is known."""
    files = Files()
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    trash = os.fsencode(Path(data) / "Trash") if Path(data).is_absolute() else b""
    return Surroundings(files, Journals(journals_folder(catalog), files), trash)


def tell_catalog(
    catalog: Path,
    *,
    gone: Iterable[bytes] = (),
    back: Iterable[bytes] = (),
    doubted: Iterable[bytes] = (),
    watch: Watch = NOBODY,
) -> None:
    """Let the catalog know at once; where it cannot be written, the next index will see. doubted:
    files that hold other bytes than it remembers, which the next index reads again."""
    try:
        with open_for_writing(catalog, holder="apply", create=False) as db:
            mark_files(db, gone=gone, back=back)
            doubt_files(db, doubted)
    except CatalogError:
        watch.note("the catalog does not know of it yet; tell it with: copyfind index FOLDER")


def _as_cleared(applied: Applied) -> Cleared:
    journal = applied.journal
    return Cleared(
        journal=journal.name,
        done=tuple(applied.done),
        already=applied.already,
        annotated=applied.annotated,
        skipped=tuple(applied.skipped),
        stranded=tuple(applied.stranded),
        quarantines=_quarantines(journal),
        is_undoable=any(e.operation.kind is not ActionKind.DELETE for e in journal.holding()),
        stopped=applied.stopped,
    )


def _quarantines(journal: Journal) -> tuple[bytes, ...]:
    """The folders on each volume in which this journal's files lie."""
    steps = [step for entry in journal.holding() for step in entry.operation.steps]
    rooms = [room_of(step.to) for step in steps if isinstance(step, Move)]
    return tuple(sorted({folder_of(room) for room in rooms if room}))
