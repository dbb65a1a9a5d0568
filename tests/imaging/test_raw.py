"""Camera RAW: the preview or the sensor's data, upright, and what is cut is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from copyfind.imaging.decode import decode, pixel_hash
from copyfind.imaging.raw import raw_name
from copyfind.records import Pixels, Problem
from tests.imaging.drawing import SIDE, TURNED, far, square, trouble
from tests.imaging.encoding import dng
from tests.photos import photo

PHOTO = photo("coffee", size=(192, 128))
OTHER = photo("chelsea", size=(192, 128))


def seen(image: Image.Image) -> Pixels:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return square(stream.getvalue())


def test_a_preview_that_is_large_enough_is_taken() -> None:
    assert np.array_equal(square(dng(PHOTO, preview=OTHER)), seen(OTHER))


def test_a_small_preview_gives_way_to_the_sensor() -> None:
    small = OTHER.resize((48, 32))

    assert np.array_equal(square(dng(PHOTO, preview=small)), square(dng(PHOTO)))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])  # cameras write no mirrored ones
@pytest.mark.parametrize("with_preview", [False, True])
def test_it_comes_out_upright(orientation: int, with_preview: bool) -> None:  # noqa: FBT001
    how = TURNED[orientation]
    stored = PHOTO if how is None else PHOTO.transpose(how)

    picture = decode(
        dng(stored, preview=stored if with_preview else None, orientation=orientation), side=SIDE
    )

    assert (picture.facts.width, picture.facts.height) == (192, 128)
    upright = square(dng(PHOTO, preview=PHOTO if with_preview else None))
    assert far(picture.square, upright) < 12  # the filter has other corners; a wrong turn: 60


def test_what_the_camera_wrote_is_read() -> None:
    facts = decode(dng(PHOTO, captured_at="2024:05:06 07:08:09"), side=SIDE).facts

    assert facts.format == "RAW (DNG)"
    assert facts.camera == "Copyfind One"
    assert facts.jpeg_quality is None


def test_the_pixel_hash_is_of_the_sensor_and_not_of_the_preview() -> None:
    alone = pixel_hash(dng(PHOTO))

    assert pixel_hash(dng(PHOTO, preview=OTHER)) == alone
    assert pixel_hash(dng(OTHER)) != alone
    assert pixel_hash(dng(PHOTO, orientation=6)) != alone


def test_a_cut_file_is_refused_though_its_preview_may_be_whole() -> None:
    assert trouble(dng(PHOTO)[:-9000]).problem is Problem.DAMAGED
    assert trouble(dng(PHOTO, preview=OTHER)[:-9000]).problem is Problem.DAMAGED


def test_too_many_pixels_are_refused() -> None:
    assert trouble(dng(PHOTO), pixel_limit=192 * 128 - 1).problem is Problem.TOO_LARGE


def test_sensor_data_that_end_in_zeros_are_cut() -> None:
    dark = PHOTO.copy()
    dark.paste("black", (0, 100, 192, 128))

    assert "the file ends" in trouble(dng(dark)).reason


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"FUJIFILMCCD-RAW 0201", "RAW (RAF)"),
        (b"IIU\0rest", "RAW (RW2)"),
        (b"MMORrest", "RAW (ORF)"),
        (b"\0\0\0\x18ftypcrx ", "RAW (CR3)"),
        (b"unheard of", "RAW"),
    ],
)
def test_a_raw_is_named_after_the_extension_it_usually_has(head: bytes, name: str) -> None:
    assert raw_name(io.BytesIO(head.ljust(64, b"\0"))) == name
