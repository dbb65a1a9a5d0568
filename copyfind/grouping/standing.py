"""Clusters whose members say whether they may go: by default, where that is asked for, or never.

The same is decided by a plan, of the tiers that it is given; a plan that takes `near` and `edited`
takes what is safe and what goes with consent, and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from copyfind.grouping.ties import Ties, why_kept
from copyfind.plans import Unit
from copyfind.records import EXACT, PROVEN, Cluster, Identity, Member, Role, Standing, Tier

_KEPT = frozenset({Role.KEEPER, Role.REFERENCE, Role.LINKED})
_SEVERAL_NAMES = "hard links of it stay"  # to take one of its names away frees nothing
_ORDER = tuple(Standing)  # from what goes first to what never goes


def with_standing(
    clusters: Iterable[Cluster],
    units: Mapping[bytes, Unit] | None = None,
    *,
    passing: Collection[bytes] = frozenset(),
    barred: Collection[bytes] = frozenset(),
) -> list[Cluster]:
    """The clusters with the standing of every member, and with what is to be gained by them.

    units: of their files, by path. passing: files in read-only snapshots, which neither go nor
    hold the picture of another. barred: files that must not go, whatever holds their picture.
    """
    units = units or {}
    found = list(clusters)
    standing: dict[bytes, Standing] = {}
    for cluster in found:
        stays = _Staying(cluster, passing, barred)
        for member in cluster.members:
            if member.role not in _KEPT:
                standing[member.file.path] = Standing.NEVER
        for tiers, which in ((PROVEN, Standing.CONSENT), (EXACT, Standing.SAFE)):
            standing |= dict.fromkeys(stays.going(tiers), which)
    _keep_together(standing, units)
    return [_told(cluster, standing) for cluster in found]


def going(cluster: Cluster, tiers: Sequence[Tier]) -> dict[bytes, tuple[Member, Tier]]:
    """The members of a cluster that go where these tiers are reason enough, by path, each with one
    that stays and holds all of it, and the tie of the two."""
    gone = set(_Staying(cluster, (), ()).going(tiers))
    stays = [member for member in cluster.members if member.file.path not in gone]
    ties = Ties(cluster)
    found: dict[bytes, tuple[Member, Tier]] = {}
    for member in cluster.members:
        if member.file.path in gone:
            keeper, tier = ties.strongest(member, stays, tiers)
            if keeper is not None and tier is not None:
                found[member.file.path] = keeper, tier
    return found


def _told(cluster: Cluster, standing: Mapping[bytes, Standing]) -> Cluster:
    names = Counter(member.file.identity for member in cluster.members)

    def settled(member: Member) -> Member:
        reason = member.reason
        if reason is None and _may_go(member) and names[member.file.identity] > 1:
            reason = _SEVERAL_NAMES
        return replace(member, standing=standing.get(member.file.path), reason=reason)

    members = tuple(settled(member) for member in cluster.members)
    gained = sum(m.file.size for m in members if m.standing in (Standing.SAFE, Standing.CONSENT))
    return replace(cluster, members=members, reclaimable_bytes=gained)


def _keep_together(standing: dict[bytes, Standing], units: Mapping[bytes, Unit]) -> None:
    """Let no picture go sooner than the partners of its unit: a RAW stays with its JPEG."""
    changed = True
    while changed:
        changed = False
        for path, own in standing.items():
            partners = units[path].partners if path in units else ()
            latest = max(
                (own, *(standing.get(p.path, Standing.NEVER) for p in partners)), key=_ORDER.index
            )
            if own is not Standing.NEVER and latest is not own:
                standing[path], changed = latest, True


class _Staying:
    """One cluster, and who of it goes where some tiers are reason enough."""

    def __init__(
        self, cluster: Cluster, passing: Collection[bytes], barred: Collection[bytes]
    ) -> None:
        self._cluster, self._ties = cluster, Ties(cluster)
        self._passing, self._barred = passing, barred
        self._names = Counter(member.file.identity for member in cluster.members)

    def going(self, tiers: Sequence[Tier]) -> list[bytes]:
        """The paths of the members that go: for each of them one stays that holds its picture, and
        whoever stays may hold that of the next."""
        stays = _Holders(m for m in self._cluster.members if self._lasts(m) and not _may_go(m))
        found = []
        for member in self._cluster.members:
            if not _may_go(member):
                continue
            if self._must_stay(member) or not self._is_held(member, stays, tiers):
                if self._lasts(member):
                    stays.add(member)
            else:
                found.append(member.file.path)
        return found

    def _lasts(self, member: Member) -> bool:
        return member.file.path not in self._passing

    def _must_stay(self, member: Member) -> bool:
        path = member.file.path
        several_names = self._names[member.file.identity] > 1
        return several_names or not self._lasts(member) or path in self._barred

    def _is_held(self, member: Member, stays: _Holders, tiers: Sequence[Tier]) -> bool:
        """Whether one that stays holds all of it, with a tie of these tiers."""
        exact = stays.exact(member)
        other, tier = self._ties.strongest(member, exact, EXACT)
        if (other is None or _lacks(member, other, tier)) and set(tiers) > set(EXACT):
            other, tier = self._ties.strongest(member, stays.all, tiers)
        return other is not None and not _lacks(member, other, tier)


class _Holders:
    """Members that stay, found by their bytes and their pixels: thousands of edited copies may."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.all: list[Member] = []
        self._of: dict[bytes, dict[Identity, Member]] = defaultdict(dict)
        for member in members:
            self.add(member)

    def add(self, member: Member) -> None:
        """Let it stay too."""
        self.all.append(member)
        for name in _pictures(member):
            self._of[name].setdefault(member.file.identity, member)

    def exact(self, member: Member) -> list[Member]:
        """Those with its bytes or its pixels."""
        found = (m for name in _pictures(member) for m in self._of[name].values())
        return list({m.file.path: m for m in found}.values())


def _pictures(member: Member) -> list[bytes]:
    content = member.content
    return [content.sha256] + ([b"pixels " + content.pixels] if content.pixels else [])


def _may_go(member: Member) -> bool:
    return member.role is Role.REDUNDANT


def _lacks(member: Member, other: Member, tier: Tier | None) -> bool:
    """Whether it holds what the other one lacks."""
    return tier is None or why_kept(member.content.facts, other.content.facts, tier) is not None
