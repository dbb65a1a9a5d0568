"""What was measured lies within its interval, which is as wide as the pairs are few."""

from __future__ import annotations

import pytest

from copyfind.evidence.measured import PROVEN, Measured


@pytest.mark.parametrize("measured", PROVEN, ids=lambda measured: measured.what)
def test_the_share_lies_within_its_interval(measured: Measured) -> None:
    low, high = measured.interval
    assert 0 <= low <= measured.count / measured.of <= high <= 1


def test_intervals_are_wilson_s() -> None:
    assert Measured("", 10, 20).interval == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert Measured("", 0, 10).interval == pytest.approx((0.0, 0.2775), abs=1e-4)
