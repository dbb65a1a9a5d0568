"""Nearly blank pages: one line or two, on paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from copyfind.evidence.ink import align_ink, percentile
from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed
from tests.evidence.documents import scanned

COPY_TIERS = {Tier.NEAR, Tier.EDITED}
SLIPS = {
    "receipt": ("Received with thanks 48.20", "Received with thanks 43.20", (160, 420)),
    "title": ("Part III  Winter", "Part II  Winter", (300, 700)),
    "note": ("back at noon, Ada", "back at nine, Ada", (200, 1200)),
    "number": ("No. 2019-0417", "No. 2019-0471", (500, 180)),
}


def slip(text: str, place: tuple[int, int], seed: int = 1) -> Image.Image:
    page = Image.new("L", (1240, 1754), 248)
    ImageDraw.Draw(page).text(place, text, 35, font_size=42)
    grain = np.random.default_rng(seed).normal(0, 1.5, (1754, 1240))
    return Image.fromarray(np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8)).convert(
        "RGB"
    )


@pytest.mark.parametrize("name", SLIPS)
def test_one_word_or_figure_makes_another_page(look_at: LookAt, name: str) -> None:
    text, other, place = SLIPS[name]
    first, second = look_at(slip(text, place)), look_at(slip(other, place, seed=2))
    assert verify(first, second).tier not in COPY_TIERS
    assert verify(second, first).tier not in COPY_TIERS


@pytest.mark.parametrize("name", SLIPS)
def test_the_same_page_is_found(look_at: LookAt, name: str) -> None:
    text, _, place = SLIPS[name]
    page = slip(text, place)
    half = recompressed(page.resize((620, 877), Image.Resampling.LANCZOS), 80)
    for again in (recompressed(page, 70), half, recompressed(scanned(page), 85)):
        assert verify(look_at(page), look_at(again)).tier in COPY_TIERS


def test_dense_pages_and_blank_ones_are_left_to_others() -> None:
    blank = np.full((1280, 900, 3), 250, np.uint8)
    noise = np.random.default_rng(1).integers(0, 255, (1280, 900, 3)).astype(np.uint8)
    assert align_ink(blank, blank) is None
    assert align_ink(noise, noise) is None


@given(
    levels=st.lists(st.integers(0, 255), min_size=1, max_size=60),
    percent=st.sampled_from([0, 10, 50, 99.97, 100]),
)
def test_percentiles_of_counted_levels_are_those_of_numpy(
    levels: list[int], percent: float
) -> None:
    values = np.arange(256)
    counts = np.bincount(levels, minlength=256)

    assert percentile(values, counts, percent) == pytest.approx(np.percentile(levels, percent))
    off = np.abs(values - 100)
    wanted = np.percentile(np.abs(np.array(levels) - 100), percent)
    assert percentile(off, counts, percent) == pytest.approx(wanted)
