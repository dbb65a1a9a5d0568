"""The promise of a pair rises with what speaks for it, and is fitted as one would by hand."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.search.promise import (
    BOTH,
    SHARE,
    WHOLE,
    Before,
    Reals,
    Signs,
    among_partners,
    fit,
    promise_of,
    promising,
)

STRANGERS = 0.3


def signs(whole: Reals, votes: Reals | None = None, others: Reals | None = None) -> Signs:
    """Of pairs among strangers that come so close, and have few votes."""
    return Signs(whole, np.full(len(whole), STRANGERS), votes, others, 0.4)


def voteless(whole: Reals) -> Signs:
    """The same, where features were asked and none spoke for a pair."""
    return signs(whole, np.zeros(len(whole)), np.ones(len(whole)))


ALL = signs(np.array([0.1, 0.5, 0.97]), np.array([0.0, 3.0, 40.0]), np.array([0.5, 0.5, 0.5]))


@pytest.mark.parametrize("known", [signs(ALL.whole), ALL], ids=["wholes", "all ways"])
def test_the_more_speaks_for_a_pair_the_more_it_promises(known: Signs) -> None:
    promise = promise_of(known)
    assert (np.diff(promise) > 0).all()
    assert promise[0] < 0.05
    assert promise[2] > 0.9


def test_every_sign_speaks_for_a_copy() -> None:
    for odds in (WHOLE, BOTH):
        assert odds[0] < 0
        assert (odds[1:] > 0).all()


@pytest.mark.parametrize("way", ["wholes", "all ways"])
def test_the_closer_strangers_come_the_less_is_promised(way: str) -> None:
    """As with every stranger added, with weights whose cosines are higher, and of meadows."""
    votes, others = (None, None) if way == "wholes" else (np.array([2.0]), np.array([0.5]))

    few, many, more = (
        promise_of(Signs(np.array([0.5]), np.array([alike]), votes, others, count))[0]
        for alike, count in ((0.29, 0.3), (0.38, 0.6), (0.45, 0.9))
    )

    assert few > many > more


def test_a_picture_that_resembles_many_promises_less_than_one_that_resembles_one() -> None:
    promise = promise_of(Signs(np.full(2, 0.7), np.array([0.3, 0.6]), np.zeros(2), np.ones(2), 0.3))

    assert promise[0] > 5 * promise[1]


def test_neighbours_that_are_copies_are_no_strangers() -> None:
    """Every picture has twenty copies: their closeness is no crowd's."""
    count = 200
    whole, votes = np.full(count, 0.97), np.full(count, 80.0)
    copies = Signs(whole, whole, votes, votes, 80.0)

    promise = promise_of(copies.below(0.6))

    assert (promise > 0.5).all()
    assert (promise > 10 * promise_of(copies)).all()


@pytest.mark.parametrize("strangers", [15_000, 150_000, 600_000])
def test_the_promise_is_kept_however_few_of_the_pairs_are_copies(strangers: int) -> None:
    """Of pairs that promise 1 to 5 in a hundred as many are copies."""
    rng = np.random.default_rng(strangers)
    fitted = SHARE["both"]
    copies = np.arange(strangers + 3000) < 3000
    # One sign that is normal for strangers and, shifted, for copies: its log odds are linear.
    shift = 4.0
    value = rng.normal(0, 1, len(copies)) + shift * copies
    odds = shift * value - shift**2 / 2 + np.log(fitted / (1 - fitted))
    whole = (odds - BOTH[0]) / BOTH[1] + STRANGERS

    promise = promise_of(voteless(whole))

    for low, high in ((0.01, 0.05), (0.1, 0.4), (0.6, 0.9)):
        some = (promise >= low) & (promise < high)
        assert copies[some].mean() == pytest.approx(promise[some].mean(), rel=0.5)


def test_votes_that_many_others_have_too_promise_less() -> None:
    one = np.full(2, 0.4)

    out, common = promise_of(signs(one, np.full(2, 2.0), np.array([0.3, 1.8])))

    assert out > 3 * common


def test_beside_given_odds_the_others_are_fitted() -> None:
    rng = np.random.default_rng(1)
    columns = np.stack([np.ones(40_000), rng.uniform(0, 3, 40_000)], axis=1)
    given = rng.uniform(0, 2, 40_000)
    copies = rng.random(40_000) < 1 / (1 + np.exp(-(columns @ [-4.0, 1.5] + given)))

    odds = fit(columns, copies.astype(float), beside=given)

    np.testing.assert_allclose(odds, [-4.0, 1.5], rtol=0.1)


