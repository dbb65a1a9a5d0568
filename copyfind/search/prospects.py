"""Which pairs of pictures deserve a second look, the most promising first.

Two ways lead to candidates: descriptors of regions (`search.wide`), and votes of local features
(`search.local`). They fail on different pictures, so both are asked while the collection is small
enough for the second, and the pairs of both are put into one order by how likely each is a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copyfind.records import Bools, Candidates, Floats, Halves, Ints
from copyfind.search.codes import Keypoints, encode_all, read_codes, write_codes
from copyfind.search.pairs import find_candidates
from copyfind.search.promise import FITTED_AT, Signs, promise_of
from copyfind.search.wide import wide_candidates
from copyfind.watch import UNCOUNTED, Count

# Measured in docs/decisions.md, "How many candidates?".
PARTS_OF_BOTH_UP_TO = 5_000  # pictures; 36 products a pair instead of 12
LOCAL_UP_TO = 20_000  # pictures
WIDE_UP_TO = 100_000  # pictures that are all compared with all: twenty CPU minutes
_FAR = 0.47  # cosine of whole pictures from which on larger collections are searched
_FEATURES_AT_ONCE = 64  # pictures that are coded at a time
_PAIRS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one effort goes."""

    regions: bool  # or whole pictures alone
    each: int  # candidates of a picture that each way gives
    least: float  # promise below which a pair is left out
    local_up_to: int  # pictures


REACH = {
    "fast": Reach(regions=False, each=8, least=0.02, local_up_to=0),
    "normal": Reach(regions=True, each=16, least=0.01, local_up_to=LOCAL_UP_TO),
    "thorough": Reach(regions=True, each=32, least=0.003, local_up_to=60_000),
}


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """Where the local features of pictures come from, and where their codes are kept."""

    of: Callable[[Sequence[int]], Iterable[Keypoints]]  # of the rows asked for, in that order
    mirror_order: Ints  # (128,): descriptors in this order are those of the mirror image
    sha256s: Sequence[bytes]  # (N,) by which codes are kept
    codes: Path | None = None  # a file for them, to be named anew when features change


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


def reaches_locally(effort: str, pictures: int) -> bool:
    """Whether so many pictures are searched by local features too."""
    return pictures <= REACH[effort].local_up_to


def find_prospects(
    regions: Halves,
    *,
    effort: str,
    threshold: float = FITTED_AT,
    local: LocalFeatures | None = None,
    new: Bools | None = None,
    cache: Path | None = None,
    count: Count = UNCOUNTED,
) -> Prospects:
    """Pairs that a second look should be taken at, each once.

    regions (N, R, D): unit descriptors of N contents, region 0 the whole picture, in an order that
    does not depend on when they were met, since it decides between equals. effort: of REACH.
    threshold: the default one of the weights, by which other weights' cosines are understood.
    local: their local features; without them, or with more pictures than the effort's reach,
    descriptors alone decide. new (N,): only pairs with such a row. cache: a folder for the search
    index. count: shown how many pictures are done.
    """
    gathered = gather(regions, effort=effort, local=local, new=new, cache=cache, count=count)
    return _ranked(gathered, least=REACH[effort].least, threshold=threshold)


def gather(
    regions: Halves,
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
        regions = regions[:, :1]
    if not reaches_locally(effort, len(regions)):
        local = None
    counts = count.split(1 if local is None else 2)
    alike = _by_descriptors(regions, reach, new, cache, counts[0])
    votes = None
    if local is not None:
        votes = _by_features(local, k=reach.each, new=new, count=counts[1])
    return _brought_together(regions, alike, votes)


def _by_descriptors(
    regions: Halves,
    reach: Reach,
    new: Bools | None,
    cache: Path | None,
    count: Count,
) -> Candidates:
    if len(regions) > WIDE_UP_TO:
        alike = find_candidates(
            np.ascontiguousarray(regions[:, 0]),
            threshold=_FAR,
            cache=cache,
            strongest=reach.each,
            count=count,
        )
        if new is None:
            return alike
        with_new = new[alike.first] | new[alike.second]
        return Candidates(alike.first[with_new], alike.second[with_new], alike.similarity[with_new])
    return wide_candidates(
        regions,
        k=reach.each,
        parts_of_both=len(regions) <= PARTS_OF_BOTH_UP_TO,
        new=new,
        count=count,
    )


def _by_features(
    local: LocalFeatures,
    *,
    k: int,
    new: Bools | None,
    count: Count,
) -> Candidates:
    from copyfind.search.local import local_candidates  # FAISS loads here

    sha256s = local.sha256s
    known = {} if local.codes is None else read_codes(local.codes)
    lacking = [row for row, sha256 in enumerate(sha256s) if sha256 not in known]
    blocks = (
        list(local.of(lacking[start : start + _FEATURES_AT_ONCE]))
        for start in range(0, len(lacking), _FEATURES_AT_ONCE)
    )
    coded = encode_all(blocks)
    found = known | {sha256s[row]: one for row, one in zip(lacking, coded, strict=True)}
    if local.codes is not None and lacking:
        write_codes(local.codes, {sha256: found[sha256] for sha256 in sha256s})
    return local_candidates(
        [found[sha256] for sha256 in sha256s],
        local.of,
        mirror_order=local.mirror_order,
        k=k,
        new=new,
        count=count,
    )


def _brought_together(regions: Halves, alike: Candidates, votes: Candidates | None) -> Gathered:
    """The pairs of both ways, and what is known of them."""
    size = max(len(regions), 1)
    keys = alike.first * size + alike.second
    found = keys if votes is None else votes.first * size + votes.second
    keys = np.union1d(keys, found)
    first, second = np.divmod(keys, size)
    whole, best = np.empty(len(keys), np.float32), np.empty(len(keys), np.float32)
    for start in range(0, len(keys), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        # Half precision is slow to widen: each picture once, not once a pair.
        rows, place = np.unique(np.stack([first[part], second[part]]), return_inverse=True)
        wide, (a, b) = regions[rows].astype(np.float32), place.reshape(2, -1)
        products = np.einsum("pid,pjd->pij", wide[a], wide[b])
        whole[part], best[part] = products[:, 0, 0], products.max(axis=(1, 2))
    counted = None
    if votes is not None:
        counted = np.zeros(len(keys))
        counted[np.searchsorted(keys, found)] = votes.similarity
    several = votes is not None or regions.shape[1] > 1
    return Gathered(first, second, Signs(whole, best if several else None, counted))


def _ranked(gathered: Gathered, *, least: float, threshold: float) -> Prospects:
    """In the order of their promise, down to `least`; of equal promise, as they came."""
    promise = promise_of(gathered.signs, threshold=threshold)
    kept = np.flatnonzero(promise >= least)
    kept = kept[np.argsort(-promise[kept], kind="stable")]
    return Prospects(
        gathered.first[kept],
        gathered.second[kept],
        np.clip(gathered.signs.whole[kept], -1, 1),
        promise[kept].astype(np.float32),
    )
