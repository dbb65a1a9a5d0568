"""Genuine files of cameras and programs, against what the README beside them demands."""

from __future__ import annotations

import pytest

from copyfind.imaging.decode import decode, pixel_hash
from copyfind.imaging.formats import Undecodable, installed_extras
from copyfind.records import Facts, Pixels, Problem
from tests.data_sets import SHARED, needs
from tests.imaging.drawing import far

FORMATS = SHARED / "formats"
pytestmark = [
    pytest.mark.data,
    needs("formats"),
    pytest.mark.skipif(len(installed_extras()) < 2, reason="the extras raw and jxl are missing"),
]
SIDE = 96

DECODED = {  # file -> format, upright width and height, frames
    "jpeg_baseline.jpg": ("JPEG", 768, 512, 1),
    "jpeg_progressive.jpg": ("JPEG", 768, 512, 1),
    "jpeg_444_q95.jpg": ("JPEG", 384, 256, 1),
    "jpeg_gray.jpg": ("JPEG", 768, 512, 1),
    "jpeg_cmyk_adobe.jpg": ("JPEG", 500, 333, 1),
    "jpeg_cmyk_pillow.jpg": ("JPEG", 384, 256, 1),
    "png_16bit_gray.png": ("PNG", 384, 256, 1),
    "png_16bit_rgb.png": ("PNG", 192, 128, 1),
    "png_palette_transparent.png": ("PNG", 384, 256, 1),
    "png_rgba_alpha.png": ("PNG", 240, 160, 1),
    "png_interlaced_rgb.png": ("PNG", 8, 12, 1),
    "png_interlaced_pngsuite_basi6a16.png": ("PNG", 32, 32, 1),
    "gif_animated.gif": ("GIF", 192, 128, 4),
    "gif_animated_sharp.gif": ("GIF", 370, 285, 10),
    "webp_animated_sharp.webp": ("WebP", 370, 285, 10),
    "webp_animated.webp": ("WebP", 192, 128, 4),
    "webp_lossless.webp": ("WebP", 384, 256, 1),
    "webp_lossy.webp": ("WebP", 768, 512, 1),
    "webp_alpha.webp": ("WebP", 384, 256, 1),
    "bmp_24.bmp": ("BMP", 192, 128, 1),
    "bmp_8_palette.bmp": ("BMP", 192, 128, 1),
    "tiff_lzw.tif": ("TIFF", 240, 160, 1),
    "tiff_16bit.tif": ("TIFF", 192, 128, 1),
    "tiff_float.tif": ("TIFF", 192, 128, 1),
    "tiff_cmyk.tif": ("TIFF", 192, 128, 1),
    "tiff_multipage.tif": ("TIFF", 192, 128, 4),
    "tiff_tiled.tif": ("TIFF", 240, 160, 1),
    "tiff_16bit_rgb.tif": ("TIFF", 192, 128, 1),
    "heic_exiv2_stonehenge.heic": ("HEIC", 300, 200, 1),
    "heic_cheers_1440x960.heic": ("HEIC", 1440, 960, 1),
    "heic_iphone.heic": ("HEIC", 3024, 4032, 1),
    "heic_pillow_heif_zpug3.heic": ("HEIC", 64, 64, 3),
    "heic_orientation6.heic": ("HEIC", 768, 512, 1),
    "heic_plain.heic": ("HEIC", 768, 512, 1),
    "avif_hopper.avif": ("AVIF", 128, 128, 1),
    "avif_orientation.avif": ("AVIF", 326, 268, 1),
    "avif_animated_star.avif": ("AVIF", 159, 159, 5),
    "avif_photo.avif": ("AVIF", 768, 512, 1),
    "jxl_reagan.jxl": ("JPEG XL", 200, 130, 1),
    "jxl_corpus_resampling_8x.jxl": ("JPEG XL", 2268, 1512, 1),
    "jxl_photo.jxl": ("JPEG XL", 768, 512, 1),
    "raw_fuji.raf": ("RAW (RAF)", 3552, 3551, 1),  # its preview
    "raw_kodak_dc50.kdc": ("RAW (KDC)", 768, 512, 1),  # its sensor data
    "raw_nikon_issue.nef": ("JPEG", 2000, 3008, 1),  # which it is, whatever its name says
    "png_named.jpg": ("PNG", 240, 160, 1),
    "jpeg_named.png": ("JPEG", 768, 512, 1),
    "no_extension": ("JPEG", 768, 512, 1),
    "one_pixel.png": ("PNG", 1, 1, 1),
    "extreme_aspect.png": ("PNG", 4000, 8, 1),
    "mpo_sugarshack.mpo": ("MPO", 640, 480, 2),
    "mpo_frozenpond.mpo": ("MPO", 640, 480, 2),
    "mpo_ignore_frame_size.mpo": ("MPO", 64, 64, 2),
    "mpo_stereo.mpo": ("JPEG", 384, 256, 2),  # its frames do not say what they are for
    "mpo_stereo_named.jpg": ("JPEG", 384, 256, 2),
    "motion_photo.jpg": ("JPEG", 768, 512, 1),
    "jpeg_trailing_garbage.jpg": ("JPEG", 768, 512, 1),
    **{f"Landscape_{tag}.jpg": ("JPEG", 480, 320, 1) for tag in range(1, 9)},
    **{f"Portrait_{tag}.jpg": ("JPEG", 320, 480, 1) for tag in range(1, 9)},
}

