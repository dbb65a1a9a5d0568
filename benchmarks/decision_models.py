"""The models that are compared for the decision, cross-validated over groups, and their export."""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from copyfind.records import Bools, Floats

FOLDS = 3
# Kinds that are drawn in numbers (see matched_layouts.HARD) count less each. And a lookalike of a
# picture that somebody edited as well is rarer than one that lies beside it as it was taken.
_MANY = ("still_camera", "rephotographed", "codes", "boards", "flags")
_OF_MANY, _STRONGLY_EDITED, _LIGHTLY_EDITED, _AS_TAKEN = 0.4, 0.1, 0.3, 3.0
_RECALLS = (0.99, 0.97, 0.95, 0.9, 0.85)

Model = Any  # of scikit-learn, which has no types


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Aligned pairs whose truth is known."""

    names: tuple[str, ...]
    measures: Floats  # (N, names)
    same: Floats  # (N,) 1 where both show one capture
    kind: NDArray[np.str_]
    track: NDArray[np.str_]
    fold: NDArray[np.int64]
    tried: Counter[str]  # by kind, track and truth, aligned or not

    @property
    def weight(self) -> Floats:
        """Copies and others count alike in sum."""
        weight = np.where(np.isin(self.kind, _MANY), _OF_MANY, 1.0)
        others = self.same == 0
        weight[others & np.isin(self.track, ("single", "stacked"))] *= _STRONGLY_EDITED
        weight[others & (self.track == "light")] *= _LIGHTLY_EDITED
        weight[others & (self.track == "plain")] *= _AS_TAKEN
        for truth in (others, ~others):
            weight[truth] *= 0.5 * len(weight) / weight[truth].sum()
        return weight.astype(np.float32)


def read_pairs(work: Path) -> Pairs:
    """What the stage `measure` wrote."""
    rows: list[dict[str, Any]] = []
    tried: Counter[str] = Counter()
    for path in sorted(work.glob("measures-*.pkl")):
        with path.open("rb") as file:
            counts, found = pickle.load(file)
        tried.update(counts)
        rows += found
    names = tuple(rows[0]["measures"])
    return Pairs(
        names,
        np.array([[row["measures"][name] for name in names] for row in rows], np.float32),
        np.array([row["same"] for row in rows], np.float32),
        np.array([row["kind"] for row in rows]),
        np.array([row["track"] for row in rows]),
        np.array([zlib.crc32(row["group"].encode()) % FOLDS for row in rows]),
        tried,
    )


def logistic() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))


def few_trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=400, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=12,
        l2_regularization=3.0, max_features=0.5, random_state=0,
    )  # fmt: skip


def many_trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=1500, learning_rate=0.03, max_leaf_nodes=40, min_samples_leaf=30,
        l2_regularization=8.0, max_features=0.2, random_state=0,
    )  # fmt: skip


MODELS: dict[str, Callable[[], Model]] = {
    "logistic": logistic, "few trees": few_trees, "many trees": many_trees,
}  # fmt: skip


def fitted(model: Callable[[], Model], pairs: Pairs, some: Bools) -> Model:
    """A model of some of the pairs."""
    weight = {"sample_weight": pairs.weight[some]}
    if model is logistic:
        weight = {"logisticregression__sample_weight": pairs.weight[some]}
    return model().fit(pairs.measures[some], pairs.same[some], **weight)


def cross_validated(pairs: Pairs) -> dict[str, Floats]:
    """Log odds of each pair by models that never saw its group."""
    odds = {name: np.zeros(len(pairs.same), np.float32) for name in MODELS}
    for name, model in MODELS.items():
        for fold in range(FOLDS):
            held = pairs.fold == fold
            known = fitted(model, pairs, ~held)
            odds[name][held] = known.decision_function(pairs.measures[held])
    return odds


def told(odds: dict[str, Floats], same: Floats) -> None:
    """False copies at each recall of the aligned copies."""
    others = int((same == 0).sum())
    print(f"{'model':10} false copies of {others} others at recall " + str(_RECALLS))
    for name, values in odds.items():
        copies = np.sort(values[same == 1])
        levels = [copies[int((1 - recall) * len(copies))] for recall in _RECALLS]
        print(f"{name:10} " + "  ".join(f"{int((values[same == 0] >= v).sum()):5}" for v in levels))


def told_by_kind(odds: Floats, pairs: Pairs, levels: tuple[float, ...]) -> None:
    """Share of copies found and number of false ones of each kind, at levels of log odds: of those
    that are as they were taken, and of all."""
    plain = pairs.track == "plain"
    for kind in sorted(set(pairs.kind.tolist())):
        of_kind: Bools = pairs.kind == kind
        copies, others = of_kind & (pairs.same == 1), of_kind & (pairs.same == 0)
        found = "  ".join(
            f"{np.mean(odds[copies] >= v) if copies.any() else 0:.3f} "
            f"{int((odds[others & plain] >= v).sum()):3}/{int((odds[others] >= v).sum()):4}"
            for v in levels
        )
        print(f"{kind:14} {int(copies.sum()):5} {int(others.sum()):5}   {found}")


def write_trees(path: Path, names: Sequence[str], grown: HistGradientBoostingClassifier) -> None:
    """The trees, for `copyfind.trees`."""
    nodes, roots, depth, start = [], [], 0, 0
    for (predictor,) in grown._predictors:
        own = predictor.nodes.copy()
        roots.append(start)
        leaf = own["is_leaf"].astype(bool)
        own["left"][leaf] = own["right"][leaf] = np.arange(len(own))[leaf]
        own["feature_idx"][leaf] = 0
        own["num_threshold"][leaf] = 0
        depth = max(depth, int(own["depth"].max()))
        nodes.append(own)
        start += len(own)
    every = np.concatenate(nodes)
    leaf = every["is_leaf"].astype(bool)
    np.savez_compressed(
        path,
        names=np.array(names),
        feature=every["feature_idx"].astype(np.uint8),
        threshold=_at_most(every["num_threshold"]),
        left=every["left"].astype(np.uint8),
        right=every["right"].astype(np.uint8),
        value=np.where(leaf, every["value"], 0).astype(np.float16),
        roots=np.array(roots, np.int32),
        depth=np.array(depth),
        baseline=np.asarray(grown._baseline_prediction).reshape(-1)[0],
    )


def _at_most(thresholds: NDArray[np.float64]) -> Floats:
    """The next single below each: no single measure lies between."""
    singles = thresholds.astype(np.float32)
    below = np.nextafter(singles, np.float32(-np.inf))
    return np.asarray(np.where(singles > thresholds, below, singles), np.float32)
