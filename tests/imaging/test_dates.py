"""Moments of capture that can be believed."""

from __future__ import annotations

from datetime import date

import pytest

from copyfind.imaging.dates import is_believable

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    "made_up",
    [
        *("0001-01-01T00:00:00", "0001-02-03T04:05:06", "1601-01-01T00:00:00"),
        *("1904-01-01T00:00:00", "1970-01-01T01:00:00", "1980-01-01T08:30:11"),
        *("1980-01-06T00:00:12", "2000-01-01T14:03:00", "2002-12-08T12:00:00"),
        *("2008-01-01T00:00:00", "2012-01-01T00:00:41", "2015-01-01T12:00:05.25+02:00"),
        *("2026-12-01T00:00:00", "2099-07-01T10:00:00", "2019", "no date", ""),
    ],
)
def test_a_clock_that_was_never_set_tells_nothing(made_up: str) -> None:
    assert not is_believable(made_up, today=TODAY)


@pytest.mark.parametrize(
    "told",
    [
        *(
            "2019-07-21T12:00:00",
            "1999-12-31T23:59:59",
            "2000-01-02T00:00:00",
            "1956-05-01T00:00:00",
        ),
        *("2012-01-01T01:12:00", "2002-12-09T12:00:00", "2026-11-29T01:00:00+14:00"),
        "2019-07-21T12:00:00.123+02:00",
    ],
)
def test_other_moments_are_believed(told: str) -> None:
    assert is_believable(told, today=TODAY)


def test_without_a_today_nothing_lies_in_the_future() -> None:
    assert is_believable("2099-07-01T10:00:00")
