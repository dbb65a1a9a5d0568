"""What may go of some clusters and what stays, in files and bytes: the one set of totals.

Table, plan, review, page and JSON all tell these, and none of them counts by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from copyfind.records import Cluster, Member, Standing, Tier


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the files, and the bytes they take up."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.files + other.files, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class Totals:
    """The files of some clusters that may go, and those that do not."""

    safe: Share = Share()  # a plan takes them by default
    consent: Share = Share()  # `near` and `edited`: a plan takes them where they are asked for
    never: Share = Share()  # no plan takes them
    likely: Share = Share()  # those of the last that may be marked in the review, one by one

    @property
    def clearable(self) -> Share:
        """What a plan can take at most."""
        return self.safe + self.consent


def totals_of(clusters: Iterable[Cluster]) -> Totals:
    """The totals of these clusters."""
    return totals_among(member for cluster in clusters for member in cluster.members)


def totals_among(members: Iterable[Member]) -> Totals:
    """The totals of these members."""
    found = list(members)
    safe, consent, never = (
        _share(m for m in found if m.standing is standing) for standing in Standing
    )
    return Totals(safe, consent, never, _share(m for m in found if is_likely(m)))


def is_likely(member: Member) -> bool:
    """Whether it is likely a copy, so that a person may mark it in the review."""
    tier = member.evidence.tier if member.evidence else None
    return tier is Tier.LIKELY and member.standing is Standing.NEVER


def numbers_of(clusters: Iterable[Cluster]) -> Mapping[str, int]:
    """The number of each cluster, by its id: whatever order they are shown in, it is the place
    among all that were found, the one with most to gain first."""
    first = sorted(clusters, key=lambda c: (-c.reclaimable_bytes, c.keeper.file.path))
    return {cluster.id: number for number, cluster in enumerate(first, start=1)}


def _share(members: Iterator[Member]) -> Share:
    sizes = [member.file.size for member in members]
    return Share(len(sizes), sum(sizes))
