"""A cluster made from its members, the keeper first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from copyfind.records import TIERS, Cluster, Member, Role, Tier


def cluster_of(members: Sequence[Member]) -> Cluster:
    """The cluster of these members. Its id comes from their contents alone, its tier from the
    weakest tie; a likely copy that is told beside proven ones does not weaken those."""
    hashes = sorted({member.content.sha256 for member in members})
    evidence = {member.evidence.tier for member in members if member.evidence}
    return Cluster(
        id="c-" + hashlib.sha256(b"".join(hashes)).hexdigest()[:16],
        tier=max(evidence - {Tier.LIKELY} or evidence, key=TIERS.index),
        members=tuple(members),
        reclaimable_bytes=sum(m.file.size for m in members if m.role is Role.REDUNDANT),
    )


def in_order(clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """Clusters sorted by what can be gained, then by the path of the keeper."""
    return tuple(sorted(clusters, key=lambda c: (-c.reclaimable_bytes, c.keeper.file.path)))


def held_back(members: Sequence[Member], reason: str) -> list[Member]:
    """The files of one picture of which the first stays, though it is proven to be a copy."""
    first, *copies = members
    if first.role is Role.REDUNDANT:
        first = replace(first, role=Role.RELATED, reason=reason, held_back=True)
    return [first, *copies]
