"""Sensor data are told from pictures by the directories of a TIFF, whatever is wrong with them."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.imaging.tiff import MAKE, SUB_DIRECTORIES, directories, is_raw_tiff, raw_tiff_name
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.encoding import dng, tiff

Field = tuple[int, int, int, bytes]  # tag, type, count, value of up to four bytes
COMPRESSION, SHORT, LONG, TEXT = 259, 3, 4, 2


def directory(*fields: Field, following: int = 0, order: str = "<") -> bytes:
    rows = (struct.pack(order + "HHI4s", *field[:3], field[3].ljust(4, b"\0")) for field in fields)
    return (
        struct.pack(order + "H", len(fields)) + b"".join(rows) + struct.pack(order + "I", following)
    )


def header(at: int = 8, order: str = "<") -> bytes:
    return (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, at)


def test_a_picture_is_no_raw() -> None:
    assert not is_raw_tiff(io.BytesIO(as_bytes(drawn(), "TIFF")))
    assert not is_raw_tiff(io.BytesIO(tiff(np.asarray(drawn()), byteorder=">")))


def test_sensor_data_below_a_preview_are_found() -> None:
    file = io.BytesIO(dng(drawn(), preview=drawn()))

    assert is_raw_tiff(file)
    assert any(SUB_DIRECTORIES in fields for fields in directories(file))
    assert raw_tiff_name(file) == "DNG"


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_compression_that_only_cameras_use_makes_a_raw(order: str) -> None:
    nikon = struct.pack(order + "H", 34713)

    assert is_raw_tiff(
        io.BytesIO(header(order=order) + directory((COMPRESSION, SHORT, 1, nikon), order=order))
    )


@pytest.mark.parametrize(
    ("make", "name"),
    [("NIKON CORPORATION", "NEF"), ("SONY", "ARW"), ("Eastman Kodak Company", "KDC"), ("Me", "")],
)
def test_a_raw_is_named_after_its_maker(make: str, name: str) -> None:
    text = make.encode() + b"\0"
    field = (MAKE, TEXT, len(text), struct.pack("<I", 64) if len(text) > 4 else text)

    file = io.BytesIO((header() + directory(field)).ljust(64, b"\0") + text)

    assert raw_tiff_name(file) == name


def test_a_canon_says_so_in_its_header() -> None:
    file = io.BytesIO(header(16) + b"CR\x02\0".ljust(8, b"\0") + directory())

    assert is_raw_tiff(file)
    assert raw_tiff_name(file) == "CR2"


def test_a_circle_of_directories_ends() -> None:
    file = io.BytesIO(
        header() + directory((SUB_DIRECTORIES, LONG, 1, struct.pack("<I", 8)), following=8)
    )

    assert len(list(directories(file))) == 1


@given(st.binary(max_size=200), st.sampled_from(["<", ">"]))
def test_damaged_directories_never_fail(noise: bytes, order: str) -> None:
    file = io.BytesIO(header(order=order) + noise)

    is_raw_tiff(file)
    raw_tiff_name(file)
