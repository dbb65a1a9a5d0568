"""What a WebP holds beside its picture."""

from __future__ import annotations

import struct

import pytest

from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import inside, words
from tests.imaging.test_profile import WIDE

FRAMES = {"save_all": True, "append_images": [drawn(seed=1), drawn(seed=2)]}


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """An ordinary WebP with more chunks."""
    body = as_bytes(drawn(), "WEBP", exif=b"Exif\0\0....")[12:]
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@pytest.mark.parametrize(
    "data",
    [
        webp(),
        webp((b"XMP ", b"<x:xmpmeta/>")),
    ],
)
def test_one_picture_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (webp((b"ACME", b"?")), "unknown data (ACME)"),
        (webp((b"ICCP", WIDE)), "a wide-gamut profile"),
        (webp() + b"something more", "unknown data (behind its end)"),
        (as_bytes(drawn(), "WEBP", **FRAMES), "3 frames"),
    ],
)
def test_what_a_webp_holds_more_is_told(data: bytes, said: str) -> None:
    assert words(data) == [said]


@pytest.mark.parametrize(
    "data",
    [
        webp(),
        as_bytes(drawn(), "WEBP", **FRAMES),
    ],
)
def test_what_ends_early_is_cut(data: bytes) -> None:
    assert inside(data).cut is None
    assert inside(data[: len(data) * 9 // 10]).cut is not None
    assert inside(data[:-2]).cut is not None
