"""What follows the projector: what it does, and that a weights file says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from copyfind.descriptor.networks import Student, less_negatives, load_student
from copyfind.descriptor.weights import Thresholds, read_tensors, write_weights
from copyfind.errors import TrainingError
from copyfind.learn.export import export_student
from copyfind.learn.post import (
    NEIGHBOURS,
    Post,
    Seen,
    Whitening,
    choose,
    near_of,
    normalised,
    unit,
    whitened,
    whitening_of,
)
from copyfind.records import Floats
from copyfind.search.codec import train_codec
from tests.learn.conftest import draw_pictures


def unit_rows(count: int, dim: int, *, seed: int = 0) -> Floats:
    stretched = np.random.default_rng(seed).normal(0.3, np.linspace(1, 0.2, dim), (count, dim))
    rows: Floats = (stretched / np.linalg.norm(stretched, axis=1, keepdims=True)).astype(np.float32)
    return rows


def test_whitening_of_rows_that_hardly_differ_is_held_by_a_file() -> None:
    rows = unit(1 + 1e-7 * unit_rows(500, 8))

    by = whitening_of(rows)

    assert np.abs(by.matrix).max() < np.finfo(np.float16).max


def test_whitening_makes_all_directions_alike() -> None:
    rows = unit_rows(500, 8)
    by = whitening_of(rows)

    changed = (rows - by.mean) @ by.matrix

    np.testing.assert_allclose(np.cov(changed.T, bias=True), np.eye(8), atol=0.02)
    np.testing.assert_allclose(changed.mean(axis=0), 0, atol=1e-4)


def test_whitening_is_that_of_the_papers() -> None:
    rows, others = unit_rows(500, 8), unit_rows(20, 8, seed=1)
    by_faiss = train_codec("PCAW8,L2norm,Flat", rows)(others)

    ours = whitened(others, whitening_of(rows))
    np.testing.assert_allclose(ours @ ours.T, by_faiss @ by_faiss.T, atol=1e-4)  # up to signs
    assert whitened(others, None) is others


@pytest.mark.parametrize("power", [0.4, 0.2])
def test_directions_may_be_whitened_less(power: float) -> None:
    rows = unit_rows(500, 8)
    by = whitening_of(rows, power=power)

    before = np.linalg.eigvalsh(np.cov(rows.T, bias=True))
    after = np.linalg.eigvalsh(np.cov(((rows - by.mean) @ by.matrix).T, bias=True))

    np.testing.assert_allclose(after, before ** (1 - 2 * power), rtol=1e-3)


def test_scores_are_normalised_by_the_nearest_of_the_background() -> None:
    queries, references, background = (unit_rows(n, 6, seed=n) for n in (3, 5, 9))
    scores = queries @ references.T
    expected = np.empty((3, 5))
    for q in range(3):
        near = sorted((float(queries[q] @ b) for b in background), reverse=True)[:NEIGHBOURS]
        expected[q] = scores[q] - sum(near) / NEIGHBOURS

    np.testing.assert_allclose(normalised(scores, queries, background), expected, atol=1e-6)


def test_too_few_rows_to_whiten_are_named() -> None:
    with pytest.raises(TrainingError, match="no whitening: 10 rows are too few"):
        whitening_of(unit_rows(10, 16))


def test_half_of_all_photos_have_a_crowd_of_negatives() -> None:
    rows, negatives = unit_rows(101, 6, seed=1), unit_rows(50, 6, seed=2)

    near = near_of(rows, negatives, crowd=10)

    crowded = ((rows @ negatives.T >= near).sum(axis=1) >= 10).mean()
    assert crowded == pytest.approx(0.5, abs=0.02)


def of_families(*, seed: int, photos: int = 60, edits: int = 4, dim: int = 64) -> Seen:
    """Photos of a few kinds: what they share with their kind is most of them, and of an edit too.

    Other photos show how much an edit is like its kind; nothing else tells it from a copy of them.
    """
    chance = np.random.default_rng(seed)
    kinds = unit(chance.normal(size=(6, dim)).astype(np.float32))

    def some(count: int) -> Floats:
        own = unit(chance.normal(size=(count, dim)).astype(np.float32))
        return unit(kinds[chance.integers(0, len(kinds), count)] * 1.5 + own)

    references = some(photos)
    noise = chance.normal(size=(edits * photos, dim)).astype(np.float32)
    queries = unit(np.tile(references, (edits, 1)) + 1.2 * unit(noise))
    return Seen(some(200), some(400), references, queries)


def test_negatives_are_kept_where_they_help_photos_held_out() -> None:
    seen = of_families(seed=0)

    choice = choose(seen, whitening="never")

    assert choice.kept.startswith("plain, less")
    assert choice.figures[choice.kept]["uAP"] > choice.figures["plain"]["uAP"] + 0.02
    negatives = torch.from_numpy(seen.negatives)
    expected = less_negatives(torch.from_numpy(seen.queries), negatives, near=choice.post.near)
    np.testing.assert_allclose(choice.post(seen.queries), expected, atol=1e-6)


def test_whatever_helps_most_is_kept() -> None:
    choice = choose(of_families(seed=1), whitening="auto")

    assert len(choice.figures) == 25  # five ways to whiten, none and four crowds of negatives each
    assert choice.kept == max(choice.figures, key=lambda way: choice.figures[way]["uAP"])


def test_without_negatives_only_whitening_is_tried() -> None:
    seen = of_families(seed=0)
    alone = Seen(seen.background, seen.negatives[:0], seen.references, seen.queries)

    choice = choose(alone, whitening="always")

    assert set(choice.figures) == {"plain", "whitened"}
    assert choice.kept == "whitened"
    assert choice.post.tensors().keys() == {"post.mean", "post.matrix"}


@pytest.mark.parametrize("whitening", [None, whitening_of(unit_rows(500, 16), power=0.3)])
def test_a_weights_file_says_what_was_chosen(tmp_path: Path, whitening: Whitening | None) -> None:
    torch.manual_seed(0)
    none = {16: Thresholds(1.0, 1.0, 1.0, "nothing")}
    (plain,) = export_student(
        Student("mobilenet-v3-small", 16).eval(), tmp_path, input_size=32, thresholds=none, facts={}
    )
    post = Post(whitening, unit_rows(40, 16, seed=2), near=0.3)

    card = {**plain.card, "near": post.near}
    weights = write_weights(
        tmp_path / "more.safetensors", {**read_tensors(plain), **post.tensors()}, card
    )

    pictures = draw_pictures(4, 32, seed=3).permute(0, 2, 3, 1)
    with torch.no_grad():
        before, after = (load_student(one)(pictures).numpy() for one in (plain, weights))
    np.testing.assert_allclose(after, post(before), atol=5e-3)
    assert np.abs(after - before).max() > 0.05
