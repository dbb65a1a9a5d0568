"""What comes nearest to a picture of all sums of some layers."""

from __future__ import annotations

import numpy as np

from copyfind.records import Doubles, Floats

_EDGE = 4  # pixels that resizing and blurring make up
_APART = 4  # pixels between those that are looked at
_SPARED = 0.85  # share of the pixels that such a mixture has to explain: words may lie over others


def nearest_mixture(layers: Floats, wanted: Floats) -> Floats:
    """The sum of layers (L, H, W) and of a constant that comes nearest to a picture (H, W), but for
    a part of it."""
    inner = (slice(_EDGE, -_EDGE, _APART), slice(_EDGE, -_EDGE, _APART))
    aim = wanted[inner].ravel().astype(np.float64)
    known = np.ones((len(layers) + 1, len(aim)))
    known[:-1] = layers[:, *inner].reshape(len(layers), -1)
    weights = _solved(known, aim)
    missed = np.abs(weights @ known - aim)
    good = missed <= np.partition(missed, at := int(_SPARED * (len(missed) - 1)))[at]
    weights = _solved(known[:, good], aim[good])
    mixed = weights[:-1].astype(np.float32) @ layers.reshape(len(layers), -1)
    return np.asarray(mixed.reshape(wanted.shape) + np.float32(weights[-1]), np.float32)


def _solved(known: Doubles, wanted: Doubles) -> Doubles:
    """Least squares by way of the normal equations, a little held back: layers resemble each
    other."""
    square = known @ known.T
    square[np.diag_indices_from(square)] += 1e-6 * known.shape[1]
    return np.asarray(np.linalg.solve(square, known @ wanted), np.float64)
