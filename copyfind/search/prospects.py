"""Which pairs of pictures deserve a second look, the most promising first.

Two ways lead to candidates: descriptors of the whole pictures (`search.wide`), and votes of local
features (`search.local`). They fail on different pictures, so both are asked, and the pairs of both
are put into one order by how likely each is a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from copyfind.records import Bools, Candidates, Floats, Halves, Ints
from copyfind.search.code_store import CodeStore
from copyfind.search.nearest import nearest
from copyfind.search.neighbours import STRANGER, Neighbours
from copyfind.search.pairs import find_candidates
from copyfind.search.promise import Crowd, Signs, among_partners, promise_of
from copyfind.search.rows import unit_rows
from copyfind.search.wide import wide_candidates
from copyfind.watch import UNCOUNTED, Count

# Measured in docs/decisions.md, "Which ways lead to candidates?".
WIDE_UP_TO = 200_000  # pictures that are all compared with all
_FAR = 0.47  # cosine of whole pictures from which on larger collections are searched
_LEVEL_OF = 1024  # pictures that tell how alike strangers are there


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one effort goes."""

    local: bool  # features as well, or whole pictures alone
    each: int  # candidates of a picture that each way gives, `STRANGER` or more
    least: float  # promise below which a pair is left out


REACH = {
    "fast": Reach(local=False, each=16, least=0.05),
    "normal": Reach(local=True, each=16, least=0.0035),
    "thorough": Reach(local=True, each=32, least=0.002),
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


def find_prospects(
    wholes: Halves,
    *,
    effort: str,
    threshold: float = 0.6,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    cache: Path | None = None,
    count: Count = UNCOUNTED,
) -> Prospects:
    """Pairs that a second look should be taken at, each once.

    wholes (N, D): unit descriptors of N contents, in an order that does not depend on when they
    were met, since it decides between equals. effort: of REACH. threshold: cosine from which the
    weights hold pictures for copies. local: their local features; without them, descriptors alone
    decide. new (N,): only pairs with such a row. cache: a folder for the search index. count: shown
    how many pictures are done.
    """
    gathered = gather(wholes, effort=effort, local=local, new=new, cache=cache, count=count)
    return most_promising(gathered, effort=effort, threshold=threshold)


def most_promising(gathered: Gathered, *, effort: str, threshold: float) -> Prospects:
    """Those of some pairs that deserve a second look, as `find_prospects` gives them."""
    crowd = gathered.signs.crowd.below(threshold)
    promise = promise_of(replace(gathered.signs, crowd=crowd))
    least = REACH[effort].least
    kept = np.flatnonzero(promise >= least)
    promise[kept] = among_partners(promise[kept], gathered.first[kept], gathered.second[kept])
    kept = kept[promise[kept] >= least]
    kept = kept[np.argsort(-promise[kept], kind="stable")]  # of equal promise, as they came
    return Prospects(
        gathered.first[kept],
        gathered.second[kept],
        np.clip(gathered.signs.whole[kept], -1, 1),
        promise[kept],
    )


def gather(
    wholes: Halves,
    *,
    effort: str,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    cache: Path | None = None,
    count: Count = UNCOUNTED,
) -> Gathered:
    """All pairs that the ways of an effort lead to, however little they promise."""
    reach = REACH[effort]
    if not reach.local:
        local = None
    counts = count.split(1 if local is None else 2)
    alike = _by_descriptors(wholes, reach.each, new, cache, counts[0])
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
    return _brought_together(wholes, alike, votes)


def _by_descriptors(
    wholes: Halves, each: int, new: Bools | None, cache: Path | None, count: Count
) -> Neighbours:
    if len(wholes) <= WIDE_UP_TO:
        return wide_candidates(wholes, k=each, new=new, count=count)
    alike = find_candidates(wholes, threshold=_FAR, cache=cache, strongest=each, count=count)
    if new is not None:
        with_new = new[alike.first] | new[alike.second]
        alike = Candidates(
            alike.first[with_new], alike.second[with_new], alike.similarity[with_new]
        )
    chosen = np.random.default_rng(0).permutation(len(wholes))[:_LEVEL_OF]
    _, cosines = nearest(wholes, wholes[chosen], k=STRANGER + 1)  # and itself
    return Neighbours(alike, float(np.median(cosines[:, -1])), np.empty(0, np.float32))


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
