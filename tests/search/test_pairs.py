"""Which pairs of descriptors become candidates, however they are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copyfind.errors import Interrupted
from copyfind.records import Candidates, Floats
from copyfind.search import pairs
from copyfind.search.pairs import find_candidates
from copyfind.watch import Progress, Stage, Watch
from tests.search.collections import as_set, isotropic, naive_cosines, share_found, with_copies


@settings(deadline=None, max_examples=50)
@given(
    size=st.integers(0, 60),
    dim=st.sampled_from([16, 33, 128, 512]),
    threshold=st.floats(-1, 1),
    stored=st.sampled_from(["float16", "float32"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_pairs_are_those_of_brute_force(
    size: int, dim: int, threshold: float, stored: str, seed: int
) -> None:
    rows: Floats = isotropic(size, dim, seed=seed).astype(stored)
    cosines = naive_cosines(rows.astype(np.float32))
    first, second = np.triu_indices(size, 1)

    found = find_candidates(rows, threshold=threshold)

    surely = cosines[first, second] >= threshold + 1e-6
    perhaps = cosines[first, second] >= threshold - 1e-6
    met = as_set(found)
    assert set(zip(first[surely], second[surely], strict=True)) <= met
    assert met <= set(zip(first[perhaps], second[perhaps], strict=True))
    np.testing.assert_allclose(found.similarity, cosines[found.first, found.second], atol=1e-6)


def test_pairs_are_sorted_and_come_once() -> None:
    rows, _ = with_copies(isotropic(4000, 32), count=300, threshold=0.8)

    found = find_candidates(rows, threshold=0.6)

    keys = found.first * len(rows) + found.second
    assert (found.first < found.second).all()
    assert (np.diff(keys) > 0).all()
    assert [found.first.dtype, found.second.dtype, found.similarity.dtype] == ["i8", "i8", "f4"]


@pytest.mark.parametrize("size", [0, 1])
def test_fewer_than_two_rows_have_no_pairs(size: int) -> None:
    found = find_candidates(isotropic(size, 16), threshold=-1.0)

    assert (len(found.first), len(found.second), len(found.similarity)) == (0, 0, 0)


def test_two_equal_rows_are_one_pair_of_cosine_one() -> None:
    found = find_candidates(isotropic(1, 64)[[0, 0]].astype(np.float16), threshold=0.99)

    assert as_set(found) == {(0, 1)}
    assert found.similarity[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 0])
def test_a_row_without_direction_is_refused(wrong: float) -> None:
    rows = isotropic(10, 16)
    rows[7] = wrong

    with pytest.raises(ValueError, match="descriptor 7 has no direction"):
        find_candidates(rows, threshold=0.5)


def strongest_by_brute_force(
    rows: Floats, threshold: float, strongest: int
) -> set[tuple[int, int]]:
    """Keep for each row its strongest partners, ties to the lower row; a pair needs one end."""
    exact = find_candidates(rows, threshold=threshold)
    partners: dict[int, list[tuple[float, int]]] = {}
    for a, b, cosine in zip(exact.first, exact.second, exact.similarity, strict=True):
        partners.setdefault(int(a), []).append((-float(cosine), int(b)))
        partners.setdefault(int(b), []).append((-float(cosine), int(a)))
    return {
        (min(row, other), max(row, other))
        for row, others in partners.items()
        for _, other in sorted(others)[:strongest]
    }


@settings(deadline=None, max_examples=40)
@given(
    size=st.integers(2, 50),
    different=st.integers(1, 50),
    strongest=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_crowded_row_keeps_its_strongest_pairs(
    size: int, different: int, strongest: int, seed: int
) -> None:
    pool = isotropic(different, 16, seed=seed)
    rows = pool[np.random.default_rng(seed).integers(0, different, size)]

    found = find_candidates(rows, threshold=0.1, strongest=strongest)

    assert as_set(found) == strongest_by_brute_force(rows, 0.1, strongest)


def test_when_everything_matches_each_row_keeps_its_strongest_pairs() -> None:
    rows = isotropic(1500, 16)

    found = find_candidates(rows, threshold=-1.0, strongest=20)

    nearest = np.argsort(-naive_cosines(rows), axis=1)[:, 1:20]
    expected = {(min(a, b), max(a, b)) for a, others in enumerate(nearest.tolist()) for b in others}
    assert expected <= as_set(found)
    assert len(found.first) <= 1500 * 20


def test_twenty_thousand_blank_pictures_keep_a_bounded_number_of_pairs() -> None:
    rows = np.concatenate([isotropic(1000, 128), isotropic(1, 128).repeat(20_000, axis=0)])

    found = find_candidates(rows.astype(np.float16), threshold=0.7, strongest=50)

    degree = np.bincount(np.concatenate([found.first, found.second]), minlength=len(rows))
    assert (degree[1000:] >= 50).all()
    assert len(found.first) <= 20_001 * 50


def test_nearly_equal_rows_keep_a_bounded_number_of_pairs() -> None:
    rows = isotropic(1, 64) + 0.01 * isotropic(1200, 64, seed=1)

    found = find_candidates(rows, threshold=0.7, strongest=30)

    degree = np.bincount(np.concatenate([found.first, found.second]), minlength=len(rows))
    assert degree.min() >= 30
    assert len(found.first) <= 1200 * 30


def test_a_crowd_takes_no_pair_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many pairs in all that each row may have but the least, and has them."""
    monkeypatch.setattr(pairs, "_PAIRS", 10_000)
    family = isotropic(1, 64) + 0.01 * isotropic(33, 64, seed=1)
    blank = isotropic(1, 64, seed=2).repeat(2000, axis=0)

    found = find_candidates(np.concatenate([family, blank]), threshold=0.9)

    assert {(a, b) for a in range(33) for b in range(a + 1, 33)} <= as_set(found)
    assert len(found.first) <= 2033 * 32


