"""Which pairs of pictures deserve a second look, the most promising first.

Two ways lead to candidates: descriptors of the whole pictures (`search.wide`), and votes of local
features (`search.local`). They fail on different pictures, so both are asked, and the pairs of both
are put into one order by how likely each is a copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from copyfind.records import Bools, Candidates, Floats, Halves, Ints
from copyfind.search.code_store import CodeStore
from copyfind.search.nearest import nearest
from copyfind.search.neighbours import (
    STRANGER,
    Neighbours,
    least_of_both,
    most_of_both,
    own_of,
)
from copyfind.search.promise import Before, Signs, among_partners, promise_of, promising
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
    sure: float  # promise from which a pair is tried in any case
    tries: float  # a picture, up to which others are, the most promising
    least: float  # promise below which none is


# Measured in docs/decisions.md, "What do pictures that resemble many promise?".
REACH = {
    "fast": Reach(local=False, each=16, sure=0.05, tries=0.5, least=0.002),
    "normal": Reach(local=True, each=16, sure=0.003, tries=0.5, least=0.0001),
    "thorough": Reach(local=True, each=32, sure=0.0005, tries=3.0, least=0.00002),
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
    alone = promising(reach.least, beside_votes=reach.local, level=level)
    return Horizon(max(_FAR, alone), level)


def near_pairs(
    found: Candidates, horizon: Horizon, *, effort: str, size: int, new: Bools
) -> Neighbours:
    """Which of all close pairs of `size` pictures are to be looked at: as many of each as by
    `wide_candidates`, with one that is new (N,)."""
    kept = (found.similarity >= horizon.cosine) & (new[found.first] | new[found.second])
    strongest = StrongestPairs(size=size, threshold=horizon.cosine, strongest=REACH[effort].each)
    strongest.add(found.first[kept], found.second[kept], found.similarity[kept])
    pairs = strongest.candidates()
    own = own_of(pairs, size=size, level=horizon.level)
    own[~new] = np.inf
    return Neighbours(pairs, horizon.level, own)


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
    gathered = gather(wholes, effort=effort, local=local, new=new, near=near, count=count)
    asking = len(wholes) if new is None else int(np.count_nonzero(new))
    before = _before(len(gathered.first), asking, len(wholes), copies)
    promise = promise_of(gathered.signs.below(threshold), before=before)
    kept = np.flatnonzero(promise >= reach.least)
    among = among_partners(promise[kept], gathered.first[kept], gathered.second[kept])
    tried = np.argsort(-among, kind="stable")[: _tries(among, reach, asking)]
    kept = kept[tried]
    return Prospects(
        gathered.first[kept],
        gathered.second[kept],
        np.clip(gathered.signs.whole[kept], -1, 1),
        among[tried],
    )


def _tries(promise: Floats, reach: Reach, asking: int) -> int:
    """How many pairs are tried for so many pictures that ask."""
    sure = int(np.count_nonzero(promise >= reach.sure))
    worth_it = int(np.count_nonzero(promise >= reach.least))
    return max(sure, min(worth_it, round(reach.tries * asking)))


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


def _before(pairs: int, asking: int, size: int, copies: int) -> Before:
    """What the search led to while those who do not ask now were new: as many pairs of each as of
    those who ask."""
    if asking in (0, size):
        return Before()
    return Before(pairs * (size - asking) // asking, copies)


def _brought_together(wholes: Halves, alike: Neighbours, votes: Neighbours | None) -> Gathered:
    """The pairs of both ways, and what is known of them."""
    if votes is None:
        pairs = alike.pairs
        strangers = most_of_both(alike.own, pairs.first, pairs.second)
        signs = Signs(pairs.similarity, strangers, None, None, 0.0)
        return Gathered(pairs.first, pairs.second, signs)
    size = max(len(wholes), 1)
    found = votes.pairs.first * size + votes.pairs.second
    keys = np.union1d(alike.pairs.first * size + alike.pairs.second, found)
    counted = np.zeros(len(keys), np.float32)
    counted[np.searchsorted(keys, found)] = votes.pairs.similarity
    first, second = np.divmod(keys, size)
    whole = unit_rows(wholes).similarity(first, second)
    strangers = most_of_both(alike.own, first, second)
    others = least_of_both(votes.own, first, second)
    return Gathered(first, second, Signs(whole, strangers, counted, others, votes.level))
