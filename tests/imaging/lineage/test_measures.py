"""Measures of two pictures, in either order."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.imaging.lineage.measures import exchanged, measures_of, read_seen
from tests.imaging.lineage.steps import jpeg, resized, saved
from tests.photos import photo

PHOTO = photo("coffee", size=(203, 150))
SMALLER = resized(0.7, Image.Resampling.LANCZOS)(PHOTO)


@pytest.mark.parametrize("copy", [jpeg(PHOTO, 70), saved(SMALLER, "PNG"), jpeg(SMALLER, 80)])
def test_the_order_of_two_pictures_exchanges_their_measures(copy: bytes) -> None:
    one, other = read_seen(saved(PHOTO, "PNG")), read_seen(copy)

    forth, back = measures_of(one, other), exchanged(measures_of(other, one))

    assert forth.keys() == back.keys()
    assert {k: v for k, v in forth.items() if v == v} == {k: v for k, v in back.items() if v == v}


def test_exchanging_twice_changes_nothing() -> None:
    forth = measures_of(read_seen(jpeg(PHOTO, 70)), read_seen(jpeg(PHOTO, 90)))

    assert {k: v for k, v in exchanged(exchanged(forth)).items() if v == v} == {
        k: v for k, v in forth.items() if v == v
    }
