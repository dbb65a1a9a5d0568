"""The lists of large collections: what they find, and their cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copyfind.records import Candidates, Floats
from copyfind.search.index import CACHE_NAME
from copyfind.search.pairs import find_candidates
from tests.search.collections import as_set, isotropic, share_found, with_copies
from tests.search.damage import WAYS, damage

SIZE, DIM, THRESHOLD = 10_000, 32, 0.8


@pytest.fixture(scope="module")
def rows() -> Floats:
    planted, _ = with_copies(isotropic(SIZE, DIM), count=1000, threshold=THRESHOLD)
    return planted.astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def exact(rows: Floats) -> Candidates:
    return find_candidates(rows, threshold=THRESHOLD)


def search(rows: Floats, cache: Path | None = None, threshold: float = THRESHOLD) -> Candidates:
    return find_candidates(rows, threshold=threshold, cache=cache, exact_up_to=1000)


def centres_in(folder: Path) -> Floats:
    with np.load(folder / CACHE_NAME) as stored:
        centres: Floats = stored["centres"]
        return centres


def test_nearly_every_pair_is_found_and_no_other(rows: Floats, exact: Candidates) -> None:
    found = search(rows)

    assert as_set(found) <= as_set(exact)
    assert len(found.first) >= 0.99 * len(exact.first)


def test_a_pair_has_the_similarity_of_the_exact_search(rows: Floats, exact: Candidates) -> None:
    by_pair = dict(zip(zip(exact.first, exact.second, strict=True), exact.similarity, strict=True))

    found = search(rows)

    expected = [by_pair[pair] for pair in zip(found.first, found.second, strict=True)]
    np.testing.assert_array_equal(found.similarity, expected)


def test_clustered_descriptors_are_found_too() -> None:
    around = isotropic(100, DIM)[np.random.default_rng(0).integers(0, 100, SIZE)]
    rows, _ = with_copies(around + 1.2 * isotropic(SIZE, DIM, seed=1), count=1000, threshold=0.95)

    found = search(rows, threshold=0.93)

    exact = find_candidates(rows, threshold=0.93)
    assert len(found.first) >= 0.99 * len(exact.first)


def test_equal_rows_are_paired_beyond_the_exact_limit(rows: Floats) -> None:
    found = search(np.concatenate([rows, rows[:500]]))

    twins = np.column_stack([np.arange(500), SIZE + np.arange(500)])
    assert share_found(found, twins) == 1


def test_what_lists_cannot_speed_up_is_compared_exactly(tmp_path: Path) -> None:
    rows = isotropic(1200, 16)

    found = search(rows, tmp_path, threshold=0.3)

    assert as_set(found) == as_set(find_candidates(rows, threshold=0.3))
    assert not list(tmp_path.iterdir())


def test_the_cache_gives_the_same_pairs_again(rows: Floats, tmp_path: Path) -> None:
    first = search(rows, tmp_path)
    written = (tmp_path / CACHE_NAME).stat().st_mtime_ns

    again = search(rows, tmp_path)

    assert again.similarity.tobytes() == first.similarity.tobytes()
    assert (tmp_path / CACHE_NAME).stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == [CACHE_NAME]


def test_appended_rows_keep_the_centres(rows: Floats, exact: Candidates, tmp_path: Path) -> None:
    search(rows[:7_500], tmp_path)
    centres = centres_in(tmp_path)

    found = search(rows, tmp_path)

    np.testing.assert_array_equal(centres_in(tmp_path), centres)
    assert len(found.first) >= 0.99 * len(exact.first)


def test_rows_between_those_that_are_known_keep_the_centres(
    rows: Floats, exact: Candidates, tmp_path: Path
) -> None:
    before = np.sort(np.random.default_rng(3).permutation(len(rows))[:7_500])
    search(rows[before], tmp_path)
    centres = centres_in(tmp_path)

    found = search(rows, tmp_path)

    np.testing.assert_array_equal(centres_in(tmp_path), centres)
    assert len(found.first) >= 0.99 * len(exact.first)


def test_rows_that_have_gone_need_nothing_new(rows: Floats, tmp_path: Path) -> None:
    search(rows, tmp_path)
    written = (tmp_path / CACHE_NAME).stat().st_mtime_ns

    fewer = search(rows[::2], tmp_path)

    assert (tmp_path / CACHE_NAME).stat().st_mtime_ns == written
    assert len(fewer.first) >= 0.99 * len(find_candidates(rows[::2], threshold=THRESHOLD).first)


def test_a_collection_that_grew_by_more_than_half_gets_new_centres(
    rows: Floats, tmp_path: Path
) -> None:
    search(rows[:5_000], tmp_path)
    centres = centres_in(tmp_path)

    search(rows, tmp_path)

    assert len(centres_in(tmp_path)) > len(centres)


def test_a_lower_threshold_widens_the_lists(rows: Floats, tmp_path: Path) -> None:
    search(rows, tmp_path, threshold=0.95)

    found = search(rows, tmp_path, threshold=0.75)

    exact = find_candidates(rows, threshold=0.75)
    assert len(found.first) >= 0.99 * len(exact.first)


def test_the_cache_of_other_rows_is_replaced(
    rows: Floats, exact: Candidates, tmp_path: Path
) -> None:
    search(isotropic(SIZE, DIM, seed=9), tmp_path)

    found = search(rows, tmp_path)

    assert len(found.first) >= 0.99 * len(exact.first)


@pytest.mark.parametrize("how", WAYS)
def test_a_damaged_cache_is_ignored(
    rows: Floats, exact: Candidates, tmp_path: Path, how: str
) -> None:
    search(rows, tmp_path)
    damage(tmp_path / CACHE_NAME, how)

    found = search(rows, tmp_path)

    assert len(found.first) >= 0.99 * len(exact.first)


def test_a_cache_that_cannot_be_written_does_no_harm(rows: Floats, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    found = search(rows, blocked)

    assert len(found.first) > 900


@pytest.mark.slow
def test_a_quarter_of_a_million_descriptors_keep_the_promise() -> None:
    rows, planted = with_copies(isotropic(250_000, 128), count=5000, threshold=0.6)

    found = find_candidates(rows.astype(np.float16), threshold=0.6 - 1e-3)

    assert share_found(found, planted) >= 0.99
