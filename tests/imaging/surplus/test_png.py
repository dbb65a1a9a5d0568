"""What a PNG holds beside its picture."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from copyfind.imaging.profile import SRGB_PRIMARIES, made_profile, srgb_curve
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import chunk, inside, with_chunks, words
from tests.imaging.test_profile import WIDE

DISPLAY_P3 = (SRGB_PRIMARIES[0], (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))


def png(**options: object) -> bytes:
    return as_bytes(drawn(), "PNG", **options)


def deep() -> bytes:
    return as_bytes(Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 999), "PNG")


def profile_chunk(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"named sRGB\0\0" + zlib.compress(profile))


def chromaticities(points: tuple[tuple[float, float], ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(v * 100_000) for p in points for v in p)))


def long_text() -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_text("mxfile", "<mxfile>" + "drawn " * 2000)
    return told


@pytest.mark.parametrize(
    "data",
    [
        png(),
        png(dpi=(300, 300)),
        with_chunks(
            png(), chunk(b"gAMA", struct.pack(">I", 45455)), chromaticities(SRGB_PRIMARIES)
        ),
        with_chunks(png(), chunk(b"sRGB", b"\0"), chromaticities(DISPLAY_P3)),  # sRGB counts
        with_chunks(png(), chunk(b"tEXt", b"Comment\0made by a scanner")),
        with_chunks(png(), chunk(b"tIME", bytes(7)), chunk(b"pHYs", bytes(9))),
        with_chunks(png(), chunk(b"cICP", bytes([1, 13, 0, 1]))),
        with_chunks(png(), profile_chunk(made_profile(SRGB_PRIMARIES, srgb_curve))),
        with_chunks(png(), profile_chunk(b"no profile at all")),
        with_chunks(png(), chunk(b"iCCP", b"broken\0\0\x12\x34")),
        png() + bytes(512),
    ],
)
def test_ordinary_chunks_are_no_surplus(data: bytes) -> None:
    assert inside(data).extras == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_chunks(png(), chromaticities(DISPLAY_P3)), "a wide-gamut profile"),
        (with_chunks(png(), profile_chunk(WIDE)), "a wide-gamut profile"),
        (with_chunks(png(), chunk(b"cICP", bytes([12, 13, 0, 1]))), "a wide-gamut profile"),
        (with_chunks(png(), chunk(b"cICP", bytes([9, 16, 0, 1]))), "HDR colours"),
        (with_chunks(png(), chunk(b"cICP", bytes([9, 18, 0, 1]))), "HDR colours"),
        (with_chunks(deep(), chunk(b"tRNS", b"\0\x01")), "a transparent colour"),
        (with_chunks(png(), chunk(b"caBX", bytes(99))), "content credentials"),
        (with_chunks(png(), chunk(b"mkBT", bytes(99))), "Fireworks layers"),
        (with_chunks(png(), chunk(b"skMf", bytes(99))), "unknown data (skMf)"),
        (with_chunks(png(), chunk(b"npTc", bytes(99))), "unknown data (npTc)"),
        (png(pnginfo=long_text()), "a drawing"),
        (png() + b"PK\3\4 an archive", "unknown data (behind its end)"),
        (png() + png(), "unknown data (behind its end)"),
        (deep(), "16 bits a channel"),
        (as_bytes(drawn(), "PNG", save_all=True, append_images=[drawn(seed=1)]), "2 frames"),
    ],
)
def test_what_a_picture_does_not_show_is_told(data: bytes, said: str) -> None:
    assert said in words(data)


def test_the_name_of_a_profile_has_no_say() -> None:
    assert words(with_chunks(png(), profile_chunk(WIDE))) == ["a wide-gamut profile"]


def test_animations_of_other_frames_differ() -> None:
    one, other = (
        as_bytes(drawn(), "PNG", save_all=True, append_images=[drawn(seed=n)]) for n in (1, 2)
    )
    assert inside(one) != inside(other)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_png_without_its_end_is_cut(share: float) -> None:
    data = as_bytes(drawn(), "PNG", save_all=True, append_images=[drawn(seed=1)])
    assert inside(data[: int(len(data) * share)]).cut is not None


def test_an_animation_that_lacks_frames_is_cut() -> None:
    data = as_bytes(drawn(), "PNG", save_all=True, append_images=[drawn(seed=1)])
    last = data.rindex(b"fcTL") - 4
    assert inside(data[:last] + chunk(b"IEND", b"")).cut == "the file ends before its last frame"
