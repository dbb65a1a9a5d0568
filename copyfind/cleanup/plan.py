"""Findings -> Plan: which files go, how, and which file holds the picture of each afterwards.

Pure: nothing is looked at and nothing happens. What a plan must be is said by `faults`, which
holds for a plan that was just made, was read from a file, or came from choices in the review.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from copyfind.errors import PlanError
from copyfind.paths import below, shown
from copyfind.records import (
    EXACT,
    LINKS,
    PROVEN,
    TIERS,
    Action,
    ActionKind,
    Belongings,
    Cluster,
    Companion,
    Facts,
    Findings,
    Identity,
    LeftAlone,
    Member,
    Plan,
    PlannedCluster,
    PlannedFile,
    Role,
    Sidecar,
    Tier,
)

MANY_MEMBERS = 20  # a cluster from which more files go asks again
FEW_FILES = 10  # are no large plan, whatever their share
LARGE_SHARE = 0.25  # and so does a plan that takes more than this of a collection
_SEPARATOR = os.fsencode(os.sep)
_NOTHING = Belongings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to happen with redundant files.

    tiers: ties that are reason enough. to: only for MOVE, the folder they get to. protected:
    folders in which nothing happens. belongings: what belongs to a file, by its path.
    """

    kind: ActionKind = ActionKind.QUARANTINE
    tiers: tuple[Tier, ...] = EXACT
    to: bytes | None = None
    protected: tuple[bytes, ...] = ()
    belongings: Mapping[bytes, Belongings] | None = None
    merge_metadata: bool = False  # what only copies know is written to the keeper's sidecar


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plan comes from; `state` is what the catalog knew."""

    made_at: str
    version: str
    state: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What makes a plan impossible, and where."""

    cluster: str
    path: bytes
    reason: str


def plan_copies(findings: Findings, wishes: Wishes, origin: Origin) -> Plan:
    """What the findings call redundant goes, as far as the wishes reach. Raises PlanError."""
    return _plan(findings, wishes, origin, lambda member: member.role is Role.REDUNDANT)


def plan_choices(
    findings: Findings, redundant: Collection[bytes], wishes: Wishes, origin: Origin
) -> Plan:
    """What a person has chosen goes, by path, whatever the findings would keep; `near` and
    `edited` need no other word. Each cluster keeps a file, or nothing of it goes, and what is
    only related (`series`, `unverified`) stays. Raises PlanError."""
    chosen = set(redundant)
    wishes = replace(wishes, tiers=PROVEN)
    return _plan(findings, wishes, origin, lambda member: member.file.path in chosen)


def faults(plan: Plan) -> Iterator[Fault]:
    """Everything that a plan must not be, over all of its clusters at once."""
    going = Counter(file.path for action in plan.actions for file in _goes(action))
    gone: dict[Identity, bytes] = {}  # the first path of it that goes
    places: dict[bytes, bytes] = {}  # where a file gets -> its path
    for cluster in plan.clusters:
        for action in cluster.actions:
            for file in _goes(action):
                gone.setdefault(file.identity, file.path)
            if action.to is not None:  # a volume may take names that differ in case for one
                places.setdefault(action.to.lower(), action.file.path)
    sidecars = Counter(c.sidecar.path for c in plan.clusters if c.sidecar)
    for cluster in plan.clusters:
        if cluster.sidecar is not None:
            yield from _wrong_sidecar(cluster, cluster.sidecar, plan, going, sidecars)
        if not cluster.actions:
            yield Fault(cluster.id, b"", "nothing happens in the cluster")
        for action in cluster.actions:
            for path, reason in (
                *_impossible(action, plan),
                *_torn_apart(action, going, gone, places),
                *_out_of_reach(action, plan),
            ):
                yield Fault(cluster.id, path, reason)


def _wrong_sidecar(
    cluster: PlannedCluster,
    sidecar: Sidecar,
    plan: Plan,
    going: Mapping[bytes, int],
    sidecars: Mapping[bytes, int],
) -> Iterator[Fault]:
    """A sidecar is written where nothing else happens, and only ever a sidecar."""
    path, before = sidecar.path, sidecar.before
    pictures = {p for a in plan.actions for p in (a.keeper.path, a.file.path)}
    if not os.path.isabs(path) or os.path.normpath(path) != path or b"\0" in path:
        yield Fault(cluster.id, path, "is no absolute, plain path")
    if not path.lower().endswith(b".xmp") or (before is not None and before.path != path):
        yield Fault(cluster.id, path, "is no sidecar")
    if path in going or path in pictures or sidecars[path] > 1:
        yield Fault(cluster.id, path, "would be written, and something else happens to it")
    if any(low <= path < high for low, high in map(below, plan.protected)):
        yield Fault(cluster.id, path, "lies in a protected folder")


