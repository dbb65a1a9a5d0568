"""What is wrong with a plan, or so unusual about it that it wants a second question.

Pure: nothing is looked at. It holds for a plan that was just made, was read from a file, or came
from choices in the review.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from copyfind.cleanup.destinations import companion_destination
from copyfind.paths import below, is_address, shown
from copyfind.plans import LINKS, Action, ActionKind, Plan, PlannedCluster, PlannedFile, Sidecar
from copyfind.records import Identity, Tier

MANY_MEMBERS = 20  # a cluster from which more files go asks again
IN_A_STORE = "is in an object store, in which copyfind clears nothing away"
FEW_FILES = 10  # are no large plan, whatever their share
LARGE_SHARE = 0.25  # and so does a plan that takes more than this of a collection


@dataclass(frozen=True, slots=True)
class Fault:
    """What makes a plan impossible, and where."""

    cluster: str
    path: bytes
    reason: str


def faults(plan: Plan) -> Iterator[Fault]:
    """Everything that a plan must not be, over all of its clusters at once."""
    whole = _Whole.of(plan)
    for cluster in plan.clusters:
        for path, reason in _of_cluster(cluster, plan, whole):
            yield Fault(cluster.id, path, reason)


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


def why_not_so(action: Action) -> Iterator[str]:
    """Why what is planned cannot be done with this file, whatever else is planned."""
    kind = action.kind
    if kind in LINKS and action.tier is not Tier.IDENTICAL:
        yield f"is {action.tier}, and only files with the same bytes become links"
    if kind is ActionKind.HARDLINK and action.file.file.device != action.keeper.file.device:
        yield "lies on another volume than its keeper: no hard link reaches it"
    if action.to is not None and any(
        companion_destination(action, companion) is None for companion in action.companions
    ):
        yield "has files that belong to it and lie elsewhere: they cannot travel along"
    if kind is ActionKind.DELETE and action.companions:
        yield "has files that belong to it and would be lost: quarantine it instead"


@dataclass(frozen=True, slots=True)
class _Whole:
    """What all clusters of a plan come to."""

    going: Mapping[bytes, int]  # how often a path goes
    gone: Mapping[Identity, bytes]  # the first path of a file that goes
    places: Mapping[bytes, bytes]  # where a file gets, in lower case -> its path
    pictures: frozenset[bytes]  # that go, or are kept for one that does
    sidecars: Mapping[bytes, int]  # how often one is written
    guarded: tuple[tuple[bytes, bytes], ...]  # ranges of paths in which nothing happens

    @classmethod
    def of(cls, plan: Plan) -> _Whole:
        going: Counter[bytes] = Counter()
        gone: dict[Identity, bytes] = {}
        places: dict[bytes, bytes] = {}
        for action in plan.actions:
            for file in _goes(action):
                going[file.path] += 1
                gone.setdefault(file.identity, file.path)
            if action.to is not None:  # a volume may take names that differ in case for one
                places.setdefault(action.to.lower(), action.file.path)
        return cls(
            going,
            gone,
            places,
            frozenset(p for a in plan.actions for p in (a.keeper.path, a.file.path)),
            Counter(c.sidecar.path for c in plan.clusters if c.sidecar),
            tuple(map(below, plan.protected)),
        )

    def guards(self, path: bytes) -> bool:
        """Whether it lies in a protected folder."""
        return any(low <= path < high for low, high in self.guarded)


def _of_cluster(cluster: PlannedCluster, plan: Plan, whole: _Whole) -> Iterator[tuple[bytes, str]]:
    """What is wrong in one cluster: paths and reasons."""
    if cluster.sidecar is not None:
        for reason in _wrong_sidecar(cluster.sidecar, whole):
            yield cluster.sidecar.path, reason
    if not cluster.actions:
        yield b"", "nothing happens in the cluster"
    for action in cluster.actions:
        yield from _impossible(action, plan)
        yield from _torn_apart(action, whole)
        yield from _out_of_reach(action, whole)


def _wrong_sidecar(sidecar: Sidecar, whole: _Whole) -> Iterator[str]:
    """A sidecar is written where nothing else happens, and only ever a sidecar."""
    path, before = sidecar.path, sidecar.before
    if not _is_plain(path):
        yield "is no absolute, plain path"
    if not path.lower().endswith(b".xmp") or (before is not None and before.path != path):
        yield "is no sidecar"
    if path in whole.going or path in whole.pictures or whole.sidecars[path] > 1:
        yield "would be written, and something else happens to it"
    if whole.guards(path):
        yield "lies in a protected folder"


def _impossible(action: Action, plan: Plan) -> Iterator[tuple[bytes, str]]:
    """What is wrong with an action by itself."""
    names = [action.keeper.path, *(file.path for file in _goes(action))]
    for name in names + ([action.to] if action.to else []):
        if is_address(name):
            yield name, IN_A_STORE
        elif not _is_plain(name):
            yield name, "is no absolute, plain path"
    path = action.file.path
    for reason in (*_wrong_tier(action, plan), *why_not_so(action)):
        yield path, reason
    if (action.kind is ActionKind.MOVE) != (action.to is not None):
        yield path, "a move, and nothing else, needs a place to go to"


def _wrong_tier(action: Action, plan: Plan) -> Iterator[str]:
    if action.tier not in plan.tiers or not action.tier.is_clearable:
        yield f"is {action.tier.value}, which this plan does not reach"
    same = action.file.sha256 == action.keeper.sha256
    if same != (action.tier is Tier.IDENTICAL):
        yield f"is called {action.tier.value}, and the hashes say otherwise"
    if same and action.file.file.size != action.keeper.file.size:
        yield "has its keeper's hash and another size"


def _torn_apart(action: Action, whole: _Whole) -> Iterator[tuple[bytes, str]]:
    """Where two actions of one plan, of whatever clusters, contradict each other."""
    path, keeper = action.file.path, action.keeper
    if any(partner not in whole.going for partner in action.partners):
        yield path, "is one half of a pair, and the other half stays"
    for file in _goes(action):
        if whole.going[file.path] > 1:
            yield file.path, "goes twice"
        elif (other := whole.gone[file.identity]) != file.path:
            yield file.path, f"is the same file as {shown(other)} (a hard link), which goes too"
    if keeper.path in whole.going:
        yield path, f"its keeper {shown(keeper.path)} goes too"
    elif (other := whole.gone.get(keeper.identity, b"")) != b"":
        yield path, f"its keeper is the same file as {shown(other)} (a hard link), which goes"
    if action.to is not None and whole.places[action.to.lower()] != path:
        yield path, f"would get the same place as {shown(whole.places[action.to.lower()])}"


def _out_of_reach(action: Action, whole: _Whole) -> Iterator[tuple[bytes, str]]:
    for name in [file.path for file in _goes(action)] + ([action.to] if action.to else []):
        if whole.guards(name):
            yield name, "lies in a protected folder"


def _goes(action: Action) -> tuple[PlannedFile, ...]:
    """The files that leave their paths, or get something else put there."""
    if action.kind in LINKS:
        return (action.file,)
    return (action.file, *(companion.file for companion in action.companions))


def _is_plain(path: bytes) -> bool:
    return os.path.isabs(path) and os.path.normpath(path) == path and b"\0" not in path
