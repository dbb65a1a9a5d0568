"""Which pairs of a run's pictures are judged.

A run keeps one descriptor a picture and no local features, so candidates are those of the effort
`fast`: the pictures that resemble each other most as wholes, by their promise. Of as many pictures
as a catalog compares with each other everything is compared with everything; above, the join on the
engine finds the pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from copyfind.records import Bools, Candidates, Effort, Floats, Ints
from copyfind.remote.here import Engine
from copyfind.remote.joining import Plan, Recall, join
from copyfind.remote.judging import PairTask
from copyfind.remote.pictures import Pictures, digests_of_column
from copyfind.remote.tasks import tasks_of
from copyfind.remote.verdicts import judged_tables
from copyfind.search.pairs import find_candidates
from copyfind.search.prospects import (
    Horizon,
    find_prospects,
    horizon_of,
    is_wide,
    near_pairs,
)
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


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Close pairs of the described pictures, by their places among these; of a large run all that
    the join found, down to its horizon."""

    pairs: Candidates
    horizon: Horizon | None = None
    recall: Recall | None = None  # of the join, measured in this run


def near_of(
    pictures: Pictures, engine: Engine, *, threshold: float, count: Count = UNCOUNTED
) -> Near:
    """The pairs of described pictures whose cosine reaches the threshold, or that might be copies.
    Raises OSError, StoreError."""
    vectors = pictures.descriptors
    if is_wide(len(vectors), asking=len(vectors)):
        return Near(find_candidates(vectors, threshold=threshold, count=count))
    horizon = horizon_of(vectors, effort=EFFORT.value)
    plan = Plan(threshold=min(horizon.cosine, threshold), travels=not engine.sees_folders)
    with TemporaryDirectory(prefix="copyfind-join-") as folder:
        path = Path(folder) / "descriptors.npy"
        np.save(path, vectors)
        found = join(
            path,
            plan,
            work=Path(folder) / "work",
            into=pictures.run.store,
            run=engine.map,
            count=count,
        )
    return Near(found.pairs, horizon, found.recall)


def pairs_to_judge(
    pictures: Pictures, alone: Bools, near: Near, *, threshold: float, count: Count = UNCOUNTED
) -> Pairs:
    """Pairs of described pictures that promise to be copies. alone: (K,) those of the described
    that take part; of several with the same pixels one is enough. threshold: cosine from which the
    weights hold pictures for copies."""
    rows, vectors = pictures.described[alone], pictures.descriptors[alone]
    met = None
    if near.horizon is not None:
        met = near_pairs(
            _among(near.pairs, alone),
            near.horizon,
            effort=EFFORT.value,
            size=len(rows),
            new=np.ones(len(rows), bool),
        )
    found = find_prospects(vectors, effort=EFFORT.value, threshold=threshold, near=met, count=count)
    cosines = unit_rows(vectors).similarity(found.first, found.second)
    return Pairs(rows[found.first], rows[found.second], cosines)


def _among(pairs: Candidates, some: Bools) -> Candidates:
    """The pairs of two of these rows, by their places among them."""
    place = np.cumsum(some) - 1
    kept = some[pairs.first] & some[pairs.second]
    return Candidates(place[pairs.first[kept]], place[pairs.second[kept]], pairs.similarity[kept])


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