def _torn_apart(
    action: Action,
    going: Mapping[bytes, int],
    gone: Mapping[Identity, bytes],
    places: Mapping[bytes, bytes],
) -> Iterator[tuple[bytes, str]]:
    """Where two actions of one plan, of whatever clusters, contradict each other."""
    path, keeper = action.file.path, action.keeper
    if any(partner not in going for partner in action.partners):
        yield path, "is one half of a pair, and the other half stays"
    for file in _goes(action):
        if going[file.path] > 1:
            yield file.path, "goes twice"
        elif (other := gone[file.identity]) != file.path:
            yield file.path, f"is the same file as {shown(other)} (a hard link), which goes too"
    if keeper.path in going:
        yield path, f"its keeper {shown(keeper.path)} goes too"
    elif (other := gone.get(keeper.identity, b"")) != b"":
        yield path, f"its keeper is the same file as {shown(other)} (a hard link), which goes"
    if action.to is not None and places[action.to.lower()] != path:
        yield path, f"would get the same place as {shown(places[action.to.lower()])}"


def _out_of_reach(action: Action, plan: Plan) -> Iterator[tuple[bytes, str]]:
    guarded = [below(folder) for folder in plan.protected]
    for name in [file.path for file in _goes(action)] + ([action.to] if action.to else []):
        if any(low <= name < high for low, high in guarded):
            yield name, "lies in a protected folder"


def why_large(plan: Plan) -> list[str]:
    """What about a plan is so unusual that it wants a second question."""
    told = [
        f"{len(cluster.actions)} files go from one cluster: {shown(cluster.actions[0].keeper.path)}"
        for cluster in plan.clusters
        if len(cluster.actions) > MANY_MEMBERS
    ]
    share = len(plan.actions) / max(plan.files, 1)
    if share > LARGE_SHARE and len(plan.actions) >= FEW_FILES:
        told.insert(0, f"{share:.0%} of all files in the collection go")
    return told


def destination(base: bytes, to: bytes, path: bytes) -> bytes:
    """Where a file gets: the way from `base` to it, repeated in the folder `to`."""
    _, rest = os.path.splitdrive(path)
    inside = path[len(base) :] if below(base)[0] <= path < below(base)[1] else rest
    return os.path.join(to, inside.lstrip(_SEPARATOR))


def companion_destination(action: Action, companion: Companion) -> bytes | None:
    """Where a companion of a moved file gets; None where its way does not lead down."""
    way = os.path.relpath(companion.file.path, os.path.dirname(action.file.path))
    if action.to is None or way.startswith(b".."):
        return None
    return os.path.join(os.path.dirname(action.to), way)


def _impossible(action: Action, plan: Plan) -> Iterator[tuple[bytes, str]]:
    """What is wrong with an action by itself."""
    names = [action.keeper.path, *(file.path for file in _goes(action))]
    for name in names + ([action.to] if action.to else []):
        if not os.path.isabs(name) or os.path.normpath(name) != name or b"\0" in name:
            yield name, "is no absolute, plain path"
    path = action.file.path
    for reason in (*_wrong_tier(action, plan), *_wrong_kind(action)):
        yield path, reason


def _wrong_tier(action: Action, plan: Plan) -> Iterator[str]:
    if action.tier not in plan.tiers or not action.tier.is_proven:
        yield f"is {action.tier.value}, which this plan does not reach"
    same = action.file.sha256 == action.keeper.sha256
    if same != (action.tier is Tier.IDENTICAL):
        yield f"is called {action.tier.value}, and the hashes say otherwise"
    if same and action.file.file.size != action.keeper.file.size:
        yield "has its keeper's hash and another size"


def _wrong_kind(action: Action) -> Iterator[str]:
    kind = action.kind
    if kind in LINKS and action.tier is not Tier.IDENTICAL:
        yield "is not the same bytes as its keeper: only those become links"
    if kind is ActionKind.HARDLINK and action.file.file.device != action.keeper.file.device:
        yield "lies on another volume than its keeper: no hard link reaches it"
    if (kind is ActionKind.MOVE) != (action.to is not None):
        yield "a move, and nothing else, needs a place to go to"
    if kind is ActionKind.MOVE and any(
        companion_destination(action, companion) is None for companion in action.companions
    ):
        yield "has files that belong to it and lie elsewhere: they cannot travel along"
    if kind is ActionKind.DELETE and action.companions:
        yield "has files that belong to it and would be lost: quarantine it instead"


