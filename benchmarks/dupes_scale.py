"""Measure the search for copies: seconds, memory and recall among many descriptors.

Planted copies have cosines spread evenly between the threshold and 1. Isotropic descriptors are
the worst case for any index; the clustered ones have uneven axes and a few large families, as
real descriptors do. Each row of the table is a process of its own, so that peaks do not mix;
its peak counts the float16 matrix and Python with NumPy and FAISS.

    python -m benchmarks.dupes_scale --n 1000000
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints
from copyfind.search.pairs import find_candidates
from copyfind.search.rows import unit_rows

_AT_ONCE = 16_384  # rows
_FAMILIES = 2000


@dataclass(frozen=True, slots=True)
class Measured:
    """One search."""

    data: str
    rows: int
    search: str
    seconds: float
    cpu_seconds: float  # of all threads: what other work on the machine does not change
    peak_mb: float
    pairs: int
    recall: float | None  # of the planted copies that exact search finds


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--n", type=int, nargs="+", default=[100_000, 1_000_000])
    options.add_argument("--dim", type=int, default=128)
    options.add_argument("--planted", type=int, default=5000)
    options.add_argument("--threshold", type=float, default=0.6)
    options.add_argument("--data", nargs="+", default=["isotropic", "clustered"])
    options.add_argument("--exact", action="store_true", help="also compare everything, timed")
    options.add_argument("--json", type=Path, help="write the table here too")
    asked = options.parse_args()
    print(f"{_machine()}; {asked.dim}-d, threshold {asked.threshold}, {asked.planted} planted")
    heads = f"{'data':<10} {'rows':>9} {'search':<7} {'seconds':>8} {'CPU s':>7}"
    print(f"{heads} {'peak MB':>8} {'pairs':>9} recall")
    table = []
    for data in asked.data:
        for size in asked.n:
            arguments = (data, size, asked.dim, min(asked.planted, size // 2), asked.threshold)
            with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
                found = pool.apply(_measure, arguments)
                if asked.exact:
                    found += pool.apply(_measure_exact, arguments)
            for row in found:
                recall = "" if row.recall is None else f"{row.recall:.4f}"
                print(
                    f"{row.data:<10} {row.rows:>9,} {row.search:<7} {row.seconds:>8.1f} "
                    f"{row.cpu_seconds:>7.1f} {row.peak_mb:>8.0f} {row.pairs:>9,} {recall}",
                    flush=True,
                )
                table.append(asdict(row))
    if asked.json:
        asked.json.write_text(json.dumps({"machine": _machine(), "table": table}, indent=1))


def _measure(data: str, size: int, dim: int, planted: int, threshold: float) -> list[Measured]:
    """Search twice with one cache folder: the second time finds the lists there."""
    descriptors, pairs = _plant(_draw(data, size, dim), planted, threshold)
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for search in ("first", "again"):
            start, cpu = time.perf_counter(), time.process_time()
            found = find_candidates(descriptors, threshold=threshold, cache=Path(folder))
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
            runs.append((search, seconds, cpu, _peak_mb(), found.first * size + found.second))
            if not any(Path(folder).iterdir()):
                break  # compared everything: there is no second way
    true = _exactly(descriptors, pairs[:, 0], threshold)  # after the peaks were read
    first, second = np.sort(true, axis=1).T
    return [
        Measured(
            *(data, size, search, seconds, cpu, peak, len(keys)),
            recall=float(np.isin(first * size + second, keys).mean()) if len(true) else None,
        )
        for search, seconds, cpu, peak, keys in runs
    ]


def _measure_exact(
    data: str, size: int, dim: int, planted: int, threshold: float
) -> list[Measured]:
    descriptors, _ = _plant(_draw(data, size, dim), planted, threshold)
    start, cpu = time.perf_counter(), time.process_time()
    found = find_candidates(descriptors, threshold=threshold, exact_up_to=size)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return [Measured(data, size, "exact", seconds, cpu, _peak_mb(), len(found.first), None)]


def _draw(data: str, size: int, dim: int) -> NDArray[np.float16]:
    """Return (size, dim) float16 unit rows."""
    rng = np.random.default_rng(1)
    clustered = data == "clustered"
    axes = np.arange(1, dim + 1, dtype=np.float32) ** (-0.3 if clustered else 0)
    families = unit(rng.standard_normal((_FAMILIES, dim), dtype=np.float32) * axes)
    weights = np.arange(1, _FAMILIES + 1) ** -0.7
    rows = np.empty((size, dim), np.float16)
    for start in range(0, size, _AT_ONCE):
        count = min(_AT_ONCE, size - start)
        block = unit(rng.standard_normal((count, dim), dtype=np.float32) * axes)
        if clustered:
            family = rng.choice(_FAMILIES, count, p=weights / weights.sum())
            block = unit(families[family] + 1.5 * block)
        rows[start : start + count] = block
    return rows


def _plant(
    rows: NDArray[np.float16], count: int, threshold: float
) -> tuple[NDArray[np.float16], Ints]:
    """Make `count` rows copies of others; return the rows and the pairs (count, 2)."""
    rng = np.random.default_rng(2)
    pairs = rng.permutation(len(rows))[: 2 * count].reshape(count, 2)
    source = unit(rows[pairs[:, 0]].astype(np.float32))
    aside = rng.standard_normal(source.shape, dtype=np.float32)
    aside = unit(aside - np.einsum("nd,nd->n", aside, source)[:, None] * source)
    cosine = rng.uniform(threshold, 1, (count, 1)).astype(np.float32)
    rows[pairs[:, 1]] = cosine * source + np.sqrt(1 - cosine**2) * aside
    return rows, pairs


def _exactly(descriptors: NDArray[np.float16], queries: Ints, threshold: float) -> Ints:
    """Return all pairs (P, 2) of the query rows with any row at the threshold, by brute force."""
    rows = unit_rows(descriptors)
    asked = rows.block(queries)
    found = []
    for start in range(0, len(rows), 2048):
        block = rows.block(slice(start, start + 2048))
        close = asked @ block.T >= threshold + 1e-6
        i, j = np.divmod(np.flatnonzero(close), len(block))
        found.append(np.column_stack([queries[i], start + j]))
    pairs = np.concatenate(found)
    different: Ints = pairs[pairs[:, 0] != pairs[:, 1]]
    return different


def unit(rows: Floats) -> Floats:
    """The rows, each of length 1."""
    units: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024**2)


def _machine() -> str:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"commit {commit or 'unknown'}, {model}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
