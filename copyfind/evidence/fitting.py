"""Least squares that most of what is given decides: what fits badly counts less, round by round."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from copyfind.evidence.align import Doubles

_RIDGE = 1e-2  # rows that speak against every term


def reweighted(
    terms: Doubles, wanted: Doubles, weigh: Callable[[Doubles], Doubles], *, rounds: int
) -> Doubles:
    """(T, K) what to multiply the terms (N, T) by for what is wanted (N, K).

    weigh: what the rows count for, (N,), told from what of each is not fitted, (N, K).
    """
    weight: Doubles = np.ones(len(wanted))
    fitted: Doubles = np.zeros((terms.shape[1], wanted.shape[1]))
    for _ in range(rounds):
        weighted = terms * weight[:, None]
        normal = terms.T @ weighted + _RIDGE * np.eye(terms.shape[1])
        fitted = np.asarray(np.linalg.solve(normal, weighted.T @ wanted), np.float64)
        weight = weigh(wanted - terms @ fitted)
    return fitted
