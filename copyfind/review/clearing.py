"""From choices to a plan, and what becomes of it: shown, saved, rehearsed, applied, taken back.

All of it goes through `cleanup`, which looks at every file again. What is applied is the very plan
that was shown: where the choices have changed since, it is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Lock

from copyfind.cleanup.apply import Skipped, carry_out, preview
from copyfind.cleanup.faults import why_large
from copyfind.cleanup.journal import already_cleared
from copyfind.cleanup.plan import Wishes
from copyfind.cleanup.plan_file import plan_as_json, plan_id
from copyfind.cleanup.undo import undo_journal
from copyfind.errors import OutputError
from copyfind.paths import shown
from copyfind.plans import LINKS, ActionKind, Plan, PlannedFile
from copyfind.report.cards import Card
from copyfind.report.files import write_new
from copyfind.review.desk import Desk, Refusal
from copyfind.review.naming import NAMED, named
from copyfind.review.tools import Tools
from copyfind.watch import Progress, Watch

# What a page may do: nothing that cannot be undone, and nothing that needs a path from it.
KINDS = (ActionKind.QUARANTINE, ActionKind.TRASH, ActionKind.HARDLINK, ActionKind.REFLINK)
_NAMES = 100  # plan.json, plan-2.json, ...


class Clearing:
    """Makes one plan at a time of what is chosen, and carries it out; for several threads."""

    def __init__(self, desk: Desk, tools: Tools) -> None:
        self._desk = desk
        self._tools = tools
        self._plan: Plan | None = None
        self._chosen: frozenset[bytes] = frozenset()  # what the plan is of
        self._at_work = Lock()
        self._progress: Progress | None = None
        self.should_stop = Event()
        self._watch = Watch(on_progress=self._note, should_stop=self.should_stop.is_set)
        self.tell_the_desk()

    def plan(self, kind: str) -> Card:
        """Make the plan of what is chosen now, and tell what it would do."""
        if kind not in [known.value for known in KINDS]:
            raise Refusal(f"{kind!r} cannot be done from here")
        chosen = self._desk.going()
        findings = self._desk.findings
        wishes = Wishes(kind=ActionKind(kind), protected=findings.references)
        plan = self._tools.make(findings, chosen, wishes)
        self._plan, self._chosen = plan, chosen
        return {
            "plan": plan_id(plan),
            "kind": kind,
            "files": len(plan.actions),
            "companions": sum(len(action.companions) for action in plan.actions),
            "bytes": sum(action.size for action in plan.actions),
            "clusters": len(plan.clusters),
            "tiers": Counter(action.tier.value for action in plan.actions),
            "unusual": why_large(plan)[:NAMED],
            "loses": named([(a.file.path, ", ".join(a.loses)) for a in plan.actions if a.loses]),
            "left": named([(left.path, left.reason) for left in plan.left]),
        }

    def text(self, name: str) -> str:
        """The text of the plan as a file."""
        return plan_as_json(self._shown(name))

    def save(self, name: str) -> Card:
        """Write the plan to a new file; returns where that is. Raises OutputError."""
        text = self.text(name)
        for number in range(1, _NAMES):
            path = self._tools.folder / ("plan.json" if number == 1 else f"plan-{number}.json")
            if not path.exists():
                write_new(path, text)
                return {"path": shown(str(path).encode("utf-8", "surrogateescape"))}
        raise OutputError(f"there are {_NAMES} plans in {self._tools.folder} already")

    def rehearse(self, name: str) -> Card:
        """Look at every file as applying the plan would, and do nothing; returns what would be
        skipped."""
        plan = self._shown(name)
        told = list(preview(plan, self._tools.surroundings))
        skipped = [one for one in told if isinstance(one, Skipped)]
        return {
            "files": len(told) - len(skipped),
            "skipped": _skipped(skipped),
        }

    def apply(self, name: str) -> Card:
        """Do what the plan says, everything looked at again; returns what was done, and what was
        not."""
        plan = self._shown(name)
        with self._alone():
            applied = carry_out(plan, self._tools.surroundings, watch=self._watch)
            self._plan = None
            gone = [a.file.path for a in applied.done if a.kind not in LINKS]
            self._tools.tell(gone, (), applied.doubted)
        return {
            "files": len(applied.done),
            "bytes": applied.size,
            "already": applied.already,
            "skipped": _skipped([*applied.skipped, *applied.stranded]),
            "stopped": applied.stopped,
            "journal": applied.journal.name if applied.done else None,
            **self._desk.state(),
        }

    def take_back(self, name: str) -> Card:
        """Undo all that is in a journal of this catalog, by its name; returns what came back, and
        what did not."""
        journals = self._tools.surroundings.journals.all()
        journal = next((one for one in journals if one.name == name), None)
        if journal is None:
            raise Refusal("there is no such journal here; list them with: copyfind journal")
        with self._alone():
            undone = undo_journal(journal, self._tools.surroundings, watch=self._watch)
            back = [one.file.path for one in undone.done if one.kind not in LINKS]
            self._tools.tell((), back, ())
        return {
            "files": len(undone.done),
            "skipped": _skipped(undone.failed),
            "stopped": undone.stopped,
            **self._desk.state(),
        }

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time; afterwards the desk knows what is away. Raises Refusal."""
        if not self._at_work.acquire(blocking=False):
            raise Refusal("files are being cleared away, or put back, already")
        try:
            yield
        finally:
            self._progress = None
            self.tell_the_desk()
            self._at_work.release()

    def progress(self) -> Card:
        """How far apply or undo is; zeros while neither runs."""
        now = self._progress
        return {"done": now.files if now else 0, "total": now.total_files if now else 0}

    def _note(self, progress: Progress) -> None:
        self._progress = progress

    def _shown(self, name: str) -> Plan:
        """The plan that was shown, if it still is what is chosen."""
        plan = self._plan
        if plan is None or plan_id(plan) != name:
            raise Refusal("the choices have changed since this plan was shown; look at it again")
        if self._desk.going() != self._chosen:
            raise Refusal("the choices have changed since this plan was shown; look at it again")
        return plan

    def tell_the_desk(self) -> None:
        """Tell the desk which files are away, by what the journals say."""
        cleared = self._tools.surroundings.journals.cleared()
        laid = self._desk.laid
        self._desk.cleared = frozenset(
            key
            for keys, cluster in zip(laid.keys, laid.findings.clusters, strict=True)
            for key, member in zip(keys, cluster.members, strict=True)
            if member.file.path in cleared
            and already_cleared(cleared, PlannedFile(member.file, member.content.sha256))
        )


def _skipped(skipped: Iterable[Skipped]) -> Card:
    return named([(one.path, one.reason) for one in skipped])
