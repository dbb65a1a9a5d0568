"""What comes nearest to a picture of all sums of some layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats

_EDGE = 4  # pixels that resizing and blurring make up
_SPARED = 0.85  # share of the pixels that such a mixture has to explain: words may lie over others


def nearest_mixture(layers: Sequence[Floats], wanted: Floats) -> Floats:
    """The sum of the layers and of a constant that comes nearest, but for a part of the picture."""
    inner = (slice(_EDGE, -_EDGE, 2), slice(_EDGE, -_EDGE, 2))
    known = np.stack([layer[inner].ravel() for layer in layers], axis=1).astype(np.float64)
    known = np.column_stack([known, np.ones(len(known))])
    aim = wanted[inner].ravel().astype(np.float64)
    weights = _solved(known, aim)
    missed = np.abs(known @ weights - aim)
    good = missed <= np.quantile(missed, _SPARED)
    weights = _solved(known[good], aim[good])
    mixed: Floats = np.full_like(wanted, weights[-1])
    for weight, layer in zip(weights, layers, strict=False):
        mixed += np.float32(weight) * layer
    return mixed


def _solved(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares by way of the normal equations, a little held back: layers resemble each
    other."""
    square = known.T @ known
    square[np.diag_indices_from(square)] += 1e-6 * len(known)
    return np.asarray(np.linalg.solve(square, known.T @ wanted), np.float64)
