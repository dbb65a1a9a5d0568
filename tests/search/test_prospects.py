"""Both ways to candidates, put into one order."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from copyfind.evidence.features import MIRROR_ORDER, extract_features
from copyfind.records import Candidates, Halves, Pixels
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import encode
from copyfind.search.promise import among_partners, promise_of
from copyfind.search.prospects import REACH, LocalFeatures, Prospects, find_prospects, gather
from copyfind.watch import Watch
from tests.search.collections import as_set, isotropic, with_copies

NAMES = ("coffee", "chelsea", "astronaut", "rocket")


def small(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    scale = 300 / max(height, width)
    resized = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


class Collection:
    """Four photos, and a mirrored crop of the third that its descriptor does not give away."""

    def __init__(self) -> None:
        photos = [small(getattr(data, name)()) for name in NAMES]
        crop = np.ascontiguousarray(photos[2][40:240, 60:260][:, ::-1])
        self.features = [extract_features(picture) for picture in (*photos, crop)]
        rows = np.eye(5)
        rows[4] += 0.2 * rows[0]  # a little like another one
        self.wholes: Halves = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(
            np.float16
        )

    def local(self, count: int = 5) -> LocalFeatures:
        store = CodeStore(None)
        names = [bytes([n]) * 32 for n in range(count)]
        store.add(names, [encode(features) for features in self.features[:count]])
        return LocalFeatures(store, store.places(names), MIRROR_ORDER)


@pytest.fixture
def collection() -> Collection:
    return Collection()


def pairs(found: Prospects) -> list[tuple[int, int]]:
    return list(zip(found.first.tolist(), found.second.tolist(), strict=True))


def test_what_local_features_agree_on_is_the_most_promising(collection: Collection) -> None:
    found = find_prospects(collection.wholes, effort="normal", local=collection.local())

    assert pairs(found)[0] == (2, 4)
    assert found.promise[0] > 0.4
    assert found.similarity[0] == pytest.approx(0, abs=0.01)


def test_promise_falls_from_pair_to_pair(collection: Collection) -> None:
    found = find_prospects(collection.wholes, effort="thorough", local=collection.local())

    assert (np.diff(found.promise) <= 0).all()
    assert len(set(pairs(found))) == len(found.first)
    assert (found.first < found.second).all()


def test_fast_looks_at_whole_pictures_alone(collection: Collection) -> None:
    found = find_prospects(collection.wholes, effort="fast", local=collection.local())

    assert (2, 4) not in pairs(found)


def test_a_pair_counts_once_among_those_of_its_pictures() -> None:
    """One picture is alike to a dozen, of which each has a copy of its own."""
    rng = np.random.default_rng(3)
    hub = rng.normal(size=64)
    partners = hub + 0.75 * rng.normal(size=(12, 64))
    copies = partners + 0.15 * rng.normal(size=(12, 64))
    rows = np.concatenate([hub[None], partners, copies, rng.normal(size=(300, 64))])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)

    found = find_prospects(rows.astype(np.float16), effort="fast", threshold=0.6)
    gathered = gather(rows.astype(np.float16), effort="fast")
    promise = promise_of(gathered.signs.below(0.6))
    kept = promise >= REACH["fast"].least
    once = among_partners(promise[kept], gathered.first[kept], gathered.second[kept])

    assert len(found.first) > 12
    np.testing.assert_allclose(found.promise, np.sort(once)[::-1][: len(found.promise)], rtol=1e-5)


def test_what_promises_much_is_tried_whatever_it_comes_to_and_of_the_rest_so_many() -> None:
    """Eighty pictures in eight groups of ten copies, among strangers."""
    rng = np.random.default_rng(5)
    groups = np.repeat(rng.normal(size=(8, 64)), 10, axis=0)
    rows = np.concatenate([groups + 0.1 * rng.normal(size=groups.shape), rng.normal(size=(40, 64))])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    reach = REACH["fast"]

    found = find_prospects(rows.astype(np.float16), effort="fast", threshold=0.6)

    of_groups = (found.first // 10 == found.second // 10) & (found.second < 80)
    assert of_groups.sum() == 8 * 45
    assert found.promise[of_groups].min() >= reach.sure
    assert (found.promise < reach.sure).sum() <= max(0, reach.tries * len(rows) - of_groups.sum())


def test_progress_ends_when_all_is_done(collection: Collection) -> None:
    seen: list[tuple[int, int]] = []
    watch = Watch(on_progress=lambda progress: seen.append((progress.files, progress.total_files)))

    for effort in ("fast", "normal"):
        find_prospects(
            collection.wholes, effort=effort, local=collection.local(), count=watch.counting("")
        )

        assert seen[-1] == (5, 5)


def test_only_pairs_with_a_new_picture_are_found(collection: Collection) -> None:
    found = find_prospects(
        collection.wholes,
        effort="thorough",
        local=collection.local(),
        new=np.arange(5) == 4,
    )

    assert pairs(found)[0] == (2, 4)
    assert all(4 in pair for pair in pairs(found))


def test_what_is_tried_does_not_depend_on_how_many_strangers_there_are() -> None:
    tried = [share_tried(count) for count in (200, 600, 2000)]

    assert [copies for copies, _ in tried] == [20, 20, 20]
    assert all(strangers < 0.5 for _, strangers in tried), tried


def share_tried(count: int) -> tuple[int, float]:
    """Of 20 copies how many are tried, and how many tries a picture besides."""
    rows, planted = with_copies(isotropic(count, 64, seed=count), count=20, threshold=0.8)
    found = find_prospects(rows.astype(np.float16), effort="fast")
    copies = as_set(Candidates(planted[:, 0], planted[:, 1], np.empty(0, np.float32)))
    met = len(copies & set(pairs(found)))
    return met, (len(found.first) - met) / count


def test_pictures_without_features_have_descriptors(collection: Collection) -> None:
    none = replace(
        collection.features[0],
        points=np.empty((0, 2), np.float32),
        sizes=np.empty(0, np.float32),
        angles=np.empty(0, np.float32),
        sifts=np.empty((0, 128), np.uint8),
    )
    collection.features = [none] * 5

    found = find_prospects(collection.wholes, effort="normal", local=collection.local())

    assert pairs(found) in ([], [(0, 4)])


@pytest.mark.parametrize("effort", ["fast", "normal", "thorough"])
@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pictures_have_no_pairs(collection: Collection, effort: str, count: int) -> None:
    found = find_prospects(collection.wholes[:count], effort=effort, local=collection.local(count))

    assert len(found.first) == 0
