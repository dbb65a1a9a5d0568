"""A benchmark's photos as descriptors: read, decoded to squares, described, and timed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from copyfind.cores import usable_cores
from copyfind.errors import EvaluationError
from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.exchange import Descriptors, Rows
from copyfind.evaluate.methods import Method
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.records import Floats, FoundFile, Pixels, ReadFile, Unreadable
from copyfind.watch import NOBODY, Stage, Watch

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Pace:
    """How long describing took. Pictures are decoded beside the network, so the two overlap."""

    pictures: int
    seconds: float  # from the first file to the last descriptor
    describing: float  # seconds of these in the network or hash itself


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """What a method made of a benchmark."""

    descriptors: Descriptors
    pace: Pace
    skipped: tuple[Unreadable, ...]


def describe(
    benchmark: Benchmark,
    method: Method,
    *,
    workers: int | None = None,
    training: bool = False,
    watch: Watch = NOBODY,
) -> Described:
    """Describe queries, references and, if asked for, training images.

    A photo that cannot be read is listed and has none. Raises Interrupted, and EvaluationError
    where no query or no reference could be read.
    """
    paths = [*benchmark.references, *benchmark.queries]
    paths += benchmark.training if training else ()
    ids = [*benchmark.reference_ids, *benchmark.query_ids]
    ids += [str(path) for path in benchmark.training] if training else ()
    kept: list[int] = []
    parts: list[Floats] = []
    skipped: list[Unreadable] = []
    describing, started = 0.0, time.perf_counter()
    for done, numbers, squares, troubles in _squares(paths, method.side, workers):
        skipped += troubles
        if numbers:
            before = time.perf_counter()
            parts.append(method.describe(squares))
            describing += time.perf_counter() - before
            kept += numbers
        watch.show(Stage.READ, done, len(paths))
        watch.check(then="nothing was written")
    pace = Pace(len(kept), time.perf_counter() - started, describing)
    if not parts:
        raise EvaluationError(f"none of the {len(paths)} photos can be read")
    vectors, rows = np.concatenate(parts), np.array(kept)
    ends = np.searchsorted(rows, np.cumsum([len(benchmark.references), len(benchmark.queries)]))
    references, queries, others = (
        Rows(tuple(ids[row] for row in some), own)
        for some, own in zip(np.split(rows, ends), np.split(vectors, ends), strict=True)
    )
    for what, found in (("references", references), ("queries", queries)):
        if not found.ids:
            raise EvaluationError(f"none of the {what} can be read")
    return Described(
        Descriptors(queries, references, others if len(others.ids) else None),
        pace,
        tuple(skipped),
    )


def _squares(
    paths: Sequence[Path], side: int, workers: int | None
) -> Iterator[tuple[int, list[int], Pixels, list[Unreadable]]]:
    """Read files batch by batch: (files done, numbers of these, (N, side, side, 3), troubles)."""
    # Size and time are those of the moment of reading: nobody scanned these files.
    jobs = (ReadJob(FoundFile(os.fsencode(path.absolute()), 0, 0, 0, 0)) for path in paths)
    with Readers(workers=workers or usable_cores(), side=side) as readers:
        results = enumerate(readers.read(jobs))
        done = 0
        while batch := list(islice(results, _BATCH)):
            done += len(batch)
            numbers, squares, troubles = [], [], []
            for number, read in batch:
                if isinstance(read, ReadFile) and read.picture:
                    numbers.append(number)
                    squares.append(read.picture.square)
                elif isinstance(read, Unreadable):
                    troubles.append(read)
                elif read.problem:
                    troubles.append(read.problem)
            yield (
                done,
                numbers,
                np.stack(squares or [np.empty((side, side, 3), np.uint8)]),
                troubles,
            )
