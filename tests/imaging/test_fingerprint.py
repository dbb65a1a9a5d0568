"""The pixel hash: what changes it, and what does not."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from copyfind.imaging.decode import decode, pixel_hash
from tests.imaging.drawing import SIDE, as_bytes, drawn, far, square
from tests.imaging.encoding import png
from tests.imaging.surplus.building import chunk, with_chunks

LOSSLESS = [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("PPM", {})]


@pytest.mark.parametrize(("name", "options"), LOSSLESS)
def test_the_container_does_not_change_the_pixel_hash(name: str, options: dict[str, Any]) -> None:
    data = as_bytes(drawn(), name, **options)

    assert pixel_hash(data) == pixel_hash(as_bytes(drawn(), "PNG"))
    assert decode(data, side=SIDE).pixels == pixel_hash(data)


def test_grey_and_opaque_alpha_do_not_change_the_pixel_hash() -> None:
    grey = drawn().convert("L")

    hashes = {
        pixel_hash(as_bytes(grey, "PNG")),
        pixel_hash(as_bytes(grey.convert("RGB"), "PNG")),
        pixel_hash(as_bytes(grey.convert("RGBA"), "PNG")),
        pixel_hash(as_bytes(grey.convert("LA"), "PNG")),
    }

    assert len(hashes) == 1


def test_metadata_and_an_srgb_profile_do_not_change_the_pixel_hash() -> None:
    exif = Image.Exif()
    exif[305] = "an editor"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    with_both = as_bytes(drawn(), "PNG", exif=exif, icc_profile=srgb)

    assert pixel_hash(with_both) == pixel_hash(as_bytes(drawn(), "PNG"))


@given(x=st.integers(0, 119), y=st.integers(0, 79), channel=st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_any_changed_sample_changes_the_pixel_hash(x: int, y: int, channel: int) -> None:
    pixels = np.array(drawn())
    pixels[y, x, channel] ^= 1

    changed = as_bytes(Image.fromarray(pixels), "PNG")

    assert pixel_hash(changed) != pixel_hash(as_bytes(drawn(), "PNG"))


def test_the_same_samples_in_another_shape_are_another_picture() -> None:
    flat = np.full((20, 30, 3), 77, np.uint8)

    tall = Image.fromarray(flat.reshape(30, 20, 3))

    assert pixel_hash(as_bytes(Image.fromarray(flat), "PNG")) != pixel_hash(as_bytes(tall, "PNG"))


def test_a_deep_master_never_equals_its_export() -> None:
    pixels = np.asarray(drawn()).astype(np.uint16)
    master, finer = pixels * 256, pixels * 256 + 1

    hashes = [
        pixel_hash(png(master)),
        pixel_hash(png(finer)),
        pixel_hash(as_bytes(drawn(), "PNG")),
    ]

    assert len(set(hashes)) == 3
    assert pixel_hash(png(master, comment=b"other")) == hashes[0]
    assert decode(png(master), side=SIDE).pixels is None
    assert far(square(png(master)), square(as_bytes(drawn(), "PNG"))) == 0


def test_a_deep_grey_master_never_equals_its_export() -> None:
    grey = np.asarray(drawn().convert("L"))
    master = as_bytes(Image.fromarray(grey.astype(np.uint16) * 257), "PNG")
    export = as_bytes(Image.fromarray(grey), "PNG")

    assert pixel_hash(master) != pixel_hash(export)
    assert np.array_equal(square(master), square(export))  # scaled, not clipped
    assert pixel_hash(master) == pixel_hash(
        as_bytes(Image.fromarray(grey.astype(np.uint16) * 257), "TIFF")
    )


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "TIFF"])
def test_every_frame_counts_in_the_pixel_hash(name: str) -> None:
    first, second, third = (drawn(seed=seed) for seed in (1, 2, 3))
    more = {"save_all": True, "lossless": True} if name == "WEBP" else {"save_all": True}

    alone = as_bytes(first, name, **more)
    pair = as_bytes(first, name, append_images=[second], **more)
    other = as_bytes(first, name, append_images=[third], **more)

    assert len({pixel_hash(data) for data in (alone, pair, other)}) == 3
    assert decode(pair, side=SIDE).facts.frames == 2
    assert np.array_equal(square(pair), square(alone))


@pytest.mark.parametrize(
    "declared",
    [
        chunk(b"gAMA", struct.pack(">I", 100_000)),
        chunk(b"gAMA", struct.pack(">I", 55_556)),
        chunk(
            b"cHRM", struct.pack(">8I", *(31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
        ),
        chunk(b"cICP", bytes([12, 13, 0, 1])),
        chunk(b"cICP", bytes([9, 16, 0, 1])),
        chunk(b"cICP", bytes([1, 8, 0, 1])),
    ],
)
def test_colours_declared_in_numbers_are_applied(declared: bytes) -> None:
    plain = as_bytes(drawn(), "PNG")
    other = with_chunks(plain, declared)
    assert pixel_hash(other) != pixel_hash(plain)
    assert far(square(other), square(plain)) > 0.5


@pytest.mark.parametrize(
    "declared",
    [
        chunk(b"gAMA", struct.pack(">I", 45_455)),
        chunk(
            b"cHRM", struct.pack(">8I", *(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
        ),
        chunk(b"cICP", bytes([1, 13, 0, 1])),
        chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 100_000)),
        chunk(b"gAMA", bytes(4)),
        chunk(b"cHRM", bytes(32)),
    ],
)
def test_srgb_said_in_numbers_and_nonsense_change_nothing(declared: bytes) -> None:
    plain = as_bytes(drawn(), "PNG")
    assert pixel_hash(with_chunks(plain, declared)) == pixel_hash(plain)


def test_a_transparent_colour_of_deep_samples_counts() -> None:
    grey = as_bytes(Image.fromarray(np.arange(4096, dtype=np.uint16).reshape(64, 64) * 16), "PNG")
    hashes = {
        pixel_hash(with_chunks(grey, chunk(b"tRNS", bytes(pair)))) for pair in ((0, 1), (0, 2))
    }
    assert len({pixel_hash(grey), *hashes}) == 3


@pytest.mark.parametrize("extra", [(0,), (0, 0), (2, 0)])
def test_channels_that_are_not_shown_count(extra: tuple[int, ...]) -> None:
    colours = np.asarray(drawn())
    beside = [np.full(colours.shape[:2], 200 + n, np.uint8) for n, _ in enumerate(extra)]

    def tiff(*channels: NDArray[np.uint8]) -> bytes:
        stream = io.BytesIO()
        samples = np.dstack([colours, *channels])
        kinds = extra if channels else None
        tifffile.imwrite(stream, samples, photometric="rgb", extrasamples=kinds)
        return stream.getvalue()

    assert pixel_hash(tiff(*beside)) != pixel_hash(tiff())
    assert pixel_hash(tiff(*beside)) != pixel_hash(tiff(*(plane + 1 for plane in beside)))
