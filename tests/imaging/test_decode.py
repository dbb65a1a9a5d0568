"""Bytes to square and pixel hash."""

from __future__ import annotations

import io
import itertools
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from copyfind.imaging.decode import decode, pixel_hash
from copyfind.imaging.formats import Undecodable, decoder_version
from copyfind.records import Pixels, Problem
from tests.imaging.drawing import SIDE, TURNED, as_bytes, drawn, tagged

LOSSLESS = [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("PPM", {})]


def square(data: bytes) -> Pixels:
    return decode(data, side=SIDE).square


def far(a: Pixels, b: Pixels) -> float:
    """Mean absolute difference of two squares."""
    return float(np.abs(a.astype(np.int16) - b).mean())


def trouble(data: bytes, **options: Any) -> Undecodable:
    with pytest.raises(Undecodable) as raised:
        decode(data, side=SIDE, **options)
    return raised.value


def averaged(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Area averaging, the slow way: each target pixel's share of every source pixel."""

    def shares(size: int) -> NDArray[np.float64]:
        edges = np.arange(side + 1) * size / side
        at = np.arange(size)
        return np.array(
            [
                np.clip(np.minimum(at + 1, high) - np.maximum(at, low), 0, None) / (high - low)
                for low, high in itertools.pairwise(edges)
            ]
        )

    height, width, _ = pixels.shape
    mean: NDArray[np.float64] = np.einsum(
        "yh,xw,hwc->yxc", shares(height), shares(width), pixels, optimize=True
    )
    return mean


@pytest.mark.parametrize(("width", "height"), [(120, 80), (250, 233), (64, 255)])
def test_shrinking_is_area_averaging(width: int, height: int) -> None:
    image = drawn(width, height)

    result = square(as_bytes(image, "PNG"))

    assert result.shape == (SIDE, SIDE, 3)
    assert result.dtype == np.uint8
    assert result.flags.c_contiguous
    assert np.abs(result - averaged(np.asarray(image), SIDE)).max() <= 1.01


def test_shrinking_by_much_is_nearly_area_averaging() -> None:
    image = drawn(1501, 998)

    result = square(as_bytes(image, "PNG"))

    assert np.abs(result - averaged(np.asarray(image), SIDE)).mean() < 0.5


def test_an_axis_that_has_to_grow_is_interpolated() -> None:
    image = Image.fromarray(np.array([[[0, 0, 0], [200, 100, 50]]], np.uint8))  # 2 × 1

    result = square(as_bytes(image, "PNG"))

    assert (np.diff(result[0, :, 0].astype(int)) >= 0).all()
    assert 90 < result[SIDE // 2, SIDE // 2, 0] < 110
    assert (result == result[0]).all()


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
    if name == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    stored, exif = tagged(drawn(), orientation)

    picture = decode(as_bytes(stored, name, exif=exif.tobytes(), quality=95), side=SIDE)

    assert (picture.facts.width, picture.facts.height) == (120, 80)
    assert far(picture.square, square(as_bytes(drawn(), "PNG"))) < 3


def test_orientation_in_xmp_alone_is_applied() -> None:
    stored, _ = tagged(drawn(), 6)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'

    picture = decode(as_bytes(stored, "JPEG", xmp=xmp, quality=95), side=SIDE)

    assert (picture.facts.width, picture.facts.height) == (120, 80)


def test_a_large_jpeg_is_decoded_reduced_to_nearly_the_same_square() -> None:
    image = drawn(2400, 1600)

    reduced = decode(as_bytes(image, "JPEG", quality=90), side=192)

    full = decode(as_bytes(image, "PNG"), side=192)
    assert reduced.pixels is None
    assert (reduced.facts.width, reduced.facts.height) == (2400, 1600)
    assert far(reduced.square, full.square) < 1


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


def deep_png(samples: NDArray[np.uint16], *, comment: bytes = b"") -> bytes:
    """A 16-bit RGB PNG (H, W, 3), which Pillow reads but does not write."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    height, width, _ = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
            chunk(b"tEXt", b"Comment\0" + comment),
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        ]
    )


def test_a_deep_master_never_equals_its_export() -> None:
    pixels = np.asarray(drawn()).astype(np.uint16)
    master, finer = pixels * 256, pixels * 256 + 1

    hashes = [
        pixel_hash(deep_png(master)),
        pixel_hash(deep_png(finer)),
        pixel_hash(as_bytes(drawn(), "PNG")),
    ]

    assert len(set(hashes)) == 3
    assert pixel_hash(deep_png(master, comment=b"other")) == hashes[0]
    assert decode(deep_png(master), side=SIDE).pixels is None
    assert far(square(deep_png(master)), square(as_bytes(drawn(), "PNG"))) == 0


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


def test_transparent_pixels_lie_over_grey() -> None:
    image = drawn().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))

    picture = decode(as_bytes(image, "PNG"), side=SIDE)

    assert picture.facts.has_alpha
    assert (picture.square == 128).all()


def test_alpha_that_hides_nothing_is_no_alpha() -> None:
    assert not decode(as_bytes(drawn().convert("RGBA"), "PNG"), side=SIDE).facts.has_alpha


def test_a_palette_with_a_transparent_entry_lies_over_grey() -> None:
    image = drawn().quantize(dither=Image.Dither.NONE)
    data = as_bytes(image, "PNG", transparency=image.getpixel((0, 0)))

    picture = decode(data, side=SIDE)

    assert picture.facts.has_alpha
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


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.EMPTY),
        (b"a text\n", Problem.NOT_A_PICTURE),
        (b"P5 is a paper size\n", Problem.NOT_A_PICTURE),
        (b"\0" * 4096, Problem.NOT_A_PICTURE),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Problem.NOT_A_PICTURE),
        (b"\xff\xd8\xff rubbish", Problem.DAMAGED),
        (b"II*\0rubbish", Problem.DAMAGED),
    ],
)
def test_what_is_no_picture_is_told_from_what_is_damaged(data: bytes, problem: Problem) -> None:
    assert trouble(data).problem is problem


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


def test_a_missing_extra_is_named_with_its_command() -> None:
    raw = b"FUJIFILMCCD-RAW 0201" + bytes(200)
    jxl = b"\xff\x0a" + bytes(200)

    assert trouble(raw, extras=frozenset()).problem is Problem.NEEDS_EXTRA
    assert trouble(raw, extras=frozenset()).reason == (
        "camera RAW needs an extra: pip install 'copyfind[raw]'"
    )
    assert trouble(jxl, extras=frozenset({"raw"})).reason == (
        "JPEG XL needs an extra: pip install 'copyfind[jxl]'"
    )


def test_the_decoder_version_names_the_extras() -> None:
    assert decoder_version(frozenset()) == "1"
    assert decoder_version(frozenset({"raw", "jxl"})) == "1+jxl+raw"
    assert decoder_version(frozenset()) != decoder_version(frozenset({"raw"}))


def test_extras_are_found_without_importing_them() -> None:
    code = (
        "import sys; from copyfind.imaging.formats import decoder_version; decoder_version();"
        "from copyfind.imaging.decode import decode;"
        "loaded = {'rawpy', 'pillow_jxl', 'pillow_heif', 'torch', 'scipy'} & set(sys.modules);"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
