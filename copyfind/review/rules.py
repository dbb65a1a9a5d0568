"""Rules that mark many files at once: first shown, then taken in one step that undo takes back.

Which member stays is the library's to say, and whether a file may go is the plan's: what no plan
would take, for its tier or for what belongs to it, is never marked, and likely copies never are.
What a person has decided stays as it is, and so do clusters where another picture is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from copyfind.cleanup.plan import Wishes
from copyfind.grouping.keeper import KeepRule
from copyfind.paths import lies_in, shown
from copyfind.plans import Action
from copyfind.records import EXACT, PROVEN, Cluster, Findings, Member, Role, Tier
from copyfind.report.cards import Card
from copyfind.review.choices import Choice
from copyfind.review.desk import Desk, Laid, Refusal
from copyfind.review.naming import named
from copyfind.review.tools import Tools
from copyfind.watch import NOBODY

KEEP_IN = "keep-in"  # what is in a folder stays, copies of it elsewhere go
CLEAR_IN = "clear-in"  # what is in a folder goes, where there is a copy elsewhere
_MAY_GO = (Role.KEEPER, Role.REDUNDANT)
_STAYS = (*_MAY_GO, Role.REFERENCE)  # what may hold the picture of another


@dataclass(frozen=True, slots=True)
class Rule:
    """What to mark. name: KEEP_IN, CLEAR_IN, or a KeepRule that decides which one stays. folders:
    for the first two. tiers: ties on which a file may go, of those that are proven."""

    name: str
    folders: tuple[bytes, ...] = ()
    tiers: tuple[Tier, ...] = EXACT

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        if self.name not in (KEEP_IN, CLEAR_IN, *KeepRule):
            raise Refusal(f"there is no rule called {self.name!r}")
        if (self.name in (KEEP_IN, CLEAR_IN)) != bool(self.folders):
            raise Refusal("this rule needs a folder")
        if not set(self.tiers) <= set(PROVEN):
            raise Refusal("only what is proven to be a copy is marked by a rule")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a rule would mark, as it was shown, and all that was decided then."""

    name: str
    step: Mapping[str, Choice]
    decided: Mapping[str, Choice]


