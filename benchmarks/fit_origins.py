"""Fit which of two pictures the other one was made from (`copyfind/imaging/lineage`).

python -m benchmarks.fit_origins measure PHOTOS... WORK  # families of files, and their measures
python -m benchmarks.fit_origins fit WORK...             # cross-validated by photo; written

PHOTOS: folders or tar archives. Never those by which `keeper_chains` measures the result.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.decision_models import write_trees
from benchmarks.keeper_chains import photos_in
from benchmarks.made_of import family, opened
from copyfind.imaging.lineage import ORIGINS, UNKNOWN
from copyfind.imaging.lineage.measures import exchanged, measures_of, read_seen
from copyfind.records import Floats

_SEED = 11
_BESIDE = 10  # pairs of a chain without its source
_FOLDS = 5


def pairs_of(photo: Any, number: int) -> Iterator[dict[str, Any]]:
    """The measures of pairs of one photo's chain and star, the first of each pair there first."""
    dice = random.Random(_SEED * 100003 + number)
    for star in (False, True):
        files, names = family(photo, dice, number, star=star)
        seen = [read_seen(data) for data in files]
        pairs = [(0, place) for place in range(1, len(files))]
        if not star:
            later = [(a, b) for a in range(1, len(files)) for b in range(a + 1, len(files))]
            pairs += dice.sample(later, _BESIDE)
        for one, other in pairs:
            pixels = [np.asarray(opened(files[place])) for place in (one, other)]
            if np.array_equal(pixels[0], pixels[1]):
                continue  # the same pixels need no telling
            told = measures_of(seen[one], seen[other])
            measures = {k: None if np.isnan(v) else round(float(v), 5) for k, v in told.items()}
            kind = f"{'star' if star else 'chain'} {names[one]} {names[other]}"
            yield {"photo": number, "kind": kind, "measures": measures}


def measure(asked: argparse.Namespace) -> None:
    """Write a line a pair."""
    cv2.setNumThreads(1)
    dice = random.Random(_SEED)
    each = asked.number // len(asked.photos)
    photos = [photo for place in asked.photos for photo in photos_in(place, each, dice)]
    with asked.work.open("w") as out:
        for number, photo in enumerate(photos):
            for pair in pairs_of(photo, number):
                out.write(json.dumps(pair) + "\n")
            print(number + 1, flush=True)


def fit(asked: argparse.Namespace) -> None:
    """Cross-validate by photo, then write the trees fitted to all."""
    rows = [json.loads(line) for work in asked.work for line in work.open()]
    photos = np.array([f"{row['photo']}" for row in rows])
    names = sorted(rows[0]["measures"])
    forth, back = _vectors(rows, names)
    every = np.unique(photos)
    odds = np.zeros(len(rows))
    for fold in range(_FOLDS):
        out = np.isin(photos, every[fold::_FOLDS])
        model = _fitted(forth[~out], back[~out])
        odds[out] = (model.decision_function(forth[out]) - model.decision_function(back[out])) / 2
    by_kind = defaultdict(list)
    for row, value in zip(rows, odds, strict=True):
        by_kind[row["kind"].split()[-1]].append(value)
    print(f"{len(rows)} pairs of {len(every)} photos: {(odds > 0).mean():.3f} right")
    print(f"sure (odds of 3) {(odds > 3).mean():.3f}, sure and wrong {(odds < -3).mean():.4f}")
    for kind, values in sorted(by_kind.items()):
        print(f"  {kind}: {np.mean(np.array(values) > 0):.2f} of {len(values)}")
    write_trees(ORIGINS, names, _fitted(forth, back))


def _vectors(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> tuple[Floats, Floats]:
    """The measures of each pair, in order and exchanged, (N, M) each."""
    told = [
        {name: np.nan if value is None else value for name, value in row["measures"].items()}
        for row in rows
    ]
    forth = np.array([[one[name] for name in names] for one in told], np.float32)
    turned = [exchanged(one) for one in told]
    back = np.array([[one[name] for name in names] for one in turned], np.float32)
    return np.nan_to_num(forth, nan=UNKNOWN), np.nan_to_num(back, nan=UNKNOWN)


def _fitted(forth: Floats, back: Floats) -> HistGradientBoostingClassifier:
    """Fitted to both orders of each pair."""
    model = HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.06,
        max_leaf_nodes=12,
        min_samples_leaf=20,
        l2_regularization=5.0,
        max_features=0.5,
        random_state=0,
    )
    first = np.repeat([1, 0], [len(forth), len(back)])
    return model.fit(np.concatenate([forth, back]), first)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    stages = options.add_subparsers(required=True)
    measuring = stages.add_parser("measure")
    measuring.add_argument("photos", type=Path, nargs="+")
    measuring.add_argument("work", type=Path)
    measuring.add_argument("--photos", dest="number", type=int, default=180)
    measuring.set_defaults(run=measure)
    fitting = stages.add_parser("fit")
    fitting.add_argument("work", type=Path, nargs="+")
    fitting.set_defaults(run=fit)
    asked = options.parse_args()
    asked.run(asked)


if __name__ == "__main__":
    main()