REJECTED = {  # file -> problem, words of the reason
    "tiff_float_rgb_01.tif": (Problem.DAMAGED, "unknown kind"),
    "heic_corrupted.heic": (Problem.DAMAGED, "HEIC"),
    "avif_10bit.avif": (Problem.DAMAGED, "unknown kind"),
    "heic_truncated.heic": (Problem.DAMAGED, "the file ends"),
    "raw_panasonic.rw2": (Problem.DAMAGED, "the file ends"),  # though its preview is whole
    "raw_canon.cr2": (Problem.DAMAGED, "LibRaw cannot read it"),
    "raw_nikon.nef": (Problem.DAMAGED, "LibRaw cannot read it"),
    "raw_dng_small.dng": (Problem.DAMAGED, "the file ends"),
    "raw_dng_exiv2.dng": (Problem.DAMAGED, "the file ends"),
    "truncated_half.jpg": (Problem.DAMAGED, "the file ends"),
    "truncated_header.jpg": (Problem.DAMAGED, "the file ends"),
    "empty.jpg": (Problem.EMPTY, "no bytes"),
    "text.jpg": (Problem.NOT_A_PICTURE, "no known picture format"),
    "bomb_50000x50000.png": (Problem.TOO_LARGE, "50000 × 50000"),
    "bomb_header_only.png": (Problem.TOO_LARGE, "2147483647 × 2147483647"),
    "zero_dimension.png": (Problem.DAMAGED, "header"),
    "corrupt_data.png": (Problem.DAMAGED, "PNG data"),
    "corrupt_header.jpg": (Problem.DAMAGED, "JPEG header"),
}

SAME_AS_JPEG_BASELINE = [  # other encodings of the photo of jpeg_baseline.jpg
    "jpeg_progressive.jpg", "jpeg_444_q95.jpg", "jpeg_cmyk_pillow.jpg", "gif_animated.gif",
    "webp_animated.webp", "webp_lossless.webp", "webp_lossy.webp", "bmp_24.bmp",
    "bmp_8_palette.bmp", "tiff_lzw.tif", "tiff_cmyk.tif", "tiff_multipage.tif", "tiff_tiled.tif",
    "tiff_16bit_rgb.tif", "png_16bit_rgb.png", "heic_plain.heic", "heic_orientation6.heic",
    "avif_photo.avif", "jxl_photo.jxl", "mpo_stereo.mpo", "motion_photo.jpg",
    "jpeg_trailing_garbage.jpg", "no_extension",
]  # fmt: skip
SAME_AS_JPEG_GRAY = ["png_16bit_gray.png", "tiff_16bit.tif", "tiff_float.tif"]


def content(name: str) -> bytes:
    return (FORMATS / name).read_bytes()


def square(name: str) -> Pixels:
    return decode(content(name), side=SIDE).square


def test_every_file_is_spoken_for() -> None:
    there = {path.name for path in FORMATS.iterdir()} - {"README.md"}

    assert there == DECODED.keys() | REJECTED.keys()


@pytest.mark.parametrize("name", DECODED)
def test_what_can_be_read_is_read(name: str) -> None:
    picture = decode(content(name), side=SIDE)

    facts: Facts = picture.facts
    assert (facts.format, facts.width, facts.height, facts.frames) == DECODED[name]
    assert picture.square.shape == (SIDE, SIDE, 3)
    if picture.pixels is not None:
        assert picture.pixels == pixel_hash(content(name))


@pytest.mark.parametrize("name", REJECTED)
def test_what_cannot_be_read_is_rejected_with_a_reason(name: str) -> None:
    problem, words = REJECTED[name]

    with pytest.raises(Undecodable) as raised:
        decode(content(name), side=SIDE)

    assert raised.value.problem is problem
    assert words in raised.value.reason


@pytest.mark.parametrize("name", SAME_AS_JPEG_BASELINE)
def test_the_same_photo_gives_nearly_the_same_square(name: str) -> None:
    assert far(square(name), square("jpeg_baseline.jpg")) < 6


@pytest.mark.parametrize("name", SAME_AS_JPEG_GRAY)
def test_deep_grey_is_scaled_and_not_clipped(name: str) -> None:
    assert far(square(name), square("jpeg_gray.jpg")) < 3


@pytest.mark.parametrize("name", ["Landscape", "Portrait"])
def test_the_eight_orientations_are_one_picture(name: str) -> None:
    upright = square(f"{name}_1.jpg")

    assert all(far(square(f"{name}_{tag}.jpg"), upright) < 3 for tag in range(2, 9))


def test_pixel_hashes_see_through_containers() -> None:
    assert pixel_hash(content("tiff_lzw.tif")) == pixel_hash(content("tiff_tiled.tif"))
    assert pixel_hash(content("motion_photo.jpg")) == pixel_hash(content("jpeg_baseline.jpg"))
    assert pixel_hash(content("png_16bit_rgb.png")) != pixel_hash(content("bmp_24.bmp"))


@pytest.mark.parametrize(
    "name",
    ["raw_fuji.raf", "raw_panasonic.rw2", "raw_kodak_dc50.kdc", "raw_canon.cr2", "raw_nikon.nef",
     "raw_dng_small.dng", "raw_dng_exiv2.dng", "jxl_photo.jxl", "jxl_reagan.jxl"],
)  # fmt: skip
def test_without_its_extra_no_file_is_taken_for_its_thumbnail(name: str) -> None:
    with pytest.raises(Undecodable) as raised:
        decode(content(name), side=SIDE, extras=frozenset())

    assert raised.value.problem is Problem.NEEDS_EXTRA
    assert "pip install 'copyfind[" in raised.value.reason


def test_facts_of_an_iphone() -> None:
    facts = decode(content("heic_iphone.heic"), side=SIDE).facts

    assert facts.captured_at == "2020-05-04T18:39:11.644-04:00"
    assert facts.camera == "Apple iPhone 11 Pro"
    assert facts.lens == "iPhone 11 Pro back triple camera 4.25mm f/1.8"
