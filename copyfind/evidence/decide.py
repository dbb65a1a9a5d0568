"""Whether two pictures that lie on each other show one capture, as log odds.

Boosted trees weigh the measures. They were fitted to matched pairs, an edit of a picture against
that picture and against its lookalikes, by `benchmarks/fit_decision.py`, and travel in one small
file beside this one.
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
from copyfind.evidence.maps import maps_of
from copyfind.evidence.measures import measures_of
from copyfind.records import Facts, Floats

# Log odds among matched pairs, of which half are copies and the others all lookalikes: from which
# a pair that no rule rules out is proven; from which it is where places are lit otherwise and that
# is all, with a word for it or without; from which it is where a third picture may be what they
# share; from which it is probably a copy, and the same where a rule speaks against it.
PROVEN, LIT_OTHERWISE, NAMELESS, SHARED = 0.0, 0.5, 2.0, 2.5
LIKELY, LIKELY_IN_SPITE = -2.5, 0.0

DECISION = Path(__file__).with_name("decision.npz")


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


def odds_of(laid: Laid, facts: tuple[Facts, Facts]) -> float:
    """Log odds that both show one capture; -inf where too little lies on each other to tell.

    facts: of both files, in either order.
    """
    maps = maps_of(laid)
    return -math.inf if maps is None else decision().odds(measures_of(laid, maps, facts))


@cache
def decision() -> Trees:
    """What travels with copyfind, read once."""
    with np.load(DECISION, allow_pickle=False) as stored:
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
