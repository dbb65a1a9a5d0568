"""Copies by local features: features that resemble each other vote for their two pictures.

Every feature is a list (the nearest of 1024 centres) and a code of 16 bytes in it; the nearest of
all features to some of each picture's are looked up, as they are and as a mirror shows them. A
vote counts 1 - d / d_last: a feature that many pictures have has many near ones and says little.
Features of one picture that meet the same feature share its vote. Votes of a pair count where
they agree in rotation and in scale (Jegou, Douze, Schmid: weak geometric consistency, ECCV 2008),
since a copy is turned and scaled as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from copyfind.records import Bools, Candidates, Floats, Ints
from copyfind.search.codes import Codes, Keypoints, codebook, rooted_sifts
from copyfind.search.join import for_each
from copyfind.watch import UNCOUNTED, Count

Doubles = NDArray[np.float64]

ASKED, ASKED_MIRRORED = 200, 100  # features of a picture that look for others, the strongest
NEAREST = 6
PROBES = 4  # lists looked into
_ANGLES, _SCALES = 12, 20  # bins of 30 degrees and of a factor of two
_PICTURES = 64  # that ask at a time


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The features with which some pictures look for others."""

    pictures: Ints  # (Q,)
    rooted: Floats  # (Q, 128)
    angles: Floats  # (Q,) 256ths of a turn
    sizes: Floats  # (Q,) 16 * log2 of pixels
    mirrored: Bools  # (Q,)


def local_candidates(
    codes: Sequence[Codes],
    features: Callable[[Sequence[int]], Iterable[Keypoints]],
    *,
    mirror_order: Ints,
    k: int,
    new: Bools | None = None,
    count: Count = UNCOUNTED,
) -> Candidates:
    """Return the pairs of pictures that are among the `k` best of one of them by votes.

    codes: of all N pictures. features: gives those of the pictures asked for, in that order.
    mirror_order (128,): where each number of a SIFT goes in a mirror. new (N,): only these
    look for others, among all. The `similarity` of a pair is its votes, 0 and up.
    """
    size = len(codes)
    asking = np.arange(size) if new is None else np.flatnonzero(new)
    index = _Index(codes)
    blocks = [asking[start : start + _PICTURES] for start in range(0, len(asking), _PICTURES)]
    found: list[tuple[Ints, Floats]] = []
    done = 0

    def work(task: tuple[Ints, _Asked]) -> tuple[int, Ints, Floats]:
        keys, votes = index.votes(task[1])
        return len(task[0]), *_strongest(keys, votes, size, k)

    def then(result: tuple[int, Ints, Floats]) -> None:
        nonlocal done
        found.append(result[1:])
        done += result[0]
        count.show(done, len(asking))

    tasks = ((block, _ask(block, features(block.tolist()), mirror_order)) for block in blocks)
    for_each(work, tasks, then=then)
    none = (np.empty(0, np.int64), np.empty(0, np.float32))
    keys, votes = (np.concatenate(part) for part in zip(none, *found, strict=True))
    one, other = np.divmod(keys, max(size, 1))
    low, high = np.minimum(one, other), np.maximum(one, other)
    once, place = np.unique(low * max(size, 1) + high, return_inverse=True)
    most = np.zeros(len(once), np.float32)
    np.maximum.at(most, place, votes)  # the two directions count once: it may be that one asked
    first, second = np.divmod(once, max(size, 1))
    return Candidates(first, second, most)


