"""The models that are compared for the decision, cross-validated over groups, and their export."""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.decision_network import (
    Network,
    odds_of,
    on_canvas,
    read_network,
    train,
    write_network,
)
from copyfind.evidence.decide import DECISION
from copyfind.records import Bools, Floats

FOLDS = 3
_MANY, _OF_MANY = ("still_camera", "codes", "boards"), 0.4  # see matched_layouts.HARD
_RECALLS = (0.99, 0.97, 0.95, 0.9, 0.85)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Aligned pairs whose truth is known."""

    names: tuple[str, ...]
    measures: Floats  # (N, names)
    maps: NDArray[np.float16]  # (N, CHANNELS, CELLS, CELLS)
    same: Floats  # (N,) 1 where both show one capture
    kind: NDArray[np.str_]
    fold: NDArray[np.int64]
    tried: Counter[str]  # by kind, track and truth, aligned or not

    @property
    def weight(self) -> Floats:
        """Copies and others count alike; of kinds that are drawn in numbers, each pair less."""
        weight = np.where(np.isin(self.kind, _MANY), _OF_MANY, 1.0)
        for truth in (0, 1):
            weight[self.same == truth] *= 0.5 * len(weight) / weight[self.same == truth].sum()
        return weight.astype(np.float32)


def read_pairs(work: Path) -> Pairs:
    """What the stage `measure` wrote."""
    rows: list[dict[str, Any]] = []
    tried: Counter[str] = Counter()
    for path in sorted(work.glob("maps-*.pkl")):
        with path.open("rb") as file:
            counts, found = pickle.load(file)
        tried.update(counts)
        rows += [row | {"maps": on_canvas(row["maps"])} for row in found]
    names = tuple(rows[0]["measures"])
    return Pairs(
        names,
        np.array([[row["measures"][name] for name in names] for row in rows], np.float32),
        np.stack([row["maps"] for row in rows]),
        np.array([row["same"] for row in rows], np.float32),
        np.array([row["kind"] for row in rows]),
        np.array([zlib.crc32(row["group"].encode()) % FOLDS for row in rows]),
        tried,
    )


def logistic() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))


def trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=400, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=12,
        l2_regularization=3.0, max_features=0.5, random_state=0,
    )  # fmt: skip


def cross_validated(
    pairs: Pairs, work: Path, *, epochs: int, folds: Sequence[int]
) -> tuple[dict[str, Floats], list[Network]]:
    """Log odds of each pair by models that never saw its group; and the networks of the folds.

    NaN in folds that are not asked for. A network that was trained already is read from `work`.
    """
    none = np.full(len(pairs.same), np.nan, np.float32)
    odds = {name: none.copy() for name in ("logistic", "trees", "network", "both")}
    networks = []
    for fold in folds:
        seen, held = pairs.fold != fold, pairs.fold == fold
        plain = logistic().fit(
            pairs.measures[seen], pairs.same[seen],
            logisticregression__sample_weight=pairs.weight[seen],
        )  # fmt: skip
        odds["logistic"][held] = plain.decision_function(pairs.measures[held])
        grown = trees().fit(pairs.measures[seen], pairs.same[seen], pairs.weight[seen])
        odds["trees"][held] = grown.decision_function(pairs.measures[held])
        stored = work / f"network-{fold}.pt"
        if stored.exists():
            network = read_network(stored)
        else:
            network = train(
                pairs.maps[seen], pairs.same[seen], pairs.weight[seen], epochs=epochs, seed=fold
            )
            write_network(network, stored)
        odds["network"][held] = odds_of(network, pairs.maps[held])
        networks.append(network)
    both = np.stack([odds["trees"], odds["network"]], axis=1)
    known = ~np.isnan(odds["trees"])
    halves = np.arange(len(known)) // 50 % 2  # neighbours are of one group
    for half in (0, 1):
        seen, held = known & (halves != half), known & (halves == half)
        line = LogisticRegression().fit(both[seen], pairs.same[seen])
        odds["both"][held] = line.decision_function(both[held])
    return odds, networks


def told(odds: dict[str, Floats], same: Floats) -> None:
    """False copies at each recall of the aligned copies."""
    others = int((same == 0).sum())
    print(f"{'model':10} false copies of {others} others at recall " + str(_RECALLS))
    for name, values in odds.items():
        copies = np.sort(values[same == 1])
        levels = [copies[int((1 - recall) * len(copies))] for recall in _RECALLS]
        print(f"{name:10} " + "  ".join(f"{int((values[same == 0] >= v).sum()):5}" for v in levels))


def told_by_kind(odds: Floats, pairs: Pairs, levels: tuple[float, ...]) -> None:
    """Share of copies found and number of false ones of each kind, at levels of log odds."""
    known = ~np.isnan(odds)
    for kind in sorted(set(pairs.kind[known].tolist())):
        of_kind: Bools = known & (pairs.kind == kind)
        copies, others = of_kind & (pairs.same == 1), of_kind & (pairs.same == 0)
        found = "  ".join(
            f"{np.mean(odds[copies] >= v):.3f} {int((odds[others] >= v).sum()):3}" for v in levels
        )
        print(f"{kind:14} {int(copies.sum()):5} {int(others.sum()):5}   {found}")


def write_decision(pairs: Pairs, odds: dict[str, Floats], networks: list[Network]) -> None:
    """Trees grown on all pairs, the networks of the folds, and the line through both."""
    grown = trees().fit(pairs.measures, pairs.same, pairs.weight)
    known = ~np.isnan(odds["trees"])
    both = np.stack([odds["trees"], odds["network"]], axis=1)
    line = LogisticRegression().fit(both[known], pairs.same[known])
    arrays: dict[str, Any] = _as_arrays(grown) | {
        "names": np.array(pairs.names),
        "weights": np.array([line.intercept_[0], *line.coef_[0]]),
        "networks": np.array(len(networks)),
        "strides": np.array([block.depthwise.stride[0] for block in _blocks(networks[0])]),
    }
    for number, network in enumerate(networks):
        arrays |= {f"{number}.{name}": value for name, value in _folded(network).items()}
    np.savez_compressed(DECISION, **arrays)


def _as_arrays(grown: HistGradientBoostingClassifier) -> dict[str, np.ndarray]:
    nodes, roots, depth, start = [], [], 0, 0
    for (predictor,) in grown._predictors:
        own = predictor.nodes.copy()
        roots.append(start)
        leaf = own["is_leaf"].astype(bool)
        here = np.arange(len(own)) + start
        own["left"] = np.where(leaf, here, own["left"].astype(np.int64) + start)
        own["right"] = np.where(leaf, here, own["right"].astype(np.int64) + start)
        own["feature_idx"][leaf] = 0
        depth = max(depth, int(own["depth"].max()))
        nodes.append(own)
        start += len(own)
    every = np.concatenate(nodes)
    leaf = every["is_leaf"].astype(bool)
    return {
        "feature": every["feature_idx"].astype(np.int16),
        "threshold": every["num_threshold"],
        "left": every["left"].astype(np.int32),
        "right": every["right"].astype(np.int32),
        "value": np.where(leaf, every["value"], 0).astype(np.float32),
        "roots": np.array(roots, np.int32),
        "depth": np.array(depth),
        "baseline": np.asarray(grown._baseline_prediction).reshape(-1)[0],
    }


def _folded(network: Network) -> dict[str, np.ndarray]:
    """Weights with the batch norms in them, float16."""
    scale, shift = _norm(network.norm)
    arrays = {
        "stem": network.stem.weight.detach().numpy().reshape(len(scale), -1) * scale[:, None],
        "stem.bias": shift,
        "head": network.head.weight.detach().numpy()[0],
        "head.bias": network.head.bias.detach().numpy(),
    }
    for n, block in enumerate(_blocks(network)):
        scale, shift = _norm(block.norm)
        pointwise = block.pointwise.weight.detach().numpy()[:, :, 0, 0]
        arrays |= {
            f"{n}.depthwise": block.depthwise.weight.detach().numpy()[:, 0],
            f"{n}.shift": block.depthwise.bias.detach().numpy(),
            f"{n}.pointwise": pointwise * scale[:, None],
            f"{n}.bias": shift,
        }
    return {name: value.astype(np.float16) for name, value in arrays.items()}


def _blocks(network: Network) -> list[Any]:
    return list(network.body)


def _norm(norm: Any) -> tuple[Floats, Floats]:
    scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach().numpy()
    return scale, norm.bias.detach().numpy() - norm.running_mean.detach().numpy() * scale
