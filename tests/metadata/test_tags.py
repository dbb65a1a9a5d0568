"""EXIF tags by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from copyfind.metadata.tags import read_tags


def test_every_tag_has_its_name(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Example"
    exif[0x9286] = b"ASCII\0\0\0said elsewhere"
    exif.get_ifd(0x8769)[0x829A] = IFDRational(1, 250)
    exif.get_ifd(0x8769)[0x829D] = IFDRational(28, 10)
    exif.get_ifd(0x8769)[0x927C] = b"\x00\x01secret of the maker"
    path = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=exif)

    tags = dict(read_tags(os.fsencode(path)))

    assert tags == {"Make": "Example", "ExposureTime": "1/250", "FNumber": "2.8"}


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe1\x00\x10Exif\0\0garbage"])
def test_what_is_no_picture_has_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)

    assert read_tags(os.fsencode(path)) == ()
    assert read_tags(os.fsencode(tmp_path / "gone.jpg")) == ()