def test_few_pairs_do_not_tell_how_many_copies_there_are() -> None:
    one, many = np.full(3, 0.5), np.array([0.99, 0.99, 0.5])

    alone, beside = (promise_of(signs(whole, np.zeros(3), np.zeros(3)))[2] for whole in (one, many))

    assert beside == pytest.approx(alone, rel=0.4)


def test_many_pairs_are_told_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = promise_of(ALL)

    monkeypatch.setattr("copyfind.search.promise._AT_ONCE", 2)

    np.testing.assert_array_equal(promise_of(ALL), whole)


def test_nothing_is_promised_of_nothing() -> None:
    none = np.empty(0)
    assert promise_of(signs(none, none, none)).shape == (0,)


def test_a_fit_finds_the_odds_that_made_the_copies() -> None:
    rng = np.random.default_rng(0)
    known = signs(
        rng.uniform(0, 1, 40_000),
        rng.uniform(-9, 9, 40_000).clip(0),
        rng.uniform(0, 4, 40_000),
    )
    odds = np.array([-6.0, 4.0, 1.5, 1.0, 2.0])
    copies = rng.random(40_000) < 1 / (1 + np.exp(-(known.columns() @ odds)))
    np.testing.assert_allclose(
        fit(known.columns(), copies.astype(float)), odds, rtol=0.15, atol=0.2
    )


def test_a_fit_of_pairs_that_a_line_divides_stays_finite() -> None:
    known = signs(np.array([0.0, 0.1, 0.9, 1.0]))
    odds = fit(known.columns(), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite(odds).all()
    assert odds[1] > 0


def test_a_picture_that_resembles_a_hundred_promises_little_of_each() -> None:
    """The best pairs of each picture count in full, so that every copy keeps its original."""
    size = 100
    first, second = np.zeros(size, np.int64), np.arange(1, size + 1)
    promise = np.full(size, 0.3, np.float32)
    # Each of them has closer ones of its own, but the last.
    own = np.repeat(np.arange(1, size), 20)
    others = np.arange(len(own)) + 1000
    first, second = np.concatenate([first, own]), np.concatenate([second, others])
    promise = np.concatenate([promise, np.full(len(own), 0.5, np.float32)])

    among = among_partners(promise, first, second)

    assert among[:3] == pytest.approx(0.3)
    assert among[3] == pytest.approx(0.3 / 4 / (0.3 / 4 + 0.7), abs=1e-5)
    assert (np.diff(among[3:21]) < 0).all()
    assert among[20 : size - 1] == pytest.approx(among[20])  # as far down as in their own lists
    assert among[20] < 0.002
    assert among[size - 1] == pytest.approx(0.3)  # the last one has no closer picture
    assert among[size:] == pytest.approx(0.5)


def test_what_is_sure_stays_sure_among_many_copies() -> None:
    one, other = np.triu_indices(20, 1)

    among = among_partners(np.full(len(one), 0.9999, np.float32), one, other)

    assert among.min() > 0.9


@pytest.mark.parametrize("votes", [True, False])
def test_the_cosine_that_promises_so_much_rises_with_what_strangers_reach(*, votes: bool) -> None:
    near, far = (promising(0.0005, beside_votes=votes, level=alike) for alike in (0.2, 0.5))

    assert 0.2 < near < far < 1
    assert far - 0.5 == pytest.approx(near - 0.2)


@pytest.mark.parametrize("votes", [True, False])
def test_from_that_cosine_a_pair_promises_so_much(*, votes: bool) -> None:
    count, share = 1000, SHARE["both" if votes else "wholes"]
    whole = np.full(count, promising(share, beside_votes=votes, level=STRANGERS))

    promise = promise_of(voteless(whole) if votes else signs(whole))

    assert promise == pytest.approx(share, rel=0.1)


def test_a_few_new_pictures_promise_what_they_would_among_all() -> None:
    """Half of what comes are copies, of what was there none: the share is that of both."""
    whole = np.concatenate([np.full(2000, 0.1), np.full(60, 0.97), np.full(60, 0.5)])
    alone = np.arange(len(whole)) >= 2000
    among_all = promise_of(voteless(whole))[-1]
    by_themselves = promise_of(voteless(whole[alone]))[-1]
    after_the_others = promise_of(voteless(whole[alone]), before=Before(pairs=2000, copies=0))[-1]

    assert by_themselves > 2 * among_all
    assert after_the_others == pytest.approx(among_all, rel=0.05)
