"""Clusters in which the parts of one unit are never each other's copies.

RAW and JPEG of one shot, original and edited version resemble each other, but neither is waste.
Where a whole unit is the copy of another, each of its pictures is the copy of its counterpart;
where only a part of it is, all of it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from copyfind.grouping.members import cluster_of, in_order
from copyfind.grouping.surplus import with_surplus_kept
from copyfind.paths import shown
from copyfind.plans import PartKind, Unit
from copyfind.records import Cluster, Evidence, Member, Role, Tier

Units = Mapping[bytes, Unit]
_RELATIONS = {
    PartKind.RAW: "RAW+JPEG pair of",
    PartKind.RENDERED: "RAW+JPEG pair of",
    PartKind.EDITED: "edited version of",
    PartKind.ORIGINAL: "original of",
}


def with_partners(
    clusters: Sequence[Cluster],
    units: Units,
    *,
    may_lose: Callable[[bytes], bool] = lambda _: True,
) -> tuple[Cluster, ...]:
    """Clusters in which partners are related, not redundant, or in a cluster of their own copies; a
    unit of which there is no copy is no cluster.

    units: of the clusters' files, by path. may_lose: whether a keeper may become redundant to a
    file of the same bytes with which more belongs; say no for files in reference folders.
    """
    kept: set[bytes] = set()
    parted: list[Cluster] = []
    for cluster in clusters:
        chosen = _with_fullest_keeper(cluster, units, kept, may_lose)
        for part in _parted(chosen, units):
            kept.add(part.keeper.file.path)
            parted.append(part)
    whole = _kept_together(with_surplus_kept(parted), units)
    return in_order([c for c in whole if not _is_one_unit(c, units)])


def _with_fullest_keeper(
    cluster: Cluster, units: Units, kept: Collection[bytes], may_lose: Callable[[bytes], bool]
) -> Cluster:
    """The cluster in which, of all files with the keeper's bytes, the one with which most belongs
    is the keeper."""
    keeper = cluster.keeper

    def belongs(path: bytes) -> tuple[bool, int, int]:
        unit = units.get(path, Unit(path))
        with_kept = any(partner.path in kept for partner in unit.partners)
        return with_kept, len(unit.partners), len(unit.followers)

    twins = [m for m in cluster.members[1:] if _is_twin(m, keeper)]
    linked = {m.evidence.to for m in cluster.members if m.evidence and m.role is Role.LINKED}
    if not twins or not may_lose(keeper.file.path) or keeper.file.path in linked:
        return cluster
    best = max(twins, key=lambda m: belongs(m.file.path))  # the first of equals
    path = best.file.path
    if belongs(path) <= belongs(keeper.file.path) or path in linked:
        return cluster
    unit = units[path]
    reason = f"together with {_name((unit.partners or unit.followers)[0].path)}"
    head = replace(best, role=Role.KEEPER, reason=reason, evidence=None)
    twin = Evidence(path, Tier.IDENTICAL, 1.0)
    members = [head, replace(keeper, role=Role.REDUNDANT, reason=None, evidence=twin)]
    for member in cluster.members[1:]:
        if member is not best:
            members.append(_tied_to(member, path, instead_of=keeper.file.path))
    return replace(cluster, members=tuple(members))


def _is_twin(member: Member, keeper: Member) -> bool:
    return (
        member.role is Role.REDUNDANT
        and member.evidence is not None
        and member.evidence.to == keeper.file.path
        and member.content.sha256 == keeper.content.sha256
    )


def _tied_to(member: Member, path: bytes, *, instead_of: bytes) -> Member:
    if member.evidence is None or member.evidence.to != instead_of:
        return member
    return replace(member, evidence=replace(member.evidence, to=path))


def _parted(cluster: Cluster, units: Units) -> Iterator[Cluster]:
    """The keeper's cluster, then one for each of its partners that has copies of its own."""
    keeper = cluster.keeper
    by_path = {member.file.path: member for member in cluster.members}
    unit = _unit_within(keeper.file.path, by_path, units)
    heads = {path: by_path[path] for path in unit}
    copies: dict[bytes, list[Member]] = {path: [] for path in unit}
    for member in cluster.members:
        if member.file.path not in heads:
            place = _head(member, heads, by_path)
            copies[place].append(_as_copy(member, heads[place], by_path))
    alone = [path for path in unit[1:] if all(m.role is Role.LINKED for m in copies[path])]
    first = [keeper, *copies[keeper.file.path]]
    for path in alone:
        first += [_related(heads[path], keeper, by_path, units), *copies[path]]
    if len(first) > 1:
        yield _closed(first)
    for path in unit[1:]:
        if path not in alone:
            head = replace(
                heads[path],
                role=Role.KEEPER,
                reason=_relation(path, keeper.file.path, units),
                evidence=None,
            )
            yield _closed([head, *copies[path]])


def _closed(members: Sequence[Member]) -> Cluster:
    """The cluster of these; a tie that leads out of it proves nothing in it."""
    paths = {member.file.path for member in members}

    def inside(member: Member) -> Member:
        if member.evidence is None or member.evidence.to in paths:
            return member
        evidence = replace(member.evidence, to=members[0].file.path, how=(), overlap=None)
        role = Role.RELATED if member.role is Role.REDUNDANT else member.role
        return replace(member, role=role, evidence=evidence)

    return cluster_of([inside(member) for member in members])


