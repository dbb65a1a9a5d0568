"""The header of a JPEG XL, against files of the real encoder."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from copyfind.imaging.jxl import JxlHeader, read_header
from tests.imaging.drawing import drawn
from tests.imaging.encoding import jxl


def header(data: bytes) -> JxlHeader:
    return read_header(io.BytesIO(data))


@pytest.mark.parametrize(
    ("width", "height"),
    [(8, 8), (120, 80), (256, 256), (300, 200), (320, 200), (333, 77), (1, 1), (9001, 3), (2, 700)],
)
def test_the_size_is_read_before_anything_is_decoded(width: int, height: int) -> None:
    found = header(jxl(drawn(width, height), lossless=True))

    assert found == JxlHeader(width, height, plain=True)


def test_a_container_is_looked_through() -> None:
    exif = Image.Exif()
    exif[271] = "Maker"

    data = jxl(drawn(), lossless=True, exif=exif.tobytes())

    assert data[4:8] == b"JXL "
    assert header(data) == JxlHeader(120, 80, plain=True)


def test_deep_samples_are_not_plain() -> None:
    deep = Image.fromarray(np.asarray(drawn().convert("L")).astype(np.uint16) * 257)

    found = header(jxl(deep, lossless=True))

    assert (found.width, found.height, found.plain) == (120, 80, False)


@pytest.mark.parametrize("data", [b"", b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n", b"\x89PNG\r\n"])
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"codestream|ends early"):
        header(data)


@given(st.sampled_from([b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"]), st.binary(max_size=100))
def test_damaged_headers_raise_nothing_else(start: bytes, noise: bytes) -> None:
    with suppress(ValueError):
        header(start + noise)
