"""Local features as 20 bytes each: what is kept, and whose codes they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from copyfind.search.codes import (
    HALVES,
    KEPT,
    Codes,
    codebook,
    decode,
    encode,
    nearest_lists,
    rooted_sifts,
)
from tests.search.features import drawn


def test_the_strongest_features_are_coded() -> None:
    features = drawn(1, KEPT + 50)

    codes = encode(features)

    assert len(codes.words) == KEPT
    angles = codes.angles.astype(float) * 360 / 256
    apart = np.abs(angles - features.angles[:KEPT])
    assert np.minimum(apart, 360 - apart).max() <= 360 / 256 / 2 + 1e-3
    np.testing.assert_allclose(2 ** (codes.sizes / 16), features.sizes[:KEPT], rtol=0.03)


def test_bytes_that_are_no_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="21 bytes are no codes"):
        Codes.from_bytes(bytes(21))


def test_a_feature_takes_twenty_bytes_and_comes_back_from_them() -> None:
    codes = encode(drawn(4, 500))
    data = codes.to_bytes()

    again = Codes.from_bytes(data)

    assert len(data) == 20 * KEPT
    for name in ("words", "codes", "angles", "sizes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(codes, name))


def test_codes_are_those_of_faiss() -> None:
    import faiss

    features, book = drawn(3), codebook()
    pq = faiss.ProductQuantizer(128, len(book.parts), 4)
    faiss.copy_array_to_vector(book.parts.ravel(), pq.centroids)

    rooted = rooted_sifts(features.sifts)
    codes = encode(features).codes
    np.testing.assert_array_equal(codes, pq.compute_codes(rooted))
    decoded: Any = pq.decode(codes)  # type: ignore[call-arg,func-returns-value] # as wrapped
    np.testing.assert_allclose(decode(codes), decoded, atol=1e-6)


def test_lists_are_those_of_faiss() -> None:
    import faiss

    features, book = drawn(3), codebook()
    quantizer = faiss.MultiIndexQuantizer(128, 2, 8)
    faiss.copy_array_to_vector(book.centres.ravel(), quantizer.pq.centroids)
    quantizer.is_trained, quantizer.ntotal = True, 65_536

    _, lists = quantizer.search(rooted_sifts(features.sifts), 1)

    np.testing.assert_array_equal(encode(features).words, lists[:, 0])


@pytest.mark.parametrize("count", [1, 16, 32])
def test_the_nearest_lists_come_first(count: int) -> None:
    rooted = rooted_sifts(drawn(3, 30).sifts)

    lists, away = nearest_lists(rooted, count)

    first, second = (
        ((rooted[:, None, half] - centres) ** 2).sum(axis=2) / 2
        for half, centres in zip(HALVES, codebook().centres, strict=True)
    )
    every = (first[:, None, :] + second[:, :, None]).reshape(len(rooted), -1)
    np.testing.assert_allclose(away, np.sort(every, axis=1)[:, :count], rtol=1e-3)
    np.testing.assert_allclose(away, np.take_along_axis(every, lists, axis=1), rtol=1e-3)
    assert (np.diff(np.sort(lists, axis=1), axis=1) > 0).all()