@pytest.mark.parametrize(("rows", "each"), [(1, 1000), (32_000, 1000), (320_000, 100)])
def test_a_row_may_have_fewer_pairs_among_more(rows: int, each: int) -> None:
    assert pairs.strongest_among(rows) == each
    assert pairs.strongest_among(10**9) == 32


@pytest.mark.parametrize("exact_up_to", [10**9, 0])
def test_the_same_rows_give_the_same_bytes(exact_up_to: int) -> None:
    rows, _ = with_copies(isotropic(10_000, 32), count=500, threshold=0.8)

    def search() -> Candidates:
        return find_candidates(rows, threshold=0.8, exact_up_to=exact_up_to)

    once, again = search(), search()
    assert once.first.tobytes() == again.first.tobytes()
    assert once.second.tobytes() == again.second.tobytes()
    assert once.similarity.tobytes() == again.similarity.tobytes()


@pytest.mark.parametrize("exact_up_to", [10**9, 0])
def test_progress_rises_to_the_number_of_rows(exact_up_to: int) -> None:
    seen: list[Progress] = []

    find_candidates(
        isotropic(10_000, 32),
        threshold=0.8,
        exact_up_to=exact_up_to,
        count=Watch(on_progress=seen.append).counting(Stage.SEARCH),
    )

    done = [progress.files for progress in seen]
    assert done == sorted(done)
    assert {progress.total_files for progress in seen} == {10_000}
    assert len(seen) > 3
    assert done[-1] == 10_000


@pytest.mark.parametrize("exact_up_to", [10**9, 0])
def test_ctrl_c_stops_the_search(exact_up_to: int, tmp_path: Path) -> None:
    seen: list[Progress] = []
    watch = Watch(on_progress=seen.append, should_stop=lambda: len(seen) == 2)

    with pytest.raises(Interrupted, match="while searching copies; run the same command again"):
        find_candidates(
            isotropic(10_000, 32),
            threshold=0.8,
            cache=tmp_path,
            exact_up_to=exact_up_to,
            count=watch.counting(Stage.SEARCH),
        )
    assert len(seen) == 2
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.slow
@pytest.mark.parametrize("dim", [16, 128, 512])
def test_every_planted_copy_among_fifty_thousand_is_found(dim: int) -> None:
    rows, planted = with_copies(isotropic(50_000, dim), count=2000, threshold=0.9)

    found = find_candidates(rows.astype(np.float16), threshold=0.899)

    assert share_found(found, planted) == 1