class Rules:
    """Shows what one rule at a time would mark, and marks it."""

    def __init__(self, desk: Desk, tools: Tools) -> None:
        self._desk = desk
        self._tools = tools
        self._shown: _Shown | None = None

    def preview(self, rule: Rule, numbers: Iterable[int] | None) -> Card:
        """What a rule would mark in these clusters (None: in all), and what it would leave."""
        laid, decided = self._desk.laid, self._desk.decided()
        goes = self._wanted(rule, laid)
        places = range(len(laid.keys)) if numbers is None else set(numbers)
        wanted: dict[bytes, str] = {}
        scope: list[Cluster] = []
        for number in sorted(places):
            cluster, keys = laid.at(number)
            if cluster.id in decided or _is_taken(keys, decided):
                continue
            going = goes(cluster)
            for key, member in zip(keys, cluster.members, strict=True):
                free = key not in decided and key not in self._desk.cleared
                if free and member.role in _MAY_GO and member.file.path in going:
                    wanted[member.file.path] = key
            scope.append(cluster)
        findings = replace(laid.findings, clusters=tuple(scope))
        marked, reasons = self._drafted(findings, wanted, rule)
        step = _step(marked, wanted, laid, decided)
        name = hashlib.sha256(json.dumps(step, sort_keys=True).encode()).hexdigest()
        self._shown = _Shown(name, step, decided)
        return {
            "rule": name,
            **named([(a.file.path, f"{a.why}; kept: {shown(a.keeper.path)}") for a in marked]),
            "bytes": sum(action.file.file.size for action in marked),
            "clusters": len({laid.homes[wanted[a.file.path]] for a in marked}),
            "tiers": Counter(action.tier.value for action in marked),
            "kept": sum(choice is Choice.KEEP for choice in step.values()),
            "left": named(sorted(reasons.items())),
        }

    def apply(self, name: str) -> Card:
        """Mark what was shown under this name, in one step; returns the state after it."""
        known = self._shown
        if known is None or known.name != name or known.decided != self._desk.decided():
            raise Refusal("the choices have changed since this was shown; look at it again")
        self._shown = None
        return self._desk.take(known.step)

    def _wanted(self, rule: Rule, laid: Laid) -> Callable[[Cluster], Collection[bytes]]:
        """What tells which files of a cluster a rule wants to go, by path."""
        if rule.name in (KEEP_IN, CLEAR_IN):
            is_there = lies_in(rule.folders)
            inside_goes = rule.name == CLEAR_IN
            return lambda cluster: _parted(cluster, is_there, inside_goes=inside_goes)
        found = self._tools.find([KeepRule(rule.name)], NOBODY)
        redundant = {
            c.id: _paths(m for m in c.members if m.role is Role.REDUNDANT)
            for c in found.clusters
            if c.id in laid.numbers
        }
        return lambda cluster: redundant.get(cluster.id, ())

    def _drafted(
        self, findings: Findings, wanted: Collection[bytes], rule: Rule
    ) -> tuple[list[Action], dict[bytes, str]]:
        """The actions on as much of what is wanted as may go, beside all that is marked in these
        clusters; and why the rest stays."""
        here = {m.file.path for c in findings.clusters for m in c.members}
        before = self._desk.going() & here
        wishes = Wishes(protected=findings.references)
        going, reasons = set(wanted), dict[bytes, str]()
        while True:  # what stays for its tier may hold its partner back
            plan = self._tools.draft(findings, before | going, wishes)
            marked = [a for a in plan.actions if a.file.path in going and a.tier in rule.tiers]
            going = {action.file.path for action in marked}
            weak = {a.file.path: f"is {a.tier.value}" for a in plan.actions}
            left = weak | {left.path: left.reason for left in plan.left}
            stays = [path for path in wanted if path not in going and path not in reasons]
            if not stays:
                return marked, reasons
            reasons |= {path: left.get(path, "stays") for path in stays}


def _paths(members: Iterable[Member]) -> frozenset[bytes]:
    return frozenset(member.file.path for member in members)


def _parted(
    cluster: Cluster, is_there: Callable[[bytes], bool], *, inside_goes: bool
) -> Collection[bytes]:
    """The files of a cluster on one side of a folder's border, where the other side has one that
    may hold their picture."""
    proven = [m for m in cluster.members if m.role in _STAYS]
    inside = _paths(m for m in proven if is_there(m.file.path))
    outside = _paths(m for m in proven if not is_there(m.file.path))
    if not inside or not outside:
        return ()
    return inside if inside_goes else outside


def _is_taken(keys: Sequence[str], decided: Mapping[str, Choice]) -> bool:
    """Whether somebody keeps another one than is proposed: that cluster is theirs to finish."""
    return decided.get(keys[0], Choice.KEEP) is not Choice.KEEP or any(
        decided.get(key) is Choice.KEEP for key in keys[1:]
    )


def _step(
    marked: Sequence[Action],
    keys: Mapping[bytes, str],
    laid: Laid,
    decided: Mapping[str, Choice],
) -> dict[str, Choice]:
    """The marks, and who is kept in place of a keeper that goes."""
    step = {keys[action.file.path]: Choice.REDUNDANT for action in marked}
    for action in marked:
        number, place = laid.place(keys[action.file.path])
        if place == 0:
            cluster = laid.findings.clusters[number]
            held = next(
                n for n, m in enumerate(cluster.members) if m.file.path == action.keeper.path
            )
            key = laid.keys[number][held]
            if key not in decided and cluster.members[held].role in _MAY_GO:
                step[key] = Choice.KEEP
    return step
