"""Descriptor matrices to search in, and the slow answer to compare with."""

from __future__ import annotations

import numpy as np

from copyfind.records import Candidates, Floats, Ints


def isotropic(size: int, dim: int, *, seed: int = 0) -> Floats:
    """Return (size, dim) unit rows that point everywhere alike."""
    rows = np.random.default_rng(seed).standard_normal((size, dim), dtype=np.float32)
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def with_copies(
    rows: Floats, *, count: int, threshold: float, seed: int = 0
) -> tuple[Floats, Ints]:
    """Return the rows, `count` of them replaced by copies of others, and the pairs (count, 2).

    The cosines are spread evenly between the threshold and 1.
    """
    rng = np.random.default_rng(seed)
    places = rng.permutation(len(rows))[: 2 * count].reshape(count, 2)
    source = rows[places[:, 0]]
    aside = rng.standard_normal(source.shape)
    aside -= (aside * source).sum(axis=1, keepdims=True) * source
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    cosine = rng.uniform(threshold + 1e-4, 1, (count, 1))
    planted = rows.copy()
    planted[places[:, 1]] = cosine * source + np.sqrt(1 - cosine**2) * aside
    return planted, np.sort(places, axis=1)


def naive_cosines(rows: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the cosine of every row with every row (N, N), in float64."""
    unit = rows.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit @ unit.T


def as_set(found: Candidates) -> set[tuple[int, int]]:
    """Return the pairs of rows without their similarities."""
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


def share_found(found: Candidates, planted: Ints) -> float:
    """Return the share of the planted pairs among those found."""
    return len(as_set(found) & {(int(a), int(b)) for a, b in planted}) / len(planted)
