"""Findings -> Plan: which files go, how, and which file holds the picture of each afterwards.

Pure: nothing is looked at and nothing happens. What a plan must be is said by `faults`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from copyfind.cleanup.destinations import common_folder, destination
from copyfind.cleanup.faults import faults, why_not_so
from copyfind.errors import PlanError
from copyfind.grouping.ties import Ties, why_kept
from copyfind.paths import below, shown
from copyfind.plans import (
    LINKS,
    Action,
    ActionKind,
    Belongings,
    Companion,
    LeftAlone,
    Plan,
    PlannedCluster,
    PlannedFile,
)
from copyfind.records import (
    EXACT,
    PROVEN,
    Cluster,
    Facts,
    Findings,
    Identity,
    Member,
    Role,
    Tier,
)

_NOTHING = Belongings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to happen with redundant files.

    tiers: ties that are reason enough. to: only for MOVE, the folder they get to. protected:
    folders in which nothing happens. belongings: what belongs to a file, by its path. passing:
    files that never hold the picture of another, and cannot go.
    """

    kind: ActionKind = ActionKind.QUARANTINE
    tiers: tuple[Tier, ...] = EXACT
    to: bytes | None = None
    protected: tuple[bytes, ...] = ()
    belongings: Mapping[bytes, Belongings] | None = None
    passing: Collection[bytes] = frozenset()  # files in read-only snapshots, gone one day
    merge_metadata: bool = False  # what only copies know is written to the keeper's sidecar


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plan comes from; `state` is what the catalog knew."""

    made_at: str
    version: str
    state: str


def plan_copies(findings: Findings, wishes: Wishes, origin: Origin) -> Plan:
    """What the findings call redundant goes, as far as the wishes reach. Raises PlanError."""
    return _plan(findings, wishes, origin, lambda member: member.role is Role.REDUNDANT)


def plan_choices(
    findings: Findings, redundant: Collection[bytes], wishes: Wishes, origin: Origin
) -> Plan:
    """What a person has chosen goes, by path, whatever the findings would keep; `near`, `edited`
    and `likely` need no other word. Each cluster keeps a file, or nothing of it goes, and what is
    only related (`series`, `unverified`) stays. Raises PlanError."""
    chosen = set(redundant)
    wishes = replace(wishes, tiers=(*PROVEN, Tier.LIKELY))
    return _plan(findings, wishes, origin, lambda member: member.file.path in chosen)


def _plan(
    findings: Findings, wishes: Wishes, origin: Origin, wanted: Callable[[Member], bool]
) -> Plan:
    deciding = _Deciding(wishes, common_folder(findings.roots))
    left: list[LeftAlone] = []
    clusters: list[PlannedCluster] = []
    for cluster in sorted(findings.clusters, key=lambda c: (c.keeper.file.path, c.id)):
        decided = list(deciding.of(cluster, [m for m in cluster.members if wanted(m)]))
        left += [one for one in decided if isinstance(one, LeftAlone)]
        actions = tuple(one for one in decided if isinstance(one, Action))
        if actions:
            reason = cluster.keeper.reason
            clusters.append(PlannedCluster(cluster.id, cluster.tier, reason, actions))
    plan = Plan(
        made_at=origin.made_at,
        version=origin.version,
        catalog=findings.catalog,
        catalog_state=origin.state,
        tiers=wishes.tiers,
        roots=findings.roots,
        protected=wishes.protected,
        files=findings.files,
        clusters=tuple(clusters),
        left=tuple(left),
    )
    plan = _consistent(plan)
    for fault in faults(plan):
        raise PlanError(f"no plan can be made: {shown(fault.path)}: {fault.reason}")
    return plan


@dataclass(frozen=True, slots=True)
class _Deciding:
    """Decides what happens to the files of one cluster by itself. base: the folder of all roots."""

    wishes: Wishes
    base: bytes

    def of(self, cluster: Cluster, goes: Sequence[Member]) -> Iterator[Action | LeftAlone]:
        """What happens to each of the members that are to go, or why it stays; whoever stays may
        hold the picture of the next."""
        ties = Ties(cluster)
        going = {member.file.path for member in goes}
        there = [member for member in cluster.members if member.file.path not in going]
        stays = [member for member in there if member.file.path not in self.wishes.passing]
        names = Counter(member.file.identity for member in cluster.members)
        for member in there:
            if self._is_held_back(member):
                yield LeftAlone(member.file.path, member.reason or "")
        for member in goes:
            decided = self._one(member, stays, ties, names)
            if isinstance(decided, LeftAlone) and member.file.path not in self.wishes.passing:
                stays.append(member)
            yield decided

    def _one(
        self, member: Member, stays: Sequence[Member], ties: Ties, names: Mapping[Identity, int]
    ) -> Action | LeftAlone:
        path = member.file.path
        if reason := self._why_it_stays(member, names):
            return LeftAlone(path, reason)
        keeper, tier = ties.strongest(member, stays, _enough(member, self.wishes.tiers))
        if keeper is None or tier is None:
            return LeftAlone(path, _too_weak(tier, stays))
        if reason := why_kept(member.content.facts, keeper.content.facts, tier):
            return LeftAlone(path, reason)
        action = self._action(member, keeper, tier)
        reason = next(why_not_so(action), None)
        return action if reason is None else LeftAlone(path, reason)

    def _is_held_back(self, member: Member) -> bool:
        """Whether it would go, but for what it holds beside its picture."""
        tier = member.evidence.tier if member.evidence else None
        return member.held_back and tier in self.wishes.tiers

    def _belongings(self, member: Member) -> Belongings:
        return (self.wishes.belongings or {}).get(member.file.path, _NOTHING)

    def _why_it_stays(self, member: Member, names: Mapping[Identity, int]) -> str | None:
        path = member.file.path
        if any(low <= path < high for low, high in map(below, self.wishes.protected)):
            return "lies in a protected folder"
        if path in self.wishes.passing:
            return "lies in a read-only snapshot"
        if member.role is Role.LINKED or names[member.file.identity] > 1:
            return "is one file with another member (a hard link); removing a name frees nothing"
        return self._belongings(member).blocked

    def _action(self, member: Member, keeper: Member, tier: Tier) -> Action:
        kind, to = self.wishes.kind, self.wishes.to
        # A link leaves the path as it is, and all that belongs to it where it is.
        belongings = _NOTHING if kind in LINKS else self._belongings(member)
        lost = () if kind in LINKS else _lost(member, keeper, belongings.loses)
        return Action(
            kind=kind,
            file=PlannedFile(member.file, member.content.sha256),
            keeper=PlannedFile(keeper.file, keeper.content.sha256),
            tier=tier,
            why=_why_it_goes(member, keeper, tier),
            to=destination(self.base, to, member.file.path)
            if to and kind is ActionKind.MOVE
            else None,
            companions=belongings.companions,
            partners=belongings.partners,
            loses=lost,
        )


def _enough(member: Member, tiers: Collection[Tier]) -> Collection[Tier]:
    """The ties on which a member may go: a likely one lets the likely copy go, never what is
    proven in its favour."""
    is_likely = member.evidence is not None and member.evidence.tier is Tier.LIKELY
    return [tier for tier in tiers if tier is not Tier.LIKELY or is_likely]


def _too_weak(tier: Tier | None, stays: Sequence[Member]) -> str:
    if not stays:
        return "is the last of its cluster"
    if tier is None or not tier.is_proven:
        return "nothing proves that a file that stays holds its picture"
    return f"is {tier}; name the tier to include it"


def _consistent(plan: Plan) -> Plan:
    """The plan without the actions that contradict others; their files stay, with the reason.

    Nothing goes that holds the picture of something else, and nothing twice. A shared companion
    travels with the last of its owners, and only if all of them go; one that is itself a picture
    of this plan holds its owner back.
    """
    while True:
        together = _Together.of(plan.actions)
        actions = [replace(a, companions=together.travelling(a)) for a in plan.actions]
        why = [together.why_it_stays(place, action) for place, action in enumerate(actions)]
        if not any(why):
            return _with_actions(plan, actions)
        staying = [LeftAlone(a.file.path, w) for a, w in zip(actions, why, strict=True) if w]
        # What travels is told anew, now that fewer owners go.
        kept = [None if w else a for a, w in zip(plan.actions, why, strict=True)]
        plan = replace(_with_actions(plan, kept), left=(*plan.left, *staying))


@dataclass(frozen=True, slots=True)
class _Together:
    """What all actions of a plan come to; places are theirs in the plan."""

    kept: Collection[Identity]
    last: Mapping[bytes, int]  # path -> the last place at which it goes
    names: Mapping[Identity, int]  # how many paths of a file go
    targets: Mapping[bytes, int]  # where a file gets, in lower case -> the last place

    @classmethod
    def of(cls, actions: Sequence[Action]) -> _Together:
        files = {action.file.path: action.file for action in actions}
        return cls(
            {action.keeper.identity for action in actions},
            {action.file.path: place for place, action in enumerate(actions)},
            Counter(file.identity for file in files.values()),
            {action.to.lower(): place for place, action in enumerate(actions) if action.to},
        )

    def travelling(self, action: Action) -> tuple[Companion, ...]:
        """The companions that travel with an action: all of their owners go, and this one last."""
        path, last = action.file.path, self.last
        return tuple(
            companion
            for companion in action.companions
            if (owners := {*companion.owners, path}) <= last.keys()
            and last[path] == max(last[owner] for owner in owners)
        )

    def why_it_stays(self, place: int, action: Action) -> str | None:
        """What an action contradicts, in words; its companions are those that travel."""
        for companion in action.companions:
            if companion.file.identity in self.kept or companion.file.path in self.last:
                name = shown(os.path.basename(companion.file.path))
                return f"{name} belongs to it and is in this plan itself"
        if any(partner not in self.last for partner in action.partners):
            return "is one half of a pair, and the other half stays"
        if action.file.identity in self.kept:
            return "another copy counts on it"
        if self.last[action.file.path] != place:
            return "goes with another cluster"
        if self.names[action.file.identity] > 1:
            return "is one file with another that goes (a hard link)"
        # A volume may take names that differ in case alone for one.
        if action.to and self.targets[action.to.lower()] != place:
            return "would get the same place as another file"
        return None


def _with_actions(plan: Plan, actions: Sequence[Action | None]) -> Plan:
    """The plan with these in place of its own, one after the other; None takes one out."""
    following = iter(actions)
    clusters = tuple(
        replace(c, actions=tuple(a for a in islice(following, len(c.actions)) if a is not None))
        for c in plan.clusters
    )
    return replace(plan, clusters=tuple(cluster for cluster in clusters if cluster.actions))


def _why_it_goes(member: Member, keeper: Member, tier: Tier) -> str:
    evidence = member.evidence
    if tier is Tier.IDENTICAL:
        return "the same bytes"
    if tier is Tier.SAME_PIXELS:
        return "the same pixels"
    if evidence is not None and evidence.to == keeper.file.path and evidence.how:
        return f"{tier.value}: {', '.join(evidence.how)}"
    return f"{tier.value} copy"


def _lost(member: Member, keeper: Member, told: Sequence[str]) -> tuple[str, ...]:
    """Everything that is lost with a member: what it says of itself and its keeper does not, then
    what is told of it in more words."""
    facts, kept = member.content.facts, keeper.content.facts
    return tuple(dict.fromkeys((*_loses(facts, kept, told), *told)))


def _loses(facts: Facts | None, kept: Facts | None, told: Collection[str]) -> tuple[str, ...]:
    """What the file that goes says of itself and the one that stays does not, as far as it is
    not told in more words."""
    if facts is None:
        return ()
    known = (
        ("GPS", facts.has_gps, kept is not None and kept.has_gps),
        ("capture date", facts.captured_at, kept and kept.captured_at),
        ("camera", facts.camera, kept and kept.camera),
        ("lens", facts.lens, kept and kept.lens),
        ("rating", facts.rating, kept and kept.rating),
        ("more frames", facts.frames > 1, kept is not None and kept.frames >= facts.frames),
    )
    lost = (name for name, has, keeps in known if has and not keeps)
    return tuple(name for name in lost if not any(words.startswith(name) for words in told))
