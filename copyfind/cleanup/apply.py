"""Plan -> what happens: everything is looked at again, announced, done, told from what is there.

Why nothing can be lost is argued in `running`. Whatever does not fit leaves the rest of its
cluster as it is: nothing falls back to another action.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from copyfind.cleanup.annotating import is_written, why_not_write, writing
from copyfind.cleanup.arranging import Arranger
from copyfind.cleanup.checks import why_not
from copyfind.cleanup.faults import faults
from copyfind.cleanup.files import Files
from copyfind.cleanup.homes import at_home
from copyfind.cleanup.journal import Entry, Journal, State, already_cleared
from copyfind.cleanup.journals import Journals
from copyfind.cleanup.operation import Operation
from copyfind.cleanup.plan_file import plan_id
from copyfind.cleanup.reasons import Refused, in_plain_words
from copyfind.cleanup.running import Ended, run, settle, tidy
from copyfind.errors import PlanError
from copyfind.paths import shown
from copyfind.plans import Action, Plan, PlannedCluster
from copyfind.watch import NOBODY, Stage, Watch


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What clearing away needs beside a plan. trash: the folder of the user's own trash."""

    files: Files
    journals: Journals
    trash: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """A cluster in which nothing, or nothing more, was done, and the file that was the reason."""

    cluster: str
    path: bytes
    reason: str
    doubted: bytes | None = None  # a file that looks as it was, and holds other bytes


@dataclass(slots=True)
class Applied:
    """What one run of a plan did."""

    journal: Journal
    done: list[Action] = field(default_factory=list)
    annotated: int = 0  # sidecars of keepers that say more now
    already: int = 0  # files that an earlier run of the plan had cleared away
    skipped: list[Skipped] = field(default_factory=list)
    stranded: list[Skipped] = field(default_factory=list)  # not put back; the reason has the paths
    stopped: bool = False

    @property
    def size(self) -> int:
        """Bytes of everything that was cleared away."""
        return sum(action.size for action in self.done)

    @property
    def doubted(self) -> list[bytes]:
        """Files of which the catalog remembers other bytes than they hold."""
        return [skipped.doubted for skipped in self.skipped if skipped.doubted is not None]


def carry_out(plan: Plan, surroundings: Surroundings, *, watch: Watch = NOBODY) -> Applied:
    """Do what the plan says; may be stopped, killed and called again at any time.

    Raises PlanError for a plan that contradicts itself, CleanupError where the journal cannot be
    written, CatalogLocked where another copyfind clears away.
    """
    _refuse_faults(plan)
    journals = surroundings.journals
    with journals.locked("apply"):
        stranded = settle_all(surroundings, watch=watch)
        applied = Applied(journals.of_plan(plan_id(plan)), stranded=stranded)
        cleared = journals.cleared()
        total, size = sum(action.size for action in plan.actions), 0
        files = 0
        for cluster in plan.clusters:
            if watch.should_stop():
                applied.stopped = True
                break
            _apply_cluster(cluster, plan, cleared, surroundings, applied)
            files += len(cluster.actions)
            size += sum(action.size for action in cluster.actions)
            watch.show(Stage.CLEAR, files, len(plan.actions), size=size, total_size=total)
        return applied


def preview(plan: Plan, surroundings: Surroundings) -> Iterator[Operation | Skipped]:
    """The very operations that apply would run now, and what it would skip; nothing happens.
    Only the parts of names that nobody can know will be others."""
    _refuse_faults(plan)
    journal = surroundings.journals.of_plan(plan_id(plan))
    arranger = _arranger(plan, surroundings, journal)
    cleared = surroundings.journals.cleared()
    ahead = 0
    for cluster in plan.clusters:
        pending = [a for a in cluster.actions if not already_cleared(cleared, a.file)]
        objection = _objection(cluster, pending, plan, surroundings.files)
        if objection is not None:
            yield objection
            continue
        sidecar = cluster.sidecar
        if pending and sidecar is not None and not is_written(sidecar, surroundings.files):
            reason = why_not_write(sidecar, surroundings.files, protected=plan.protected)
            if reason:
                yield Skipped(cluster.id, sidecar.path, reason)
                continue
            keeper = pending[0].keeper
            yield from islice(writing(sidecar, keeper, cluster.id, arranger, ahead=ahead), 1)
            ahead += 1
        for action in pending:
            try:
                yield next(arranger.operations(action, cluster.id, ahead=ahead))
            except StopIteration:
                yield Skipped(cluster.id, action.file.path, _NO_PLACE)
                break
            except (OSError, Refused) as error:
                yield Skipped(cluster.id, action.file.path, in_plain_words(error))
                break
            ahead += 1


def settle_all(surroundings: Surroundings, *, watch: Watch = NOBODY) -> list[Skipped]:
    """End what a crash has cut off, in every journal that can be used, and tell of others; returns
    what could not be put back."""
    for left_out in surroundings.journals.left_out():
        watch.note(left_out.reason)
    journals = surroundings.journals.all()
    return [one for journal in journals for one in settle_journal(journal, surroundings.files)]


