"""Clusters in which nothing is redundant that holds more than the files that stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from copyfind.grouping.members import cluster_of
from copyfind.grouping.ties import Ties, why_kept
from copyfind.records import PROVEN, Cluster, Member, Role


def with_surplus_kept(clusters: Iterable[Cluster]) -> list[Cluster]:
    """What a copy holds beside its picture and no file that stays does makes it related; one of
    several that hold it stays, and the others are its copies."""
    return [_settled(cluster) for cluster in clusters]


def _settled(cluster: Cluster) -> Cluster:
    ties = Ties(cluster)
    stays = [m for m in cluster.members if m.role is not Role.REDUNDANT]
    settled: list[Member] = []
    for member in cluster.members:
        kept = member
        if member.role is Role.REDUNDANT and (reason := _why_kept(member, stays, ties)):
            kept = replace(member, role=Role.RELATED, reason=reason, held_back=True)
            stays.append(kept)
        settled.append(kept)
    return cluster_of(settled) if any(m.held_back for m in settled) else cluster


def _why_kept(member: Member, stays: Sequence[Member], ties: Ties) -> str | None:
    other, tier = ties.strongest(member, stays, PROVEN)
    if other is None or tier is None:
        return None
    return why_kept(member.content.facts, other.content.facts, tier)
