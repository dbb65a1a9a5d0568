"""Least squares that most of what is given decides: what fits badly counts less, round by round."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from copyfind.records import Doubles

_RIDGE = 1e-2  # rows that speak against every term


def reweighted(
    terms: Doubles, wanted: Doubles, weigh: Callable[[Doubles], Doubles], *, rounds: int
) -> Doubles:
    """(T, K) what to multiply the terms (N, T) by for what is wanted (N, K).

    weigh: what the rows count for, (N,), told from what of each is not fitted, (N, K).
    """
    ridge = _RIDGE * np.eye(terms.shape[1])
    weighted = terms
    fitted: Doubles = np.zeros((terms.shape[1], wanted.shape[1]))
    for number in range(rounds):
        if number:
            weighted = terms * weigh(wanted - terms @ fitted)[:, None]
        fitted = np.asarray(
            np.linalg.solve(terms.T @ weighted + ridge, weighted.T @ wanted), np.float64
        )
    return fitted