def _goes(action: Action) -> tuple[PlannedFile, ...]:
    """The files that leave their paths, or get something else put there."""
    if action.kind in LINKS:
        return (action.file,)
    return (action.file, *(companion.file for companion in action.companions))


def _plan(
    findings: Findings, wishes: Wishes, origin: Origin, wanted: Callable[[Member], bool]
) -> Plan:
    base = _common_folder(findings.roots)
    left: list[LeftAlone] = []
    clusters: list[PlannedCluster] = []
    for cluster in sorted(findings.clusters, key=lambda c: (c.keeper.file.path, c.id)):
        actions = list(_actions(cluster, wishes, base, wanted, left))
        if actions:
            reason = cluster.keeper.reason
            clusters.append(PlannedCluster(cluster.id, cluster.tier, reason, tuple(actions)))
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


def _actions(
    cluster: Cluster,
    wishes: Wishes,
    base: bytes,
    wanted: Callable[[Member], bool],
    left: list[LeftAlone],
) -> Iterator[Action]:
    """The actions of one cluster; what is wanted and stays is added to `left`."""
    ties = _Ties(cluster)
    goes = [member for member in cluster.members if wanted(member)]
    going = {member.file.path for member in goes}
    stays = [member for member in cluster.members if member.file.path not in going]
    names = Counter(member.file.identity for member in cluster.members)
    for member in goes:
        belongings = (wishes.belongings or {}).get(member.file.path, _NOTHING)
        keeper, tier = ties.strongest(member, stays, wishes.tiers)
        reason = (
            _why_it_stays(member, belongings, names, wishes)
            or (None if keeper else _too_weak(tier, stays))
            or _why_kind_stays(member, keeper, tier, belongings, wishes)
        )
        if reason or keeper is None or tier is None:
            left.append(LeftAlone(member.file.path, reason or ""))
            stays.append(member)
            continue
        path = member.file.path
        yield Action(
            kind=wishes.kind,
            file=PlannedFile(member.file, member.content.sha256),
            keeper=PlannedFile(keeper.file, keeper.content.sha256),
            tier=tier,
            why=_why_it_goes(member, keeper, tier),
            to=destination(base, wishes.to, path)
            if wishes.to and wishes.kind is ActionKind.MOVE
            else None,
            companions=belongings.companions if wishes.kind not in LINKS else (),
            partners=belongings.partners if wishes.kind not in LINKS else (),
            loses=tuple(
                dict.fromkeys(
                    (
                        *_loses(member.content.facts, keeper.content.facts, belongings.loses),
                        *belongings.loses,
                    )
                )
            )
            if wishes.kind not in LINKS
            else (),
        )


def _why_it_stays(
    member: Member,
    belongings: Belongings,
    names: Mapping[Identity, int],
    wishes: Wishes,
) -> str | None:
    path = member.file.path
    if any(low <= path < high for low, high in map(below, wishes.protected)):
        return "lies in a protected folder"
    if member.role is Role.LINKED or names[member.file.identity] > 1:
        return "is one file with another member (a hard link); removing a name frees nothing"
    return belongings.blocked


def _too_weak(tier: Tier | None, stays: Sequence[Member]) -> str:
    if not stays:
        return "is the last of its cluster"
    if tier is None or not tier.is_proven:
        return "nothing proves that a file that stays holds its picture"
    return f"is {tier}; name the tier to include it"


def _why_kind_stays(
    member: Member,
    keeper: Member | None,
    tier: Tier | None,
    belongings: Belongings,
    wishes: Wishes,
) -> str | None:
    if keeper is None:
        return None
    if wishes.kind in LINKS and tier is not Tier.IDENTICAL:
        return f"is {tier}, and only files with the same bytes become links"
    if wishes.kind is ActionKind.HARDLINK and member.file.device != keeper.file.device:
        return "lies on another volume than its keeper: no hard link reaches it"
    if wishes.kind is ActionKind.DELETE and belongings.companions:
        return "has files that belong to it and would be lost: quarantine it instead"
    return None


