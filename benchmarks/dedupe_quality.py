"""Measure `dupes` whole: a folder of edited copies in DISC's layout in, recall and mistakes out.

The folder has queries/, references/, ground_truth.csv (query, reference) and, to tell kinds of
edits apart, edits.csv (query, track, edits). All its pictures are indexed as one collection. A
query is found where it is in one cluster of copies with its reference. A folder without a ground
truth is taken as a series: each of its folders shows one scene in several shots, and any two of
them in one cluster of copies are a mistake.

    python -m benchmarks.dedupe_quality ../shared/bench/edits ../shared/bench/series
    python -m benchmarks.dedupe_quality ../shared/bench/edits --peers ../shared/bench/run_peers.py
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path

from copyfind.cores import usable_cores
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import PROVEN, Effort, Tier

Groups = Sequence[Sequence[str]]  # names of pictures, without suffix


@dataclass(frozen=True, slots=True)
class Truth:
    """What each picture is a copy of, and by which edits."""

    source: dict[str, str]  # picture -> its reference, or itself
    tracks: dict[str, str]  # query with a reference -> track
    edits: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Quality:
    """What one tool made of one folder."""

    tool: str
    recall: dict[str, float]  # by track
    by_edit: dict[str, tuple[float, int]]  # recall of the queries with an edit, and how many
    false_pairs: int  # of different pictures, in one cluster
    mixed_clusters: int
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Print one table a folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    options.add_argument("--effort", choices=[e.value for e in Effort], default="normal")
    options.add_argument("--no-verify", action="store_true")
    options.add_argument("--workers", type=int, default=usable_cores())
    options.add_argument("--peers", type=Path, help="run_peers.py, for others on the same files")
    options.add_argument("--only", help="names of peers, with commas")
    options.add_argument("--json", type=Path, help="write the table here too")
    chosen = options.parse_args()
    rows = []
    for folder in chosen.folders:
        truth = read_truth(folder)
        with tempfile.TemporaryDirectory() as work:
            measured = [_measure(folder, truth, Path(work), chosen)]
            if chosen.peers:
                measured += _peers(folder, truth, Path(work), chosen)
        for row in measured:
            _show(folder, row)
        rows += [{"folder": folder.name, **asdict(row)} for row in measured]
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _measure(folder: Path, truth: Truth, work: Path, chosen: argparse.Namespace) -> Quality:
    catalog, cache = work / "catalog.sqlite", work / "cache"
    seconds: dict[str, float] = {}
    cpu: dict[str, float] = {}

    def timed(name: str, do: Callable[[], object]) -> None:
        started, before = time.perf_counter(), _cpu()
        do()
        seconds[name] = time.perf_counter() - started
        cpu[name] = _cpu() - before

    def find() -> list[list[str]]:
        findings = find_copies(
            catalog,
            cache=cache,
            tiers=(*PROVEN, Tier.UNVERIFIED) if chosen.no_verify else PROVEN,
            effort=Effort(chosen.effort),
            verify=not chosen.no_verify,
            workers=chosen.workers,
        )
        return [[name_of(m.file.path) for m in c.members] for c in findings.clusters]

    timed(
        "index",
        lambda: index_folders(
            [os.fsencode(folder.resolve())], catalog=catalog, cache=cache, workers=chosen.workers
        ),
    )
    timed("dupes", find)
    timed("again", find)
    tool = f"copyfind --effort {chosen.effort}" + (" --no-verify" if chosen.no_verify else "")
    return quality(tool, find(), truth, seconds, cpu)


def _peers(folder: Path, truth: Truth, work: Path, chosen: argparse.Namespace) -> list[Quality]:
    out = work / "peers.json"
    command = [sys.executable, str(chosen.peers), str(folder), "-o", str(out)]
    subprocess.run(command + (["--peers", chosen.only] if chosen.only else []), check=True)
    answers = json.loads(out.read_text(encoding="utf-8"))["peers"]
    return [
        quality(
            name,
            [[Path(path).stem for path in group] for group in peer["groups"]],
            truth,
            {"dupes": peer["seconds"]},
            {},
        )
        for name, peer in answers.items()
        if peer["ok"]
    ]


def quality(
    tool: str,
    groups: Groups,
    truth: Truth,
    seconds: dict[str, float],
    cpu: dict[str, float],
) -> Quality:
    together = {name: at for at, group in enumerate(groups) for name in group}
    found, asked = Counter[str](), Counter[str]()
    for query, track in truth.tracks.items():
        home = together.get(query, -1)
        hit = home >= 0 and together.get(truth.source[query]) == home
        for kind in (track, *(f"edit {edit}" for edit in truth.edits.get(query, ()))):
            asked[kind] += 1
            found[kind] += hit
    wrong = [
        sum(truth.source.get(a, a) != truth.source.get(b, b) for a, b in combinations(group, 2))
        for group in groups
    ]
    shares = {kind: (found[kind] / asked[kind], asked[kind]) for kind in sorted(asked)}
    return Quality(
        tool,
        {kind: share for kind, (share, _) in shares.items() if not kind.startswith("edit ")},
        {kind[5:]: share for kind, share in shares.items() if kind.startswith("edit ")},
        sum(wrong),
        sum(count > 0 for count in wrong),
        seconds,
        cpu,
    )


def read_truth(folder: Path) -> Truth:
    known = folder / "ground_truth.csv"
    if not known.is_file():
        return Truth({}, {}, {})
    pairs = {row["query_id"]: row["reference_id"] for row in _rows(known)}
    source = {query: reference for query, reference in pairs.items() if reference}
    tracks = dict.fromkeys(source, "all")
    edits: dict[str, tuple[str, ...]] = {}
    if (folder / "edits.csv").is_file():
        for row in _rows(folder / "edits.csv"):
            if row["query_id"] in source:
                tracks[row["query_id"]] = row["track"]
                # "rotate 180" and "rotate 7" are one kind.
                kinds = {edit.split(" ")[0] for edit in row["edits"].split("|") if edit}
                edits[row["query_id"]] = tuple(sorted(kinds))
    return Truth(source, tracks, edits)


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def name_of(path: bytes) -> str:
    """The picture's id; of a series, with its folder: names repeat there."""
    whole = Path(os.fsdecode(path))
    in_disc = whole.parent.name in ("queries", "references")
    return whole.stem if in_disc else f"{whole.parent.name}/{whole.name}"


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _show(folder: Path, row: Quality) -> None:
    print(f"\n{folder.name}: {row.tool}")
    print("  " + ", ".join(f"{track} {share:.3f}" for track, share in row.recall.items()))
    print(f"  {row.false_pairs} false pairs in {row.mixed_clusters} mixed clusters")
    print("  seconds " + ", ".join(f"{name} {value:.1f}" for name, value in row.seconds.items()))
    if row.cpu_seconds:
        cpu = row.cpu_seconds
        print(
            "  CPU seconds "
            + ", ".join(f"{name} {value:.1f}" for name, value in cpu.items())
            + f"; dupes {cpu['dupes'] / max(cpu['index'], 1e-9):.2f} x index, "
            f"again {cpu['again'] / max(cpu['dupes'], 1e-9):.3f} x dupes"
        )
    for kind, (share, count) in sorted(row.by_edit.items(), key=lambda item: item[1]):
        print(f"    {kind:<22} {share:.3f} of {count}")


if __name__ == "__main__":
    main()
