"""What ties two members of a cluster, and whether the one holds all that the other does."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from copyfind.records import TIERS, Cluster, Facts, Member, Tier

NOT_KNOWN = "it is not known what else it holds: run copyfind index again"


def why_kept(goes: Facts | None, stays: Facts | None, tier: Tier) -> str | None:
    """Why a file must not go for one to which `tier` ties it: what it holds beside its picture,
    and the other does not. None where that is nothing.

    The same pixels are the same frames at the same depth. All weaker tiers speak of the first
    frame as it is seen.
    """
    if tier is Tier.IDENTICAL:
        return None
    if goes is None or goes.surplus is None:
        return NOT_KNOWN
    held = {(extra.words, extra.digest) for extra in (stays.surplus or () if stays else ())}
    lacking = [
        extra.words
        for extra in goes.surplus
        if (extra.words, extra.digest) not in held
        and not (tier is Tier.SAME_PIXELS and extra.in_pixels)
    ]
    if not lacking:
        return None
    *others, last = lacking
    words = f"{', '.join(others)} and {last}" if others else last
    return f"holds {words} that its keeper lacks"


class Ties:
    """What ties any two members of a cluster, from each one's evidence."""

    def __init__(self, cluster: Cluster) -> None:
        self._members = {member.file.path: member for member in cluster.members}

    def strongest(
        self, member: Member, others: Iterable[Member], allowed: Collection[Tier]
    ) -> tuple[Member | None, Tier | None]:
        """The member among others with the strongest tie to it, if that is allowed, and the tie;
        one that holds all of it before one that does not, the first of equals. Another name of the
        same file is none."""
        best: tuple[tuple[bool, bool, int], Member, Tier] | None = None
        for other in others:
            if other.file.identity == member.file.identity:
                continue
            tier = self.between(member, other)
            order = (
                tier not in allowed or not tier.is_clearable,
                why_kept(member.content.facts, other.content.facts, tier) is not None,
                TIERS.index(tier),
            )
            if best is None or order < best[0]:
                best = order, other, tier
        if best is None:
            return None, None
        (refused, *_), other, tier = best
        return (None if refused else other), tier

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
