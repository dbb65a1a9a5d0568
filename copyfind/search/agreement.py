"""How well the features of two pictures agree, by their codes alone.

Votes compare a feature with those of all pictures, and among a million strangers some resemble it
more than its copy does. Between two pictures no crowd is in the way: features that are each other's
nearest are counted, the more the farther the next ones are, where they agree in rotation and scale
(Jegou, Douze, Schmid: weak geometric consistency, ECCV 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from copyfind.records import Doubles, Floats, Ints
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import KEPT, decode
from copyfind.search.join import for_each
from copyfind.search.local import most_agreeing
from copyfind.watch import UNCOUNTED, Count

_PLAIN, _MIRRORED = 180, 90  # features of the first picture that are compared, the strongest
_SIXTH = 6  # nearest, the match being the first, against which it is measured
_AT_ONCE = 64  # pairs whose codes are unpacked together: 45 MB a thread at most


@dataclass(frozen=True, slots=True, eq=False)
class _Unpacked:
    """The features of a picture that its codes stand for."""

    rooted: Floats  # (N, 128)
    angles: Ints  # (N,) 256ths of a turn
    sizes: Ints  # (N,) 16 * log2 of pixels


def agreement(
    store: CodeStore,
    places: Ints,
    first: Ints,
    second: Ints,
    *,
    mirror_order: Ints,
    count: Count = UNCOUNTED,
) -> Floats:
    """(P,) how many features of pairs of pictures agree, 0 and up: 4 is more than strangers have.

    places (N,): where the codes of pictures are in the store, -1 for those without, which agree
    with none. first, second (P,): pictures, by their place among those. mirror_order (128,): where
    each number of a SIFT goes in a mirror. count: shown how many pictures are done. The first is
    asked with fewer features than the second has, so that the two sides differ a little. Half a
    millisecond a pair.
    """
    found = np.zeros(len(first), np.float32)
    order = np.lexsort((second, first))

    def work(start: int) -> tuple[Ints, Floats]:
        some = order[start : start + _AT_ONCE]
        return some, _of_pairs(store, places, first[some], second[some], mirror_order)

    def then(result: tuple[Ints, Floats]) -> None:
        some, values = result
        found[some] = values
        count.show(int(first[some[-1]]) + 1, len(places))

    for_each(work, range(0, len(first), _AT_ONCE), then=then)
    count.show(len(places), len(places))
    return found


def _of_pairs(
    store: CodeStore, places: Ints, first: Ints, second: Ints, mirror_order: Ints
) -> Floats:
    """Of pairs in the order of their first picture, compared with all of its partners at once."""
    pictures = np.union1d(first, second)
    unpacked = [_unpacked(record) for record in store.records(places[pictures])]
    firsts, seconds = np.searchsorted(pictures, first), np.searchsorted(pictures, second)
    poses: list[Ints] = [np.empty(0, np.int64)]
    matches: list[Doubles] = [np.empty((3, 0))]
    for start, end in pairwise(np.flatnonzero(np.r_[True, np.diff(first) != 0, True]).tolist()):
        asking = unpacked[firsts[start]]
        others = [unpacked[place] for place in seconds[start:end].tolist()]
        plain, mirrored = asking.rooted[:_PLAIN], asking.rooted[:_MIRRORED, mirror_order]
        if not len(plain):
            continue
        alike = np.concatenate([plain, mirrored]) @ np.concatenate([o.rooted for o in others]).T
        column = 0
        for pair, other in enumerate(others, start):
            part = alike[:, column : column + len(other.rooted)]
            column += len(other.rooted)
            if not part.shape[1]:
                continue
            seen = (asking.angles, (128 - asking.angles) % 256)
            for mirror, (rows, angles) in enumerate(
                zip((part[: len(plain)], part[len(plain) :]), seen, strict=True)
            ):
                met = _matches(rows, angles, asking.sizes, other)
                poses.append(np.full(met.shape[1], 2 * pair + mirror))
                matches.append(met)
    pairs, most = most_agreeing(np.concatenate(poses), *np.concatenate(matches, axis=1))
    values = np.zeros(len(first), np.float32)
    values[pairs] = most
    return values


def _unpacked(record: np.void) -> _Unpacked:
    there = slice(0, min(int(record["count"]), KEPT))
    angles, sizes = (record[name][there].astype(np.int64) for name in ("angles", "sizes"))
    return _Unpacked(decode(record["codes"][there]), angles, sizes)


def _matches(alike: Floats, angles: Ints, sizes: Ints, other: _Unpacked) -> Doubles:
    """(3, M) of features that are each other's nearest: how they are turned and grown, and how much
    each counts. alike (N, K): products of features, about their cosines."""
    nearest = alike.argmax(axis=1)
    best = alike[np.arange(len(nearest)), nearest]
    # The first that is nearest to what is nearest to it. (An argmax of columns takes four times as
    # long, and a partition of short rows longer than sorting them.)
    claiming = np.flatnonzero(best == alike.max(axis=0)[nearest])
    mutual = claiming[np.sort(np.unique(nearest[claiming], return_index=True)[1])]
    nearest = nearest[mutual]
    rows = np.sort(alike[mutual], axis=1)
    sixth = rows[:, max(rows.shape[1] - _SIXTH, 0)]  # or the last
    away = np.maximum(1 - best[mutual], 0)
    weights = 1 - away / np.maximum(1 - sixth, 1e-6)
    turned, grown = other.angles[nearest] - angles[mutual], other.sizes[nearest] - sizes[mutual]
    return np.stack([turned, grown, weights]).astype(np.float64)
