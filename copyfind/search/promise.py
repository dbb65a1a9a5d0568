"""How likely a pair of pictures is a copy, before anything of it is compared closely.

A logistic of what the search for candidates knows anyway. It only orders the pairs and ends the
list; what is a copy is decided by `evidence`. Fitted anew for each bundled student, by
`benchmarks/fit_promise.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating[Any]]  # of either precision

# Log odds of a copy, on generated edits of photos that no benchmark holds: 1, cosine of the
# wholes, best cosine of regions, log(1 + votes), whether there are any.
WHOLE = np.array([-10.639, 25.513])
REGIONS = np.array([-11.838, 14.309, 12.029])
BOTH = np.array([-10.744, 15.651, 1.121, 3.280, 1.609])
FITTED_AT = 0.6261  # threshold of the weights they were fitted with; cosines of others are shifted


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """What is known of P pairs of pictures."""

    whole: Reals  # (P,) cosine of the whole pictures
    best: Reals | None  # (P,) the best cosine of their regions; None where there are none
    votes: Reals | None  # (P,) of local features; None where these were not asked

    def columns(self) -> Reals:
        """(P, F): 1, and what is known, as the log odds weigh it."""
        columns = [np.ones(len(self.whole)), self.whole.astype(np.float64)]
        if self.best is not None:
            columns.append(self.best.astype(np.float64))
        if self.votes is not None:
            columns += [np.log1p(self.votes), (self.votes > 0).astype(np.float64)]
        return np.stack(columns, axis=1)


def promise_of(signs: Signs, *, threshold: float = FITTED_AT) -> Reals:
    """(P,) probabilities. threshold: the default one of the weights that gave the cosines."""
    shift = FITTED_AT - threshold
    moved = Signs(
        signs.whole.astype(np.float64) + shift,
        None if signs.best is None else signs.best.astype(np.float64) + shift,
        signs.votes,
    )
    odds = BOTH if signs.votes is not None else WHOLE if signs.best is None else REGIONS
    promise: Reals = np.round(likelihood(moved.columns() @ odds), 6)
    return promise


def likelihood(odds: Reals) -> Reals:
    """Log odds as probabilities."""
    likely: Reals = 1 / (1 + np.exp(-odds))
    return likely


def fit(columns: Reals, copies: Reals, *, steps: int = 50) -> Reals:
    """Log odds (F,) of the most likely logistic: columns (P, F), copies (P,) 0 or 1.

    By Newton's steps, with a ridge that only keeps what never varies in place.
    """
    odds = np.zeros(columns.shape[1])
    ridge = 1e-3 * np.eye(columns.shape[1])
    for _ in range(steps):
        likely = likelihood(columns @ odds)
        slope = columns.T @ (copies - likely) - ridge @ odds
        curve = (columns * (likely * (1 - likely))[:, None]).T @ columns + ridge
        odds = odds + np.linalg.solve(curve, slope)
    return odds
