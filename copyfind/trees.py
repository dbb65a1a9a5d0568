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
    feature: NDArray[np.int32]  # (N,) of all nodes
    threshold: Floats  # (N,) at most this goes left
    left: NDArray[np.int32]  # (N,) the node that follows
    right: NDArray[np.int32]
    value: Floats  # (N,) log odds of a leaf
    roots: NDArray[np.int32]
    depth: int
    baseline: float

    def odds(self, measures: Mapping[str, float]) -> float:
        """Log odds."""
        given = np.array([measures[name] for name in self.names], np.float32)
        at = self.roots
        for _ in range(self.depth):
            goes_left = given[self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        return self.baseline + float(self.value[at].sum())


def read_trees(path: Path) -> Trees:
    """The trees that `benchmarks/decision_models.py` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    roots = arrays["roots"].astype(np.int32)
    # Of each tree's own nodes a byte tells which follows.
    start = np.repeat(roots, np.diff(np.append(roots, len(arrays["feature"]))))
    return Trees(
        tuple(arrays["names"].tolist()),
        arrays["feature"].astype(np.int32),
        arrays["threshold"],
        arrays["left"] + start,
        arrays["right"] + start,
        arrays["value"].astype(np.float32),
        roots,
        int(arrays["depth"]),
        float(arrays["baseline"]),
    )
