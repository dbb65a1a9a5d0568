"""Numbers as people read and write them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.report.numbers import counted, parse_bytes, shown_bytes, shown_moment, shown_seconds


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (99_499_999, "99.5 MB"),
        (99_500_000, "100 MB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (5_000_000_000_000, "5.0 TB"),
        (1_234_000_000_000_000_000, "1234 PB"),
        (-2000, "-2.0 kB"),
    ],
)
def test_bytes_are_shown_in_powers_of_a_thousand(count: int, text: str) -> None:
    assert shown_bytes(count) == text


@given(st.integers(0, 10**18))
def test_bytes_are_shown_with_three_digits_at_most(count: int) -> None:
    digits = re.sub(r"\D", "", shown_bytes(count))

    assert len(digits) <= 4 if shown_bytes(count).endswith("PB") else len(digits) <= 3


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("500", 500),
        ("500B", 500),
        ("20k", 20_000),
        ("20 KB", 20_000),
        ("1.5MB", 1_500_000),
        ("2MiB", 2 * 1024**2),
        ("3 gib", 3 * 1024**3),
        ("1t", 10**12),
        (" 7 ", 7),
    ],
)
def test_sizes_are_understood_as_people_write_them(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "lots", "-1", "1.MB", "5x", "k", "1e3"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write for example 500, 20k, 1\.5MB or 2MiB"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (75, "1 min 15 s"),
        (3599.6, "1 h 00 min"),
        (36_000 + 61, "10 h 01 min"),
    ],
)
def test_times_are_as_exact_as_they_need_to_be(seconds: float, text: str) -> None:
    assert shown_seconds(seconds) == text


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (1, "file", "1 file"),
        (0, "file", "0 files"),
        (2000, "proven copy", "2,000 proven copies"),
        (1, "proven copy", "1 proven copy"),
    ],
)
def test_things_are_counted_in_words(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


def test_a_moment_is_told_by_the_clock_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "tzset"):
        pytest.skip("the clock of this system is set in another way")
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert shown_moment("2026-11-29T00:59:50.813351Z") == "2026-11-29 02:59"
        assert shown_moment("never") == "never"
    finally:
        monkeypatch.undo()
        time.tzset()
