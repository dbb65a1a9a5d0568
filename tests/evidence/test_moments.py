"""Capture times are evidence: what they say, and what pixels say against it."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.evidence.moments import Doubt, doubt, is_one
from copyfind.evidence.verify import verify
from copyfind.records import Facts, Tier
from tests.evidence.conftest import LookAt, recompressed, shot

SHOT_AT = "2019-07-14T15:33:21"


def facts(
    captured_at: str | None,
    camera: str | None = "ACME P1",
    *,
    width: int = 4000,
    height: int = 3000,
    jpeg_quality: int = 95,
) -> Facts:
    return Facts(
        width=width,
        height=height,
        format="JPEG",
        captured_at=captured_at,
        camera=camera,
        jpeg_quality=jpeg_quality,
    )


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (facts(SHOT_AT), Doubt.NONE),
        (facts(None), Doubt.NONE),
        (facts("2019-07-14T15:33:22", camera=None), Doubt.NONE),
        (facts("2019-07-14T13:33:21"), Doubt.NONE),  # another zone
        (facts("2019-07-14T15:33:22"), Doubt.STRONG),  # the next of a burst
        (facts("2019-07-14T15:30:00", width=3000, height=4000), Doubt.STRONG),
        (facts("2019-07-14T15:30:00", width=1200, height=900), Doubt.SOME),  # an export
        (facts("2019-07-14T15:30:00", jpeg_quality=80), Doubt.SOME),
        (facts("2002-12-08T12:00:01"), Doubt.SOME),  # a battery that was empty
        (facts("2019-07-14T15:33:22", camera="Other C2"), Doubt.SOME),
        (facts("no time at all"), Doubt.SOME),
    ],
)
def test_how_much_two_times_say(other: Facts, expected: Doubt) -> None:
    assert doubt(facts(SHOT_AT), other) is expected
    assert doubt(other, facts(SHOT_AT)) is expected


def test_a_fraction_of_a_second_tells_one_shot() -> None:
    assert is_one(facts(SHOT_AT + ".25"), facts(SHOT_AT + ".25"))
    assert not is_one(facts(SHOT_AT), facts(SHOT_AT))


@pytest.mark.parametrize(
    "put_right",
    [
        "2002-12-08T12:00:00",
        "2019-07-14T15:30:00",
        "2019-07-14T15:33:20",
        "2020-07-14T15:33:21",
        "1970-01-01T00:00:07",
    ],
)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
def test_an_export_with_a_date_put_right_is_near(
    large_photos: dict[str, Image.Image], look_at: LookAt, name: str, put_right: str
) -> None:
    full = large_photos[name]
    export = recompressed(full.resize((full.width * 2 // 3, full.height * 2 // 3)), 80)
    original = look_at(full, camera="ACME P1", captured_at=SHOT_AT)
    for camera in ("ACME P1", "ACME P1 (scanned)"):
        other = look_at(export, camera=camera, captured_at=put_right)
        assert verify(original, other).tier is Tier.NEAR
        assert verify(other, original).tier is Tier.NEAR


def test_a_burst_stays_a_series_though_one_frame_was_exported(
    large_photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    one, other = (shot(large_photos["temple"], seed=seed, shake=1.5) for seed in (1, 2))
    first = look_at(one, camera="ACME P1", captured_at=SHOT_AT, jpeg_quality=92)
    export = look_at(
        recompressed(other, 75),
        camera="ACME P1",
        captured_at="2019-07-14T15:33:22",
        jpeg_quality=75,
    )
    assert verify(first, export).tier is Tier.SERIES
