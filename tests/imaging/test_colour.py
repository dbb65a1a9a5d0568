"""Depth, palettes, transparency and profiles brought to 8 bits of sRGB."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from copyfind.imaging.decode import decode, pixel_hash
from tests.imaging.drawing import SIDE, as_bytes, drawn, far, square


def test_transparent_pixels_lie_over_grey() -> None:
    image = drawn().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))

    picture = decode(as_bytes(image, "PNG"), side=SIDE)

    assert (picture.square == 128).all()


def test_alpha_that_hides_nothing_changes_nothing() -> None:
    opaque = square(as_bytes(drawn(), "PNG"))

    assert (square(as_bytes(drawn().convert("RGBA"), "PNG")) == opaque).all()


def test_a_palette_with_a_transparent_entry_lies_over_grey() -> None:
    image = drawn().quantize(dither=Image.Dither.NONE)
    data = as_bytes(image, "PNG", transparency=image.getpixel((0, 0)))

    picture = decode(data, side=SIDE)

    assert (picture.square[0, 0] == 128).all()


@pytest.mark.parametrize(
    ("scale", "offset"), [(1 / 255, 0.0), (1.0, 0.0), (300.0, -9000.0)], ids=["0-1", "0-255", "any"]
)
def test_float_samples_are_brought_to_bytes(scale: float, offset: float) -> None:
    grey = np.asarray(drawn().convert("L")).astype(np.float32)
    grey = (grey - grey.min()) * 255 / (grey.max() - grey.min())
    samples = (grey * scale + offset).astype(np.float32)
    samples[0, 0] = np.nan

    result = square(as_bytes(Image.fromarray(samples), "TIFF"))

    assert far(result[1:], square(as_bytes(Image.fromarray(grey.astype(np.uint8)), "PNG"))[1:]) < 1


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
def test_cmyk_keeps_its_colours(name: str) -> None:
    data = as_bytes(drawn().convert("CMYK"), name)

    assert far(square(data), square(as_bytes(drawn(), "PNG"))) < 3
    assert pixel_hash(data) != pixel_hash(as_bytes(drawn(), "PNG"))


def swapped_profile() -> bytes:
    """sRGB with red and green exchanged: no decoder can miss that it was applied."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    described = profile.replace(b"s\0R\0G\0B", b"n\0o\0n\0e").replace(b"sRGB", b"none")
    table = bytearray(described)
    count = int.from_bytes(table[128:132], "big")
    at = {bytes(table[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = at[b"rXYZ"], at[b"gXYZ"]
    table[red : red + 4], table[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(table)


def test_a_profile_is_applied() -> None:
    pixels = np.asarray(drawn())

    tagged_picture = as_bytes(drawn(), "PNG", icc_profile=swapped_profile())

    swapped = as_bytes(Image.fromarray(pixels[:, :, [1, 0, 2]].copy()), "PNG")
    assert far(square(tagged_picture), square(swapped)) < 2
    assert pixel_hash(tagged_picture) != pixel_hash(as_bytes(drawn(), "PNG"))
    assert decode(tagged_picture, side=SIDE).pixels is None


@pytest.mark.parametrize("profile", [b"rubbish", swapped_profile()[:300]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    data = as_bytes(drawn(), "PNG", icc_profile=profile)

    assert np.array_equal(square(data), square(as_bytes(drawn(), "PNG")))