def _consistent(plan: Plan) -> Plan:
    """The plan without the actions that contradict others; their files stay, with the reason.

    Nothing goes that holds the picture of something else, and nothing twice. A shared companion
    travels with the last of its owners, and only if all of them go; one that is itself a picture
    of this plan holds its owner back.
    """
    while True:
        actions = plan.actions
        kept = {action.keeper.identity for action in actions}
        last = {action.file.path: place for place, action in enumerate(actions)}
        names = Counter(p.identity for p in {a.file.path: a.file for a in actions}.values())
        places = {action.to.lower(): n for n, action in enumerate(actions) if action.to}
        dropped: dict[int, str] = {}
        sorted_out: list[Action] = []
        for place, action in enumerate(actions):
            path = action.file.path
            mine = tuple(c for c in action.companions if _travels_with(c, path, last))
            sorted_out.append(replace(action, companions=mine))
            if action.file.identity in kept:
                dropped[place] = "another copy counts on it"
            elif last[path] != place:
                dropped[place] = "goes with another cluster"
            elif names[action.file.identity] > 1:
                dropped[place] = "is one file with another that goes (a hard link)"
            elif action.to and places[action.to.lower()] != place:
                # A volume may take names that differ in case alone for one.
                dropped[place] = "would get the same place as another file"
            if any(partner not in last for partner in action.partners):
                dropped[place] = "is one half of a pair, and the other half stays"
            for companion in mine:
                if companion.file.identity in kept or companion.file.path in last:
                    name = shown(os.path.basename(companion.file.path))
                    dropped[place] = f"{name} belongs to it and is in this plan itself"
        if not dropped:
            return _with_actions(plan, sorted_out)
        staying = tuple(LeftAlone(actions[place].file.path, why) for place, why in dropped.items())
        plan = replace(
            _with_actions(plan, [None if n in dropped else a for n, a in enumerate(actions)]),
            left=plan.left + staying,
        )


def _travels_with(companion: Companion, path: bytes, last: Mapping[bytes, int]) -> bool:
    owners = {*companion.owners, path}
    return owners <= last.keys() and last[path] == max(last[owner] for owner in owners)


def _with_actions(plan: Plan, actions: Sequence[Action | None]) -> Plan:
    """The plan with these in place of its own, one after the other; None takes one out."""
    following = iter(actions)
    clusters = tuple(
        replace(c, actions=tuple(a for a in islice(following, len(c.actions)) if a is not None))
        for c in plan.clusters
    )
    return replace(plan, clusters=tuple(cluster for cluster in clusters if cluster.actions))


class _Ties:
    """What ties any two members of a cluster, from each one's evidence."""

    def __init__(self, cluster: Cluster) -> None:
        self._members = {member.file.path: member for member in cluster.members}

    def strongest(
        self, member: Member, others: Iterable[Member], allowed: Collection[Tier]
    ) -> tuple[Member | None, Tier | None]:
        """The member among others with the strongest tie to it, if that is allowed, and the tie;
        the first of equals. Another name of the same file is none."""
        best: tuple[int, Member] | None = None
        for other in others:
            if other.file.identity == member.file.identity:
                continue
            strength = TIERS.index(self.between(member, other))
            if best is None or strength < best[0]:
                best = strength, other
        if best is None:
            return None, None
        tier = TIERS[best[0]]
        return (best[1] if tier in allowed and tier.is_proven else None), tier

    def between(self, first: Member, second: Member) -> Tier:
        """The weakest tie on the way from one to the other; UNVERIFIED where there is none."""
        if first.content.sha256 == second.content.sha256:
            return Tier.IDENTICAL
        pixels = first.content.pixels
        if pixels is not None and pixels == second.content.pixels:
            return Tier.SAME_PIXELS
        ours, theirs = self._way_up(first), self._way_up(second)
        meeting = [path for path in ours if path in theirs]
        if not meeting:
            return Tier.UNVERIFIED
        weakest = max(TIERS.index(ours[meeting[0]]), TIERS.index(theirs[meeting[0]]))
        # Other bytes cannot be identical, whatever the ways say.
        return max(TIERS[weakest], Tier.SAME_PIXELS, key=TIERS.index)

    def _way_up(self, member: Member) -> dict[bytes, Tier]:
        """The members it hangs on, the nearest first, each with the weakest tie up to there."""
        way = {member.file.path: Tier.IDENTICAL}
        tier = Tier.IDENTICAL
        at: Member | None = member
        while at is not None and at.evidence is not None and at.evidence.to not in way:
            tier = max(tier, at.evidence.tier, key=TIERS.index)
            way[at.evidence.to] = tier
            at = self._members.get(at.evidence.to)
        return way


def _why_it_goes(member: Member, keeper: Member, tier: Tier) -> str:
    evidence = member.evidence
    if tier is Tier.IDENTICAL:
        return "the same bytes"
    if tier is Tier.SAME_PIXELS:
        return "the same pixels"
    if evidence is not None and evidence.to == keeper.file.path and evidence.how:
        return f"{tier.value}: {', '.join(evidence.how)}"
    return f"{tier.value} copy"


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


def _common_folder(roots: Sequence[bytes]) -> bytes:
    try:
        return os.path.commonpath(roots) if roots else _SEPARATOR
    except ValueError:  # on several drives of Windows
        return _SEPARATOR
