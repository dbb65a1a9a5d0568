"""Stored descriptors as unit rows, and their cosines to the last bit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copyfind.search.rows import UnitRows, cosines, let_go, unit_rows
from tests.search.collections import isotropic, naive_cosines


def test_rows_of_about_unit_length_are_made_exact() -> None:
    stored = isotropic(20, 128) * np.linspace(0.9, 1.1, 20, dtype=np.float32)[:, None]

    rows = unit_rows(stored)

    np.testing.assert_allclose(np.linalg.norm(rows.block(slice(None)), axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_a_block_is_float32_whatever_is_stored(kind: str) -> None:
    stored = isotropic(10, 16).astype(kind)

    rows = unit_rows(stored)
    block = rows.block(np.array([7, 2]))

    assert (len(rows), rows.dim) == (10, 16)
    assert block.dtype == np.float32
    np.testing.assert_allclose(block, stored[[7, 2]], atol=1e-3)


@settings(deadline=None, max_examples=30)
@given(
    size=st.integers(1, 30),
    dim=st.sampled_from([16, 33, 512]),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_similarity_is_the_cosine_and_depends_on_its_two_rows_alone(
    size: int, dim: int, seed: int
) -> None:
    rows = unit_rows(isotropic(size, dim, seed=seed))
    first, second = np.random.default_rng(seed).integers(0, size, (2, 3000))

    together = rows.similarity(first, second)

    alone = [rows.similarity(first[i : i + 1], second[i : i + 1])[0] for i in (0, 1500, 2999)]
    np.testing.assert_array_equal(together[[0, 1500, 2999]], alone)
    exact = naive_cosines(rows.block(slice(None)))[first, second]
    np.testing.assert_allclose(together, exact, atol=1e-6)
    assert together.max() <= 1


def test_blocks_are_compared_row_by_row() -> None:
    a, b = isotropic(4, 32), isotropic(5, 32, seed=1)

    found = cosines(a, np.array([3, 0]), b, np.array([1, 4]))

    np.testing.assert_allclose(found, [a[3] @ b[1], a[0] @ b[4]], atol=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 0])
def test_a_row_without_direction_is_refused(wrong: float) -> None:
    rows = isotropic(10, 16)
    rows[7] = wrong

    with pytest.raises(ValueError, match="descriptor 7 has no direction"):
        unit_rows(rows)


@pytest.mark.parametrize("wrong", [np.eye(4), np.zeros(4, np.float32), np.eye(4, dtype=np.int64)])
def test_a_matrix_of_another_shape_or_type_is_refused(
    wrong: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
) -> None:
    with pytest.raises(ValueError, match=rf"not \({len(wrong)}.* {wrong.dtype}"):
        unit_rows(wrong)  # type: ignore[arg-type]


def resident() -> int:
    """Bytes of files that this process holds in memory; what else it holds varies by itself."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="where memory is told")
@pytest.mark.parametrize(
    "reading",
    [
        lambda rows: unit_rows(rows.stored),
        lambda rows: rows.marks(),
        lambda rows: [rows.block(slice(at, at + 1000)) for at in range(0, len(rows), 1000)],
    ],
    ids=["lengths", "marks", "blocks"],
)
def test_what_was_read_of_a_file_takes_no_memory(
    tmp_path: Path, reading: Callable[[UnitRows], object]
) -> None:
    np.save(tmp_path / "rows.npy", np.ones((400_000, 64), np.float16))  # 51 MB
    rows = UnitRows(np.load(tmp_path / "rows.npy", mmap_mode="r"), np.ones(400_000, np.float32))
    before = resident()

    made = reading(rows)

    del made
    assert resident() - before < 20 * 2**20


def test_an_array_in_memory_cannot_be_let_go_of() -> None:
    let_go(np.zeros(3))
