"""Which pairs of pictures deserve a second look, the most promising first.

Two ways lead to candidates: descriptors of the whole pictures (`search.wide`), and votes of local
features (`search.local`). They fail on different pictures, so both are asked, and the pairs of both
are put into one order by how likely each is a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from copyfind.records import Bools, Candidates, Floats, Halves, Ints
from copyfind.search.code_store import CodeStore
from copyfind.search.nearest import nearest
from copyfind.search.neighbours import STRANGER, Neighbours
from copyfind.search.promise import Before, Crowd, Odds, Signs, among_partners, odds_of, promising
from copyfind.search.rows import unit_rows
from copyfind.search.strongest import StrongestPairs
from copyfind.search.wide import wide_candidates
from copyfind.watch import UNCOUNTED, Count

# Measured in docs/decisions.md, "Which ways lead to candidates?".
WIDE_UP_TO = 100_000  # pictures that are all compared with all
_FAR = 0.47  # cosine of whole pictures from which on larger collections are searched, or farther on
_LEVEL_OF = 1024  # pictures that tell how alike strangers are there


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one effort goes."""

    local: bool  # features as well, or whole pictures alone
    each: int  # candidates of a picture that each way gives, `STRANGER` or more
    glance: float  # promise below which a pair is left out, before codes are compared
    least: float  # promise below which it is left out afterwards


REACH = {
    "fast": Reach(local=False, each=16, glance=0.05, least=0.05),
    "normal": Reach(local=True, each=16, glance=0.002, least=0.0005),
    "thorough": Reach(local=True, each=32, glance=0.0012, least=0.0002),
}


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """Where the codes of pictures lie."""

    store: CodeStore
    places: Ints  # (N,) of the pictures in it; -1 for those without
    mirror_order: Ints  # (128,): descriptors in this order are those of the mirror image


@dataclass(frozen=True, slots=True, eq=False)
class Prospects:
    """Pairs of rows worth a second look, first < second, the most promising first."""

    first: Ints  # (P,)
    second: Ints  # (P,)
    similarity: Floats  # (P,) cosine of the whole pictures
    promise: Floats  # (P,) probability that one is a copy of the other, as far as is known here


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Pairs of rows that any way led to, first < second, each once and in order."""

    first: Ints  # (P,)
    second: Ints  # (P,)
    signs: Signs

    def only(self, some: Ints) -> Gathered:
        """The pairs at these places, (S,)."""
        return Gathered(self.first[some], self.second[some], self.signs.part(some))


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far whole pictures are looked for where not all are compared with all."""

    cosine: float  # from here on
    level: float  # how close strangers come


def is_wide(size: int, *, asking: int) -> bool:
    """Whether those who ask are compared with all there are; otherwise there is a horizon, and one
    search for whoever wants close pairs."""
    return asking * size <= WIDE_UP_TO**2


def horizon_of(wholes: Halves, *, effort: str) -> Horizon:
    """Where the pairs begin that promise enough by their descriptors alone, or `_FAR`."""
    chosen = np.random.default_rng(0).permutation(len(wholes))[:_LEVEL_OF]
    _, cosines = nearest(wholes, wholes[chosen], k=STRANGER + 1)  # and itself
    level = float(np.median(cosines[:, -1]))
    reach = REACH[effort]
    alone = promising(reach.glance, beside_votes=reach.local, crowd=Crowd(level, 0.0))
    return Horizon(max(_FAR, alone), level)


def near_pairs(
    found: Candidates, horizon: Horizon, *, effort: str, size: int, new: Bools
) -> Neighbours:
    """Which of all close pairs of `size` pictures are to be looked at: as many of each as by
    `wide_candidates`, with one that is new (N,)."""
    kept = (found.similarity >= horizon.cosine) & (new[found.first] | new[found.second])
    strongest = StrongestPairs(size=size, threshold=horizon.cosine, strongest=REACH[effort].each)
    strongest.add(found.first[kept], found.second[kept], found.similarity[kept])
    return Neighbours(strongest.candidates(), horizon.level, np.empty(0, np.float32))


