"""What a JPEG holds beside its picture."""

from __future__ import annotations

import struct

import pytest
from PIL import Image
from PIL.ExifTags import Base

from tests.filming import film
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import (
    EXTENSION,
    index_segment,
    inside,
    jpeg,
    segment,
    with_segments,
    words,
    xmp_segment,
)

HDR = b'hdrgm:Version="1.0" hdrgm:GainMapMax="2"'


def exif() -> bytes:
    tags = Image.Exif()
    tags[Base.Make], tags[Base.Software] = "ACME", "Album 3"
    return tags.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        jpeg(),
        jpeg(progressive=True),
        jpeg(exif=exif(), comment=b"at the lake"),
        jpeg(quality=30, restart_marker_blocks=4),
        with_segments(jpeg(), xmp_segment(b'xmp:Rating="3"')),
        with_segments(jpeg(), xmp_segment(HDR)),  # what speaks of a map that is not there
        with_segments(jpeg(), segment(0xED, b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x04keys")),
        with_segments(jpeg(), segment(0xEE, b"Adobe\0d\0\0\0\0\x01")),
        with_segments(jpeg(), segment(0xEC, b"Ducky\0\x01\0\x04\0\0\0\x3c\0\0")),
        with_segments(jpeg(), segment(0xEC, b"[camera info]\r\nResolution=2\r\n")),
        jpeg() + bytes(5000),
        jpeg() + b"\r\n",
        with_segments(jpeg(), index_segment(0x030000, 0x010001)) + jpeg(1, quality=20)[:0],
    ],
)
def test_ordinary_metadata_are_no_surplus(data: bytes) -> None:
    assert inside(data).extras == ()


def test_a_preview_behind_the_picture_is_no_surplus() -> None:
    main = with_segments(jpeg(), index_segment(0x030000, 0x010001))
    assert words(main + as_bytes(drawn(60, 40), "JPEG")) == []


def test_what_only_says_to_be_a_preview_is_a_picture() -> None:
    main = with_segments(jpeg(), index_segment(0x030000, 0x010001))
    assert words(main + as_bytes(drawn(240, 160), "JPEG")) == ["a second picture"]


GAIN_MAPS = [
    with_segments(jpeg(), xmp_segment(HDR)) + jpeg(1),
    jpeg() + with_segments(jpeg(1), xmp_segment(HDR)),
    jpeg() + with_segments(jpeg(1), segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(60))),
    with_segments(jpeg(), index_segment(0x030000, 0x050000)) + jpeg(1),
    jpeg()
    + with_segments(jpeg(1), xmp_segment(b'apple="urn:com:apple:photo:2020:aux:hdrgainmap"')),
    with_segments(jpeg(), xmp_segment(b'Item:Semantic="Primary" Item:Semantic="GainMap"'))
    + jpeg(1),
]


@pytest.mark.parametrize("data", GAIN_MAPS)
def test_a_gain_map_is_told(data: bytes) -> None:
    assert words(data) == ["a gain map"]


def test_the_same_gain_map_is_the_same_surplus_whatever_the_metadata() -> None:
    plain, rated = (
        with_segments(jpeg(), xmp_segment(HDR), *more) + jpeg(1)
        for more in ((), (segment(0xFE, b"rated"),))
    )
    other = with_segments(jpeg(), xmp_segment(HDR)) + jpeg(2)
    assert inside(plain) == inside(rated) != inside(other)


@pytest.mark.parametrize("brand", [b"mp42", b"hev1", b"qt  ", b"3gp6", b"MSNV", b"dby1", b"XAVC"])
def test_a_film_of_any_brand_is_told(brand: bytes) -> None:
    assert words(jpeg() + film(brand=brand)) == ["a film"]
    assert words(jpeg() + bytes(64) + film(brand=brand)) == ["a film"]


def samsung(*blocks: tuple[bytes, bytes]) -> bytes:
    """What Samsung's cameras append: named blocks, and an index of them."""
    told = [struct.pack("<II", 0, len(name)) + name + body for name, body in blocks]
    index, back = b"SEFH" + struct.pack("<II", 106, len(told)), sum(map(len, told))
    for block in told:
        index += struct.pack("<III", 0, back, len(block))
        back -= len(block)
    return b"".join(told) + index + struct.pack("<I", len(index)) + b"SEFT"


