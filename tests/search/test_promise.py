"""The promise of a pair rises with what speaks for it, and is fitted as one would by hand."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.search.promise import BOTH, FITTED_AT, REGIONS, WHOLE, Signs, fit, promise_of

ALL = Signs(np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.6, 0.9]), np.array([0.0, 3.0, 40.0]))


@pytest.mark.parametrize(
    "signs",
    [Signs(ALL.whole, None, None), Signs(ALL.whole, ALL.best, None), ALL],
    ids=["wholes", "regions", "both"],
)
def test_the_more_speaks_for_a_pair_the_more_it_promises(signs: Signs) -> None:
    promise = promise_of(signs)
    assert (np.diff(promise) > 0).all()
    assert promise[0] < 0.05
    assert promise[2] > 0.9


def test_every_sign_speaks_for_a_copy() -> None:
    for odds in (WHOLE, REGIONS, BOTH):
        assert odds[0] < 0
        assert (odds[1:] > 0).all()


def test_cosines_of_other_weights_are_understood_by_their_threshold() -> None:
    stricter = Signs(ALL.whole + 0.2, ALL.best + 0.2 if ALL.best is not None else None, ALL.votes)
    np.testing.assert_allclose(
        promise_of(stricter, threshold=FITTED_AT + 0.2), promise_of(ALL), atol=1e-6
    )


def test_nothing_is_promised_of_nothing() -> None:
    none = np.empty(0)
    assert promise_of(Signs(none, none, none)).shape == (0,)


def test_a_fit_finds_the_odds_that_made_the_copies() -> None:
    rng = np.random.default_rng(0)
    signs = Signs(rng.uniform(-0.2, 1, 40_000), rng.uniform(0, 1, 40_000), None)
    odds = np.array([-6.0, 8.0, 3.0])
    copies = rng.random(40_000) < 1 / (1 + np.exp(-(signs.columns() @ odds)))
    np.testing.assert_allclose(fit(signs.columns(), copies.astype(float)), odds, rtol=0.1)


def test_a_fit_of_pairs_that_a_line_divides_stays_finite() -> None:
    signs = Signs(np.array([0.0, 0.1, 0.9, 1.0]), None, None)
    odds = fit(signs.columns(), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite(odds).all()
    assert odds[1] > 0