def find_prospects(
    wholes: Halves,
    *,
    effort: str,
    threshold: float = 1.0,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    near: Neighbours | None = None,
    copies: int = 0,
    count: Count = UNCOUNTED,
) -> Prospects:
    """Pairs that a second look should be taken at, each once.

    wholes (N, D): unit descriptors of N contents, in an order that does not depend on when they
    were met, since it decides between equals. effort: of REACH. threshold: cosine from which the
    weights hold pictures for copies. local: their local features; without them, descriptors alone
    decide. new (N,): only pairs with such a row. near: what descriptors led to, where not all are
    compared with all. copies: pairs of rows that are not new, and are known for copies. count:
    shown how many pictures are done.
    """
    reach = REACH[effort]
    if not reach.local:
        local = None
    counts = count.split(1 if local is None else 2)
    gathered = gather(wholes, effort=effort, local=local, new=new, near=near, count=counts[0])
    crowd = gathered.signs.crowd.below(threshold)
    before = _before(len(gathered.first), new, copies)
    odds = odds_of(replace(gathered.signs, crowd=crowd), before=before)
    kept, promise = _above(reach.glance, gathered, odds.promise())
    if local is not None:
        gathered = gathered.only(kept)
        odds = _compared(gathered, odds.only(kept), local, counts[1])
        kept, promise = _above(reach.least, gathered, odds.promise())
    order = np.argsort(-promise, kind="stable")  # of equal promise, as they came
    kept = kept[order]
    return Prospects(
        gathered.first[kept],
        gathered.second[kept],
        np.clip(gathered.signs.whole[kept], -1, 1),
        promise[order],
    )


def _above(least: float, gathered: Gathered, promise: Floats) -> tuple[Ints, Floats]:
    """Which pairs promise so much, each counted among those of its pictures, and how much."""
    kept = np.flatnonzero(promise >= least)
    among = among_partners(promise[kept], gathered.first[kept], gathered.second[kept])
    enough = among >= least
    return kept[enough], among[enough]


def _compared(gathered: Gathered, odds: Odds, local: LocalFeatures, count: Count) -> Odds:
    """What speaks for pairs once the codes of both pictures were compared, where that tells
    more."""
    from copyfind.search.agreement import agreement

    pictures = np.union1d(gathered.first, gathered.second)
    counts = local.store.counts(local.places[pictures])
    fewest = np.minimum(
        *(counts[np.searchsorted(pictures, side)] for side in (gathered.first, gathered.second))
    )
    unclear = np.flatnonzero(odds.unclear(fewest))
    agreeing = agreement(
        local.store,
        local.places,
        gathered.first[unclear],
        gathered.second[unclear],
        mirror_order=local.mirror_order,
        count=count,
    )
    return odds.compared(unclear, agreeing)


def gather(
    wholes: Halves,
    *,
    effort: str,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    near: Neighbours | None = None,
    count: Count = UNCOUNTED,
) -> Gathered:
    """All pairs that the ways of an effort lead to, however little they promise."""
    reach = REACH[effort]
    if not reach.local:
        local = None
    counts = count.split(1 if local is None else 2)
    if near is None:
        near = wide_candidates(wholes, k=reach.each, new=new, count=counts[0])
    votes = None
    if local is not None:
        from copyfind.search.local import local_candidates  # FAISS loads here

        votes = local_candidates(
            local.store,
            local.places,
            mirror_order=local.mirror_order,
            k=reach.each,
            new=new,
            count=counts[1],
        )
    return _brought_together(wholes, near, votes)


def _before(pairs: int, new: Bools | None, copies: int) -> Before:
    """What the search led to while those who do not ask now were new: as many pairs of each as of
    those who ask."""
    asking = 0 if new is None else int(np.count_nonzero(new))
    if new is None or not asking or asking == len(new):
        return Before()
    return Before(pairs * (len(new) - asking) // asking, copies)


def _brought_together(wholes: Halves, alike: Neighbours, votes: Neighbours | None) -> Gathered:
    """The pairs of both ways, and what is known of them."""
    if votes is None:
        pairs = alike.pairs
        crowd = Crowd(alike.level, 0.0)
        return Gathered(pairs.first, pairs.second, Signs(pairs.similarity, None, None, crowd))
    size = max(len(wholes), 1)
    found = votes.pairs.first * size + votes.pairs.second
    keys = np.union1d(alike.pairs.first * size + alike.pairs.second, found)
    counted = np.zeros(len(keys), np.float32)
    counted[np.searchsorted(keys, found)] = votes.pairs.similarity
    first, second = np.divmod(keys, size)
    whole = unit_rows(wholes).similarity(first, second)
    others = np.minimum(votes.own[first], votes.own[second])
    crowd = Crowd(alike.level, votes.level)
    return Gathered(first, second, Signs(whole, counted, others, crowd))
