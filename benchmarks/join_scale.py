"""Measure the join on an engine among millions of made-up rows that lie on disk.

    python -m benchmarks.join_scale --n 1000000 10000000 --work made/join

Rows are float16 unit vectors that point everywhere alike, the worst case for lists; of every 200,
one is a copy of another with a cosine between the threshold and 1. Each row of the table is a
process of its own that does all tasks in turn, so its peak holds whatever one task takes and what
gives them out; memory of mapped files counts as long as it is mapped. Recall is what the run itself
measures, and that of the planted copies beside it. What is stopped goes on from the tasks that have
written their pairs; the CPU seconds are those of the last start alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.commands import commit, machine
from benchmarks.dupes_scale import unit
from copyfind.records import Bools, Halves, Ints
from copyfind.remote.joining import Joined, Plan, Recall, join
from copyfind.remote.mapped import created
from copyfind.remote.store import Store
from copyfind.search.rows import let_go
from copyfind.watch import Progress, Stage, Watch

_AT_ONCE = 65_536  # rows
_COPIES = 200  # rows, of which one is a copy


@dataclass(frozen=True, slots=True)
class Measured:
    """One size."""

    rows: int
    seconds: float
    cpu: float
    peak_mb: float
    pairs: int
    found: float  # of the planted copies
    recall: Recall
    tasks: int
    skipped: int  # of these, done before it was stopped
    centres: int
    width: int


def main() -> None:
    """Print a line a size."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--n", type=int, nargs="+", default=[1_000_000])
    options.add_argument("--dim", type=int, default=128)
    options.add_argument("--threshold", type=float, default=0.6)
    options.add_argument("--travels", action="store_true", help="rows go with their tasks")
    options.add_argument("--threads", type=int, default=1, help="of a task")
    options.add_argument("--work", type=Path, required=True)
    asked = options.parse_args()
    plan = Plan(asked.threshold, travels=asked.travels, threads=asked.threads)
    print(f"{commit()}, {machine()}; {asked.dim}-d, threshold {plan.threshold}", flush=True)
    for size in asked.n:
        work = asked.work / str(size)
        if not (work / "planted.npy").exists():  # written last
            with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
                pool.apply(write_rows, (work, size, asked.dim, plan.threshold))
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            show(pool.apply(measure, (work, plan)))
        shutil.rmtree(work)


def write_rows(work: Path, size: int, dim: int, threshold: float) -> None:
    """Write (size, dim) float16 rows, and which are copies of which."""
    work.mkdir(parents=True, exist_ok=True)
    rows = created(work / "rows.npy", (size, dim), np.float16)
    for start in range(0, size, _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        some[:] = unit(np.random.default_rng([1, start]).standard_normal(some.shape, np.float32))
        let_go(rows)
    chance = np.random.default_rng(2)
    pairs = np.sort(chance.permutation(size)[: size // _COPIES * 2].reshape(-1, 2), axis=1)
    for start in range(0, len(pairs), _AT_ONCE):
        first, second = pairs[start : start + _AT_ONCE].T
        source = unit(rows[first].astype(np.float32))
        aside = chance.standard_normal(source.shape, np.float32)
        aside = unit(aside - np.einsum("nd,nd->n", aside, source)[:, None] * source)
        cosine = chance.uniform(threshold, 1, (len(source), 1)).astype(np.float32)
        rows[second] = cosine * source + np.sqrt(1 - cosine**2) * aside
    np.save(work / "planted.npy", pairs)


def measure(work: Path, plan: Plan) -> Measured:
    """Join what was written."""
    planted: Ints = np.load(work / "planted.npy")
    start, cpu = time.perf_counter(), time.process_time()
    found = join(
        work / "rows.npy",
        plan,
        work=work / "shared",
        into=Store(f"file://{(work / 'run').resolve()}"),
        count=Watch(on_progress=_tell).counting(Stage.SEARCH),
    )
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = np.load(work / "rows.npy", mmap_mode="r")
    share = _share(found, planted[_close(rows, planted, plan.threshold)], len(rows))
    return Measured(
        len(rows),
        seconds,
        cpu,
        peak,
        len(found.pairs.first),
        share,
        found.recall,
        found.tasks,
        found.skipped,
        found.centres,
        found.width,
    )


def _tell(progress: Progress) -> None:
    print(
        f"{progress.files:,} of {progress.total_files:,}, {time.process_time():.0f} CPU s",
        flush=True,
    )


def _close(rows: Halves, pairs: Ints, threshold: float) -> Bools:
    """Which pairs are so close as they were meant to be, once rounded."""
    first, second = (unit(rows[side].astype(np.float32)) for side in pairs.T)
    close: Bools = np.einsum("nd,nd->n", first, second) >= threshold + 1e-6
    return close


def _share(found: Joined, planted: Ints, size: int) -> float:
    known = found.pairs.first * size + found.pairs.second
    return float(np.isin(planted[:, 0] * size + planted[:, 1], known).mean())


def show(row: Measured) -> None:
    """One line."""
    recall = row.recall
    print(
        f"{row.rows:>11,} rows: {row.cpu:.0f} CPU s ({row.seconds:.0f} s), peak {row.peak_mb:.0f} "
        f"MB; {row.tasks} tasks, {row.skipped} of them done before; {row.centres:,} centres, "
        f"width {row.width}; {row.pairs:,} pairs, "
        f"{row.found:.4f} of the planted; measured: {recall.found} of {recall.pairs} pairs, "
        f"{recall.met} of {recall.planted} made up, {recall.share:.4f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
