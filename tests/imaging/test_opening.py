"""Headers are checked, pictures are turned upright, and damage is told in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from copyfind.imaging.decode import decode, pixel_hash
from copyfind.imaging.formats import Undecodable
from copyfind.records import Problem
from tests.imaging.drawing import SIDE, TURNED, as_bytes, drawn, far, square, tagged, trouble


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("name", ["PNG", "TIFF", "WEBP"])
def test_orientation_is_applied_once_and_leaves_no_trace(name: str, orientation: int) -> None:
    stored, exif = tagged(drawn(), orientation)
    lossless = {"lossless": True} if name == "WEBP" else {}

    picture = decode(as_bytes(stored, name, exif=exif, **lossless), side=SIDE)

    upright = decode(as_bytes(drawn(), "PNG"), side=SIDE)
    assert (picture.facts.width, picture.facts.height) == (120, 80)
    assert np.array_equal(picture.square, upright.square)
    assert picture.pixels == upright.pixels


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("name", ["JPEG", "AVIF", "HEIF"])
def test_lossy_formats_come_out_upright(name: str, orientation: int) -> None:
    stored, exif = tagged(drawn(), orientation)

    picture = decode(as_bytes(stored, name, exif=exif.tobytes(), quality=95), side=SIDE)

    assert (picture.facts.width, picture.facts.height) == (120, 80)
    assert far(picture.square, square(as_bytes(drawn(), "PNG"))) < 3


def test_orientation_in_xmp_alone_is_applied() -> None:
    stored, _ = tagged(drawn(), 6)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'

    picture = decode(as_bytes(stored, "JPEG", xmp=xmp, quality=95), side=SIDE)

    assert (picture.facts.width, picture.facts.height) == (120, 80)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    error = trouble(as_bytes(drawn(200, 100), "PNG"), pixel_limit=19_999)

    assert error.problem is Problem.TOO_LARGE
    assert "200 × 100" in error.reason


def test_a_jpeg_above_the_limit_passes_when_it_is_decoded_reduced() -> None:
    data = as_bytes(drawn(1600, 1600), "JPEG")

    assert decode(data, side=SIDE, pixel_limit=1_000_000).facts.width == 1600
    progressive = as_bytes(drawn(1600, 1600), "JPEG", progressive=True)
    assert trouble(progressive, pixel_limit=1_000_000).problem is Problem.TOO_LARGE
    with pytest.raises(Undecodable):
        pixel_hash(data, pixel_limit=1_000_000)


@pytest.mark.parametrize(
    ("name", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("TIFF", {}),
     ("BMP", {}), ("GIF", {}), ("AVIF", {}), ("JPEG2000", {}),
     ("TIFF", {"compression": "tiff_lzw"})],
)  # fmt: skip
def test_a_cut_file_is_damaged(name: str, options: dict[str, Any]) -> None:
    data = as_bytes(drawn(600, 500), name, **options)

    assert trouble(data[: len(data) // 2]).problem is Problem.DAMAGED
    with pytest.raises(Undecodable):
        pixel_hash(data[: len(data) // 2])
