"""Copies found by local features, on drawn features and on photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from copyfind.records import Candidates, Floats, Pixels
from copyfind.search import local
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import encode
from copyfind.search.local import AT_ONCE, local_candidates
from copyfind.watch import Progress, Stage, Watch
from tests.search.collections import as_set
from tests.search.features import Drawn, drawn

MIRROR = np.arange(128).reshape(4, 4, 8)[::-1][:, :, (8 - np.arange(8)) % 8].reshape(-1)


def copied(
    features: Drawn, *, seed: int, turned: float = 0.0, scaled: float = 1.0, share: float = 1.0
) -> Drawn:
    """The first of the features, noisy, of a picture turned and scaled."""
    count = round(share * len(features.sifts))
    noise = np.random.default_rng(seed).normal(0, 4, (count, 128))
    return Drawn(
        features.sizes[:count] * np.float32(scaled),
        (features.angles[:count] + np.float32(turned)) % 360,
        (features.sifts[:count] + noise).clip(0, 255).astype(np.uint8),
    )


def mirrored(features: Drawn) -> Drawn:
    return Drawn(features.sizes, (180 - features.angles) % 360, features.sifts[:, MIRROR])


def search(
    pictures: Sequence[Drawn],
    *,
    k: int = 3,
    new: Sequence[int] | None = None,
    at_once: int = AT_ONCE,
) -> Candidates:
    store = CodeStore(None)
    store.add([bytes([n]) * 32 for n in range(len(pictures))], [encode(one) for one in pictures])
    return local_candidates(
        store,
        np.arange(len(pictures)),
        mirror_order=MIRROR.astype(np.int64),
        k=k,
        new=None if new is None else np.isin(np.arange(len(pictures)), new),
        at_once=at_once,
    ).pairs


def best(found: Candidates) -> tuple[int, int]:
    place = int(found.similarity.argmax())
    return int(found.first[place]), int(found.second[place])


STRANGERS = [drawn(seed) for seed in range(20)]


@pytest.mark.parametrize(("turned", "scaled"), [(0, 1), (90, 1), (181, 0.4), (14, 2.5)])
def test_a_copy_has_the_most_votes(turned: float, scaled: float) -> None:
    copy = copied(STRANGERS[7], seed=99, turned=turned, scaled=scaled)

    found = search([*STRANGERS, copy])

    assert best(found) == (7, 20)
    assert np.sort(found.similarity)[-1] > 3 * np.sort(found.similarity)[-2]


def test_a_mirrored_copy_has_the_most_votes() -> None:
    assert best(search([*STRANGERS, mirrored(copied(STRANGERS[3], seed=1))])) == (3, 20)


def test_a_part_of_a_picture_is_found() -> None:
    assert best(search([*STRANGERS, copied(STRANGERS[5], seed=1, share=0.25)])) == (5, 20)


def test_votes_that_disagree_in_rotation_count_for_little() -> None:
    copy = copied(STRANGERS[7], seed=99)
    angles = np.random.default_rng(5).uniform(0, 360, len(copy.angles)).astype(np.float32)
    scattered = Drawn(copy.sizes, angles, copy.sifts)

    plain, odd = (search([*STRANGERS, picture]).similarity.max() for picture in (copy, scattered))

    assert odd < 0.5 * plain


def test_a_pattern_that_repeats_is_no_crowd_of_votes() -> None:
    """Fifty times the same feature meets one feature of another picture: one vote."""
    one = drawn(77, 1)
    wall = Drawn(one.sizes.repeat(50), one.angles.repeat(50), one.sifts.repeat(50, axis=0))
    other = drawn(78)
    other = Drawn(
        np.concatenate([one.sizes, other.sizes]),
        np.concatenate([one.angles, other.angles]),
        np.concatenate([one.sifts, other.sifts]),
    )

    found = search([wall, other, *STRANGERS])

    votes = found.similarity[(found.first == 0) & (found.second == 1)]
    assert votes.max(initial=0) <= 1.0


def test_only_new_pictures_ask() -> None:
    pictures = [*STRANGERS, copied(STRANGERS[7], seed=1), copied(STRANGERS[3], seed=2)]

    found = search(pictures, new=[21])

    assert set(found.second.tolist()) == {21}
    assert best(found) == (3, 21)


def test_pictures_without_features_are_no_trouble() -> None:
    nothing = drawn(0, 0)

    assert len(search([nothing, nothing]).first) == 0
    assert best(search([nothing, *STRANGERS, copied(STRANGERS[0], seed=1)])) == (1, 21)


def test_some_lists_at_a_time_lead_to_the_same_copies() -> None:
    """Of strangers others may be the closest: fewer crowd a list."""
    copies = [copied(STRANGERS[7], seed=1), copied(STRANGERS[3], seed=2, turned=40)]

    whole, parted = (search([*STRANGERS, *copies], k=1, at_once=n) for n in (AT_ONCE, 300))

    assert {(7, 20), (3, 21)} <= as_set(whole) & as_set(parted)
    assert len(parted.first) <= len(STRANGERS) + len(copies)


def test_lists_that_are_made_group_by_group_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    copies = [copied(STRANGERS[7], seed=1), copied(STRANGERS[3], seed=2, turned=40)]
    at_once = search([*STRANGERS, *copies])
    monkeypatch.setattr(local, "_ON_A_SHELF", 100)
    monkeypatch.setattr(local, "_GATHERED", 5)

    group_by_group = search([*STRANGERS, *copies])

    np.testing.assert_array_equal(group_by_group.first, at_once.first)
    np.testing.assert_array_equal(group_by_group.second, at_once.second)
    np.testing.assert_array_equal(group_by_group.similarity, at_once.similarity)


def test_pictures_with_few_features_share_their_lists() -> None:
    """All pictures ask each share of the features: fewer shares, less work."""
    pictures = [drawn(seed, seed % 2) for seed in range(30)]
    store = CodeStore(None)
    store.add([bytes([n]) * 32 for n in range(30)], [encode(one) for one in pictures])
    seen: list[Progress] = []

    local_candidates(
        store,
        np.arange(30),
        mirror_order=MIRROR.astype(np.int64),
        k=3,
        at_once=15,
        count=Watch(on_progress=seen.append).counting(Stage.SEARCH),
    )

    assert [progress.files for progress in seen] == [30]  # once, by one share


def test_what_half_of_all_pictures_show_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Features in a crowded list neither cost nor count."""
    monkeypatch.setattr(local, "_CROWDED", 5)
    monkeypatch.setattr(local, "_CROWDED_ROOT", 0.0)
    common = drawn(500, 8)
    pictures = [
        Drawn(*(np.concatenate([a, b]) for a, b in zip(columns(common), columns(one), strict=True)))
        for one in STRANGERS
    ]

    found = search(pictures, k=3)

    assert found.similarity.max() < 2


def test_pictures_without_codes_have_no_candidates() -> None:
    store = CodeStore(None)
    store.add([bytes(32)], [encode(STRANGERS[0])])

    found = local_candidates(
        store, np.array([0, -1, -1]), mirror_order=MIRROR.astype(np.int64), k=3
    )

    assert len(found.pairs.first) == 0


def columns(features: Drawn) -> tuple[Floats, Floats, Pixels]:
    return features.sizes, features.angles, features.sifts
