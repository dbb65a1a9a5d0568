"""What is known of a picture, wherever it is written down."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import IFD, Base

from copyfind.metadata.known import Metadata, read_metadata
from tests.conftest import draw
from tests.data_sets import SHARED, needs
from tests.filming import film
from tests.imaging.drawing import as_bytes
from tests.imaging.encoding import dng, heic, jxl, png, tiff
from tests.metadata.saying import PLAIN, ZURICH, jpeg, xmp

_FORMATS = SHARED / "formats"


def read(data: bytes, *sidecars: bytes, takeout: bytes | None = None) -> Metadata:
    return read_metadata(io.BytesIO(data), sidecars=sidecars, takeout=takeout)


def test_a_picture_of_which_nothing_is_known() -> None:
    assert read(PLAIN).is_empty


def test_exif_is_read() -> None:
    exif = Image.Exif()
    exif[Base.ImageDescription] = "At the lake"
    exif[0x4746] = 4
    exif[0x9C9B] = "The lake\0".encode("utf-16-le")
    exif[0x9C9E] = "water; summer\0".encode("utf-16-le")
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2019:07:21 12:00:00"
    gps = exif.get_ifd(IFD.GPSInfo)
    gps[1], gps[2], gps[3], gps[4] = "S", (47.0, 22.0, 36.84), "E", (8.0, 32.0, 30.12)

    assert read(jpeg(exif)) == Metadata(
        position=(-47.3769, 8.5417),
        captured_at="2019-07-21T12:00:00",
        rating=4,
        title="The lake",
        description="At the lake",
        keywords=("water", "summer"),
    )


def test_what_a_camera_fills_in_is_no_description() -> None:
    exif = Image.Exif()
    exif[Base.ImageDescription] = "OLYMPUS DIGITAL CAMERA         "
    assert read(jpeg(exif)).is_empty


def test_devices_that_do_not_know_where_they_are_say_zero() -> None:
    assert read(PLAIN, xmp('exif:GPSLatitude="0,0.0N" exif:GPSLongitude="0,0.0E"')).is_empty


PEOPLE = (
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>'
    '<rdf:li><rdf:Description mwg-rs:Name="Ada" mwg-rs:Type="Face"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Bo</mwg-rs:Name>'
    "<mwg-rs:Type>Face</mwg-rs:Type></rdf:li>"
    '<rdf:li><rdf:Description mwg-rs:Type="Face"/></rdf:li>'
    '<rdf:li><rdf:Description mwg-rs:Name="9780201" mwg-rs:Type="BarCode"/></rdf:li>'
    "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
)


def test_xmp_is_read() -> None:
    packet = xmp(
        'xmp:Rating="5" exif:GPSLatitude="47,22.614N" exif:GPSLongitude="8,32.502E" '
        'photoshop:DateCreated="2019-07-21T12:00:00"',
        '<dc:title><rdf:Alt><rdf:li xml:lang="de">See</rdf:li>'
        '<rdf:li xml:lang="x-default">Lake</rdf:li></rdf:Alt></dc:title>'
        "<dc:subject><rdf:Bag><rdf:li>water</rdf:li><rdf:li>boat</rdf:li></rdf:Bag></dc:subject>"
        + PEOPLE,
    )
    expected = Metadata(
        position=ZURICH,
        captured_at="2019-07-21T12:00:00",
        rating=5,
        title="Lake",
        keywords=("water", "boat"),
        people=("Ada", "Bo"),
        faces=3,
    )
    assert read(PLAIN, packet) == expected
    assert read(jpeg(packet=packet)) == expected


def test_faces_that_windows_marks_are_read() -> None:
    inner = (
        "<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li><rdf:Description "
        'MPReg:PersonDisplayName="Cleo" MPReg:Rectangle="0.1, 0.1, 0.2, 0.2"/></rdf:li></rdf:Bag>'
        "</MPRI:Regions></rdf:Description></MP:RegionInfo>"
    )
    assert read(PLAIN, xmp(inner=inner)).people == ("Cleo",)


def test_iptc_is_read() -> None:
    def entry(number: int, text: str) -> bytes:
        return b"\x1c\x02" + bytes([number]) + len(text.encode()).to_bytes(2, "big") + text.encode()

    records = entry(5, "Lake") + entry(25, "water") + entry(25, "Zürich") + entry(120, "At noon")
    block = (
        b"8BIM\x04\x04\0\0" + len(records).to_bytes(4, "big") + records + b"\0" * (len(records) % 2)
    )
    body = b"Photoshop 3.0\0" + block
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    data = PLAIN[:2] + segment + PLAIN[2:]

    assert read(data) == Metadata(title="Lake", description="At noon", keywords=("water", "Zürich"))


def test_takeout_is_read() -> None:
    said = {
        "title": "IMG_1.jpg",
        "description": "At noon",
        "photoTakenTime": {"timestamp": "1563710400"},
        "geoData": {"latitude": 47.3769, "longitude": 8.5417, "altitude": 400},
        "people": [{"name": "Ada"}],
    }
    assert read(PLAIN, takeout=json.dumps(said).encode()) == Metadata(
        position=ZURICH,
        captured_at="2019-07-21T12:00:00+00:00",
        description="At noon",
        people=("Ada",),
    )


def test_a_sidecar_is_believed_before_the_file() -> None:
    data = jpeg(packet=xmp('xmp:Rating="2"'))
    assert read(data, xmp('xmp:Rating="5"')).rating == 5


def test_a_film_behind_the_picture_is_seen() -> None:
    assert read(PLAIN + film(brand=b"mp42")).film
    assert not read(PLAIN).film


@pytest.mark.parametrize("name", ["PNG", "TIFF", "WEBP", "AVIF", "HEIF"])
def test_place_and_time_are_read_in_every_format(name: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2019:07:21 12:00:00"
    exif.get_ifd(IFD.GPSInfo).update(
        {1: "N", 2: (47.0, 22.0, 36.84), 3: "E", 4: (8.0, 32.0, 30.12)}
    )

    found = read(as_bytes(draw(3), name, exif=exif.tobytes()))

    assert found == Metadata(position=ZURICH, captured_at="2019-07-21T12:00:00")


SILENT = {
    **{name: as_bytes(draw(3), name) for name in ("GIF", "BMP", "JPEG2000", "TGA", "MPO")},
    "interlaced PNG": png(np.asarray(draw(3)), interlaced=True),
    "BigTIFF": tiff(np.asarray(draw(3)), bigtiff=True),
    "RAW": dng(draw(3)),
    "RAW with a preview": dng(draw(3), preview=draw(4)),
    "HEIC of pictures": heic(draw(3), draw(4)),
    "JPEG XL": jxl(draw(3)),
    "nothing": b"",
    "text": b"Dear reader\n",
    "head of a JPEG": PLAIN[:100],
    "head of a TIFF": b"II*\0" + bytes(80),
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT)
def test_a_file_that_says_nothing_is_read_without_a_word(data: bytes) -> None:
    assert read(data).is_empty


@pytest.mark.data
@needs("formats")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("heic_exiv2_stonehenge.heic", (51.1782806, -1.8266389)),
        ("raw_dng_exiv2.dng", (34.0596083, -84.681725)),
        ("heic_iphone.heic", None),
    ],
)
def test_files_of_cameras_are_read(name: str, expected: tuple[float, float] | None) -> None:
    with (_FORMATS / name).open("rb") as stream:
        found = read_metadata(stream)
    assert found.position == expected
    assert found.captured_at is not None


@pytest.mark.data
@needs("formats")
def test_whatever_the_file_reading_never_fails() -> None:
    films = set()
    for path in sorted(_FORMATS.iterdir()):
        with path.open("rb") as stream:
            if read_metadata(stream).film:
                films.add(path.name)
    assert films == {"motion_photo.jpg"}


@given(st.binary(max_size=200))
def test_malformed_sidecars_say_nothing(noise: bytes) -> None:
    read(PLAIN, noise, takeout=noise)
    read(PLAIN, xmp('xmp:Rating="', noise.decode("latin-1")))


def test_an_entity_is_never_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xmp(
        "", "<dc:title>&b;</dc:title>"
    )
    assert read(PLAIN, bomb).is_empty
