"""Which pairs of a run's pictures are judged.

A run keeps one descriptor a picture and no local features, so candidates are those of the effort
`fast`: the pictures that resemble each other most as wholes, by their promise. Up to 200,000
pictures everything is compared with everything, as for a catalog of that size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from copyfind.records import Bools, Effort, Floats, Ints
from copyfind.remote.judging import PairTask
from copyfind.remote.pictures import Pictures, digests_of_column
from copyfind.remote.tasks import tasks_of
from copyfind.remote.verdicts import judged_tables
from copyfind.search.prospects import find_prospects
from copyfind.search.rows import unit_rows
from copyfind.watch import UNCOUNTED, Count

EFFORT = Effort.FAST


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of rows, the lower first, each once."""

    first: Ints  # (P,)
    second: Ints  # (P,)
    cosine: Floats  # (P,)

    def part(self, some: Bools | Ints) -> Pairs:
        """Those of some of them."""
        return Pairs(self.first[some], self.second[some], self.cosine[some])


def pairs_to_judge(
    pictures: Pictures, alone: Bools, *, threshold: float, count: Count = UNCOUNTED
) -> Pairs:
    """Pairs of described pictures that promise to be copies. alone: (K,) those of the described
    that take part; of several with the same pixels one is enough. threshold: cosine from which the
    weights hold pictures for copies."""
    rows, vectors = pictures.described[alone], pictures.descriptors[alone]
    found = find_prospects(vectors, effort=EFFORT.value, threshold=threshold, count=count)
    cosines = unit_rows(vectors).similarity(found.first, found.second)
    return Pairs(rows[found.first], rows[found.second], cosines)


def not_judged(pairs: Pairs, pictures: Pictures) -> Pairs:
    """Those of the pairs on which the run has no verdict. Raises OSError."""
    known = [np.empty(0, np.int64)]
    for table in judged_tables(pictures.run.store):
        first, second = (
            pictures.rows_of(digests_of_column(table.column(name))) for name in ("first", "second")
        )
        here = (first >= 0) & (second >= 0)
        known.append((first[here] << 32) + second[here])
    return pairs.part(~np.isin((pairs.first << 32) + pairs.second, np.concatenate(known)))


def pair_tasks(pairs: Pairs, pictures: Pictures) -> Iterator[PairTask]:
    """The pairs as tasks that fetch most pictures once."""
    return (_task(pairs.part(some), pictures) for some in tasks_of(pairs.first, pairs.second))


def _task(pairs: Pairs, pictures: Pictures) -> PairTask:
    rows, places = np.unique(np.stack([pairs.first, pairs.second]), return_inverse=True)
    first, second = places.reshape(2, -1).tolist()
    return PairTask(
        pictures.asked(rows),
        tuple(zip(first, second, strict=True)),
        tuple(pairs.cosine.tolist()),
    )
