"""Colours of a picture's own."""

from __future__ import annotations

import pytest

from copyfind.imaging.lineage.colours import with_all_colours, with_own_colours
from copyfind.verdict import Origin
from tests.imaging.lineage.steps import coloured, full
from tests.photos import photos


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
def test_a_scan_in_grey_was_there_before_its_colours(name: str) -> None:
    scan, copy = full(photos()[name].convert("L")), full(coloured(photos()[name]), "JPEG")

    assert with_own_colours(scan, copy) is Origin.FIRST
    assert with_own_colours(copy, scan) is Origin.SECOND


@pytest.mark.parametrize("name", ["astronaut", "coffee", "flower"])
@pytest.mark.parametrize("quality", [60, 90])
def test_a_photo_was_there_before_it_was_turned_to_grey(name: str, quality: int) -> None:
    picture = full(photos()[name], "JPEG", quality=quality)

    assert with_own_colours(picture, full(photos()[name].convert("L"))) is not Origin.SECOND


def test_two_pictures_in_colours_tell_nothing() -> None:
    picture = full(photos()["coffee"])

    assert with_own_colours(picture, full(coloured(photos()["coffee"]))) is None


@pytest.mark.parametrize("number", [32, 128, 256])
def test_a_palette_is_no_origin(number: int) -> None:
    picture, few = full(photos()["coffee"]), full(photos()["coffee"].quantize(number))

    assert with_all_colours(picture, few) is Origin.FIRST
    assert with_all_colours(few, picture) is Origin.SECOND
    assert with_all_colours(picture, picture) is None