def settle_journal(journal: Journal, files: Files) -> list[Skipped]:
    """End what a crash has cut off in one journal; returns what could not be put back."""
    stranded = []
    for entry in journal.open_entries():
        operation = entry.operation
        home = at_home(operation, files, journal=journal.path, plan=journal.plan)
        ended = settle(entry, journal=journal, files=home)
        if ended.state is State.STRANDED:
            reason = ended.reason or "was cut off"
            stranded.append(Skipped(operation.cluster, home.today(operation.file.path), reason))
        if ended.state in (State.FAILED, State.STRANDED):
            tidy(operation, home)
    return stranded


_NO_PLACE = "there is no folder on its volume in which it could be quarantined"


def _refuse_faults(plan: Plan) -> None:
    for fault in faults(plan):
        raise PlanError(f"the plan is refused: {shown(fault.path)} {fault.reason}")


def _arranger(plan: Plan, surroundings: Surroundings, journal: Journal) -> Arranger:
    return Arranger(surroundings.files, journal, surroundings.trash, plan.protected)


def _apply_cluster(
    cluster: PlannedCluster,
    plan: Plan,
    cleared: dict[bytes, Entry],
    surroundings: Surroundings,
    applied: Applied,
) -> None:
    files = surroundings.files
    pending = [a for a in cluster.actions if not already_cleared(cleared, a.file)]
    applied.already += len(cluster.actions) - len(pending)
    skipped = None
    if len(pending) > 1:  # a single one is looked at right before it is done: that will do
        skipped = _objection(cluster, pending, plan, files)
    arranger = _arranger(plan, surroundings, applied.journal)
    if pending and cluster.sidecar is not None and skipped is None:
        skipped = _annotate(cluster, pending[0], plan, arranger, applied)
    for action in pending:
        skipped = skipped or _objection(cluster, [action], plan, files)
        if skipped is not None:
            break
        ended = _act(action, cluster.id, arranger)
        if ended.state is State.DONE:
            applied.done.append(action)
            continue
        skipped = Skipped(cluster.id, action.file.path, ended.reason or "failed")
        if ended.state is State.STRANDED:
            applied.stranded.append(skipped)
    if skipped is not None:
        applied.skipped.append(skipped)
        applied.journal.skipped(skipped.cluster, skipped.path, skipped.reason)


def _objection(
    cluster: PlannedCluster, actions: list[Action], plan: Plan, files: Files
) -> Skipped | None:
    for action in actions:
        if found := why_not(action, files, protected=plan.protected):
            return Skipped(cluster.id, action.file.path, found.reason, found.doubted)
        for other in _partners(action, plan):
            there = files.look(other.file.path)
            found = why_not(other, files, protected=plan.protected) if there else None
            if found:
                name = shown(other.file.path)
                reason = f"the other half of the pair, {name}, has to stay: {found.reason}"
                return Skipped(cluster.id, action.file.path, reason, found.doubted)
    return None


def _partners(action: Action, plan: Plan) -> list[Action]:
    return [a for a in plan.actions if a.file.path in action.partners] if action.partners else []


def _annotate(
    cluster: PlannedCluster, action: Action, plan: Plan, arranger: Arranger, applied: Applied
) -> Skipped | None:
    """Write what only the copies know beside the keeper, before they go; where that fails, they
    stay, and the reason is told."""
    sidecar, files = cluster.sidecar, arranger.files
    if sidecar is None or is_written(sidecar, files):
        return None
    if found := why_not(action, files, protected=plan.protected):
        return Skipped(cluster.id, sidecar.path, found.reason, found.doubted)
    reason = why_not_write(sidecar, files, protected=plan.protected)
    if reason is None:
        ended = _first(writing(sidecar, action.keeper, cluster.id, arranger), arranger)
        if ended.state is State.DONE:
            applied.annotated += 1
            return None
        reason = ended.reason
    return Skipped(cluster.id, sidecar.path, reason or "failed")


def _act(action: Action, cluster: str, arranger: Arranger) -> Ended:
    """Do one action, at the first place that its volume allows."""
    return _first(arranger.operations(action, cluster), arranger)


def _first(operations: Iterator[Operation], arranger: Arranger) -> Ended:
    """Run the first of several operations for one end that its volume allows."""
    ended = Ended(State.FAILED, _NO_PLACE)
    try:
        for operation in operations:
            ended = run(operation, journal=arranger.journal, files=arranger.files)
            if ended.state is not State.DONE:
                tidy(operation, arranger.files)
            # Between two mounts of one file system a rename is refused; further down it is not.
            if ended.error != errno.EXDEV or ended.state is State.STRANDED:
                break
    except (OSError, Refused) as error:  # while a place was made: nothing had begun
        return Ended(State.FAILED, in_plain_words(error))
    return ended
