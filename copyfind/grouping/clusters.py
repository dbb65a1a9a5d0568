"""Verdicts on pairs of contents -> clusters of files, without chaining strangers.

First come copies: what is proven to hold the keeper's picture, directly or through others that
still do (`proofs`). What is likely a copy is told beside them, and ties nothing further. What is
left and is tied by less than proof, likely copies of each other, other shots of a scene and what
only looks alike, gets clusters of its own, in which nothing is redundant (`related`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from copyfind.grouping.colours import COLOURS_MAY_BE_ADDED, is_maybe_what_was_coloured
from copyfind.grouping.first_hand import pixels_at_most
from copyfind.grouping.keeper import Making, making
from copyfind.grouping.members import cluster_of, held_back, in_order
from copyfind.grouping.pictures import (
    Key,
    Picture,
    Rule,
    members_of,
    pictures_of,
    with_reason,
)
from copyfind.grouping.pieces import HOLDS_A_PIECE, parted
from copyfind.grouping.proofs import (
    Composite,
    Edge,
    Star,
    find_composites,
    homes_of,
    stars,
)
from copyfind.grouping.related import Neighbours, related_stars
from copyfind.records import (
    PROVEN,
    TIERS,
    Candidates,
    Cluster,
    Content,
    Evidence,
    Floats,
    Identity,
    Ints,
    Member,
    Pair,
    Role,
    Tier,
)
from copyfind.verdict import Verdict

# Hard links alone are one file, not copies.
_COUNTED = frozenset({Role.REDUNDANT, Role.REFERENCE, Role.RELATED})
PlaceKey = Callable[[int], Key]


@dataclass(frozen=True, slots=True)
class Tie:
    """A verdict that ties two contents."""

    pair: Pair
    verdict: Verdict  # of the lower and the higher
    similarity: float | None = None
    odds: float | None = None  # log odds that the higher was made from the lower, where asked


@dataclass(frozen=True, slots=True)
class Clustered:
    """The clusters asked for, and how many pictures are tied by less than proof."""

    clusters: tuple[Cluster, ...]
    likely: int = 0
    series: int = 0
    unverified: int = 0


def cluster(
    contents: Mapping[int, Content],
    *,
    same_pixels: Iterable[Collection[int]],
    ties: Sequence[Tie] = (),
    alike: Candidates,
    tiers: Collection[Tier] = TIERS,
    rule: Rule | None = None,
    mixed: bool = False,
) -> Clustered:
    """Clusters of the contents' files, by what can be gained, then by the keeper's path.

    contents: by row, all that appear in the other arguments, and those with several files.
    same_pixels: groups of rows.
    ties: what verdicts say, each pair once.
    alike: pairs of rows whose descriptors are alike.
    tiers: only these ties count.
    mixed: nothing was verified: what looks alike joins the clusters of copies.
    """
    rule = rule or Rule()
    pictures = pictures_of(contents, same_pixels if Tier.SAME_PIXELS in tiers else (), rule)
    album = _Album(pictures, ties, alike, tiers)
    found: list[list[Member]] = []
    if not mixed:
        found += album.copies()
        if not set(PROVEN) <= set(tiers):
            # What is not asked for is proven all the same: it stands in no cluster of less.
            whole = _Album(pictures_of(contents, same_pixels, rule), ties, alike, PROVEN)
            album.know_together(list(whole.copies()))
        found += album.related(Tier.LIKELY)
        found += album.related(Tier.SERIES)
    found += album.related(Tier.UNVERIFIED)
    clusters = in_order([cluster_of(members) for members in found if _counts(members)])
    return Clustered(clusters, *map(album.count, (Tier.LIKELY, Tier.SERIES, Tier.UNVERIFIED)))


class _Album:
    """Pictures by their place, the best first, and all that ties them."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        ties: Sequence[Tie],
        alike: Candidates,
        tiers: Collection[Tier],
    ) -> None:
        self._pictures, self._tiers = pictures, tiers
        self._place_of = {c.row: at for at, p in enumerate(pictures) for c, _ in p.files}
        self._graph: dict[int, dict[int, Edge]] = {}
        # Of less than proof: places, both ways -> edge.
        self._related: dict[Tier, dict[tuple[int, int], Edge]] = {Tier.LIKELY: {}, Tier.SERIES: {}}
        self._judged: set[tuple[int, int]] = set()  # places, both ways, tied by any verdict
        for tie in ties:
            self._add(tie)
        self._alike = self._places(alike)
        self._copies_of: dict[int, int] = {}  # place -> number of its cluster of copies
        self._clusters = 0  # of copies
        self._taken: set[int] = set()  # places in any cluster
        self._makings: dict[int, Making] = {}

    def copies(self) -> Iterator[list[Member]]:
        """Clusters of pictures proven to be copies, then those of one picture in several files."""
        graph = self._graph
        composites = find_composites(graph, self._is_original)
        whole = stars(
            graph,
            composites,
            keys=lambda group: self._keys(group, composites),
            is_source=lambda place: self._making(place).is_source,
            are_series=lambda a, b: (a, b) in self._related[Tier.SERIES],
        )
        parts = [parted(star, graph) for star in whole]
        found = [star for part in parts for star in (part.star, *part.others)]
        holders = {part.star.keeper: dict(part.holders) for part in parts}
        home = {place: at for at, star in enumerate(found) for place in (star.keeper, *star.via)}
        told: dict[int, list[Composite]] = {}
        for lone in homes_of(composites, graph, taken=home, barred=composites):
            if lone.best not in home:
                home[lone.best] = len(found)
                found.append(Star(lone.best, {}))
                for beside in holders.values():  # one that heads what is made of it
                    beside.pop(lone.best, None)
            told.setdefault(home[lone.best], []).append(lone)
        held = [
            dict(star.via) | {lone.place: lone.best for lone in told.get(at, ())}
            for at, star in enumerate(found)
        ]
        for star, via in zip(found, held, strict=True):
            self._take(star.keeper, via)
            self._taken.update(holders.get(star.keeper, ()))
        for place, picture in enumerate(self._pictures):
            if place not in self._taken and _counts(members_of(picture, None, {}, self._tiers)):
                self._take(place, {})
                found.append(Star(place, {}))
                held.append({})
        likely = self._likely_beside()
        for star, via in zip(found, held, strict=True):
            members = self._members_of_star(star.keeper, via, composites)
            for place, piece in holders.get(star.keeper, {}).items():
                members += self._holding(place, piece)
            for place in (star.keeper, *via):
                for other in likely.get(place, ()):
                    edge = self._related[Tier.LIKELY][place, other]
                    members += self._members_of(other, self._evidence(edge, place))
            yield members

    def know_together(self, clusters: Sequence[Sequence[Member]]) -> None:
        """Let these be the clusters of copies, though they may not be asked for."""
        self._copies_of = {
            self._place_of[member.content.row]: number
            for number, members in enumerate(clusters)
            for member in members
            if member.role is not Role.RELATED
        }

    def related(self, tier: Tier) -> Iterator[list[Member]]:
        """Clusters of what is left; of series only those with several pictures."""
        first, second, similarity = self._pairs(tier)
        if tier not in self._tiers:
            first, second, similarity = first[:0], second[:0], similarity[:0]
        neighbours = Neighbours(len(self._pictures), first, second, similarity)
        alone = tier is Tier.UNVERIFIED
        taken = set(self._taken)
        for centre, near in related_stars(neighbours, taken):
            if near or alone:
                self._taken.update((centre, *near))
                yield self._members_around(centre, near, neighbours, tier)

    def count(self, tier: Tier) -> int:
        """Pictures in the clusters that there are where this tier alone is asked for."""
        neighbours = Neighbours(len(self._pictures), *self._pairs(tier))
        return sum(1 + len(near) for _, near in related_stars(neighbours, set()) if near)

    def _likely_beside(self) -> dict[int, list[int]]:
        """Pictures in no cluster, beside the picture in one that each is most likely a copy of;
        takes them. What has copies of its own stays with those, and so does what is tied better to
        a picture that nothing ties to a cluster."""
        if Tier.LIKELY not in self._tiers:
            return {}
        edges = self._related[Tier.LIKELY]
        tied = {other for place, other in edges if place in self._taken} - self._taken
        best: dict[int, tuple[tuple[object, ...], int]] = {}
        for (place, other), edge in edges.items():
            if other in tied and (place in self._taken or place not in tied):
                offer = (_order(edge), place)
                best[other] = min(best.get(other, offer), offer)
        best = {other: offer for other, offer in best.items() if offer[1] in self._taken}
        beside: dict[int, list[int]] = {}
        for other, (_, place) in sorted(best.items()):
            beside.setdefault(place, []).append(other)
        self._taken.update(best)
        return beside

    def _add(self, tie: Tie) -> None:
        a, b = (self._place_of.get(row) for row in tie.pair)
        tier = tie.verdict.tier
        if a is None or b is None or a == b or tier is Tier.UNVERIFIED:
            return
        self._judged |= {(a, b), (b, a)}
        odds = tie.odds
        forth = Edge(tie.verdict, tie.similarity, odds)
        back = Edge(tie.verdict.reversed(), tie.similarity, None if odds is None else -odds)
        for one, other, edge in ((a, b, forth), (b, a, back)):
            if tier in self._related:
                self._related[tier][one, other] = edge
            elif tier in self._tiers:
                known = self._graph.setdefault(one, {}).get(other)
                # Two contents of a picture may have a verdict each: not the order decides.
                if known is None or _order(edge) < _order(known):
                    self._graph[one][other] = edge

    def _places(self, alike: Candidates) -> tuple[Ints, Ints, Floats]:
        """The pairs of pictures that are alike and have no verdict that says more."""
        ids = np.array(sorted(self._place_of), np.int64)
        places = np.array([self._place_of[i] for i in ids.tolist()], np.int64)
        kept = np.isin(alike.first, ids) & np.isin(alike.second, ids)
        if not kept.any():
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        first = places[np.searchsorted(ids, alike.first[kept])]
        second = places[np.searchsorted(ids, alike.second[kept])]
        similarity = alike.similarity[kept]
        size = len(self._pictures)
        known = np.array([a * size + b for a, b in self._judged], np.int64)
        free = ~np.isin(first * size + second, known) & (first != second)
        return first[free], second[free], similarity[free]

    def _pairs(self, tier: Tier) -> tuple[Ints, Ints, Floats]:
        """Pairs tied by this tier, but for those that proof has brought together."""
        if tier is Tier.UNVERIFIED:
            first, second, similarity = self._alike
        else:
            edges = self._related[tier]
            keys = sorted(pair for pair in edges if pair[0] < pair[1])
            first = np.array([a for a, _ in keys], np.int64)
            second = np.array([b for _, b in keys], np.int64)
            values = [edges[pair].verdict.agreement for pair in keys]
            similarity = np.array(values, np.float32)
        cluster_of = np.full(len(self._pictures) + 1, -1)
        for place, number in self._copies_of.items():
            cluster_of[place] = number
        apart = (cluster_of[first] != cluster_of[second]) | (cluster_of[first] < 0)
        return first[apart], second[apart], similarity[apart]

    def _keys(self, group: Sequence[int], composites: Collection[int]) -> PlaceKey:
        largest = self._largest(group, composites)
        return lambda place: self._pictures[place].key(largest, self._making(place))

    def _largest(self, group: Sequence[int], composites: Collection[int] = ()) -> float:
        """Pixels of the scene in the largest picture; a composite counts among its own alone."""
        plain = [place for place in group if place not in composites] or group
        return max(self._pictures[p].first_hand(self._making(p)) for p in plain)

    def _making(self, place: int) -> Making:
        if place not in self._makings:
            edges = [self._graph[other][place] for other in self._graph.get(place, {})]
            made = making((edge.verdict, edge.odds) for edge in edges)
            self._makings[place] = replace(made, pixels=self._at_most.get(place))
        return self._makings[place]

    @cached_property
    def _at_most(self) -> dict[int, int]:
        return pixels_at_most([picture.pixels for picture in self._pictures], self._graph)

    def _making_of(self, row: int) -> Making:
        place = self._place_of[row]
        return self._pictures[place].making_of(row, self._making(place))

    def _is_original(self, place: int) -> bool:
        content, _ = self._pictures[place].files[0]
        facts = content.facts
        return facts is not None and facts.camera is not None and facts.captured_at is not None

    def _take(self, keeper: int, via: Collection[int]) -> None:
        """Let these be one cluster of copies."""
        self._copies_of.update(dict.fromkeys((keeper, *via), self._clusters))
        self._clusters += 1
        self._taken.update((keeper, *via))

    def _members_of(self, place: int, tied: Evidence) -> list[Member]:
        """The files of a picture that is told beside others."""
        return members_of(self._pictures[place], tied, {}, self._tiers)

    def _holding(self, place: int, piece: int) -> list[Member]:
        """The files of a picture of which another one is but a piece, and which stays for it."""
        members = self._members_of(place, self._evidence(self._graph[piece][place], piece))
        return held_back(members, HOLDS_A_PIECE)

    def _members_of_star(
        self, keeper: int, via: Mapping[int, int], composites: Collection[int]
    ) -> list[Member]:
        names: dict[Identity, bytes] = {}
        members: list[Member] = []
        for place in (keeper, *via):
            tied: Evidence | None = None
            if place in via:
                tied = self._evidence(self._graph[via[place]][place], via[place])
            matches: tuple[Evidence, ...] = ()
            if place in composites:
                held = self._graph[place].keys() - {via.get(place)} - set(composites)
                matches = tuple(
                    self._evidence(self._graph[other][place], other) for other in sorted(held)
                )
            found = members_of(self._pictures[place], tied, names, self._tiers, matches)
            if place in via and is_maybe_what_was_coloured(self._graph[via[place]][place]):
                found = held_back(found, COLOURS_MAY_BE_ADDED)
            members += found
        return self._with_reason(members, [keeper, *via], composites)

    def _members_around(
        self, centre: int, near: Mapping[int, float], neighbours: Neighbours, tier: Tier
    ) -> list[Member]:
        """The keeper, then all others with what ties them to the keeper, or else to the centre."""
        group = sorted((centre, *near))
        key = self._keys(group, ())
        keeper = min(group, key=key)
        to_keeper = dict(neighbours.of(keeper))
        order = sorted(set(group) - {keeper}, key=lambda p: (-to_keeper.get(p, -1.0), p))
        names: dict[Identity, bytes] = {}
        members = members_of(self._pictures[keeper], None, names, self._tiers)
        for place in order:
            to, similarity = (
                (keeper, to_keeper[place]) if place in to_keeper else (centre, near[place])
            )
            tied = Evidence(self._pictures[to].head.path, tier, similarity)
            if tier in self._related:
                tied = self._evidence(self._related[tier][to, place], to)
            members += members_of(self._pictures[place], tied, names, self._tiers)
        return self._with_reason(members, [keeper, *order], ())

    def _evidence(self, edge: Edge, to: int) -> Evidence:
        """What ties a picture to the one at `to`, as its member tells it. edge: from the one at
        `to`."""
        verdict = edge.verdict
        return Evidence(
            self._pictures[to].head.path,
            verdict.tier,
            edge.similarity,
            verdict.how,
            verdict.overlap,
            verdict.matrix,
            verdict.boxes,
        )

    def _with_reason(
        self, members: list[Member], places: Sequence[int], composites: Collection[int]
    ) -> list[Member]:
        largest = self._largest(places, composites)
        rule = self._pictures[places[0]].rule
        ranks = [
            rule.rank(m.content, m.file, largest, self._making_of(m.content.row)) for m in members
        ]
        return with_reason(members, ranks[0], ranks[1:])


def _order(edge: Edge) -> tuple[object, ...]:
    return (*edge.strength, edge.verdict.how, edge.verdict.matrix or ())


def _counts(members: Sequence[Member]) -> bool:
    return any(member.role in _COUNTED for member in members)
