"""Bursts and brackets are series; the frames of one, edited, are copies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageOps

from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed, shot

COPY_TIERS = {Tier.NEAR, Tier.EDITED}


@pytest.fixture(scope="module")
def scene(large_photos: dict[str, Image.Image]) -> Image.Image:
    """Large enough to show the grain of a sensor."""
    return large_photos["temple"].resize((1280, 854), Image.Resampling.BICUBIC)


def exif(number: int) -> dict[str, str]:
    return {"camera": "Example One", "captured_at": f"2019-07-01T12:00:00.{number}5"}


def test_a_burst_with_exif_is_a_series(scene: Image.Image, look_at: LookAt) -> None:
    shots = [shot(scene, seed=n, walker=0.2 + 0.2 * n, exposure=1 + 0.1 * n) for n in range(3)]
    looks = [look_at(picture, **exif(n)) for n, picture in enumerate(shots)]
    assert verify(looks[0], looks[1]).tier is Tier.SERIES
    assert verify(looks[1], looks[2]).tier is Tier.SERIES


@pytest.mark.parametrize("exposure", [1.0, 0.5])
@pytest.mark.parametrize("shake", [0.0, 0.7, 3.0])
def test_two_shots_without_exif_are_a_series(
    scene: Image.Image, look_at: LookAt, exposure: float, shake: float
) -> None:
    first = shot(scene, seed=1, shake=shake)
    second = shot(scene, seed=2, shake=shake, exposure=exposure)
    assert verify(look_at(first), look_at(second)).tier is Tier.SERIES


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "saved again": lambda p: recompressed(p, 85),
    "darker": lambda p: recompressed(p.point([round(0.7 * i) for i in range(256)] * 3), 90),
    "smaller": lambda p: p.resize((p.width // 2, p.height // 2)),
    "cropped": lambda p: p.crop((100, 80, p.width - 150, p.height - 60)),
    "framed": lambda p: ImageOps.expand(p, 60, "white"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_frame_of_a_burst_is_a_copy_of_it(
    scene: Image.Image, look_at: LookAt, edit: str
) -> None:
    frame = shot(scene, seed=1)
    copy = EDITS[edit](frame)
    assert verify(look_at(frame, **exif(1)), look_at(copy, **exif(1))).tier in COPY_TIERS
    # Half as large it has lost its grain, and without a time may be another shot.
    least = {*COPY_TIERS, Tier.LIKELY} if edit == "smaller" else COPY_TIERS
    assert verify(look_at(frame), look_at(copy)).tier in least


def test_a_caption_on_one_shot_does_not_make_it_a_copy_of_another(
    scene: Image.Image, look_at: LookAt
) -> None:
    first, second = (shot(scene, seed=n, shake=3.0, walker=0.3 * n) for n in (1, 2))
    ImageDraw.Draw(second).text((80, 600), "best day ever", "white", font_size=90)
    assert verify(look_at(first, **exif(1)), look_at(second, **exif(2))).tier is Tier.SERIES
