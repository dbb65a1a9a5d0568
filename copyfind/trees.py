"""Boosted trees that weigh measures; each travels in one small file beside what asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Boosted trees, one after the other; a leaf leads to itself."""

    names: tuple[str, ...]  # of the measures
    # (N, 4) of all nodes: measure, bits of the threshold (at most that goes left), the nodes that
    # follow on the left and on the right. What is read together lies together.
    nodes: NDArray[np.int32]
    value: Floats  # (N,) log odds of a leaf
    roots: NDArray[np.intp]
    depth: int
    baseline: float

    def odds(self, measures: Mapping[str, float]) -> float:
        """Log odds."""
        given = np.array([measures[name] for name in self.names], np.float32)
        at = self.roots
        for _ in range(self.depth):
            met = self.nodes.take(at, axis=0)
            goes_left = given.take(met[:, 0]) <= met[:, 1].view(np.float32)
            at = np.where(goes_left, met[:, 2], met[:, 3])
        return self.baseline + float(self.value.take(at).sum())


def read_trees(path: Path) -> Trees:
    """The trees that `benchmarks/decision_models.py` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    roots = arrays["roots"].astype(np.int32)
    # Of each tree's own nodes a byte tells which follows.
    start = np.repeat(roots, np.diff(np.append(roots, len(arrays["feature"]))))
    nodes = np.empty((len(start), 4), np.int32)
    nodes[:, 0], nodes[:, 1] = arrays["feature"], arrays["threshold"].view(np.int32)
    nodes[:, 2], nodes[:, 3] = arrays["left"] + start, arrays["right"] + start
    return Trees(
        tuple(arrays["names"].tolist()),
        nodes,
        arrays["value"].astype(np.float32),
        roots.astype(np.intp),
        int(arrays["depth"]),
        float(arrays["baseline"]),
    )
