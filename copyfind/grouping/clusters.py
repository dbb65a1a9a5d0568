"""Ties between contents -> clusters of files, without chaining strangers.

Contents with the same pixels are one picture. Around a picture, its centre, all pictures that
resemble *it* are gathered; the best of them is the keeper. Every member has a direct tie to the
keeper or to the centre, so a long row of pictures of which only neighbours are alike never
becomes one cluster. What resembles only a member that is taken starts a cluster of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

import numpy as np

from copyfind.grouping.keeper import (
    Criterion,
    keeper_rank,
    pixel_count,
    rank_key,
    reason_to_keep,
)
from copyfind.records import (
    TIERS,
    Candidates,
    Cluster,
    Content,
    Evidence,
    Floats,
    FoundFile,
    Member,
    Role,
    Tier,
)

# Hard links alone are one file, not copies.
_COUNTED = frozenset({Role.REDUNDANT, Role.RELATED})


@dataclass(frozen=True, slots=True)
class _Picture:
    """Contents with the same pixels: their files, those of the best content first."""

    files: tuple[tuple[Content, FoundFile], ...]
    pixels: int  # width times height

    @property
    def head(self) -> FoundFile:
        return self.files[0][1]

    def rank(self, largest: int) -> tuple[Criterion, ...]:
        """Of its best file, in a cluster whose largest picture has so many pixels."""
        return keeper_rank(*self.files[0], largest=largest)


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
    pictures = _pictures(contents, same_pixels if Tier.SAME_PIXELS in tiers else ())
    neighbours = _Neighbours(pictures, alike if Tier.UNVERIFIED in tiers else None)
    clusters = []
    for centre, near in _stars(neighbours, len(pictures)):
        members = _members(centre, near, pictures, neighbours, tiers)
        if any(member.role in _COUNTED for member in members):
            clusters.append(_cluster(members))
    return tuple(sorted(clusters, key=lambda c: (-c.reclaimable_bytes, c.keeper.file.path)))


def _stars(neighbours: _Neighbours, size: int) -> Iterator[tuple[int, dict[int, float]]]:
    """A centre and its neighbours (place -> similarity) that are left, until nothing is.

    The picture with most neighbours left comes first: an original resembles all of its copies, two
    of the copies often not each other. Among equals, the better picture, which has the lower place.
    """
    taken: set[int] = set()
    queue = [(-neighbours.degree(place), place) for place in range(size)]
    heapify(queue)
    while queue:
        most, centre = heappop(queue)
        if centre in taken:
            continue
        near = {place: s for place, s in neighbours.of(centre) if place not in taken}
        if len(near) < -most:  # some were taken since it was counted
            heappush(queue, (-len(near), centre))
            continue
        taken.update((centre, *near))
        yield centre, near


def _pictures(
    contents: Mapping[int, Content], same_pixels: Iterable[Collection[int]]
) -> list[_Picture]:
    """Contents grouped by pixels; best content first in its group, best group first."""
    present = {i: content for i, content in contents.items() if content.files}
    groups = [[i for i in group if i in present] for group in same_pixels]
    grouped = {i for group in groups for i in group}
    groups += [[i] for i in present if i not in grouped]
    pictures = [_picture([present[i] for i in group]) for group in groups if group]
    return sorted(pictures, key=lambda picture: rank_key(picture.rank(picture.pixels)))


def _picture(contents: Sequence[Content]) -> _Picture:
    pixels = max(pixel_count(content) for content in contents)

    def best_rank(content: Content) -> tuple[float | str | bytes, ...]:
        return min(rank_key(keeper_rank(content, f, largest=pixels)) for f in content.files)

    files = [
        (content, file)
        for content in sorted(contents, key=best_rank)
        for file in sorted(
            content.files, key=lambda f: rank_key(keeper_rank(content, f, largest=pixels))
        )
    ]
    return _Picture(tuple(files), pixels)


class _Neighbours:
    """The pictures that resemble a picture, from pairs of contents; arrays, not objects a pair."""

    def __init__(self, pictures: Sequence[_Picture], alike: Candidates | None) -> None:
        place_of = {content.id: at for at, p in enumerate(pictures) for content, _ in p.files}
        ids = np.array(sorted(place_of), np.int64)
        places = np.array([place_of[i] for i in ids.tolist()], np.int64)
        first = second = np.empty(0, np.int64)
        similarity: Floats = np.empty(0, np.float32)
        if alike is not None and len(ids):
            kept = np.isin(alike.first, ids) & np.isin(alike.second, ids)
            a = places[np.searchsorted(ids, alike.first[kept])]
            b = places[np.searchsorted(ids, alike.second[kept])]
            apart = a != b
            first = np.concatenate([a[apart], b[apart]])
            second = np.concatenate([b[apart], a[apart]])
            similarity = np.tile(alike.similarity[kept][apart], 2)
        # Strongest last: in a dict made from them, it is the one that stays.
        order = np.lexsort((similarity, second, first))
        self._second, self._similarity = second[order], similarity[order]
        self._starts = np.searchsorted(first[order], np.arange(len(pictures) + 1))

    def degree(self, place: int) -> int:
        """How many neighbours there are; one that is tied by several contents counts as often."""
        return int(self._starts[place + 1] - self._starts[place])

    def of(self, place: int) -> Iterable[tuple[int, float]]:
        """(place, similarity) of each neighbour."""
        here = slice(self._starts[place], self._starts[place + 1])
        return zip(self._second[here].tolist(), self._similarity[here].tolist(), strict=True)


def _members(
    centre: int,
    near: Mapping[int, float],
    pictures: Sequence[_Picture],
    neighbours: _Neighbours,
    tiers: Collection[Tier],
) -> list[Member]:
    """The keeper, then all others with what ties them to the keeper, or else to the centre."""
    group = {place: pictures[place] for place in (centre, *near)}
    largest = max(picture.pixels for picture in group.values())
    keeper = min(group, key=lambda place: rank_key(group[place].rank(largest)))
    to_keeper = dict(neighbours.of(keeper))
    order = sorted(group.keys() - {keeper}, key=lambda p: (-to_keeper.get(p, -1.0), p))

    inodes: dict[tuple[int, int], bytes] = {}
    members = _same_picture(group[keeper], None, inodes, tiers)
    for place in order:
        if place in to_keeper:
            tied = Evidence(group[keeper].head.path, Tier.UNVERIFIED, to_keeper[place])
        else:
            tied = Evidence(group[centre].head.path, Tier.UNVERIFIED, near[place])
        members += _same_picture(group[place], tied, inodes, tiers)
    return _with_reason(members, largest)


def _same_picture(
    picture: _Picture,
    tied: Evidence | None,
    inodes: dict[tuple[int, int], bytes],
    tiers: Collection[Tier],
) -> list[Member]:
    """All files of one picture: the first tied to another picture, the others to the first.

    inodes: (device, inode) -> path of files that are members already; added to.
    """
    members: list[Member] = []
    first_of: dict[int, FoundFile] = {}
    for content, file in picture.files:
        link = inodes.get((file.device, file.inode))
        twin = first_of.setdefault(content.id, file)
        if link is None and twin is not file and Tier.IDENTICAL not in tiers:
            continue
        if file.inode:  # where inodes mean nothing they are 0, and no two files are one
            inodes.setdefault((file.device, file.inode), file.path)
        if link is not None:
            role, evidence = Role.LINKED, Evidence(link, Tier.IDENTICAL, 1.0)
        elif twin is not file:
            role, evidence = Role.REDUNDANT, Evidence(twin.path, Tier.IDENTICAL, 1.0)
        elif members:
            role = Role.REDUNDANT
            evidence = Evidence(picture.head.path, Tier.SAME_PIXELS, None)
        elif tied is None:
            members.append(Member(file, content, Role.KEEPER))
            continue
        else:
            role, evidence = Role.RELATED, tied
        members.append(Member(file, content, role, None, evidence))
    return members


def _with_reason(members: list[Member], largest: int) -> list[Member]:
    """The same members; the keeper says what makes it better than the next best."""
    ranks = [keeper_rank(m.content, m.file, largest=largest) for m in members]
    if len(members) > 1:
        next_best = min(ranks[1:], key=rank_key)
        members[0] = replace(members[0], reason=reason_to_keep(ranks[0], next_best))
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
