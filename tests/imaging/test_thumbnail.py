"""The small picture that is kept of every content."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from copyfind.imaging.decode import decode, thumbnail
from copyfind.imaging.thumbnail import (
    LONGEST,
    decode_thumbnail,
    encode,
    longest_of,
    to_small,
)
from copyfind.records import Pixels
from tests.imaging.drawing import as_bytes, drawn


def kept(data: bytes) -> Pixels:
    picture = decode(data, side=64)
    assert picture.thumbnail
    return decode_thumbnail(picture.thumbnail)


@pytest.mark.parametrize("side", [64, 224, 384])
@pytest.mark.parametrize(
    ("name", "height"),
    [("JPEG", 300), ("JPEG", 900), ("JPEG", 1300), ("PNG", 900), ("WEBP", 900)],
)
def test_it_is_the_same_whichever_network_the_file_was_decoded_for(
    name: str, height: int, side: int
) -> None:
    data = as_bytes(drawn().resize((4 * height // 3, height)), name)

    alone = thumbnail(data, longest=LONGEST)

    assert alone.shape == (300, 400, 3)
    assert decode(data, side=side).thumbnail == encode(alone)


@pytest.mark.parametrize("width", [101, 401, 563, 750, 1000, 3001])
@pytest.mark.parametrize("height", [90, 401, 562, 1333])
def test_it_is_what_pillow_makes_in_place(width: int, height: int) -> None:
    picture = drawn(97, 89).resize((width, height))
    expected = picture.copy()
    longest = longest_of(width, height, LONGEST)
    expected.thumbnail((longest, longest), Image.Resampling.BOX)

    small = to_small(picture)

    assert small.size == expected.size
    assert small.tobytes() == expected.tobytes()
    assert picture.size == (width, height)


def test_it_is_upright_and_never_enlarged() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    drawn().resize((90, 60)).save(out, "JPEG", exif=exif.tobytes())

    assert kept(out.getvalue()).shape == (90, 60, 3)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_every_mode_has_one(mode: str) -> None:
    name = "TIFF" if mode == "CMYK" else "PNG"

    assert kept(as_bytes(drawn().convert(mode), name)).shape[2] == 3


def test_a_comment_of_the_file_is_not_kept() -> None:
    out = io.BytesIO()
    drawn().save(out, "JPEG", comment=b"secret")

    assert b"secret" not in (decode(out.getvalue(), side=64).thumbnail or b"")


@pytest.mark.parametrize(
    ("size", "longest"),
    [((4000, 3000), 400), ((1600, 400), 400), ((400, 3200), 800), ((8000, 500), 1600)],
)
def test_strips_are_longer_that_a_quarter_is_left_of_their_shorter_side(
    size: tuple[int, int], longest: int
) -> None:
    assert longest_of(*size, LONGEST) == longest
    assert longest_of(9000, 90, LONGEST) == 4 * LONGEST

    small = thumbnail(as_bytes(Image.new("RGB", size, "teal"), "PNG"), longest=LONGEST)

    assert max(small.shape) == longest


def test_any_page_can_be_had() -> None:
    pages = [Image.new("RGB", (80, 60), colour) for colour in ("red", "lime", "blue")]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])

    found = [thumbnail(out.getvalue(), longest=50, page=page)[9, 9].tolist() for page in range(3)]

    assert found == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_what_is_transparent_lies_on_any_ground() -> None:
    data = as_bytes(Image.new("RGBA", (80, 60), (0, 0, 0, 0)), "PNG")

    assert (thumbnail(data, longest=50)[..., :] == 128).all()
    assert (thumbnail(data, longest=50, ground=(40, 70, 160)) == (40, 70, 160)).all()


def test_in_what_is_read_one_stroke_has_as_much_ink_as_the_next() -> None:
    strokes = np.full((400, 1414), 255, np.uint8)
    strokes[:, 7::11] = 0

    page = np.asarray(to_small(Image.fromarray(strokes), 1280).convert("L"), np.float64)
    places = np.round((np.arange(18, 1400, 11) + 0.5) * 1280 / 1414 - 0.5).astype(int)
    ink = np.array([(255 - page[30, x - 3 : x + 4]).sum() for x in places])

    assert ink.std() < 0.1 * ink.mean()