class _Index:
    """All features by list, and whose they are."""

    def __init__(self, codes: Sequence[Codes]) -> None:
        counts = np.array([len(c.words) for c in codes], np.int64)
        self.size = len(codes)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        words = np.concatenate([np.empty(0, np.uint16), *(c.words for c in codes)])
        packed = np.concatenate([np.empty((0, 16), np.uint8), *(c.codes for c in codes)])
        self._angles = np.concatenate([np.empty(0, np.uint8), *(c.angles for c in codes)])
        self._sizes = np.concatenate([np.empty(0, np.uint8), *(c.sizes for c in codes)])
        book = codebook()
        lists = book.quantizer.ntotal
        plain = faiss.IndexIVFPQ(book.quantizer, 128, lists, len(book.parts), 4)
        plain.own_fields = False
        plain.by_residual = False
        faiss.copy_array_to_vector(book.parts.ravel(), plain.pq.centroids)
        plain.is_trained = True
        lists_of: Any = plain.invlists
        order = np.argsort(words, kind="stable")
        ends = np.searchsorted(words[order], np.arange(lists + 1))
        for word in np.flatnonzero(np.diff(ends)).tolist():
            ids = np.ascontiguousarray(order[ends[word] : ends[word + 1]])
            some = np.ascontiguousarray(packed[ids])
            lists_of.add_entries(word, len(ids), faiss.swig_ptr(ids), faiss.swig_ptr(some))
        plain.ntotal = len(words)
        self._index = faiss.IndexIVFPQFastScan(plain)
        self._index.nprobe = PROBES

    def votes(self, asked: _Asked) -> tuple[Ints, Floats]:
        """Keys picture * N + other, and the votes for them."""
        if not len(asked.pictures) or not len(self._angles):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        _one_thread()
        distances, ids = self._index.search(asked.rooted, NEAREST)
        there = ids >= 0
        distances = np.where(there, np.maximum(distances, 0), 0)
        weights = 1 - distances / np.maximum(distances.max(axis=1, keepdims=True), 1e-9)
        others = np.searchsorted(self._starts, ids, side="right") - 1
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
        turned = ((self._angles[ids] - asked.angles[row]) % 256) * (_ANGLES / 256)
        scaled = (self._sizes[ids] - asked.sizes[row]) / 16 + _SCALES / 2
        pose = ((pictures * self.size + others) * 2 + asked.mirrored[row]).astype(np.int64)
        return _agreeing(pose, *(v.astype(np.float64) for v in (turned, scaled, weights)))


def _agreeing(
    pose: Ints, turned: Doubles, scaled: Doubles, weights: Doubles
) -> tuple[Ints, Floats]:
    """The most votes of each pair that agree in rotation and scale; half bins overlap."""
    pairs, pair = np.unique(pose // 2, return_inverse=True)
    most = np.zeros(len(pairs))
    for by_angle in (0.0, 0.5):
        angle = np.floor(turned + by_angle).astype(np.int64) % _ANGLES
        for by_scale in (0.0, 0.5):
            scale = np.clip(np.floor(scaled + by_scale), 0, _SCALES - 1).astype(np.int64)
            bins = ((pair * 2 + pose % 2) * _ANGLES + angle) * _SCALES + scale
            filled, place = np.unique(bins, return_inverse=True)
            sums = np.bincount(place, weights, minlength=len(filled))
            np.maximum.at(most, filled // (2 * _ANGLES * _SCALES), sums)
    return pairs, most.astype(np.float32)


def _strongest(keys: Ints, votes: Floats, size: int, k: int) -> tuple[Ints, Floats]:
    """Of each picture the `k` others with most votes, ties by row."""
    votes = np.round(votes, 4)
    order = np.lexsort((keys, -votes, keys // max(size, 1)))
    picture = keys[order] // max(size, 1)
    rank = np.arange(len(order)) - np.searchsorted(picture, picture)
    kept = order[rank < k]
    return keys[kept], votes[kept]


def _ask(block: Ints, features: Iterable[Keypoints], mirror_order: Ints) -> _Asked:
    parts: list[tuple[int, bool, Keypoints, int]] = []
    for picture, own in zip(block.tolist(), features, strict=True):
        parts += [(picture, False, own, ASKED), (picture, True, own, ASKED_MIRRORED)]
    lengths = [min(len(own.sifts), most) for _, _, own, most in parts]
    sifts = [
        own.sifts[:most][:, mirror_order] if mirrored else own.sifts[:most]
        for _, mirrored, own, most in parts
    ]
    angles = [
        (180 - own.angles[:most]) % 360 if mirrored else own.angles[:most]
        for _, mirrored, own, most in parts
    ]
    sizes = [own.sizes[:most] for _, _, own, most in parts]
    return _Asked(
        pictures=np.repeat([picture for picture, _, _, _ in parts], lengths),
        rooted=rooted_sifts(np.concatenate(sifts)),
        angles=np.concatenate(angles) * np.float32(256 / 360),
        sizes=16 * np.log2(np.maximum(np.concatenate(sizes), 1)),
        mirrored=np.repeat([mirrored for _, mirrored, _, _ in parts], lengths),
    )


def _one_thread() -> None:
    faiss.omp_set_num_threads(1)  # of this thread; the threads of `for_each` are enough
