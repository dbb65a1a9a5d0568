"""Which of two pictures the other one was made from."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.imaging.lineage import origin_of, read_full
from copyfind.verdict import Origin
from tests.imaging.lineage.steps import SHARPER, Way, full, jpeg, marked, opened, resized, saved
from tests.photos import photos

PHOTO = photos()["chelsea"]
Sampling = Image.Resampling
SOURCES = {
    "jpeg 60": jpeg(PHOTO, 60),
    "jpeg 85": jpeg(PHOTO, 85),
    "png": saved(PHOTO, "PNG"),
    "webp": saved(PHOTO, "WEBP", lossless=True),
}
WAYS: dict[str, Way] = {
    "saved": lambda image: image,
    "enlarged": resized(1.8, Sampling.BICUBIC),
    "sharpened": SHARPER["much"],
    "marked": marked,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("way", WAYS)
def test_the_source_is_the_origin(source: str, way: str) -> None:
    copy = full(WAYS[way](opened(SOURCES[source])), "JPEG", quality=95)

    assert origin_of(read_full(SOURCES[source]), copy) is Origin.FIRST
    assert origin_of(copy, read_full(SOURCES[source])) is Origin.SECOND


@pytest.mark.parametrize("suffix", ["PNG", "BMP", "TIFF", "WEBP"])
def test_a_lossless_copy_of_a_jpeg_is_none(suffix: str) -> None:
    source = jpeg(PHOTO, 80)
    copy = full(opened(source), suffix, **({"lossless": True} if suffix == "WEBP" else {}))

    assert origin_of(read_full(source), copy) is Origin.FIRST


@pytest.mark.parametrize("suffix", ["PPM", "TGA", "WEBP", "JPEG2000", "GIF", "AVIF"])
def test_a_master_comes_before_its_jpeg(suffix: str) -> None:
    how: dict[str, dict[str, object]] = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
    master = saved(PHOTO, suffix, **how.get(suffix, {}))

    assert origin_of(read_full(master), full(opened(master), "JPEG", quality=60)) is Origin.FIRST


@pytest.mark.parametrize("way", [Sampling.BILINEAR, Sampling.BOX, Sampling.LANCZOS])
def test_a_picture_is_not_made_from_its_thumbnail(way: Sampling) -> None:
    source = full(PHOTO, "JPEG", quality=88)

    assert origin_of(source, full(resized(0.5, way)(PHOTO), "JPEG", quality=80)) in (
        Origin.FIRST,
        None,
    )


def test_pictures_too_small_to_tell_tell_nothing() -> None:
    tiny = full(PHOTO.resize((60, 40)), "JPEG", quality=60)

    assert origin_of(tiny, tiny) is None
