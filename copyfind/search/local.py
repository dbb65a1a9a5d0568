"""Copies by local features: features that resemble each other vote for their two pictures.

Every feature is a list (one of 65,536) and a code of 16 bytes in it; the nearest of all features to
what each picture's codes stand for are looked up, as they are and as a mirror shows them. A vote
counts 1 - d / d_last: a feature that many pictures have has many near ones and says little.
Features of one picture that meet the same feature share its vote. Votes of a pair count where
they agree in rotation and in scale (Jegou, Douze, Schmid: weak geometric consistency, ECCV 2008),
since a copy is turned and scaled as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Bools, Floats, Ints, Pixels
from copyfind.search.code_store import CodeStore, Records
from copyfind.search.codes import Words, codebook, decode, nearest_lists
from copyfind.search.faiss_import import faiss
from copyfind.search.join import for_each
from copyfind.search.neighbours import Neighbours, neighbours
from copyfind.search.strongest import spans
from copyfind.watch import UNCOUNTED, Count

Reals = NDArray[np.number[Any]]

ASKED, ASKED_MIRRORED = 180, 90  # features of a picture that look for others, the strongest
NEAREST = 6
PROBES = 16  # lists looked into
_LISTS = 65_536
# What stands in a list of so many says nothing of two pictures, and costs most: of 100,000 photos
# the 910 longest of 65,536 lists hold three tenths of the features and 93 % of what would be
# compared. Twice as many pictures have lists twice as long, and find no more in them.
_CROWDED, _CROWDED_ROOT = 2000, 0.6  # features, and per root of all
_ANGLES, _SCALES = 12, 20  # bins of 30 degrees and of a factor of two
AT_ONCE = 25_600_000  # features whose lists are in memory together: 1.1 GB
_PICTURES = 64  # that ask at a time
_GATHERED = 4096  # pictures whose codes are gathered at a time
_ON_A_SHELF = 1_500_000  # features whose lists are made at a time: some 0.2 GB


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The features with which some pictures look for others."""

    pictures: Ints  # (Q,)
    rooted: Floats  # (Q, 128)
    angles: Floats  # (Q,) 256ths of a turn
    sizes: Floats  # (Q,) 16 * log2 of pixels
    mirrored: Bools  # (Q,)