def _unit_within(path: bytes, by_path: Mapping[bytes, Member], units: Units) -> list[bytes]:
    """The members that are of one unit with the keeper, it first."""
    found = [path]
    for one in found:  # grows
        for partner in units[one].partners if one in units else ():
            if partner.path in by_path and partner.path not in found:
                found.append(partner.path)
    return found


def _head(
    member: Member,
    heads: Mapping[bytes, Member],
    by_path: Mapping[bytes, Member],
    seen: frozenset[bytes] = frozenset(),
) -> bytes:
    """Which picture of the kept unit the member is a copy of: the one it equals, or else the one
    that its ties lead to."""
    path, content = member.file.path, member.content
    if path in heads:
        return path
    for head in heads.values():
        if head.content.sha256 == content.sha256:
            return head.file.path
    for head in heads.values():
        if content.pixels is not None and head.content.pixels == content.pixels:
            return head.file.path
    if member.evidence is None or member.evidence.to not in by_path or path in seen:
        return next(iter(heads))
    return _head(by_path[member.evidence.to], heads, by_path, seen | {path})


def _as_copy(member: Member, head: Member, by_path: Mapping[bytes, Member]) -> Member:
    """The member with what ties it to its head, or to another copy of it; the same bytes as that
    copy say more than the pixels of the head."""
    evidence = member.evidence
    if member.role is Role.REDUNDANT and member.content.sha256 == head.content.sha256:
        evidence = Evidence(head.file.path, Tier.IDENTICAL, 1.0)
    elif (
        member.role is Role.REDUNDANT
        and (evidence is None or evidence.tier is not Tier.IDENTICAL)
        and member.content.pixels is not None
        and member.content.pixels == head.content.pixels
    ):
        evidence = Evidence(head.file.path, Tier.SAME_PIXELS, None)
    member = replace(member, evidence=evidence)
    held_by = head if evidence is None else by_path.get(evidence.to, head)
    if member.role is Role.REDUNDANT and _is_raw(member) and not _is_raw(held_by):
        reason = f"camera RAW: holds more than {_name(held_by.file.path)}"
        return replace(member, role=Role.RELATED, reason=reason)
    return member


def _related(
    member: Member, keeper: Member, by_path: Mapping[bytes, Member], units: Units
) -> Member:
    """A partner of the keeper, tied to it by what tied it, or its twin, to the keeper."""
    evidence = member.evidence
    seen = {member.file.path}
    while evidence and evidence.tier is Tier.IDENTICAL and evidence.to not in seen:
        seen.add(evidence.to)
        twin = by_path.get(evidence.to)
        if twin is None or twin.evidence is None:
            break
        evidence = twin.evidence
    reason = _relation(member.file.path, keeper.file.path, units)
    return replace(member, role=Role.RELATED, reason=reason, evidence=evidence)


def _kept_together(clusters: Sequence[Cluster], units: Units) -> list[Cluster]:
    """The clusters in which whoever would go without a partner stays too."""
    going = {m.file.path for c in clusters for m in c.members if m.role is Role.REDUNDANT}
    held = _staying(units, going)
    if not held:
        return list(clusters)

    def settled(member: Member) -> Member:
        path = member.file.path
        if path not in held:
            return member
        partner = next(p for p in units[path].partners if p.path not in going - held)
        reason = f"{_relation(path, partner.path, units)}, which stays"
        return replace(member, role=Role.RELATED, reason=reason)

    return [cluster_of([settled(member) for member in c.members]) for c in clusters]


def _is_one_unit(cluster: Cluster, units: Units) -> bool:
    """Whether all files of a cluster belong to the keeper, or are another name of one that does."""
    by_path = {member.file.path: member for member in cluster.members}
    unit = _unit_within(cluster.keeper.file.path, by_path, units)
    return all(m.role is Role.LINKED or m.file.path in unit for m in cluster.members)


def _relation(path: bytes, other: bytes, units: Units) -> str:
    """What a picture is to another one, in words: "RAW+JPEG pair of DSC_1.NEF"."""
    kinds = {part.path: part.kind for part in units[other].parts} if other in units else {}
    if path not in kinds:  # through a third
        back = {part.path: part.kind for part in units[path].parts}
        opposite = {
            PartKind.EDITED: PartKind.ORIGINAL,
            PartKind.ORIGINAL: PartKind.EDITED,
        }
        kind = back.get(other, PartKind.RAW)
        return f"{_RELATIONS[opposite.get(kind, kind)]} {_name(other)}"
    return f"{_RELATIONS[kinds[path]]} {_name(other)}"


def _is_raw(member: Member) -> bool:
    return member.content.facts is not None and member.content.facts.format.startswith("RAW")


def _name(path: bytes) -> str:
    return shown(path.replace(b"\\", b"/").rpartition(b"/")[2])


def _staying(units: Units, going: Collection[bytes]) -> set[bytes]:
    """Which of the pictures have to stay because a partner does."""
    leaving = set(going)
    while held := {
        path
        for path in leaving
        if path in units and any(p.path not in leaving for p in units[path].partners)
    }:
        leaving -= held
    return set(going) - leaving
