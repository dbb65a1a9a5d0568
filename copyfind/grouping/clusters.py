"""Ties between contents -> clusters of files, without chaining strangers.

Contents with the same pixels are one picture. Around the best picture not yet taken, all pictures
that resemble *it* are gathered: every member was compared with the keeper itself, so a long row
of pictures of which only neighbours are alike never becomes one cluster. What resembles only a
member that is already taken starts a cluster of its own, or stays alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from copyfind.grouping.keeper import Criterion, keeper_rank, rank_key, reason_to_keep
from copyfind.records import (
    TIERS,
    Candidates,
    Cluster,
    Content,
    Evidence,
    Floats,
    FoundFile,
    Ints,
    Member,
    Role,
    Tier,
)


def cluster(
    contents: Mapping[int, Content],
    *,
    same_pixels: Iterable[Collection[int]],
    alike: Candidates,
    tiers: Collection[Tier] = TIERS,
) -> tuple[Cluster, ...]:
    """Clusters of the contents' files, by what can be gained, then by the keeper's path.

    contents: everything that appears in the other arguments, and contents with several files.
    same_pixels: groups of content ids.
    alike: pairs of content ids whose descriptors are alike.
    tiers: only these ties count.
    """
    ranked = {i: _ranked_files(c) for i, c in contents.items() if c.files}
    pictures = _pictures(ranked, same_pixels if Tier.SAME_PIXELS in tiers else ())
    neighbours = _Neighbours(pictures, alike if Tier.UNVERIFIED in tiers else None)

    taken: set[int] = set()
    clusters = []
    for place in range(len(pictures)):  # best picture first
        if place in taken:
            continue
        near = {p: s for p, s in neighbours.of(place) if p not in taken}
        taken.update((place, *near))
        order = [place, *sorted(near, key=lambda p: (-near[p], p))]
        members = _members([(pictures[p], near.get(p)) for p in order], ranked, tiers)
        if any(member.role in _COUNTED for member in members):
            clusters.append(_cluster(members))
    return tuple(sorted(clusters, key=lambda c: (-c.reclaimable_bytes, c.keeper.file.path)))


# Hard links alone are one file, not copies.
_COUNTED = frozenset({Role.REDUNDANT, Role.RELATED})
_Ranked = tuple[tuple[Criterion, ...], FoundFile, Content]


def _ranked_files(content: Content) -> list[_Ranked]:
    ranked = [(keeper_rank(content, file), file, content) for file in content.files]
    return sorted(ranked, key=lambda entry: rank_key(entry[0]))


def _pictures(
    ranked: Mapping[int, list[_Ranked]], same_pixels: Iterable[Collection[int]]
) -> list[list[int]]:
    """Contents grouped by pixels; best content first in its group, best group first."""

    def key(content: int) -> tuple[object, ...]:
        return rank_key(ranked[content][0][0])

    groups = [sorted((c for c in group if c in ranked), key=key) for group in same_pixels]
    grouped = {content for group in groups for content in group}
    groups += [[content] for content in ranked if content not in grouped]
    return sorted((group for group in groups if group), key=lambda group: key(group[0]))


class _Neighbours:
    """The pictures that resemble a picture, from pairs of contents; arrays, not objects a pair."""

    def __init__(self, pictures: list[list[int]], alike: Candidates | None) -> None:
        contents = np.array([c for group in pictures for c in group], np.int64)
        places = np.repeat(np.arange(len(pictures)), [len(group) for group in pictures])
        order = contents.argsort()
        contents, places = contents[order], places[order]

        def place_of(ids: Ints) -> tuple[Ints, Ints]:
            """Place of each content's picture, and which ids are known at all."""
            at = np.searchsorted(contents, ids).clip(max=max(len(contents) - 1, 0))
            return places[at], np.flatnonzero(contents[at] == ids)

        first = second = np.empty(0, np.int64)
        similarity: Floats = np.empty(0, np.float32)
        if alike is not None and len(contents):
            (a, has_a), (b, has_b) = place_of(alike.first), place_of(alike.second)
            both = np.intersect1d(has_a, has_b)
            both = both[a[both] != b[both]]
            first = np.concatenate([a[both], b[both]])
            second = np.concatenate([b[both], a[both]])
            similarity = np.tile(alike.similarity[both], 2)
        # Strongest last: in a dict made from them, it is the one that stays.
        order = np.lexsort((similarity, second, first))
        self._second, self._similarity = second[order], similarity[order]
        self._starts = np.searchsorted(first[order], np.arange(len(pictures) + 1))

    def of(self, place: int) -> Iterable[tuple[int, float]]:
        """(place, similarity) of each neighbour."""
        here = slice(self._starts[place], self._starts[place + 1])
        return zip(self._second[here].tolist(), self._similarity[here].tolist(), strict=True)


def _members(
    pictures: list[tuple[list[int], float | None]],
    ranked: Mapping[int, list[_Ranked]],
    tiers: Collection[Tier],
) -> list[Member]:
    """The keeper, then all others with what ties them to a member named before them."""
    members: list[Member] = []
    rivals: list[tuple[Criterion, ...]] = []
    inodes: dict[tuple[int, int], bytes] = {}
    for group, similarity in pictures:
        head: FoundFile | None = None  # the first file of this picture
        for content in group:
            best: FoundFile | None = None  # the first file of this content
            for rank, file, holder in ranked[content]:
                # Where inodes mean nothing they are 0: no two files are one there.
                link = inodes.get((file.device, file.inode)) if file.inode else None
                inodes.setdefault((file.device, file.inode), file.path)
                if link is not None:
                    role, evidence = Role.LINKED, Evidence(link, Tier.IDENTICAL, 1.0)
                elif best is not None:
                    if Tier.IDENTICAL not in tiers:
                        continue
                    role, evidence = Role.REDUNDANT, Evidence(best.path, Tier.IDENTICAL, 1.0)
                elif head is not None:
                    role, evidence = Role.REDUNDANT, Evidence(head.path, Tier.SAME_PIXELS, None)
                elif members:
                    tie = Evidence(members[0].file.path, Tier.UNVERIFIED, similarity)
                    role, evidence = Role.RELATED, tie
                else:
                    members.append(Member(file, holder, Role.KEEPER))
                    rivals.append(rank)
                    head = best = file
                    continue
                members.append(Member(file, holder, role, None, evidence))
                rivals.append(rank)
                best, head = best or file, head or file
    if len(members) > 1:
        keeper, next_best = rivals[0], min(rivals[1:], key=rank_key)
        first = members[0]
        reason = reason_to_keep(keeper, next_best)
        members[0] = Member(first.file, first.content, first.role, reason)
    return members


def _cluster(members: list[Member]) -> Cluster:
    hashes = sorted({member.content.sha256 for member in members})
    evidence = [member.evidence.tier for member in members if member.evidence]
    return Cluster(
        id="c-" + hashlib.sha256(b"".join(hashes)).hexdigest()[:16],
        tier=max(evidence, key=TIERS.index),
        members=tuple(members),
        reclaimable_bytes=sum(m.file.size for m in members if m.role is Role.REDUNDANT),
    )
