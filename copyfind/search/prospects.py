"""Which pairs of pictures deserve a second look, the most promising first.

Two ways lead to candidates: descriptors of regions (`search.wide`), and votes of local features
(`search.local`). They fail on different pictures, so both are asked, and the pairs of both are put
into one order by how likely each is a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from copyfind.records import Bools, Candidates, Floats, Ints
from copyfind.search.code_store import CodeStore
from copyfind.search.nearest import nearest
from copyfind.search.neighbours import STRANGER, Neighbours
from copyfind.search.pairs import find_candidates
from copyfind.search.promise import Crowd, Signs, promise_of
from copyfind.search.regions import Regions, wholes_alone
from copyfind.search.wide import wide_candidates
from copyfind.watch import UNCOUNTED, Count

# Measured in docs/decisions.md, "How many candidates?".
PARTS_OF_BOTH_UP_TO = 5_000  # pictures; 36 products a pair instead of 12
WIDE_UP_TO = 200_000  # pictures that are all compared with all
_FAR = 0.47  # cosine of whole pictures from which on larger collections are searched
_LEVEL_OF = 1024  # pictures that tell how alike strangers are there
_PAIRS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one effort goes."""

    regions: bool  # or whole pictures alone
    each: int  # candidates of a picture that each way gives, `STRANGER` or more
    least: float  # promise below which a pair is left out


REACH = {
    "fast": Reach(regions=False, each=16, least=0.05),
    "normal": Reach(regions=True, each=16, least=0.012),
    "thorough": Reach(regions=True, each=32, least=0.002),
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
    regions: Regions,
    *,
    effort: str,
    threshold: float = 0.6,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    cache: Path | None = None,
    count: Count = UNCOUNTED,
) -> Prospects:
    """Pairs that a second look should be taken at, each once.

    regions: unit descriptors of N contents, in an order that does not depend on when they were met,
    since it decides between equals. effort: of REACH. threshold: cosine from which the weights hold
    pictures for copies. local: their local features; without them, descriptors alone decide.
    new (N,): only pairs with such a row. cache: a folder for the search index. count: shown how
    many pictures are done.
    """
    gathered = gather(regions, effort=effort, local=local, new=new, cache=cache, count=count)
    crowd = gathered.signs.crowd.below(threshold)
    promise = promise_of(replace(gathered.signs, crowd=crowd))
    kept = np.flatnonzero(promise >= REACH[effort].least)
    kept = kept[np.argsort(-promise[kept], kind="stable")]  # of equal promise, as they came
    return Prospects(
        gathered.first[kept],
        gathered.second[kept],
        np.clip(gathered.signs.whole[kept], -1, 1),
        promise[kept],
    )


def gather(
    regions: Regions,
    *,
    effort: str,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    cache: Path | None = None,
    count: Count = UNCOUNTED,
) -> Gathered:
    """All pairs that the ways of an effort lead to, however little they promise."""
    reach = REACH[effort]
    if not reach.regions:
        regions, local = wholes_alone(regions.wholes), None
    counts = count.split(1 if local is None else 2)
    alike = _by_descriptors(regions, reach, new, cache, counts[0])
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
    return _brought_together(regions, alike, votes, several=reach.regions)


def _by_descriptors(
    regions: Regions,
    reach: Reach,
    new: Bools | None,
    cache: Path | None,
    count: Count,
) -> Neighbours:
    if len(regions) <= WIDE_UP_TO:
        return wide_candidates(
            regions,
            k=reach.each,
            parts_of_both=reach.regions and len(regions) <= PARTS_OF_BOTH_UP_TO,
            new=new,
            count=count,
        )
    alike = find_candidates(
        regions.wholes, threshold=_FAR, cache=cache, strongest=reach.each, count=count
    )
    if new is not None:
        with_new = new[alike.first] | new[alike.second]
        alike = Candidates(
            alike.first[with_new], alike.second[with_new], alike.similarity[with_new]
        )
    chosen = np.random.default_rng(0).permutation(len(regions))[:_LEVEL_OF]
    _, cosines = nearest(regions.wholes, regions.wholes[chosen], k=STRANGER + 1)  # and itself
    return Neighbours(alike, float(np.median(cosines[:, -1])))


def _brought_together(
    regions: Regions, alike: Neighbours, votes: Neighbours | None, *, several: bool
) -> Gathered:
    """The pairs of both ways, and what is known of them."""
    size = max(len(regions), 1)
    keys = alike.pairs.first * size + alike.pairs.second
    found = keys if votes is None else votes.pairs.first * size + votes.pairs.second
    keys = np.union1d(keys, found)
    first, second = np.divmod(keys, size)
    whole, best = np.empty(len(keys), np.float32), np.empty(len(keys), np.float32)
    for start in range(0, len(keys), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        # Half precision is slow to widen: each picture once, not once a pair.
        rows, place = np.unique(np.stack([first[part], second[part]]), return_inverse=True)
        wide, (a, b) = regions.of(rows).astype(np.float32), place.reshape(2, -1)
        products = np.einsum("pid,pjd->pij", wide[a], wide[b])
        whole[part], best[part] = products[:, 0, 0], products.max(axis=(1, 2))
    counted = np.zeros(len(keys), np.float32)
    if votes is not None:
        counted[np.searchsorted(keys, found)] = votes.pairs.similarity
    crowd = Crowd(alike.level, 0.0 if votes is None else votes.level)
    if not several:
        return Gathered(first, second, Signs(whole, None, None, crowd))
    return Gathered(first, second, Signs(whole, best, counted, crowd))
