"""What the decision (`copyfind/evidence/decide.py`) is worth on pictures it was not fitted on.

python -m benchmarks.decision_report pairs BENCH FILE         # all pairs of the bench, measured
python -m benchmarks.decision_report levels FILE              # found and false at levels of odds
python -m benchmarks.decision_report reliability FILE PLOT    # what is said against what is true
python -m benchmarks.decision_report worth WORK FILE          # each family of measures left out
"""

from __future__ import annotations

import argparse
import itertools
import math
import pickle
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.decision_models import Pairs, few_trees, read_pairs
from benchmarks.verdict_quality import series_pairs, true_pairs
from copyfind.evidence.decide import decision
from copyfind.evidence.laying import lay_on
from copyfind.evidence.maps import maps_of
from copyfind.evidence.measures import measures_of
from copyfind.evidence.ruled_out import is_ruled_out
from copyfind.evidence.verify import Look, look
from copyfind.imaging.decode import decode, thumbnail
from copyfind.imaging.formats import Undecodable
from copyfind.records import Floats

_OF_A_GROUP = 25  # pairs
_AT_ONCE = 40
_SIMILAR = 0.15
_LEVELS = (-2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
_RECALLS = (0.99, 0.97, 0.9)


@dataclass(frozen=True, slots=True)
class Case:
    """Two files whose truth is known."""

    kind: str  # edits:light, look:flags, copy:wordpress, series:...
    first: Path
    second: Path

    @property
    def same(self) -> bool:
        """Whether they are copies."""
        return self.kind.split(":")[0] in ("edits", "copy")


def cases_of(bench: Path) -> list[Case]:
    """Every pair of edits, series and copies; at most so many of each group of lookalikes."""
    return [
        *_of_groups(bench / "lookalikes" / "lookalikes", "look"),
        *_of_groups(bench / "lookalikes" / "copies", "copy"),
        *(Case(f"edits:{c.kind}", c.first, c.second) for c in true_pairs(bench / "edits")),
        *(
            Case(f"series:{c.first.parent.name}", c.first, c.second)
            for c in series_pairs(bench / "series")
        ),
    ]


def _of_groups(root: Path, kind: str) -> Iterator[Case]:
    dice = random.Random(1)
    for folder in sorted(root.glob("*/*")):
        pairs = list(itertools.combinations(sorted(folder.iterdir()), 2))
        dice.shuffle(pairs)
        for first, second in pairs[:_OF_A_GROUP]:
            yield Case(f"{kind}:{folder.parent.name}", first, second)


def measure_pairs(asked: argparse.Namespace) -> None:
    """Lay all pairs on each other, write the measures of those that align."""
    cases = cases_of(asked.bench)
    parts = [cases[at : at + _AT_ONCE] for at in range(0, len(cases), _AT_ONCE)]
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(asked.workers) as pool:
        for n, found in enumerate(pool.map(_measured, parts)):
            rows += found
            print(f"{n + 1} of {len(parts)}", flush=True)
    with asked.file.open("wb") as file:
        pickle.dump(rows, file)


def _measured(cases: Sequence[Case]) -> list[dict[str, Any]]:
    cv2.setNumThreads(1)
    return [_one(case) for case in cases]


def _one(case: Case) -> dict[str, Any]:
    pair = (str(case.first), str(case.second))
    row: dict[str, Any] = {"kind": case.kind, "pair": pair, "same": case.same, "measures": None}
    try:
        first, second = _look(case.first), _look(case.second)
    except (OSError, ValueError, Undecodable):
        return row
    laid = lay_on(first, second)
    if laid is None or laid.residual.similar < _SIMILAR:
        return row
    maps = maps_of(laid)
    if maps is None:
        return row
    facts = (first.facts, second.facts)
    return row | {
        "measures": measures_of(laid, maps, facts),
        "ruled out": is_ruled_out(laid),
    }


@lru_cache(maxsize=300)
def _look(path: Path) -> Look:
    data = path.read_bytes()
    return look(thumbnail(data, longest=400), decode(data, side=16).facts)


def _read(file: Path) -> list[dict[str, Any]]:
    with file.open("rb") as stored:
        rows: list[dict[str, Any]] = pickle.load(stored)
    return rows


def _odds(rows: Sequence[dict[str, Any]]) -> Floats:
    """(N,) as shipped; -inf of what does not align."""
    trees = decision()
    measures = [row["measures"] for row in rows]
    return np.array([-math.inf if m is None else trees.odds(m) for m in measures], np.float32)


def levels(asked: argparse.Namespace) -> None:
    """Print the share found of each track and how many others pass, with and without the rules."""
    rows = _read(asked.file)
    odds = _odds(rows)
    kinds = np.array([row["kind"] for row in rows])
    stems = np.array([kind.split(":")[0] for kind in kinds])
    allowed = np.array([row["measures"] is not None and not row["ruled out"] for row in rows])
    print("level      light   edit   disc   copies   lookalikes (still, codes, flags)   series")
    for level, ruled in itertools.product((-math.inf, *_LEVELS), (False, True)):
        passes = (odds > level) & (allowed if ruled else True)
        found = [float(passes[kinds == f"edits:{t}"].mean()) for t in ("light", "edit", "disc")]
        found.append(float(passes[stems == "copy"].mean()))
        false = [int(passes[stems == "look"].sum())]
        for kind in ("static_camera", "barcodes", "flags"):
            false.append(int(passes[kinds == f"look:{kind}"].sum()))
        series = int(passes[stems == "series"].sum())
        shares = "  ".join(f"{share:.3f}" for share in found)
        print(f"{level:5} {'rules' if ruled else '     '} {shares}   {false}   {series}")


def reliability(asked: argparse.Namespace) -> None:
    """Plot the share of copies among aligned pairs of about the same odds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = _read(asked.file)
    odds = _odds(rows)
    same = np.array([row["same"] for row in rows])
    known = np.isfinite(odds)
    odds, same = odds[known], same[known]
    # Half of the fitted pairs are copies: others count as much here.
    weight = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())
    edges = np.array([-np.inf, -4, -3, -2, -1, 0, 1, 2, 3, np.inf])
    said, true = [], []
    for low, high in itertools.pairwise(edges.tolist()):
        cells = (odds > low) & (odds <= high)
        if not cells.any():
            continue
        share = float((weight * same)[cells].sum() / weight[cells].sum())
        mean = float(np.average(1 / (1 + np.exp(-odds[cells])), weights=weight[cells]))
        said.append(mean)
        true.append(share)
        copies, others = int((same & cells).sum()), int((~same & cells).sum())
        print(f"{low:5} to {high:5}: {copies:5} copies {others:5} others", end="; ")
        print(f"said {mean:.3f}, true {share:.3f}")
    figure, axes = pyplot.subplots(figsize=(4.2, 4.2), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot(said, true, marker="o", color="#1f6f8b")
    axes.set(xlabel="probability said", ylabel="share of copies", xlim=(0, 1), ylim=(0, 1))
    figure.savefig(asked.plot, dpi=150)


def worth(asked: argparse.Namespace) -> None:
    """Print what the trees lose without each family of measures, on folds and on the bench."""
    pairs, rows = read_pairs(asked.work), _read(asked.file)
    rows = [row for row in rows if row["measures"] is not None]
    bench = np.array([[row["measures"][name] for name in pairs.names] for row in rows], np.float32)
    bench_same = np.array([row["same"] for row in rows])
    families = sorted({_family(name) for name in pairs.names})
    print(f"{len(pairs.same)} pairs of fit, {len(rows)} of the bench; loss, false copies at recall")
    for left_out in ("", *families):
        kept = np.array([_family(name) != left_out for name in pairs.names])
        told = _worth(pairs, kept, bench, bench_same)
        print(f"{left_out or 'all of them':16}", *told, flush=True)


def _family(name: str) -> str:
    """Of a measure: its name without what it was taken of."""
    words = [word for word in name.split() if not word.replace(".", "").isdigit()]
    return " ".join(words[:2]) if words[0] in ("fine", "finest") and len(words) > 1 else words[0]


def _worth(pairs: Pairs, kept: Any, bench: Floats, bench_same: Any) -> tuple[str, ...]:
    fold = 0
    seen, held = pairs.fold != fold, pairs.fold == fold
    grown = few_trees().fit(pairs.measures[seen][:, kept], pairs.same[seen], pairs.weight[seen])
    told = []
    for measures, same in (
        (pairs.measures[held][:, kept], pairs.same[held] > 0),
        (bench[:, kept], bench_same),
    ):
        odds = np.asarray(grown.decision_function(measures), np.float64)
        line = LogisticRegression(class_weight="balanced").fit(odds[:, None], same)
        chance = line.predict_proba(odds[:, None])[:, 1]
        loss = -np.mean([np.log(chance[same]).mean(), np.log(1 - chance[~same]).mean()])
        copies = np.sort(odds[same])
        limits = [copies[int((1 - recall) * len(copies))] for recall in _RECALLS]
        false = " ".join(f"{int((odds[~same] >= limit).sum()):4}" for limit in limits)
        told.append(f"{loss:.4f}  {false}")
    return tuple(told)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    stages = options.add_subparsers(required=True)
    for name, run, places in (
        ("pairs", measure_pairs, ("bench", "file")),
        ("levels", levels, ("file",)),
        ("reliability", reliability, ("file", "plot")),
        ("worth", worth, ("work", "file")),
    ):
        stage = stages.add_parser(name)
        for place in places:
            stage.add_argument(place, type=Path)
        stage.add_argument("--workers", type=int, default=2)
        stage.set_defaults(run=run)
    asked = options.parse_args()
    asked.run(asked)


if __name__ == "__main__":
    main()
