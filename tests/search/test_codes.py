"""Local features as 20 bytes each: what is kept, where it is kept, and whose codes they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copyfind.search.codes import (
    KEPT,
    Codes,
    codebook,
    encode,
    encode_all,
    read_codes,
    rooted_sifts,
    write_codes,
)
from tests.search.features import drawn


def test_pictures_are_coded_in_their_order_however_they_are_parted() -> None:
    pictures = [drawn(seed) for seed in range(7)]

    coded = encode_all([pictures[:3], [], pictures[3:]])

    assert [one.to_bytes() for one in coded] == [encode(one).to_bytes() for one in pictures]


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


def test_codes_of_another_version_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_codes(tmp_path / "codes.npz", {bytes(32): encode(drawn(0))})
    assert read_codes(tmp_path / "codes.npz")

    monkeypatch.setattr("copyfind.search.codes.CODES_VERSION", 2)

    assert read_codes(tmp_path / "codes.npz") == {}


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    write_codes(tmp_path / "file" / "codes.npz", {bytes(32): encode(drawn(0))})

    assert read_codes(tmp_path / "file" / "codes.npz") == {}


def test_a_feature_takes_twenty_bytes_and_comes_back_from_them() -> None:
    codes = encode(drawn(4, 500))
    data = codes.to_bytes()

    again = Codes.from_bytes(data)

    assert len(data) == 20 * KEPT
    for name in ("words", "codes", "angles", "sizes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(codes, name))


def test_codes_are_kept_in_the_cache(tmp_path: Path) -> None:
    codes = {bytes([n]) * 32: encode(drawn(n, 10 * n)) for n in range(3)}

    write_codes(tmp_path / "codes.npz", codes)

    found = read_codes(tmp_path / "codes.npz")
    assert found.keys() == codes.keys()
    assert all(found[name].to_bytes() == codes[name].to_bytes() for name in codes)
    assert [path.name for path in tmp_path.iterdir()] == ["codes.npz"]


@pytest.mark.parametrize("damage", [b"", b"nothing", b"PK\3\4 and nothing"])
def test_a_damaged_cache_is_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "codes.npz").write_bytes(damage)

    assert read_codes(tmp_path / "codes.npz") == {}
    assert read_codes(tmp_path / "none" / "codes.npz") == {}


def test_codes_are_those_of_faiss() -> None:
    import faiss

    features, book = drawn(3), codebook()
    pq = faiss.ProductQuantizer(128, len(book.parts), 4)
    faiss.copy_array_to_vector(book.parts.ravel(), pq.centroids)

    np.testing.assert_array_equal(
        encode(features).codes, pq.compute_codes(rooted_sifts(features.sifts))
    )