def local_candidates(
    store: CodeStore,
    places: Ints,
    *,
    mirror_order: Ints,
    k: int,
    new: Bools | None = None,
    at_once: int = AT_ONCE,
    count: Count = UNCOUNTED,
) -> Neighbours:
    """Return the pairs of pictures that are among the `k` best of one of them by votes.

    places (N,): where the codes of all N pictures are in the store. mirror_order (128,): where each
    number of a SIFT goes in a mirror. new (N,): only these look for others, among all. at_once: so
    many features (or those of one picture) are in memory in lists, some 43 bytes each: all pictures
    ask those of each share again, so what counts is how few shares there are. The `similarity` of a
    pair is its votes, 0 and up.
    """
    size = len(places)
    asking = np.arange(size) if new is None else np.flatnonzero(new)
    best = _Best(asking, k=k)
    shares = spans(store.counts(places), at_once)
    met = 0

    def meet(index: _Index) -> None:
        def work(start: int) -> tuple[int, Ints, Ints, Floats]:
            block = asking[start : start + _PICTURES]
            keys, votes = index.votes(_ask(block, store.records(places[block]), mirror_order))
            of, other = np.divmod(keys, size)
            return start, np.searchsorted(block, of), other, np.round(votes, 4)

        def then(result: tuple[int, Ints, Ints, Floats]) -> None:
            nonlocal met
            best.add(*result)
            met += min(_PICTURES, len(asking) - result[0])
            count.show(met // len(shares), len(asking))

        for_each(work, range(0, len(asking), _PICTURES), then=then)

    for start, end in shares:  # none but one index is there at a time
        meet(_Index(store, places, range(start, end)))
    return best.neighbours(size)


class _Best:
    """The pictures with most votes of each that asks, as they come in: 8 bytes each."""

    def __init__(self, asking: Ints, *, k: int) -> None:
        self._asking = asking
        self._others = np.full((len(asking), k), -1, np.int32)
        self._votes = np.zeros((len(asking), k), np.float32)

    def add(self, start: int, of: Ints, others: Ints, votes: Floats) -> None:
        """Take whom the pictures that ask from `start` on met, each once in all calls.

        of (P,): which of them asked, counted from there. Ties go to the lower row.
        """
        some = slice(start, start + _PICTURES)
        before, at = np.nonzero(self._others[some] >= 0)  # in other shares
        of = np.concatenate([before, of])
        others = np.concatenate([self._others[some][before, at], others])
        votes = np.concatenate([self._votes[some][before, at], votes])
        order = np.lexsort((others, -votes, of))
        of = of[order]
        rank = np.arange(len(of)) - np.searchsorted(of, of)
        kept = rank < self._others.shape[1]
        of, rank, order = of[kept], rank[kept], order[kept]
        self._others[some][of, rank], self._votes[some][of, rank] = others[order], votes[order]

    def neighbours(self, size: int) -> Neighbours:
        return neighbours(self._asking, self._others, self._votes, size=size)


class _Index:
    """The features of some pictures by list, and whose they are."""

    def __init__(self, store: CodeStore, places: Ints, some: range) -> None:
        self.size = len(places)
        mine = places[some.start : some.stop]
        counts = store.counts(mine)
        self._first = some.start
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._angles = np.empty(self._starts[-1], np.uint8)
        self._sizes = np.empty(self._starts[-1], np.uint8)
        shelves = _Shelves(int(self._starts[-1]))
        for begin in range(0, len(mine), _GATHERED):
            records = store.records(mine[begin : begin + _GATHERED])
            own = np.arange(records["words"].shape[1]) < counts[begin : begin + _GATHERED, None]
            at = slice(*self._starts[[begin, begin + len(records)]].tolist())
            shelves.add(at.start, records["words"][own], records["codes"][own])
            self._angles[at], self._sizes[at] = records["angles"][own], records["sizes"][own]
        self._quantizer = _quantizer()
        self._index = shelves.emptied(self._quantizer)

    def votes(self, asked: _Asked) -> tuple[Ints, Floats]:
        """Keys picture * N + other, and the votes for them."""
        if not len(asked.pictures) or not len(self._angles):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        _one_thread()
        # What FAISS takes for the lists that a feature is near to is more than all that follows.
        lists, away = nearest_lists(asked.rooted, PROBES)
        search: Any = self._index.search_preassigned  # the stubs know that of C++ alone
        distances, ids = search(asked.rooted, NEAREST, lists, away)
        there = ids >= 0
        distances = np.where(there, np.maximum(distances, 0), 0)
        weights = 1 - distances / np.maximum(distances.max(axis=1, keepdims=True), 1e-9)
        others = self._first + np.searchsorted(self._starts, ids, side="right") - 1
        useful = there & (others != asked.pictures[:, None]) & (weights > 0)
        for place in range(1, NEAREST):  # of one picture the nearest feature alone
            useful[:, place] &= (others[:, place, None] != others[:, :place]).all(axis=1)
        row, column = np.nonzero(useful)
        ids, others, weights = ids[row, column], others[row, column], weights[row, column]
        pictures = asked.pictures[row]
        _, meeting, crowd = np.unique(
            (pictures * 2 + asked.mirrored[row]) * len(self._angles) + ids,
            return_inverse=True,
            return_counts=True,
        )
        weights = weights / crowd[meeting]
        turned = self._angles[ids] - asked.angles[row]
        grown = self._sizes[ids] - asked.sizes[row]
        pose = ((pictures * self.size + others) * 2 + asked.mirrored[row]).astype(np.int64)
        return _most_agreeing(pose, turned, grown, weights)


class _Shelves:
    """Features on their way into their lists, by groups of lists.

    A group is gone once its lists are made, which take three times its room while they are.
    """

    def __init__(self, features: int) -> None:
        count = max(1, features // _ON_A_SHELF)
        self._bounds = np.linspace(0, _LISTS, count + 1).astype(np.int64)
        self._shelves: list[list[tuple[NDArray[np.uint32], Words, Pixels]]]
        self._shelves = [[] for _ in range(count)]
        self._lengths = np.zeros(_LISTS, np.int64)

    def add(self, first: int, words: Words, packed: Pixels) -> None:
        """Take features (N,), numbered from `first` on: their lists, and their codes (N, 16)."""
        self._lengths += np.bincount(words, minlength=_LISTS)
        order = np.argsort(words, kind="stable")
        ids, words, packed = (first + order).astype(np.uint32), words[order], packed[order]
        cuts = np.searchsorted(words, self._bounds).tolist()
        for shelf, (low, high) in zip(self._shelves, pairwise(cuts), strict=True):
            some = slice(low, high)
            shelf.append((ids[some].copy(), words[some].copy(), packed[some].copy()))

    def emptied(self, quantizer: faiss.MultiIndexQuantizer) -> faiss.IndexIVFPQFastScan:
        """The lists of all that was added; each feature by its number."""
        total = int(self._lengths.sum())
        short = self._lengths <= max(_CROWDED, int(_CROWDED_ROOT * total**0.5))
        whole = faiss.IndexIVFPQFastScan(_empty(quantizer))
        all_lists: Any = whole.invlists  # the stubs hold that there may be none
        while self._shelves:
            parts = self._shelves.pop()
            if not parts:
                continue
            ids, words, packed = (np.concatenate(column) for column in zip(*parts, strict=True))
            del parts
            kept = np.flatnonzero(short[words])
            kept = kept[np.argsort(words[kept], kind="stable")]  # each list fills at once
            codes = np.empty((len(kept), 18), np.uint8)
            codes[:, :2] = words[kept].astype("<u2")[:, None].view(np.uint8)
            codes[:, 2:] = packed[kept]
            some = _empty(quantizer)
            some.add_sa_codes(codes, ids[kept].astype(np.int64))
            del ids, words, packed, codes
            part = faiss.IndexIVFPQFastScan(some)  # named: its lists go with it
            all_lists.merge_from(part.invlists, 0)
        whole.ntotal = total
        whole.nprobe = PROBES
        return whole


def _quantizer() -> faiss.MultiIndexQuantizer:
    """Which list a feature stands in."""
    quantizer = faiss.MultiIndexQuantizer(128, 2, 8)
    faiss.copy_array_to_vector(codebook().centres.ravel(), quantizer.pq.centroids)
    quantizer.is_trained, quantizer.ntotal = True, _LISTS
    return quantizer


def _empty(quantizer: faiss.MultiIndexQuantizer) -> faiss.IndexIVFPQ:
    book = codebook()
    index = faiss.IndexIVFPQ(quantizer, 128, _LISTS, len(book.parts), 4)
    index.own_fields = False
    index.by_residual = False
    faiss.copy_array_to_vector(book.parts.ravel(), index.pq.centroids)
    index.is_trained = True
    return index


def _most_agreeing(pose: Ints, turned: Reals, grown: Reals, weights: Reals) -> tuple[Ints, Floats]:
    """Pairs of pictures, and the most votes of each that agree in rotation and scale; half bins
    overlap.

    Of each vote (V,): pose, its pair * 2, and 1 more where the one is mirrored; turned, by 256ths
    of a turn; grown, by 16ths of a doubling; its weight.
    """
    turn = turned.astype(np.float64) % 256 * (_ANGLES / 256)
    size = grown.astype(np.float64) / 16 + _SCALES / 2
    pairs, pair = np.unique(pose // 2, return_inverse=True)
    most = np.zeros(len(pairs))
    for by_angle in (0.0, 0.5):
        angle = np.floor(turn + by_angle).astype(np.int64) % _ANGLES
        for by_scale in (0.0, 0.5):
            scale = np.clip(np.floor(size + by_scale), 0, _SCALES - 1).astype(np.int64)
            bins = ((pair * 2 + pose % 2) * _ANGLES + angle) * _SCALES + scale
            filled, place = np.unique(bins, return_inverse=True)
            sums = np.bincount(place, weights.astype(np.float64), minlength=len(filled))
            np.maximum.at(most, filled // (2 * _ANGLES * _SCALES), sums)
    return pairs, most.astype(np.float32)


def _ask(block: Ints, records: Records, mirror_order: Ints) -> _Asked:
    """What pictures ask with: what their own codes stand for."""
    counts = np.minimum(records["count"], records["words"].shape[1])[:, None]
    strongest = np.arange(records["words"].shape[1])
    plain = strongest < np.minimum(counts, ASKED)
    mirrored = strongest < np.minimum(counts, ASKED_MIRRORED)
    angles = records["angles"].astype(np.float32)
    return _Asked(
        pictures=np.concatenate([np.repeat(block, own.sum(axis=1)) for own in (plain, mirrored)]),
        rooted=np.concatenate(
            [
                decode(records["codes"][plain]),
                decode(records["codes"][mirrored])[:, mirror_order],
            ]
        ),
        angles=np.concatenate([angles[plain], (128 - angles[mirrored]) % 256]),
        sizes=np.concatenate([records["sizes"][own] for own in (plain, mirrored)]).astype(
            np.float32
        ),
        mirrored=np.repeat([False, True], [plain.sum(), mirrored.sum()]),
    )


def _one_thread() -> None:
    faiss.omp_set_num_threads(1)  # of this thread; the threads of `for_each` are enough
