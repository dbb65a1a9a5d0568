"""Thresholds from the cosines of generated edits."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.learn.measure import (
    AMONG,
    MOST_EDITS,
    Pairs,
    intervals_of,
    pairs_of,
    thresholds_from,
    views_each,
)
from copyfind.records import Floats


def unit(*angles: float) -> Floats:
    rows: Floats = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return rows


def test_an_edit_is_a_copy_of_its_own_photo_alone() -> None:
    references, queries = unit(0.0, 1.0), unit(0.1, 0.8, 0.2, 0.9)  # two edits of each, in turn

    pairs = pairs_of(queries, references, unit(2.0))

    np.testing.assert_allclose(pairs.copies, np.cos([0.1, 0.2, 0.2, 0.1]), atol=1e-6)
    others = np.cos([[0.9, 1.9], [0.8, 1.2], [0.8, 1.8], [0.9, 1.1]])
    np.testing.assert_allclose(pairs.others, others, atol=1e-6)
    assert pairs.what == "4 generated edits of 2 photos not trained on, and 1 training photos"


def pairs_with(others: list[float], *, copies: int = 1000, each: int = AMONG) -> Pairs:
    """Copies of cosines .5 to 1, and others, `each` for a copy, low where not named."""
    rest = np.full(copies * each - len(others), -1.0)
    return Pairs(
        np.linspace(1, 0.5, copies).astype(np.float32),
        np.concatenate([others, rest]).astype(np.float32).reshape(copies, each),
        copies,
        "some pairs",
    )


def test_a_threshold_is_the_lowest_that_reaches_the_precision() -> None:
    others = [0.6] * 5 + [0.5013] * 200

    found = thresholds_from(pairs_with(others))

    # At .6 and above 800 copies and 5 others: 99.4 %; just above .6 there are no others. Of what
    # is at .5013 or above, 205 of some 1,200 are others.
    assert found.p999 == pytest.approx(0.6, abs=2e-3)
    assert found.p999 > 0.6
    assert 0.5013 < found.p90 == found.p99 < 0.503


def two_pairs(others: list[float]) -> Pairs:
    each = np.array(others, np.float32).reshape(2, -1)
    return Pairs(np.array([0.9, 0.8], np.float32), each, 2, "two pairs")


def test_a_false_pair_of_the_same_cosine_counts() -> None:
    found = thresholds_from(two_pairs([0.8, 0.1]))

    assert found.p90 == pytest.approx(0.9)


def test_no_threshold_is_made_up_where_precision_is_never_reached() -> None:
    found = thresholds_from(two_pairs([0.95, 0.95]))

    assert (found.p90, found.p99, found.p999) == (1, 1, 1)


def test_one_photo_alone_tells_no_threshold() -> None:
    """Of those held out only one may be a picture."""
    pairs = pairs_of(unit(0.1, 0.2), unit(0.0), np.empty((0, 2), np.float32))

    found = thresholds_from(pairs)

    assert (found.p90, found.p99, found.p999) == (1, 1, 1)


def test_few_photos_are_counted_as_if_they_were_a_thousand() -> None:
    """Of 100 others each, ten false pairs are as a hundred among a thousand."""
    few = thresholds_from(pairs_with([0.7] * 10, each=AMONG // 10))
    many = thresholds_from(pairs_with([0.7] * 100))

    assert (few.p90, few.p99, few.p999) == (many.p90, many.p99, many.p999)
    assert "for 1000 photos" in few.measured_on


def test_edits_have_an_upper_limit() -> None:
    assert [views_each(photos) for photos in (2, 220, 1000, 10**6)] == [10, 10, 6, 1]
    assert 1000 * views_each(1000) <= MOST_EDITS


def of_photos(count: int, *, mistaken: int) -> Pairs:
    """Ten edits of each photo, .5 to 1 alike to it; those of some photos to another one as well,
    by .8."""
    copies = np.tile(np.linspace(0.5, 1, 10, dtype=np.float32)[:, None], (1, count)).ravel()
    others = np.full((10 * count, AMONG), -1, np.float32)
    others[np.arange(10 * count) % count < mistaken, 0] = 0.8
    return Pairs(copies, others, count, "some photos")


def test_a_threshold_that_rests_on_one_photo_is_told_to_be_uncertain() -> None:
    """Half of the draws or fewer hold that photo: without it every edit is found."""
    pairs = of_photos(60, mistaken=1)

    low, high = intervals_of(pairs)["p999"]

    assert low == pytest.approx(0.5)
    assert high == thresholds_from(pairs).p999 > 0.8


def test_a_threshold_that_many_photos_agree_on_is_certain() -> None:
    pairs = of_photos(60, mistaken=30)

    for name, (low, high) in intervals_of(pairs).items():
        assert low == high == getattr(thresholds_from(pairs), name)
