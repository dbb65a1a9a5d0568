"""The small picture that is kept of every content."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from copyfind.imaging.decode import decode, thumbnail
from copyfind.imaging.thumbnail import LONGEST, decode_thumbnail
from copyfind.records import Pixels
from tests.imaging.drawing import as_bytes, drawn


def kept(data: bytes) -> Pixels:
    picture = decode(data, side=64)
    assert picture.thumbnail
    return decode_thumbnail(picture.thumbnail)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_decoding_gives_the_thumbnail_that_is_made_of_the_file_alone(name: str) -> None:
    data = as_bytes(drawn().resize((1200, 900)), name)

    small, alone = kept(data), thumbnail(data, longest=LONGEST)

    assert small.shape == alone.shape == (300, 400, 3)
    assert np.abs(small.astype(int) - alone).mean() < 3


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
