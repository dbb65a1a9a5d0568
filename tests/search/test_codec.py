"""FAISS strings as the papers write them, and strings that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.records import Floats
from copyfind.search.codec import CodecError, train_codec


def rows(count: int, dim: int = 12) -> Floats:
    stretched = np.random.default_rng(0).normal(size=(count, dim)) * np.arange(1, dim + 1)
    made: Floats = (stretched + 3).astype(np.float32)
    return made


def test_whitening_evens_out_what_it_was_trained_on() -> None:
    white = train_codec("PCAW8,Flat", rows(4000))(rows(4000))
    assert white.shape == (4000, 8)
    spread = np.cov(white.T) * len(white)  # FAISS divides by the sum of squares, not their mean
    np.testing.assert_allclose(spread, np.eye(8), atol=1e-3)


def test_l2norm_makes_unit_rows() -> None:
    codec = train_codec("PCAW8,L2norm,Flat", rows(50))
    np.testing.assert_allclose(np.linalg.norm(codec(rows(5)), axis=1), 1, rtol=1e-5)
    assert codec(rows(0)).shape == (0, 8)


def test_flat_changes_nothing() -> None:
    np.testing.assert_array_equal(train_codec("Flat", rows(3))(rows(3)), rows(3))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nonsense", "cannot make 'nonsense'"),
        ("PQ4", "must be transforms and Flat"),
        ("PCAW8,L2norm", "cannot make"),
        ("HNSW32,Flat", "must be transforms and Flat"),
        ("PCA99,Flat", "does not fit 12-d"),
    ],
)
def test_strings_that_are_no_transforms_are_refused(name: str, complaint: str) -> None:
    with pytest.raises(CodecError, match=complaint):
        train_codec(name, rows(50))


def test_too_few_training_images_are_refused() -> None:
    with pytest.raises(CodecError, match="5 training images are too few"):
        train_codec("PCAW8,L2norm,Flat", rows(5))


def test_directions_that_never_vary_are_refused() -> None:
    flat = np.zeros((50, 12), np.float32)
    with pytest.raises(CodecError, match="infinite"):
        train_codec("PCAW8,Flat", flat)(rows(2))
