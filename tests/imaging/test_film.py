"""Films in the files of stills."""

from __future__ import annotations

import io
from pathlib import Path

import pillow_heif
import pytest

from copyfind.imaging.decode import decode
from copyfind.imaging.film import has_film
from tests.conftest import draw
from tests.filming import atom, film


def jpeg() -> bytes:
    written = io.BytesIO()
    draw(1).save(written, "JPEG")
    return written.getvalue()


def heic() -> bytes:
    written = io.BytesIO()
    pillow_heif.from_pillow(draw(1)).save(written)
    return written.getvalue()


@pytest.mark.parametrize("brand", [b"mp42", b"isom", b"qt  ", b"avc1", b"hev1", b"dby1", b"XAVC"])
def test_a_film_behind_a_jpeg_is_seen(brand: bytes) -> None:
    still = jpeg()
    facts = decode(still + film(brand=brand), side=32).facts
    assert facts.has_film
    assert has_film(io.BytesIO(still + film(brand=brand)))
    assert not decode(still, side=32).facts.has_film


def test_a_film_in_a_box_of_a_heic_is_seen() -> None:
    still = heic()
    assert decode(still + atom(b"mpvd", film(brand=b"mp42")), side=32).facts.has_film
    assert not decode(still, side=32).facts.has_film


def test_a_film_across_the_pieces_of_a_large_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    for before in range((4 << 20) + 56, (4 << 20) + 72):
        path.write_bytes(bytes(before) + film(brand=b"mp42"))
        with path.open("rb") as stream:
            assert has_film(stream)


def test_trailing_rubbish_is_no_film() -> None:
    assert not has_film(io.BytesIO(jpeg() + b"ftypmp42" * 9))
