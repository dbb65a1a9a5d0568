"""What lies in PNM, BMP and TGA beside their samples."""

from __future__ import annotations

import struct

import pytest

from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import inside, words


def bmp32(alpha: bytes) -> bytes:
    samples = b"abc" + alpha[:1] + b"def" + alpha[-1:]
    head = struct.pack("<IiiHHIIiiII", 40, 2, 1, 1, 32, 0, 8, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 62, 0, 0, 54) + head + samples


def tga(*, behind: bytes = b"", developer: int = 0) -> bytes:
    data = as_bytes(drawn(), "TGA").removesuffix(bytes(8) + b"TRUEVISION-XFILE.\0")
    return data + behind + struct.pack("<II", 0, developer) + b"TRUEVISION-XFILE.\0"


@pytest.mark.parametrize(
    "data",
    [
        b"P6\n2 1\n255\nabcdef\n",
        b"P5 2 1 255\nab",
        b"P4\n9 1\n\x01\x80",
        b"P2\n# made by hand\n2 1\n255\n17 4\n",
        b"P1\n3 1\n101\n",
        bmp32(b"\0\0"),
        bmp32(b"\xff\xff"),
        as_bytes(drawn(), "BMP"),
        tga(),
        as_bytes(drawn(), "TGA", compression="tga_rle"),
    ],
)
def test_one_picture_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"P6\n2 1\n255\nabcdefP6\n2 1\n255\nuvwxyz", "a second picture"),
        (b"P5\n2 1\n255\nab P5\n2 1\n255\nuv", "a second picture"),
        (b"P4\n9 1\n\x01\x80P4\n9 1\n\x01\x80", "a second picture"),
        (b"P5\n2 1\n255\nab???", "unknown data (behind its end)"),
        (b"P2\n2 1\n255\n17 4 9\n", "unknown data (behind its end)"),
        (b"P3\n1 1\n255\n1 2 3\nP3 1 1 255 4 5 6", "unknown data (behind its end)"),
        (b"P6\n1 1\n65535\nabcdef", "16 bits a channel"),
        (b"P5\n2 1\n1023\nabcd", "10 bits a channel"),
        (b"Pf\n1 1\n-1.0\nabcd", "32-bit floating point"),
        (bmp32(b"\0\x7f"), "a channel beside its colours"),
        (as_bytes(drawn(), "BMP") + b"more", "unknown data (behind its end)"),
        (tga(behind=b"tags"), "unknown data (behind its end)"),
    ],
)
def test_what_a_file_holds_more_is_told(data: bytes, said: str) -> None:
    assert words(data) == [said]


@pytest.mark.parametrize(
    "data",
    [
        b"P6\n2 1\n255\nabcdef",
        b"P2\n2 1\n255\n17 4",
        as_bytes(drawn(), "BMP"),
        as_bytes(drawn(), "TGA", compression="tga_rle")[:-26],
    ],
)
def test_what_ends_early_is_cut(data: bytes) -> None:
    assert inside(data).cut is None
    assert inside(data[: len(data) * 9 // 10]).cut is not None
    assert inside(data[:-2]).cut is not None
