"""What still and film of a Live Photo say of themselves."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base

from copyfind.units.live import FilmFacts, film_facts, still_identifier
from tests.conftest import draw
from tests.data_sets import SHARED, needs
from tests.filming import apple_note, film
from tests.imaging.drawing import as_bytes

IDENTIFIER = "F6794B1A-5861-4336-8B35-7FB58575EC05"
_IPHONE = SHARED / "formats" / "heic_iphone.heic"


def still(identifier: str, name: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[Base.Make] = "Apple"
    exif.get_ifd(0x8769)[Base.MakerNote] = apple_note(identifier)
    return as_bytes(draw(1), name, exif=exif.tobytes())


@pytest.mark.parametrize("name", ["JPEG", "HEIF"])
def test_a_still_says_its_identifier(name: str) -> None:
    assert still_identifier(io.BytesIO(still(IDENTIFIER, name))) == IDENTIFIER


def test_a_picture_of_another_camera_has_none() -> None:
    assert still_identifier(io.BytesIO(as_bytes(draw(1), "JPEG"))) is None


@pytest.mark.data
@needs("formats")
def test_a_photo_of_an_iphone_has_an_identifier() -> None:
    with _IPHONE.open("rb") as stream:
        found = still_identifier(stream)
    assert found is not None
    assert len(found) == len(IDENTIFIER)


@pytest.mark.parametrize("seconds", [2.5, 90.0])
def test_a_film_says_its_identifier_and_its_length(seconds: float) -> None:
    made = film(IDENTIFIER, seconds=seconds)
    assert film_facts(io.BytesIO(made)) == FilmFacts(IDENTIFIER, seconds)


def test_a_film_may_have_a_length_alone() -> None:
    assert film_facts(io.BytesIO(film(brand=b"mp42"))) == FilmFacts(None, 2.5)


@given(st.integers(0, 400), st.binary(max_size=8))
def test_a_damaged_film_says_less_and_never_fails(cut: int, noise: bytes) -> None:
    made = film(IDENTIFIER)
    film_facts(io.BytesIO(made[:cut] + noise + made[cut + len(noise) :]))
    film_facts(io.BytesIO(made[:cut]))


@given(st.binary(max_size=80))
def test_a_damaged_note_says_less_and_never_fails(noise: bytes) -> None:
    still_identifier(io.BytesIO(b"Apple iOS\0\0\1MM" + noise))
