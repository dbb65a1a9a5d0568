"""How often verdicts are right, and what they cost, on pairs whose truth is known.

    python -m benchmarks.verdict_quality EDITS SERIES [--wrong 3000] [--workers 2] [--failures]

EDITS has the layout of DISC (queries, references, ground_truth.csv, edits.csv); every folder in
SERIES holds different shots of one scene. Wrong pairs are queries with references that are not
theirs: the most alike by a coarse look at their colours, and random ones.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import cv2
import numpy as np

from copyfind.evidence.verify import VERIFIER, Look, look, verify
from copyfind.imaging.decode import decode, thumbnail
from copyfind.records import Pixels, Tier

COPY_TIERS = {Tier.NEAR, Tier.EDITED}


@dataclass(frozen=True)
class Case:
    """Two files and what they are to each other."""

    kind: str
    first: Path
    second: Path
    note: str = ""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("edits", type=Path)
    parser.add_argument("series", type=Path)
    parser.add_argument("--wrong", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="only one true pair of so many")
    parser.add_argument("--failures", action="store_true", help="list what came out wrong")
    wanted = parser.parse_args()
    cases = [
        *true_pairs(wanted.edits)[:: wanted.every],
        *series_pairs(wanted.series),
        *wrong_pairs(wanted.edits, wanted.wrong),
    ]
    # Neighbours share pictures: a look is made once a worker.
    blocks = [cases[i : i + 60] for i in range(0, len(cases), 60)]
    tiers: defaultdict[str, Counter[Tier]] = defaultdict(Counter)
    spent: defaultdict[str, list[float]] = defaultdict(list)
    by_edit: defaultdict[str, list[bool]] = defaultdict(list)
    with ProcessPoolExecutor(wanted.workers) as pool:
        for case, tier, how, seconds, looking in itertools.chain.from_iterable(
            pool.map(judge, blocks)
        ):
            tiers[case.kind][tier] += 1
            spent["hopeless pair" if case.kind == "wrong" else "other pair"].append(seconds)
            spent["picture"] += looking
            proven = tier in COPY_TIERS
            if case.kind in ("light", "edit", "disc"):
                for edit in case.note.split("|"):
                    by_edit[edit.rstrip("0123456789.-q ")].append(proven)
            if wanted.failures and proven != (case.kind in ("light", "edit", "disc")):
                print(f"  {case.kind} {tier} {case.first} {case.second} {case.note} {how}")
    print(f"verifier {VERIFIER}, {wanted.edits}, {wanted.series}, {os.cpu_count()} cores")
    for kind, found in tiers.items():
        copies = sum(found[t] for t in COPY_TIERS)
        rest = ", ".join(f"{tier} {n}" for tier, n in sorted(found.items()))
        print(f"{kind:28} {copies:5} of {sum(found.values()):5} in a copy tier   {rest}")
    missed = {e: f"{len(v) - sum(v)} of {len(v)}" for e, v in by_edit.items() if not all(v)}
    print("missed by edit:", ", ".join(f"{e} {n}" for e, n in sorted(missed.items())))
    for what, seconds_of in spent.items():
        ms = 1000 * np.array(seconds_of)
        print(f"{what:14} CPU ms: median {np.median(ms):.1f}, mean {ms.mean():.1f}")


def true_pairs(edits: Path) -> list[Case]:
    """A reference and its edited copy."""
    notes = {row["query_id"]: row for row in csv.DictReader((edits / "edits.csv").open())}
    queries = {path.stem: path for path in sorted((edits / "queries").iterdir())}
    return [
        Case(
            notes[row["query_id"]]["track"],
            edits / "references" / f"{row['reference_id']}.jpg",
            queries[row["query_id"]],
            notes[row["query_id"]]["edits"],
        )
        for row in csv.DictReader((edits / "ground_truth.csv").open())
    ]


def series_pairs(series: Path) -> list[Case]:
    """Every two shots of a series."""
    return [
        Case(f"series {folder.name}", a, b)
        for folder in sorted(series.iterdir())
        if folder.is_dir()
        for a, b in itertools.combinations(sorted(folder.glob("*.jpg")), 2)
    ]


def wrong_pairs(edits: Path, count: int) -> list[Case]:
    """Half of them the most alike of all that are no copies, half at random."""
    if not count:
        return []
    chance = random.Random(1)
    true = {(c.second.stem, c.first.stem) for c in true_pairs(edits)}
    queries = sorted((edits / "queries").iterdir())
    references = sorted((edits / "references").iterdir())
    a, b = (np.stack([_colours(p) for p in paths]) for paths in (queries, references))
    near = np.argsort(-(a @ b.T), axis=1)
    hard = max(count // (2 * len(queries)), 1)
    pairs = [(q, references[j]) for i, q in enumerate(queries) for j in near[i, : hard + 1]]
    chance.shuffle(pairs)
    pairs = pairs[: count // 2]
    pairs += [(chance.choice(queries), chance.choice(references)) for _ in range(count // 2)]
    return [Case("wrong", r, q) for q, r in pairs if (q.stem, r.stem) not in true]


def judge(cases: Sequence[Case]) -> list[tuple[Case, Tier, tuple[str, ...], float, list[float]]]:
    """The verdict on each, its CPU seconds, and those of the looks that were made for it."""
    cv2.setNumThreads(1)
    judged = []
    for case in cases:
        looking: list[float] = []
        pair = [_look(path, looking) for path in (case.first, case.second)]
        started = time.process_time()
        verdict = verify(*pair)
        judged.append((case, verdict.tier, verdict.how, time.process_time() - started, looking))
    return judged


def _look(path: Path, spent: list[float]) -> Look:
    made = _looks(path)
    if made[1]:
        spent.append(made[1].pop())
    return made[0]


@lru_cache(maxsize=200)
def _looks(path: Path) -> tuple[Look, list[float]]:
    data = path.read_bytes()
    facts = decode(data, side=64).facts
    small = thumbnail(data, longest=400)
    started = time.process_time()
    made = look(small, facts, larger=partial(_larger, path))
    return made, [time.process_time() - started]


def _larger(path: Path, longest: int) -> Pixels:
    return thumbnail(path.read_bytes(), longest=longest)


def _colours(path: Path) -> np.ndarray:
    """A coarse look at a picture, unit length."""
    small = cv2.resize(thumbnail(path.read_bytes(), longest=64), (8, 8)).astype(np.float32).ravel()
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6))


if __name__ == "__main__":
    main()
