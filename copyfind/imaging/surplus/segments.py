"""One JPEG stream, marker by marker: where it ends, and what its segments hold."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from copyfind.imaging.surplus import photoshop, xmp
from copyfind.imaging.surplus.parts import LONG, Bytes, Found

_BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment
_CODING = {*range(0xC0, 0xD0), *range(0xDB, 0xE0)}  # what decodes the picture
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_MOST_SEGMENTS = 20_000
_SMALL_COMMENT = 32  # bytes: what cameras on masts write of a frame
_WINDOW = 1 << 17
# Segments that hold metadata, previews of the picture itself, or notes for decoders.
_ORDINARY = (
    (0xE0, (b"JFIF\0", b"JFXX\0", b"AVI1", b"Ocad", b"CIFF", b"II\x1a\0", b"MM\0\x1a")),
    (0xE1, (b"Exif\0", xmp.PACKET, b"XMP\0")),
    (0xE2, (b"MPF\0", b"urn:iso:std:iso:ts:21496:-1\0")),
    (0xE3, (b"Meta\0\0", b"META\0\0")),
    (0xE5, (b"RMETA\0", b"ssuniqueid\0")),
    (0xE6, (b"GoPro\0",)),
    (0xE7, (b"PENTAX \0",)),
    (0xE8, (b"SPIFF\0",)),
    (0xEA, (b"UNICODE\0",)),
    (0xEC, (b"Ducky", b"[picture info]", b"Picture Info")),
    (0xEE, (b"Adobe",)),
)
_ORDINARY_PREFIXES = dict(_ORDINARY)
# Of these, what may be long: previews and the notes of cameras.
_MAY_BE_LONG = (
    *(b"JFIF\0", b"JFXX\0", b"CIFF", b"II\x1a\0", b"MM\0\x1a", b"Meta\0\0", b"META\0\0"),
    *(b"RMETA\0", b"GoPro\0", b"PENTAX \0", b"XMP\0"),
)
_NAMED = (
    (b"FLIR\0", "thermal data"),
    (b"HDR_RI", "an HDR layer"),
    (b"FPXR\0", "FlashPix data"),
    (b"_JPSJPS_", "a stereo layout"),
)
# The field of EXIF's interoperability directory with which cameras say that they mean Adobe RGB.
_ADOBE_RGB = (b"\1\0\2\0\4\0\0\0R03\0", b"\0\1\0\2\0\0\0\4R03\0")


@dataclass(slots=True)
class Jpeg:
    """One JPEG stream: where it ends (None: nowhere), and what its segments say."""

    end: int | None = None
    size: tuple[int, int] = (0, 0)
    components: int = 0
    xmp: bytes = b""
    index: bytes = b""  # MPF
    is_gain_map: bool = False
    profile: dict[int, bytes] = field(default_factory=dict)
    has_exif: bool = False
    is_adobe_rgb: bool = False  # by its EXIF


def walk(file: Bytes, at: int, found: Found | None) -> Jpeg:
    """Follow the markers of the stream at `at` to its end. found: None for a picture behind
    another one, which counts as a whole."""
    jpeg = Jpeg()
    extension: list[tuple[bytes, int, int, int]] = []
    at += 2
    for _ in range(_MOST_SEGMENTS):
        head = file.read(at, 20)
        if len(head) < 2:
            break
        if head[0] != 0xFF:
            at = _end_of_scan(file, at)  # rubbish between segments: decoders search too
            if at < 0:
                break
            continue
        marker = head[1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            jpeg.end = at + 2
            break
        if marker in _BARE:
            at += 2
            continue
        length = int.from_bytes(head[2:4], "big")
        if length < 2 or at + 2 + length > file.size:
            break
        if marker == 0xDA:
            at = _end_of_scan(file, at + 2 + length)
            if at < 0:
                break
            continue
        if marker in _FRAMES:
            _frame(head, jpeg, found)
        elif marker not in _CODING:
            _segment(file, (marker, at + 4, length - 2), jpeg, extension, found)
        at += 2 + length
    if found is not None and extension:
        _add_extension(file, extension, found)
    return jpeg


def _end_of_scan(file: Bytes, at: int) -> int:
    """Where the next marker stands that is no part of entropy-coded data; -1 for nowhere.

    0.2 ms a megabyte where nothing divides the scan, else .5.
    """
    step = _WINDOW // 32  # files of many short scans exist
    while at < file.size - 1:
        window = file.read(at, step)
        if len(window) < 2:
            break
        samples = np.frombuffer(window, np.uint8)
        # 0xFF 0x00 is a sample, 0xFF 0xD0 to 0xD7 divide the scan, 0xFF 0xFF fills.
        no_sample = (samples[:-1] == 0xFF) & (samples[1:] != 0)
        if no_sample.any():
            begins = np.flatnonzero(no_sample)
            after = samples[begins + 1]
            marks = ((after & 0xF8) != 0xD0) & (after != 0xFF)
            if marks.any():
                return at + int(begins[int(np.argmax(marks))])
        at += len(window) - 1
        step = _WINDOW
    return -1


def _frame(head: bytes, jpeg: Jpeg, found: Found | None) -> None:
    precision, height, width, components = struct.unpack(">BHHB", head[4:10])
    jpeg.size, jpeg.components = (width, height), components
    if precision > 8 and found is not None:
        found.add(f"{precision} bits a channel", in_pixels=True)


def _segment(
    file: Bytes,
    where: tuple[int, int, int],
    jpeg: Jpeg,
    extension: list[tuple[bytes, int, int, int]],
    found: Found | None,
) -> None:
    marker, at, length = where
    start = file.read(at, 48)
    if marker == 0xE1 and start.startswith(xmp.PACKET):
        jpeg.xmp = file.read(at, length)
        jpeg.is_gain_map |= b"hdrgainmap" in jpeg.xmp or b"hdrgm:GainMapM" in jpeg.xmp
        if found is not None:
            xmp.look(jpeg.xmp, found)
    elif marker == 0xE1 and start.startswith(b"Exif\0"):
        exif = file.read(at, length)
        jpeg.is_adobe_rgb |= any(said in exif for said in _ADOBE_RGB)
        if found is not None:
            _exif(jpeg, (at, length), found)
    elif marker == 0xE2 and start.startswith(b"MPF\0"):
        jpeg.index = file.read(at + 4, length - 4)
    elif marker == 0xE2 and start.startswith(b"ICC_PROFILE\0") and length > 14:
        jpeg.profile.setdefault(start[12], file.read(at + 14, length - 14))
    elif marker == 0xE2 and start.startswith(b"urn:iso:std:iso:ts:21496:-1\0"):
        jpeg.is_gain_map |= length > 40  # in the picture itself it tells two versions alone
    elif found is None:
        return
    elif start.startswith(_ORDINARY_PREFIXES.get(marker, ())):
        if length > LONG and not start.startswith(_MAY_BE_LONG):
            found.doubt(f"APP{marker - 0xE0}", (at, length))
    elif marker == 0xE1 and start.startswith(xmp.EXTENSION) and length >= 75:
        identity = file.read(at, 75)
        offset = int.from_bytes(identity[71:75], "big")
        extension.append((identity[35:67], offset, at + 75, length - 75))
    elif marker == 0xED and start.startswith(b"Photoshop 3.0\0"):
        photoshop.look_at_resources(file, (at + 14, length - 14), found)
    elif marker == 0xFE:
        _comment(file, at, length, found)
    elif marker == 0xEC and is_text(file.read(at, length)):
        found.text("APP12", (at, length))  # what Olympus, Agfa and others write of the picture
    else:
        _other(file, where, start, found)


def _exif(jpeg: Jpeg, where: tuple[int, int], found: Found) -> None:
    """The first block is the picture's; nothing reads another one."""
    if jpeg.has_exif:
        found.doubt("EXIF", where)
    else:
        found.exif(where)
    jpeg.has_exif = True


