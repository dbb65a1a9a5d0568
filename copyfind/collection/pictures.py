"""Which files are worth a look: by suffix, or by their first bytes where they have no suffix."""

from __future__ import annotations

import os
import unicodedata

_EVERYDAY = "jpg jpeg jpe jfif jif mpo png apng webp gif tif tiff bmp dib"
_MODERN = "heic heics heif heifs hif avif avifs jxl"
_RAW = """
    3fr ari arq arw bay cap cr2 cr3 crw dcr dcs dng drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw
    nef nrw orf ori pef ptx pxn r3d raf raw rw2 rwl rwz sr2 srf srw x3f
"""
# What else Pillow opens and people keep as pictures: JPEG 2000 scans, Netpbm, Targa, Photoshop.
# Not ico and cur: they are furniture of programs, one picture in many sizes, and would fill a
# report with copies nobody took. Not eps, svg and pdf: their pixels depend on who draws them.
_SCANS_AND_STUDIO = "jp2 j2k j2c jpc jpf jpx ppm pgm pbm pnm tga psd"

PICTURE_SUFFIXES = frozenset(
    f".{suffix}".encode() for suffix in f"{_EVERYDAY} {_MODERN} {_RAW} {_SCANS_AND_STUDIO}".split()
)
RAW_SUFFIXES = frozenset(f".{suffix}".encode() for suffix in _RAW.split())

_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # categories of Unicode: controls, formats, separators

_FIRST_BYTES = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",  # TIFF, and most RAW formats
    b"MM\0*",
    b"II+\0",  # BigTIFF
    b"MM\0+",
    b"\0\0\0\x0cJXL \r\n\x87\n",
    b"\xff\x0a",  # JPEG XL without a container
    b"\0\0\0\x0cjP  \r\n\x87\n",  # JPEG 2000
    b"8BPS\0\x01",  # Photoshop
)
_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 mif2 msf1 avif avis".split()) | {
    b"crx "  # what Canon calls its CR3
}
_BMP_HEADERS = frozenset([12, 40, 52, 56, 64, 108, 124])
_ENOUGH = 32  # bytes; the longest look is that of BMP, 18


def suffix_of(name: bytes) -> bytes:
    """The suffix in lower case with its dot, or nothing: `.IMG` and `IMG.` have none. Blanks and
    dots behind it, which some programs leave there, do not count."""
    if name and (name[-1] <= 32 or name[-1] > 126 or name.endswith(b".")):
        text = without_blanks(name.decode("utf-8", "surrogateescape"))
        name = text.encode("utf-8", "surrogateescape")
    return os.path.splitext(name)[1].lower()


def without_blanks(text: str) -> str:
    """A name without what nobody sees at its end: spaces, marks of no width, dots."""
    end = len(text)
    while end and (text[end - 1] == "." or unicodedata.category(text[end - 1]) in _UNSEEN):
        end -= 1
    return text[:end]


def begins_like_a_picture(path: bytes) -> bool:
    """Whether the first bytes are those of a picture format. Raises OSError."""
    # A pipe that took the file's name since it was listed would make a plain open wait for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        return is_picture_head(os.read(descriptor, _ENOUGH))
    finally:
        os.close(descriptor)


def is_picture_head(head: bytes) -> bool:
    """Whether `head`, the first 32 bytes of a file or what there is of them, opens a picture."""
    if head.startswith(_FIRST_BYTES):
        return True
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return head[8:12] in _BRANDS
    if head.startswith(b"BM"):  # two letters begin many a text: look at the header's size too
        return int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return False
