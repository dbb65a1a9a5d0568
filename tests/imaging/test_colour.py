"""Depth, palettes, transparency and profiles brought to 8 bits of sRGB."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from copyfind.imaging.decode import decode, pixel_hash
from tests.imaging.drawing import SIDE, as_bytes, drawn, far, square


def test_transparent_pixels_lie_over_grey() -> None:
    image = drawn().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))

    picture = decode(as_bytes(image, "PNG"), side=SIDE)

    assert picture.facts.has_alpha
    assert (picture.square == 128).all()


def test_alpha_that_hides_nothing_changes_nothing() -> None:
    opaque = square(as_bytes(drawn(), "PNG"))

    assert (square(as_bytes(drawn().convert("RGBA"), "PNG")) == opaque).all()
    assert not decode(as_bytes(drawn().convert("RGBA"), "PNG"), side=SIDE).facts.has_alpha


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


SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
WIDE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))


def profile_named(name: str, columns: tuple[tuple[float, ...], ...], gamma: float) -> bytes:
    """A profile of three primaries, in XYZ, and one gamma."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    said = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name.encode() + b"\0" + bytes(79)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    white = (0.9642, 1.0, 0.8249)
    tags = [(b"desc", said), (b"cprt", b"text" + bytes(4) + b"none\0")]
    for tag, values in zip((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), (white, *columns), strict=True):
        tags.append((tag, b"XYZ " + bytes(4) + b"".join(map(number, values))))
    tags += [(tag, curve) for tag in (b"rTRC", b"gTRC", b"bTRC")]
    at, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, value in tags:
        padded = value + bytes(-len(value) % 4)
        table += tag + struct.pack(">II", at + len(body), len(padded))
        body += padded
    head = struct.pack(">I", 128 + len(table) + len(body)) + bytes(4) + bytes([2, 0x40, 0, 0])
    head += b"mntrRGB XYZ " + struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += b"".join(map(number, white)) + bytes(48)
    return head + table + body


@pytest.mark.parametrize(
    ("name", "columns", "gamma"),
    [
        ("sRGB with linear gamma", SRGB, 1.0),
        ("scRGB, made of sRGB", SRGB, 1.0),
        ("not sRGB at all", WIDE, 2.2),
        ("Compatible with Adobe RGB and sRGB", WIDE, 2.2),
        ("sRGB-like, gamma 1.8", SRGB, 1.8),
        ("Display, sRGB calibrated", WIDE, 1.8),
    ],
)
def test_a_profile_is_not_srgb_for_its_name(
    name: str, columns: tuple[tuple[float, ...], ...], gamma: float
) -> None:
    plain = as_bytes(drawn(), "PNG")
    tagged = as_bytes(drawn(), "PNG", icc_profile=profile_named(name, columns, gamma))
    same, other = (
        as_bytes(drawn(), "PNG", icc_profile=profile_named(called, columns, gamma))
        for called in (name, "of another name")
    )
    assert pixel_hash(tagged) != pixel_hash(plain)
    assert pixel_hash(same) == pixel_hash(other)
    assert far(decode(tagged, side=SIDE).square, decode(plain, side=SIDE).square) > 4


def test_what_is_srgb_but_for_rounding_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = as_bytes(drawn(), "PNG", icc_profile=ours)
    assert pixel_hash(tagged) == pixel_hash(as_bytes(drawn(), "PNG"))