def _comment(file: Bytes, at: int, length: int, found: Found) -> None:
    if length > _SMALL_COMMENT and not is_text(file.read(at, length)):
        found.doubt("a comment", (at, length))
    else:
        found.text("comment", (at, length))


def is_text(data: bytes) -> bool:
    """Whether it is meant to be read: no control characters but ends of lines and zeros."""
    return not data.translate(None, bytes(range(32, 256)) + b"\0\t\r\n") and (
        data.isascii() or b"\0" not in data.rstrip(b"\0")
    )


def _other(file: Bytes, where: tuple[int, int, int], start: bytes, found: Found) -> None:
    marker, at, length = where
    for prefix, words in _NAMED:
        if start.startswith(prefix):
            found.add(words, (at, length))
            return
    if marker == 0xEB and b"jumb" in start:
        c2pa = b"c2pa" in file.read(at, min(length, 512))
        if c2pa:
            found.add("content credentials", (at, length))
        else:
            found.doubt("JUMBF", (at, length))
        return
    found.doubt(
        f"APP{marker - 0xE0}" if 0xE0 <= marker <= 0xEF else f"0x{marker:02X}", (at, length)
    )


def _add_extension(file: Bytes, extension: list[tuple[bytes, int, int, int]], found: Found) -> None:
    """Extended XMP: a second packet in pieces of 64 KB, each with its place in the whole."""
    extension.sort()
    words = None
    for _, _, at, length in extension:
        words = words or xmp.carried_words(file.read(at, length))
    found.add(words or "extended XMP", *((at, length) for _, _, at, length in extension))
