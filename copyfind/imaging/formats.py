"""Which kind of picture some bytes are, told by the bytes alone, and what reads it here."""

from __future__ import annotations

import re
import struct
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from typing import BinaryIO

from copyfind.imaging.tiff import is_raw_tiff
from copyfind.records import Problem

REVISION = "2"  # of what decoding yields; raise it when a square, a hash or a verdict changes


class Format(StrEnum):
    """A format as people call it; `raw.raw_name` says more of a camera's RAW."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    GIF = "GIF"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIC = "HEIC"
    AVIF = "AVIF"
    JPEG_2000 = "JPEG 2000"
    PNM = "PNM"
    TGA = "TGA"
    PSD = "PSD"
    JPEG_XL = "JPEG XL"
    RAW = "RAW"


class Undecodable(Exception):
    """These bytes give no picture; never leaves the package but as a record."""

    def __init__(self, problem: Problem, reason: str) -> None:
        super().__init__(problem, reason)  # both, so that it survives pickling
        self.problem = problem
        self.reason = reason


EXTRAS = {"raw": "rawpy", "jxl": "pillow_jxl"}  # extra of the package -> module it brings
_NEEDS = {Format.RAW: ("camera RAW", "raw"), Format.JPEG_XL: ("JPEG XL", "jxl")}

_PREFIXES = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"8BPS", Format.PSD),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Format.JPEG_2000),
    (b"\xff\x4f\xff\x51", Format.JPEG_2000),
    (b"\xff\x0a", Format.JPEG_XL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Format.JPEG_XL),
    (b"FUJIFILMCCD-RAW", Format.RAW),  # RAF
    (b"IIU\x00", Format.RAW),  # RW2, RWL
    (b"IIRO", Format.RAW),  # ORF
    (b"IIRS", Format.RAW),
    (b"MMOR", Format.RAW),
    (b"FOVb", Format.RAW),  # X3F
    (b"\x00MRM", Format.RAW),  # MRW
    (b"II\x1a\x00\x00\x00HEAPCCDR", Format.RAW),  # CRW
)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_PNM = re.compile(rb"P[1-6f](?:\s|#)[\s\d#]")
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}


def recognise(stream: BinaryIO) -> Format | None:
    """The format of the bytes in `stream`, None for no picture. The file's name has no say."""
    stream.seek(0)
    head = stream.read(512)
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if head.startswith(_TIFF):
        return Format.RAW if is_raw_tiff(stream) else Format.TIFF
    if head[4:8] == b"ftyp":
        return _from_brands(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Format.BMP
    if _PNM.match(head):
        return Format.PNM
    return Format.TGA if _may_be_tga(stream, head) else None


def _from_brands(head: bytes) -> Format | None:
    """The format of an ISO media file, the major of its brands first: HEIC, AVIF, Canon's CR3, or
    None for a film."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    for brand in brands:
        if brand == b"crx ":
            return Format.RAW
        if brand in _HEIC_BRANDS:
            return Format.HEIC
        if brand in _AVIF_BRANDS:
            return Format.AVIF
    return Format.HEIC if {b"mif1", b"msf1"}.intersection(brands) else None


def _may_be_tga(stream: BinaryIO, head: bytes) -> bool:
    """Whether it may be a TGA, which has no signature: every field has to make sense, and raw
    pixels have to be there."""
    if len(head) < 18:
        return False
    id_length, palette, kind, _, palette_length, palette_bits, _, _, width, height, bits, flags = (
        struct.unpack("<BBBHHBHHHHBB", head[:18])
    )
    if palette > 1 or kind not in {1, 2, 3, 9, 10, 11} or not width or not height:
        return False
    if bits not in ({8} if kind in {1, 3, 9, 11} else {15, 16, 24, 32}) or flags & 0xC0:
        return False
    if (kind in {1, 9}) != (palette == 1) or palette_bits not in {0, 15, 16, 24, 32}:
        return False
    pixels = width * height * ((bits + 7) // 8) if kind < 9 else width * height // 128
    needed: int = 18 + id_length + palette_length * ((palette_bits + 7) // 8) + pixels
    return stream.seek(0, 2) >= needed


@cache
def installed_extras() -> frozenset[str]:
    """The names of the extras that are here, found without importing them: 0.1 ms or more, once."""
    return frozenset(extra for extra, module in EXTRAS.items() if find_spec(module) is not None)


def decoder_version(extras: frozenset[str] | None = None) -> str:
    """What this installation can decode, for instance "1+jxl+raw": a failure is retried when
    it changes."""
    return "+".join([REVISION, *sorted(installed_extras() if extras is None else extras)])


def require_extra(name: Format, extras: frozenset[str]) -> None:
    """Say what to install where `name` cannot be read without it."""
    if name in _NEEDS:
        words, extra = _NEEDS[name]
        if extra not in extras:
            reason = f"{words} needs an extra: pip install 'copyfind[{extra}]'"
            raise Undecodable(Problem.NEEDS_EXTRA, reason)
