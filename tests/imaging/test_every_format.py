"""One small photo in every format and kind of it that is read, and the files that are refused."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from copyfind.imaging.decode import decode, pixel_hash
from copyfind.imaging.formats import installed_extras
from copyfind.records import Facts, Pixels, Problem
from tests.filming import film
from tests.imaging.drawing import SIDE, as_bytes, far, square, trouble
from tests.imaging.encoding import deepened, dng, heic, jxl, png, png_header, png_of, tiff
from tests.photos import photo

pytestmark = pytest.mark.skipif(len(installed_extras()) < 2, reason="the extras raw and jxl")

WIDTH, HEIGHT = 192, 128
PHOTO = photo("coffee", size=(WIDTH, HEIGHT))
PIXELS: Pixels = np.asarray(PHOTO)
GREY = PHOTO.convert("L")
OTHER = photo("chelsea", size=(WIDTH, HEIGHT))
JPEG = as_bytes(PHOTO, "JPEG", quality=92)


@dataclass(frozen=True)
class Kind:
    """A way to write the what it is called when it is read, and how well it is kept."""

    name: str
    write: Callable[[], bytes]
    frames: int = 1
    off: float = 6  # mean difference of its square, in levels of 255
    grey: bool = False


def saved(name: str, image: Image.Image = PHOTO, **options: object) -> Callable[[], bytes]:
    return lambda: as_bytes(image, name, **options)


def animated(name: str) -> Callable[[], bytes]:
    """Three pictures in a file; copies, since Pillow leaves what it did with a picture in it."""

    def write() -> bytes:
        others = [OTHER.copy(), PHOTO.rotate(180)]
        return as_bytes(PHOTO.copy(), name, save_all=True, append_images=others)

    return write


TRANSPARENT = PHOTO.copy()
TRANSPARENT.putalpha(Image.linear_gradient("L").resize(PHOTO.size))
KINDS = {
    "baseline JPEG": Kind("JPEG", saved("JPEG", quality=85)),
    "progressive JPEG": Kind("JPEG", saved("JPEG", quality=85, progressive=True)),
    "JPEG of full colour": Kind("JPEG", saved("JPEG", quality=95, subsampling=0), off=2),
    "grey JPEG": Kind("JPEG", saved("JPEG", GREY), grey=True, off=3),
    "JPEG of inks": Kind("JPEG", saved("JPEG", PHOTO.convert("CMYK"), quality=92)),
    "JPEG with rubbish behind it": Kind("JPEG", lambda: JPEG + bytes(range(256)) * 12),
    "JPEG with a film behind it": Kind("JPEG", lambda: JPEG + film(brand=b"mp42")),
    "stereo pair that does not say so": Kind("JPEG", animated("MPO"), frames=3),
    "PNG": Kind("PNG", saved("PNG"), off=0),
    "interlaced PNG": Kind("PNG", lambda: png(PIXELS, interlaced=True), off=0),
    "deep PNG": Kind("PNG", lambda: png(deepened(PIXELS)), off=0),
    "deep interlaced PNG": Kind("PNG", lambda: png(deepened(PIXELS), interlaced=True), off=0),
    "deep grey PNG": Kind("PNG", saved("PNG", Image.fromarray(deepened(np.asarray(GREY)))), off=0,
                          grey=True),
    "PNG of a palette": Kind("PNG", saved("PNG", PHOTO.quantize())),
    "PNG that is partly transparent": Kind("PNG", saved("PNG", TRANSPARENT), off=60),
    "GIF": Kind("GIF", saved("GIF")),
    "animated GIF": Kind("GIF", animated("GIF"), frames=3),
    "WebP": Kind("WebP", saved("WEBP", quality=85)),
    "lossless WebP": Kind("WebP", saved("WEBP", lossless=True), off=0),
    "animated WebP": Kind("WebP", animated("WEBP"), frames=3),
    "WebP that is partly transparent": Kind("WebP", saved("WEBP", TRANSPARENT), off=60),
    "BMP": Kind("BMP", saved("BMP"), off=0),
    "BMP of a palette": Kind("BMP", saved("BMP", PHOTO.quantize())),
    "TIFF": Kind("TIFF", saved("TIFF", compression="tiff_lzw"), off=0),
    "tiled TIFF": Kind("TIFF", lambda: tiff(PIXELS, tile=(64, 64), compression="zlib"), off=0),
    "deep TIFF": Kind("TIFF", lambda: tiff(deepened(PIXELS)), off=1),
    "deep grey TIFF": Kind("TIFF", lambda: tiff(deepened(np.asarray(GREY))), off=0, grey=True),
    "float TIFF": Kind("TIFF", lambda: tiff(np.asarray(GREY).astype(np.float32)), off=1, grey=True),
    "TIFF of inks": Kind("TIFF", saved("TIFF", PHOTO.convert("CMYK"))),
    "TIFF of pages": Kind("TIFF", animated("TIFF"), frames=3, off=0),
    "HEIC": Kind("HEIC", lambda: heic(PHOTO)),
    "HEIC of pictures": Kind("HEIC", lambda: heic(PHOTO, OTHER, OTHER), frames=3),
    "deep HEIC": Kind("HEIC", lambda: heic(PHOTO, deep=True)),
    "AVIF": Kind("AVIF", saved("AVIF", quality=80)),
    "animated AVIF": Kind("AVIF", animated("AVIF"), frames=3),
    "JPEG 2000": Kind("JPEG 2000", saved("JPEG2000"), off=1),
    "PNM": Kind("PNM", saved("PPM"), off=0),
    "TGA": Kind("TGA", saved("TGA"), off=0),
    "JPEG XL": Kind("JPEG XL", lambda: jxl(PHOTO, quality=90)),
    "lossless JPEG XL": Kind("JPEG XL", lambda: jxl(PHOTO, lossless=True), off=0),
    "RAW": Kind("RAW (DNG)", lambda: dng(PHOTO), off=20),  # half its size, colours of a camera
    "RAW with a preview": Kind("RAW (DNG)", lambda: dng(PHOTO, preview=PHOTO), off=0),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_photo_is_read(kind: Kind) -> None:
    written = kind.write()

    picture = decode(written, side=SIDE)

    facts: Facts = picture.facts
    assert (facts.format, facts.width, facts.height) == (kind.name, WIDTH, HEIGHT)
    assert facts.frames == kind.frames
    assert picture.square.shape == (SIDE, SIDE, 3)
    assert far(picture.square, square(as_bytes(GREY if kind.grey else PHOTO, "PNG"))) <= kind.off
    assert picture.pixels in (None, pixel_hash(written))


@pytest.mark.parametrize("size", [(1, 1), (4000, 8), (8, 4000)])
def test_any_shape_is_read(size: tuple[int, int]) -> None:
    facts = decode(as_bytes(PHOTO.resize(size), "PNG"), side=SIDE).facts

    assert (facts.width, facts.height) == size


def test_a_stereo_pair_that_says_so_is_named_for_it() -> None:
    primary, disparity = (kind.to_bytes(4, "little") for kind in (0x030000, 0x020002))
    head, table, rest = animated("MPO")().partition(b"\x02\xb0")  # the tag of the entries

    said = decode(head + table + rest.replace(primary, disparity, 1), side=SIDE).facts

    assert (said.format, said.frames) == ("MPO", 3)


REFUSED: dict[str, tuple[Callable[[], bytes], Problem, str]] = {
    "no bytes": (lambda: b"", Problem.EMPTY, "no bytes"),
    "a text": (lambda: b"Dear reader\n", Problem.NOT_A_PICTURE, "no known picture format"),
    "half a JPEG": (lambda: JPEG[: len(JPEG) // 2], Problem.DAMAGED, "the file ends"),
    "the head of a JPEG": (lambda: JPEG[:120], Problem.DAMAGED, "the file ends"),
    "rubbish for a JPEG": (
        lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8, Problem.DAMAGED, "JPEG"),
    "a PNG of nothing": (
        lambda: png_of(png_header(0, 0), (b"IDAT", b"")), Problem.DAMAGED, "header"),
    "a PNG with changed bytes": (
        lambda: png_of(png_header(WIDTH, HEIGHT), (b"IDAT", b"x" * 900)), Problem.DAMAGED, "PNG"),
    "a bomb": (
        lambda: png_of(
            png_header(50000, 50000, bits=1, colours=0),
            (b"IDAT", zlib.compress(bytes(1 << 20))),
        ),
        Problem.TOO_LARGE,
        "50000 × 50000",
    ),
    "the head of a bomb": (
        lambda: png_of(png_header(2**31 - 1, 2**31 - 1)), Problem.TOO_LARGE, "2147483647 × "),
    "a TIFF of colours that are fractions": (
        lambda: tiff(PIXELS.astype(np.float32) / 255), Problem.DAMAGED, "unknown kind"),
    "half a HEIC": (
        lambda: (whole := heic(PHOTO))[: len(whole) // 2], Problem.DAMAGED, "the file ends"),
    "half a JPEG XL": (lambda: (whole := jxl(PHOTO))[: len(whole) // 2], Problem.DAMAGED, "JPEG"),
    "a RAW without its last rows": (lambda: dng(PHOTO)[:-9000], Problem.DAMAGED, "LibRaw"),
}  # fmt: skip


@pytest.mark.parametrize(("write", "problem", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_a_reason(
    write: Callable[[], bytes], problem: Problem, words: str
) -> None:
    error = trouble(write())

    assert error.problem is problem
    assert words in error.reason


def test_the_container_does_not_change_the_pixel_hash() -> None:
    plain = pixel_hash(as_bytes(PHOTO, "PNG"))

    for name in ("interlaced PNG", "lossless WebP", "BMP", "TIFF", "tiled TIFF", "PNM", "TGA",
                 "lossless JPEG XL"):  # fmt: skip
        assert pixel_hash(KINDS[name].write()) == plain, name
    assert pixel_hash(KINDS["JPEG with a film behind it"].write()) == pixel_hash(JPEG)
    assert pixel_hash(KINDS["deep PNG"].write()) != plain


@pytest.mark.parametrize("name", ["JPEG XL", "RAW", "RAW with a preview"])
def test_without_its_extra_no_file_is_taken_for_its_preview(name: str) -> None:
    error = trouble(KINDS[name].write(), extras=frozenset())

    assert error.problem is Problem.NEEDS_EXTRA
    assert "pip install 'copyfind[" in error.reason
