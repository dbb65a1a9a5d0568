"""Clusters in which what a person has said stands: "these are not copies of each other"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from copyfind.grouping.keeper import keeper_rank, pixel_count, rank_key
from copyfind.grouping.members import cluster_of, in_order
from copyfind.paths import shown
from copyfind.records import Cluster, Evidence, Member, Pair, Role, Tier, ordered

_COUNTED = frozenset({Role.REDUNDANT, Role.RELATED})


def as_decided(clusters: Sequence[Cluster], apart: Collection[Pair]) -> tuple[Cluster, ...]:
    """No two contents that were said not to be copies are in one cluster as copies.

    Who is apart from the keeper, or from a better member, is related to the cluster if others are
    left in it. Copies among those set apart become a cluster of their own. What was said of a
    content holds for all that have its pixels, for that is what was looked at.
    """
    pairs = frozenset(apart)
    if not pairs:
        return tuple(clusters)
    return in_order([found for c in clusters for found in _settled(c, _Apart(c, pairs))])


class _Apart:
    """Which members of one cluster were said not to be copies."""

    def __init__(self, cluster: Cluster, pairs: Collection[Pair]) -> None:
        self._pairs = pairs
        self._alike: dict[bytes, set[int]] = defaultdict(set)  # pixels -> contents
        for member in cluster.members:
            if member.content.pixels is not None:
                self._alike[member.content.pixels].add(member.content.row)

    def __call__(self, one: Member, other: Member) -> bool:
        a, b = one.content, other.content
        if a.row == b.row:
            return False
        if a.pixels is not None and a.pixels == b.pixels:
            return ordered(a.row, b.row) in self._pairs
        ours = self._alike.get(a.pixels or b"", set()) | {a.row}
        theirs = self._alike.get(b.pixels or b"", set()) | {b.row}
        return any(ordered(x, y) in self._pairs for x in ours for y in theirs)


def _settled(cluster: Cluster, apart: _Apart) -> Iterator[Cluster]:
    """What is left of the cluster, then the clusters of those that do not belong to it."""
    found = _Sorted.of(cluster.members, apart)
    if not found.outside:
        yield cluster
        return
    groups = _tied([member for member, _ in found.outside] + found.loose, apart)
    yield from (_anew(group) for group in groups if len(group) > 1)
    if any(member.role in _COUNTED for member in found.kept):
        alone = {group[0].file.path for group in groups if len(group) == 1}
        beside = [_said_apart(m, who) for m, who in found.outside if m.file.path in alone]
        yield cluster_of([*found.kept, *beside])


@dataclass(slots=True)
class _Sorted:
    """The members of one cluster, sorted out by what was said of them."""

    kept: list[Member]  # stay with the keeper
    outside: list[tuple[Member, Member]]  # tied to those, and apart from one of them: from whom
    loose: list[Member]  # tied to those only through others that do not stay

    @classmethod
    def of(cls, members: Sequence[Member], apart: _Apart) -> _Sorted:
        found = cls([members[0]], [], list(members[1:]))
        while ready := found._next_tied():
            for member in ready:
                found._place(member, apart)
            gone = {member.file.path for member in ready}
            found.loose = [member for member in found.loose if member.file.path not in gone]
        order = {member.file.path: place for place, member in enumerate(members)}
        found.kept.sort(key=lambda member: order[member.file.path])
        return found

    def _next_tied(self) -> list[Member]:
        """Loose members that are tied to one that is kept; where there are none, those that
        equal one to the byte or to the pixel, which needs no other tie."""
        held = {member.file.path for member in self.kept}
        tied = [m for m in self.loose if m.evidence is not None and m.evidence.to in held]
        return tied or list(self._equal())

    def _equal(self) -> Iterator[Member]:
        for member in self.loose:
            tie = next(filter(None, (_same(member, other) for other in self.kept)), None)
            if tie is not None:
                yield replace(member, evidence=tie)

    def _place(self, member: Member, apart: _Apart) -> None:
        against = next((other for other in self.kept if apart(member, other)), None)
        if against is None:
            self.kept.append(member)
        else:
            self.outside.append((member, against))


def _tied(members: Sequence[Member], apart: _Apart) -> list[list[Member]]:
    """Members that are the same picture or tied to one another, apart from none of their group."""
    groups: list[list[Member]] = []
    for member in members:
        for group in groups:
            if any(_tie(member, other) for other in group) and not any(
                apart(member, other) for other in group
            ):
                group.append(member)
                break
        else:
            groups.append([member])
    return groups


def _tie(one: Member, other: Member) -> Evidence | None:
    """What ties the first to the second, found from either of them."""
    path = other.file.path
    if same := _same(one, other):
        return same
    if one.evidence is not None and one.evidence.to == path:
        return one.evidence
    if other.evidence is not None and other.evidence.to == one.file.path:
        # How the second came from the first says little of the way back.
        return replace(other.evidence, to=path, how=(), overlap=None)
    return None


def _same(one: Member, other: Member) -> Evidence | None:
    """The tie of two members that are equal to the byte or to the pixel; None where they are
    not."""
    a, b = one.content, other.content
    if a.sha256 == b.sha256:
        return Evidence(other.file.path, Tier.IDENTICAL, 1.0)
    if a.pixels is not None and a.pixels == b.pixels:
        return Evidence(other.file.path, Tier.SAME_PIXELS, None)
    return None


def _anew(group: Sequence[Member]) -> Cluster:
    """A cluster of members that were set apart from another one, tied as they were."""
    largest = max(pixel_count(m.content) for m in group)
    ranked = sorted(group, key=lambda m: rank_key(keeper_rank(m.content, m.file, largest=largest)))
    keeper = replace(ranked[0], role=Role.KEEPER, reason="best of those left", evidence=None)
    return cluster_of([keeper, *(_to_new(m, keeper, ranked) for m in ranked[1:])])


def _to_new(member: Member, keeper: Member, group: Sequence[Member]) -> Member:
    """The member with what ties it to the keeper, or else to another of the group."""
    link = member.evidence.to if member.role is Role.LINKED and member.evidence else None
    if link in {m.file.path for m in group}:
        return member
    others = [keeper, *(m for m in group if m is not member)]
    tie = next(found for other in others if (found := _tie(member, other)))
    proven = tie.tier.is_proven
    role = Role.REDUNDANT if proven else Role.RELATED
    return replace(member, role=role, reason=None, evidence=tie)


def _said_apart(member: Member, against: Member) -> Member:
    name = shown(against.file.path.replace(b"\\", b"/").rpartition(b"/")[2])
    tier = member.evidence.tier if member.evidence else Tier.UNVERIFIED
    similarity = member.evidence.similarity if member.evidence else None
    return replace(
        member,
        role=Role.RELATED,
        reason=f"you decided: not a copy of {name}",
        evidence=Evidence(against.file.path, tier, similarity),
    )
