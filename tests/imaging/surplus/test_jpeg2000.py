"""What a JPEG 2000 holds beside its picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import box, inside, words

JP2 = as_bytes(drawn(), "JPEG2000")


@pytest.mark.parametrize(
    "data",
    [
        JP2,
        JP2 + box(b"xml ", b"<x/>") + box(b"uuid", b"JpgTiffExif->JP2", b"...."),
        as_bytes(drawn(), "JPEG2000", no_jp2=True),
    ],
)
def test_one_picture_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (JP2 + box(b"jp2c", b"\xff\x4f\xff\x51"), "a second picture"),
        (JP2 + box(b"acme", b"?"), "unknown data (box acme)"),
        (JP2 + box(b"uuid", bytes(16)), "unknown data (box uuid)"),
        (
            as_bytes(Image.fromarray(np.full((8, 8), 40_000, np.uint16)), "JPEG2000"),
            "16 bits a channel",
        ),
    ],
)
def test_what_a_jpeg_2000_holds_more_is_told(data: bytes, said: str) -> None:
    assert words(data) == [said]


@pytest.mark.parametrize(
    "data",
    [
        JP2,
        as_bytes(drawn(), "JPEG2000", no_jp2=True),
    ],
)
def test_what_ends_early_is_cut(data: bytes) -> None:
    assert inside(data).cut is None
    assert inside(data[: len(data) * 9 // 10]).cut is not None
    assert inside(data[:-2]).cut is not None
