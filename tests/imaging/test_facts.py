"""Metadata of pictures drawn and tagged for the purpose."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from copyfind.imaging.decode import decode
from copyfind.records import Facts
from tests.imaging.drawing import SIDE, as_bytes, drawn


def facts(name: str = "JPEG", exif: Image.Exif | bytes = b"", **options: Any) -> Facts:
    return decode(as_bytes(drawn(), name, exif=exif, **options), side=SIDE).facts


def camera_exif(
    *, details: dict[int, Any] | None = None, gps: dict[int, Any] | None = None, **tags: Any
) -> Image.Exif:
    exif = Image.Exif()
    for name, value in tags.items():
        exif[Base[name]] = value
    exif.get_ifd(IFD.Exif).update(details or {})
    exif.get_ifd(IFD.GPSInfo).update(gps or {})
    return exif


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_every_format_tells_camera_time_and_place(name: str) -> None:
    exif = camera_exif(
        Make="NIKON CORPORATION",
        Model="NIKON D70",
        Software="Ver.1.0",
        details={Base.DateTimeOriginal: "2024:05:06 07:08:09", Base.LensModel: "50mm f/1.8"},
        gps={1: "N", 2: (52.0, 30.0, 0.0)},
    )

    said = facts(name, exif.tobytes())

    assert (said.width, said.height) == (120, 80)
    assert said.captured_at == "2024-05-06T07:08:09"
    assert said.camera == "NIKON D70"
    assert said.lens == "50mm f/1.8"
    assert said.software == "Ver.1.0"
    assert said.has_gps


@pytest.mark.parametrize(
    ("name", "called"),
    [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WebP"), ("TIFF", "TIFF"), ("AVIF", "AVIF"),
     ("JPEG2000", "JPEG 2000"), ("BMP", "BMP"), ("GIF", "GIF"), ("PPM", "PNM"), ("TGA", "TGA")],
)  # fmt: skip
def test_formats_are_named_as_people_name_them(name: str, called: str) -> None:
    assert facts(name).format == called


def test_a_picture_without_metadata_has_none() -> None:
    assert facts("PNG") == Facts(width=120, height=80, format="PNG", surplus=())


def test_fraction_and_offset_belong_to_the_time() -> None:
    exif = camera_exif(
        details={
            Base.DateTimeOriginal: "2024:05:06 07:08:09",
            Base.SubsecTimeOriginal: "042 ",
            Base.OffsetTimeOriginal: "+02:00",
        }
    )

    assert facts(exif=exif).captured_at == "2024-05-06T07:08:09.042+02:00"


def test_the_time_of_digitising_stands_in_for_that_of_taking() -> None:
    exif = camera_exif(
        details={
            Base.DateTimeOriginal: "0000:00:00 00:00:00",
            Base.DateTimeDigitized: "1999:12:31 23:59:59",
            Base.SubsecTimeOriginal: "99",
        }
    )

    assert facts(exif=exif).captured_at == "1999-12-31T23:59:59"


@pytest.mark.parametrize("taken", ["", "    :  :     :  :  ", "2024:13:40 00:00:00", "yesterday"])
def test_an_invalid_date_is_ignored(taken: str) -> None:
    assert facts(exif=camera_exif(details={Base.DateTimeOriginal: taken})).captured_at is None


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("Apple", "iPhone 11 Pro", "Apple iPhone 11 Pro"),
        ("  SONY\0\0", "", "SONY"),
        ("", "Pixel 8", "Pixel 8"),
    ],
)
def test_the_make_is_not_said_twice(make: str, model: str, camera: str) -> None:
    assert facts(exif=camera_exif(Make=make, Model=model)).camera == camera


def test_an_empty_gps_directory_is_no_place() -> None:
    assert not facts(exif=camera_exif(gps={0: b"\2\3\0\0"})).has_gps


def test_the_rating_comes_from_exif_or_else_from_xmp() -> None:
    exif = Image.Exif()
    exif[0x4746] = 4
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmp:Rating="3"/></x:xmpmeta>'
    element = b"<x:xmpmeta><xmp:Rating>-1</xmp:Rating></x:xmpmeta>"

    assert facts(exif=exif).rating == 4
    assert facts(xmp=xmp).rating == 3
    assert facts(xmp=element).rating == -1


@pytest.mark.parametrize("exif", [b"Exif\0\0rubbish", b"Exif\0\0II*\0\x08\0\0\0\xff\xff\1\1"])
def test_malformed_exif_does_not_cost_the_picture(exif: bytes) -> None:
    said = facts(exif=exif)

    assert (said.width, said.camera) == (120, None)


@pytest.mark.parametrize("quality", range(1, 101))
def test_the_quality_of_libjpeg_is_found_exactly(quality: int) -> None:
    assert facts(quality=quality).jpeg_quality == quality


def test_the_quality_of_a_grey_jpeg_is_found() -> None:
    grey = as_bytes(drawn().convert("L"), "JPEG", quality=83)

    assert decode(grey, side=SIDE).facts.jpeg_quality == 83
