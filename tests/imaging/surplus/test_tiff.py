"""What a TIFF or a PSD holds beside its picture."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile

from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import Field, inside, longs, page, shorts, tiff, words
from tests.imaging.test_profile import WIDE

REDUCED = longs(254, 1)


def layered(count: int) -> bytes:
    info = struct.pack("<h", -count) + bytes(60)
    return (
        b"Adobe Photoshop Document Data Block\0" + b"MIB8ryaL" + struct.pack("<I", len(info)) + info
    )


def bigtiff(pages: int) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, bigtiff=True) as writer:
        for n in range(pages):
            writer.write(np.asarray(drawn(seed=n)), photometric="rgb", metadata=None)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        tiff(page()),
        tiff(page(samples=4, fields=[shorts(338, 2)])),  # transparency, which is shown
        tiff(page(samples=4, fields=[shorts(338, 1)])),
        tiff(page(samples=1, meaning=1)),
        tiff(
            page(fields=[(270, 2, b"a scan of a letter, at length\0" * 9), (305, 2, b"Scan 1\0")])
        ),
        tiff(
            page(
                fields=[(700, 1, b"<x:xmpmeta/>" * 9), (33723, 7, bytes(99)), (37500, 7, b"?" * 99)]
            )
        ),
        tiff(page(), page(4, 4, fields=[REDUCED])),
        tiff(page(), subs=[page(4, 4, fields=[REDUCED])]),
        tiff(page(fields=[(60000, 7, bytes(8))])),
        as_bytes(drawn(), "TIFF", compression="tiff_lzw"),
        as_bytes(drawn(), "TIFF", compression="jpeg"),
        bigtiff(1),
    ],
)
def test_one_picture_with_ordinary_fields_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tiff(page(), page(seed=2)), "2 pages"),
        (tiff(page(), page(seed=2), page(4, 4, fields=[REDUCED]), page(seed=3)), "3 pages"),
        (bigtiff(4), "4 pages"),
        (tiff(page(4, 4, fields=[REDUCED]), page()), "a larger picture behind its preview"),
        (tiff(page(), page(fields=[longs(254, 4)])), "a mask"),
        (tiff(page(), subs=[page(seed=2)]), "a picture inside"),
        (tiff(page(), subs=[page(16, 16, fields=[REDUCED])]), "a picture inside"),
        (tiff(page(), subs=[page(4, 4), page(3, 3)]), "2 pictures inside"),
        (tiff(page(samples=4, fields=[shorts(338, 0)])), "a channel beside its colours"),
        (tiff(page(samples=5, fields=[shorts(338, 2, 0)])), "a channel beside its colours"),
        (tiff(page(samples=5, fields=[shorts(338, 0, 0)])), "2 channels beside its colours"),
        (tiff(page(samples=2, meaning=1, fields=[shorts(338, 0)])), "a channel beside its colours"),
        (
            tiff(page(samples=6, meaning=5, fields=[shorts(338, 0, 0)])),
            "2 channels beside its colours",
        ),
        (tiff(page(samples=4, meaning=5)), "CMYK inks"),
        (tiff(page(meaning=8)), "Lab colours"),
        (tiff(page(fields=[(37724, 7, layered(3))])), "3 layers"),
        (tiff(page(fields=[(37724, 7, layered(1))])), "a layer"),
        (tiff(page(fields=[(37724, 7, b"?" * 500)])), "data of layers"),
        (tiff(page(fields=[(34377, 1, b"8BIM\x07\xd1\0\0\0\0\0\x04path")])), "a path"),
        (tiff(page(fields=[(50839, 1, b"IJIJ" * 99)])), "ImageJ data"),
        (tiff(page(fields=[(33550, 12, bytes(24))])), "map coordinates"),
        (tiff(page(fields=[(60000, 7, b"?" * 99)])), "unknown data (field 60000)"),
        (tiff(page(fields=[(32932, 1, b"a note on it" * 9)])), "annotations"),
        (tiff(page(fields=[shorts(301, *range(768))])), "a curve of its own"),
        (tiff(page(), page(fields=[(37724, 7, layered(2))])), "2 layers"),
        (tiff(page(fields=[(34675, 7, WIDE)])), "a wide-gamut profile"),
        (tiff(page()) + b"another thing behind it", "unknown data (in no directory)"),
        (as_bytes(drawn().convert("F"), "TIFF"), "32-bit floating point"),
    ],
)
def test_what_a_tiff_holds_more_is_told(data: bytes, said: str) -> None:
    assert said in words(data)


@pytest.mark.parametrize(
    "field",
    [
        (37724, 7, layered(2)),
        (34377, 1, b"8BIM\x07\xd1\0\0\0\0\0\x04path"),
        (60000, 7, b"?" * 99),
    ],
)
def test_the_same_surplus_with_other_metadata_is_the_same(field: Field) -> None:
    plain, said = (
        tiff(page(fields=[field, *more])) for more in ([], [(305, 2, b"Scan 2 of it\0")])
    )
    assert inside(plain) == inside(said)


def test_pages_are_told_by_the_pixel_hash_too() -> None:
    (extra,) = inside(tiff(page(), page(seed=2))).extras
    assert extra.in_pixels
    assert (extra,) != inside(tiff(page(), page(seed=3))).extras


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_tiff_that_ends_early_is_cut(compression: str | None, share: float) -> None:
    data = as_bytes(drawn(), "TIFF", compression=compression)
    assert inside(data[: int(len(data) * share)]).cut is not None


def test_a_directory_that_leads_nowhere_is_cut() -> None:
    data = bytearray(tiff(page()))
    data[-4:] = struct.pack("<I", 1 << 30)
    assert inside(bytes(data)).cut == "the file ends before its last page"


def test_directories_in_a_circle_end() -> None:
    data = bytearray(tiff(page()))
    data[-4:] = data[4:8]
    assert words(bytes(data)) == []
