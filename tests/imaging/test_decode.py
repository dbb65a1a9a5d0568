"""Bytes to a picture: whatever they are, it comes out or the reason is told."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from copyfind.imaging.decode import decode, pixel_hash
from copyfind.imaging.formats import Undecodable
from tests.imaging.drawing import SIDE, as_bytes, drawn, far, square


def test_a_large_jpeg_is_decoded_reduced_to_nearly_the_same_square() -> None:
    image = drawn(2400, 1600)

    reduced = decode(as_bytes(image, "JPEG", quality=90), side=192)

    full = decode(as_bytes(image, "PNG"), side=192)
    assert reduced.pixels is None
    assert (reduced.facts.width, reduced.facts.height) == (2400, 1600)
    assert far(reduced.square, full.square) < 1


@given(data=st.binary(max_size=300), start=st.sampled_from(
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"RIFF____WEBP", b"BM",
     b"\0\0\0\x1cftypavif", b"\0\0\0\x1cftypheic", b"8BPS", b"\xff\x0a", b"P6 ", b"FUJIFILMCCD-RAW"]
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_rubbish_never_raises_anything_else(data: bytes, start: bytes) -> None:
    with suppress(Undecodable):
        decode(start + data, side=SIDE)


@given(at=st.integers(0, 2000), value=st.integers(0, 255), name=st.sampled_from(
    ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "PPM", "TGA"]
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_never_raises_anything_else(at: int, value: int, name: str) -> None:
    exif = Image.Exif()
    exif[271] = "Maker"
    data = bytearray(as_bytes(drawn(40, 30), name, exif=exif))
    data[at % len(data)] = value
    with suppress(Undecodable):
        decode(bytes(data), side=SIDE, pixel_limit=10_000_000)
        pixel_hash(bytes(data), pixel_limit=10_000_000)


@pytest.mark.parametrize("name", ["TGA", "PPM", "JPEG2000", "BMP"])
def test_the_other_formats_are_read(name: str) -> None:
    assert far(square(as_bytes(drawn(), name)), square(as_bytes(drawn(), "PNG"))) < 1


def test_an_open_file_is_decoded_like_its_bytes() -> None:
    data = as_bytes(drawn(), "PNG")

    picture = decode(io.BytesIO(data), side=SIDE)

    assert np.array_equal(picture.square, square(data))


def test_extras_are_found_without_importing_them() -> None:
    code = (
        "import sys; from copyfind.imaging.formats import decoder_version; decoder_version();"
        "from copyfind.imaging.decode import decode;"
        "loaded = {'rawpy', 'pillow_jxl', 'pillow_heif', 'torch', 'scipy'} & set(sys.modules);"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
