"""Which files are taken for pictures."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image

from copyfind.collection.pictures import is_picture_head
from tests.collection.conftest import Folder


@pytest.mark.parametrize(
    "name",
    [
        *("a.jpg", "a.JPG", "a.jPeG", "a.heic", "a.AVIF", "a.jxl", "a.dng", "a.CR3", "a.x3f"),
        *("a.jp2", "a.tga", "a.psd", "a.b.png", "no picture.tif", "..jpg"),
        *("a.jpg ", "a.PNG  ", "a.heic\t", "a.jpg\n", "a.jpg."),
        *("a.jpg\u00a0", "a.TIF\u3000 ", "a.dng\u200b", "a.png \ufeff", "a.jpg\u202e\u2003"),
    ],
)
def test_a_suffix_of_a_picture_is_enough_in_any_case(folder: Folder, name: str) -> None:
    folder.add(name, b"whatever")
    assert folder.found() == ([] if name.startswith(".") else [name])


@pytest.mark.parametrize(
    "name", ["a.txt", "a.mp4", "a.jpg.xmp", "a.ico", "a.jpgx", "a.jpg~", "a.svg", "a.jpg x"]
)
def test_another_suffix_is_passed_over_whatever_the_file_holds(folder: Folder, name: str) -> None:
    folder.add(name)
    assert folder.found() == []


@pytest.mark.parametrize(
    "file_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000"]
)
def test_without_a_suffix_the_first_bytes_decide(folder: Folder, file_format: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(file, file_format)
    folder.add("IMG_1", file.getvalue())
    folder.add("IMG_2.", file.getvalue())
    assert folder.found() == ["IMG_1", "IMG_2."]


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
        b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ",
        b"\xff\x0a\xfa\x1f",
        b"MM\0*\0\0\0\x08",
        b"8BPS\0\x01\0\0",
    ],
)
def test_heads_of_pictures_are_known(head: bytes) -> None:
    assert is_picture_head(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BM",
        b"BMW: notes on how to mend the old one",
        b"#!/bin/sh\n",
        b"\0\0\0\x18ftypisom\0\0\0\0mp41",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"II, said the king",
        bytes(32),
    ],
)
def test_heads_of_other_files_are_none(head: bytes) -> None:
    assert not is_picture_head(head)


def test_a_file_that_is_shorter_than_a_look_is_looked_at(folder: Folder) -> None:
    folder.add("a", b"\xff")
    assert folder.found() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are of POSIX")
def test_a_pipe_in_place_of_a_file_does_not_make_us_wait(folder: Folder) -> None:
    from copyfind.collection.pictures import begins_like_a_picture

    os.mkfifo(folder.at("pipe"))
    assert not begins_like_a_picture(folder.at("pipe"))
