"""Whether two pictures that lie on each other show one capture, as log odds.

Boosted trees weigh the measures, a small network looks at the maps, and a line through the log
odds of both makes one calibrated number of them. All three were fitted to matched pairs, an edit
of a picture against that picture and against its lookalikes, by `benchmarks/fit_decision.py`; they
travel in one small file beside this one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.laying import Laid
from copyfind.evidence.maps import CELLS, Maps, maps_of
from copyfind.evidence.measures import measures_of
from copyfind.records import Floats

# Log odds among matched pairs, of which half are copies and the others all lookalikes: from which
# a pair that no rule rules out is proven, from which it is probably a copy, and the same where a
# rule speaks against it.
PROVEN, LIKELY, LIKELY_IN_SPITE = -1.5, -2.5, 0.5

DECISION = Path(__file__).with_name("decision.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Boosted trees, one after the other; a leaf leads to itself."""

    names: tuple[str, ...]  # of the measures
    feature: NDArray[np.int32]  # (N,) of all nodes
    threshold: Floats  # (N,) at most this goes left
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Floats  # (N,) log odds of a leaf
    roots: NDArray[np.int32]
    depth: int
    baseline: float

    def odds(self, measures: Mapping[str, float]) -> float:
        """Log odds."""
        given = np.array([measures[name] for name in self.names])
        at = self.roots
        for _ in range(self.depth):
            goes_left = given[self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        return self.baseline + float(self.value[at].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Depthwise, then pointwise with what a batch norm does."""

    depthwise: Floats  # (C, 3, 3)
    shift: Floats  # (C,)
    pointwise: Floats  # (D, C)
    bias: Floats  # (D,)
    stride: int

    def __call__(self, x: Floats) -> Floats:
        """(C, H, W) -> (D, H / stride, W / stride), added to what came in if that is as large."""
        channels, height, width = x.shape
        padded = np.zeros((channels, height + 2, width + 2), np.float32)
        padded[:, 1:-1, 1:-1] = x
        rows, columns = range(0, height, self.stride), range(0, width, self.stride)
        y = np.empty((channels, len(rows), len(columns)), np.float32)
        y[:] = self.shift[:, None, None]
        for dy in range(3):
            for dx in range(3):
                part = padded[:, dy : dy + height : self.stride, dx : dx + width : self.stride]
                y += part * self.depthwise[:, dy, dx, None, None]
        flat = self.pointwise @ y.reshape(channels, -1) + self.bias[:, None]
        out = np.maximum(flat, 0).reshape(-1, *y.shape[1:])
        return np.asarray(x + out if out.shape == x.shape else out, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Over (CHANNELS, CELLS, CELLS) maps."""

    stem: Floats  # (D, CHANNELS * 4)
    bias: Floats  # (D,)
    layers: tuple[Layer, ...]
    head: Floats  # (2 * D',)
    head_bias: float

    def odds(self, maps: Maps) -> float:
        """Log odds."""
        channels, rows, columns = maps.values.shape
        canvas = np.zeros((channels, CELLS, CELLS), np.float32)
        top, left = (CELLS - rows) // 2, (CELLS - columns) // 2
        canvas[:, top : top + rows, left : left + columns] = maps.values
        half = CELLS // 2
        cells = canvas.reshape(channels, half, 2, half, 2).transpose(0, 2, 4, 1, 3)
        x = self.stem @ cells.reshape(channels * 4, -1) + self.bias[:, None]
        x = np.maximum(x, 0).reshape(-1, half, half)
        for layer in self.layers:
            x = layer(x)
        pooled = np.concatenate([x.mean(axis=(1, 2)), x.max(axis=(1, 2))])
        return float(pooled @ self.head) + self.head_bias


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What travels with copyfind."""

    trees: Trees
    networks: tuple[Network, ...]
    weights: tuple[float, float, float]  # of one, of the trees' log odds, of the networks' mean


def odds_of(laid: Laid) -> float:
    """Log odds that both show one capture; -inf where too little lies on each other to tell."""
    maps = maps_of(laid)
    if maps is None:
        return -math.inf
    known = decision()
    trees = known.trees.odds(measures_of(laid, maps))
    network = sum(one.odds(maps) for one in known.networks) / len(known.networks)
    constant, of_trees, of_network = known.weights
    return constant + of_trees * trees + of_network * network


@cache
def decision() -> Decision:
    """Read once."""
    with np.load(DECISION, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    trees = Trees(
        tuple(arrays["names"].tolist()),
        arrays["feature"].astype(np.int32),
        arrays["threshold"],
        arrays["left"].astype(np.int32),
        arrays["right"].astype(np.int32),
        arrays["value"],
        arrays["roots"].astype(np.int32),
        int(arrays["depth"]),
        float(arrays["baseline"]),
    )
    networks = tuple(_network(arrays, n) for n in range(int(arrays["networks"])))
    one, two, three = arrays["weights"].tolist()
    return Decision(trees, networks, (one, two, three))


def _network(arrays: Mapping[str, np.ndarray], number: int) -> Network:
    def read(name: str) -> Floats:
        return np.asarray(arrays[f"{number}.{name}"], np.float32)

    layers = tuple(
        Layer(
            read(f"{n}.depthwise"),
            read(f"{n}.shift"),
            read(f"{n}.pointwise"),
            read(f"{n}.bias"),
            stride,
        )
        for n, stride in enumerate(arrays["strides"].tolist())
    )
    return Network(
        read("stem"), read("stem.bias"), layers, read("head"), float(read("head.bias")[0])
    )
