"""The lists of edits: odds that are odds, and ranges that are ranges."""

from __future__ import annotations

from dataclasses import fields

import pytest

from copyfind.learn.attack.attacks import EDITS, SSCD_ADVANCED, Attacks
from copyfind.learn.attack.scene import LAYOUTS
from tests.learn.attack.conftest import EDITS as PROBABILITIES

LISTS = [pytest.param(attacks, id=name) for name, attacks in EDITS.items()]


@pytest.mark.parametrize("attacks", LISTS)
def test_odds_lie_between_never_and_always(attacks: Attacks) -> None:
    assert all(0 <= getattr(attacks, name) <= 1 for name in PROBABILITIES)
    assert 0 <= attacks.gentlest <= 1


@pytest.mark.parametrize("attacks", LISTS)
def test_at_most_one_page_is_put_around_a_photo(attacks: Attacks) -> None:
    assert sum(getattr(attacks, name) for name in LAYOUTS) <= 1


@pytest.mark.parametrize("attacks", LISTS)
def test_ranges_begin_before_they_end(attacks: Attacks) -> None:
    values = [getattr(attacks, field.name) for field in fields(attacks)]
    ranges = [value for value in values if isinstance(value, tuple) and len(value) == 2]

    assert len(ranges) == 4
    assert all(low < high for low, high in ranges)


def test_the_list_of_the_paper_leaves_out_what_people_do_beyond_it() -> None:
    ours = {name for name in PROBABILITIES if getattr(SSCD_ADVANCED, name) == 0}

    beyond = {"screenshot", "pasted", "collage", "photo_overlaid", "duotone", "pixelate"}
    assert beyond | {"stripes", "text_wall", "veil", "small_jpeg"} <= ours
    assert all(getattr(Attacks(), name) > 0 for name in ours)
