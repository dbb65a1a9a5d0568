"""Which kind of picture some bytes are, and what it needs to be read here."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest

from copyfind.imaging.formats import REVISION, Format, Undecodable, decoder_version, recognise
from copyfind.records import Problem
from tests.imaging.drawing import as_bytes, drawn, trouble
from tests.imaging.encoding import dng, heic, jxl, tiff


def recognised(data: bytes) -> Format | None:
    return recognise(io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("JPEG", Format.JPEG), ("PNG", Format.PNG), ("WEBP", Format.WEBP), ("GIF", Format.GIF),
     ("TIFF", Format.TIFF), ("BMP", Format.BMP), ("AVIF", Format.AVIF),
     ("JPEG2000", Format.JPEG_2000), ("PPM", Format.PNM), ("TGA", Format.TGA)],
)  # fmt: skip
def test_what_pillow_writes_is_recognised_by_its_bytes(name: str, kind: Format) -> None:
    assert recognised(as_bytes(drawn(), name)) is kind


def test_what_others_write_is_recognised_by_its_bytes() -> None:
    assert recognised(heic(drawn())) is Format.HEIC
    assert recognised(jxl(drawn())) is Format.JPEG_XL
    assert recognised(tiff(np.asarray(drawn()), bigtiff=True)) is Format.TIFF


def test_a_tiff_with_sensor_data_is_a_raw() -> None:
    assert recognised(dng(drawn())) is Format.RAW
    assert recognised(dng(drawn(), preview=drawn())) is Format.RAW


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        ([b"heic"], Format.HEIC),
        ([b"mif1", b"heic"], Format.HEIC),
        ([b"mif1", b"avif"], Format.AVIF),  # the first that decides, not the first
        ([b"mif1", b"none"], Format.HEIC),
        ([b"crx ", b"heic"], Format.RAW),  # Canon CR3
        ([b"isom", b"mp42"], None),  # a film
    ],
)
def test_the_brands_of_a_media_file_tell_what_it_holds(
    brands: list[bytes], kind: Format | None
) -> None:
    body = b"ftyp" + brands[0] + bytes(4) + b"".join(brands)

    assert recognised((4 + len(body)).to_bytes(4, "big") + body + bytes(64)) is kind


def test_a_header_alone_is_no_tga() -> None:
    whole = as_bytes(drawn(), "TGA")

    assert recognised(whole) is Format.TGA
    assert recognised(whole[:100]) is None


def test_why_a_picture_is_undecodable_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(Undecodable(Problem.DAMAGED, "torn")))

    assert (error.problem, error.reason) == (Problem.DAMAGED, "torn")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.EMPTY),
        (b"a text\n", Problem.NOT_A_PICTURE),
        (b"P5 is a paper size\n", Problem.NOT_A_PICTURE),
        (b"\0" * 4096, Problem.NOT_A_PICTURE),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Problem.NOT_A_PICTURE),
        (b"\xff\xd8\xff rubbish", Problem.DAMAGED),
        (b"II*\0rubbish", Problem.DAMAGED),
    ],
)
def test_what_is_no_picture_is_told_from_what_is_damaged(data: bytes, problem: Problem) -> None:
    assert trouble(data).problem is problem


def test_a_missing_extra_is_named_with_its_command() -> None:
    raw = b"FUJIFILMCCD-RAW 0201" + bytes(200)
    jxl = b"\xff\x0a" + bytes(200)

    assert trouble(raw, extras=frozenset()).problem is Problem.NEEDS_EXTRA
    assert trouble(raw, extras=frozenset()).reason == (
        "camera RAW needs an extra: pip install 'copyfind[raw]'"
    )
    assert trouble(jxl, extras=frozenset({"raw"})).reason == (
        "JPEG XL needs an extra: pip install 'copyfind[jxl]'"
    )


def test_the_decoder_version_names_the_extras() -> None:
    assert decoder_version(frozenset()) == REVISION
    assert decoder_version(frozenset({"raw", "jxl"})) == f"{REVISION}+jxl+raw"
    assert decoder_version(frozenset()) != decoder_version(frozenset({"raw"}))