def test_samsungs_notes_are_told_from_what_it_appends() -> None:
    assert words(jpeg() + samsung((b"Image_UTC_Data", b"1700000000"))) == []
    assert words(jpeg() + samsung((b"MotionPhoto_Data", film(brand=b"mp42")))) == ["a film"]
    assert words(jpeg() + samsung((b"DualShot_DepthMap_1", bytes(99)))) == ["a depth map"]
    assert words(jpeg() + samsung((b"SoundShot_Meta", b"RIFF"))) == ["sound"]
    assert words(jpeg() + samsung((b"SomethingNew", b"?" * 9))) == ["unknown data (SomethingNew)"]


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([0x030000, 0x020002], "a second picture"),
        ([0x030000, 0x020003, 0x020003], "2 more pictures"),
        ([], "a second picture"),
    ],
)
def test_pictures_behind_the_end_marker_are_told(kinds: list[int], said: str) -> None:
    main = with_segments(jpeg(), index_segment(*kinds)) if kinds else jpeg()
    assert words(main + b"".join(jpeg(n) for n in range(1, max(len(kinds), 2)))) == [said]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (segment(0xE1, b"FLIR\0\x01" + bytes(99)), "thermal data"),
        (segment(0xE4, b"\0\x7f" * 40), "unknown data (APP4)"),
        (segment(0xE3, b"\0\x7f" * 40), "unknown data (APP3)"),
        (segment(0xEB, b"HDR_RI ver=11" + bytes(99)), "an HDR layer"),
        (
            segment(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb\0\0\0\x18jumdc2pa"),
            "content credentials",
        ),
        (segment(0xE2, b"FPXR\0" + bytes(99)), "FlashPix data"),
        (segment(0xF0, b"?"), "unknown data (0xF0)"),
        (segment(0xFE, bytes(range(256))), "unknown data (a comment)"),
        (segment(0xED, b"Photoshop 3.0\08BIM\x07\xd0\0\0\0\0\0\x04path"), "a path"),
        (
            segment(0xED, b"Photoshop 3.0\08BIM\x0f\xa1\0\0\0\0\0\x04plug"),
            "unknown data (Photoshop 4001)",
        ),
    ],
)
def test_segments_of_their_own_are_told(one: bytes, said: str) -> None:
    assert words(with_segments(jpeg(), one)) == [said]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"GDepth:Data", "a depth map"),
        (b"GImage:Data", "a second picture"),
        (b"GAudio:Data", "sound"),
        (b"dc:subject", "extended XMP"),
    ],
)
def test_extended_xmp_is_told(name: bytes, said: str) -> None:
    text = b"<rdf:Description " + name + b'="' + b"AAAA" * 100 + b'"/>'
    pieces = [
        segment(
            0xE1, EXTENSION + b"0" * 32 + struct.pack(">II", len(text), at) + text[at : at + 99]
        )
        for at in range(0, len(text), 99)
    ]
    data, turned = with_segments(jpeg(), *pieces), with_segments(jpeg(), *reversed(pieces))
    assert words(data)[0] == said
    assert inside(data) == inside(turned)


def test_data_within_an_ordinary_packet_is_told() -> None:
    assert words(with_segments(jpeg(), xmp_segment(b'GDepth:Data="' + b"QUJD" * 2000 + b'"'))) == [
        "a depth map"
    ]


def test_rubbish_behind_the_end_is_doubt() -> None:
    (extra,) = inside(jpeg() + b"rubbish" * 99).extras
    assert extra.words == "unknown data (behind its end)"
    assert not extra.valued


def test_a_camera_that_means_adobe_rgb_says_so_in_exif() -> None:
    said = b"Exif\0\0II*\0" + bytes(20) + b"\1\0\2\0\4\0\0\0R03\0"
    assert words(with_segments(jpeg(), segment(0xE1, said))) == ["a wide-gamut profile"]
    assert words(with_segments(jpeg(), segment(0xE1, said.replace(b"R03", b"R98")))) == []


def test_inks_are_told() -> None:
    assert words(as_bytes(drawn().convert("CMYK"), "JPEG")) == ["CMYK inks"]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_jpeg_that_ends_early_is_cut(options: dict[str, object], share: float) -> None:
    data = as_bytes(drawn(), "JPEG", **options)
    assert inside(data[: int(len(data) * share)]).cut is not None


def test_what_lies_behind_may_be_cut_too() -> None:
    moving = jpeg() + film(brand=b"mp42")
    assert inside(moving[:-9]).cut == "the file ends in the middle of the film behind its picture"
    assert inside((jpeg() + jpeg(1))[:-9]).cut is not None
