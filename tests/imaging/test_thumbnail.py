"""The small picture that is kept of every content."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from copyfind.imaging.decode import decode, thumbnail
from copyfind.imaging.thumbnail import LONGEST, decode_thumbnail, encode
from copyfind.records import Pixels
from tests.imaging.drawing import as_bytes, drawn


def kept(data: bytes) -> Pixels:
    picture = decode(data, side=64)
    assert picture.thumbnail
    return decode_thumbnail(picture.thumbnail)


@pytest.mark.parametrize("side", [64, 224, 384])
@pytest.mark.parametrize("height", [300, 900, 1300])
@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_it_is_the_same_whichever_network_the_file_was_decoded_for(
    name: str, height: int, side: int
) -> None:
    data = as_bytes(drawn().resize((4 * height // 3, height)), name)

    alone = thumbnail(data, longest=LONGEST)

    assert alone.shape == (300, 400, 3)
    assert decode(data, side=side).thumbnail == encode(alone)


def test_it_is_upright_and_never_enlarged() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    drawn().resize((90, 60)).save(out, "JPEG", exif=exif.tobytes())

    assert kept(out.getvalue()).shape == (90, 60, 3)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_every_mode_has_one(mode: str) -> None:
    name = "TIFF" if mode == "CMYK" else "PNG"

    assert kept(as_bytes(drawn().convert(mode), name)).shape[2] == 3


def test_a_comment_of_the_file_is_not_kept() -> None:
    out = io.BytesIO()
    drawn().save(out, "JPEG", comment=b"secret")

    assert b"secret" not in (decode(out.getvalue(), side=64).thumbnail or b"")
