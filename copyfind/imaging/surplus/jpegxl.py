"""What a JPEG XL holds beside its picture: boxes of its container, and its codestream's header."""

from __future__ import annotations

import io
import re

from copyfind.imaging.jxl import read_header
from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.boxes import boxes
from copyfind.imaging.surplus.parts import GAIN_MAP, Bytes, Found, Range

_CUT = "the file ends in the middle of the picture"
_ORDINARY = {b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp", b"jxli", b"Exif", b"xml "}
_FREE = {b"free", b"skip"}
_MOST_PACKED = 1 << 14  # bytes: packed, a block of EXIF or XMP has a few thousand
_BEGINNING = re.compile(
    rb"\0\0[\0-\xff]{2}(?:ftyp(?:isom|iso[2-9]|mp4[12]|qt  |avc1|hev1|hvc1|heic|mif1|avif|M4V )|"
    rb"JXL \r\n)|\xff\xd8\xff[\xe0\xe1][\0-\xff]{2}(?:JFIF|Exif)|\x89PNG\r\n\x1a\n|"
    rb"RIFF[\0-\xff]{4}(?:WEBP|AVI |WAVE)|PK\x03\x04[\0-\x3f]\0|%PDF-1"
)
_WORDS = {b"jhgm": GAIN_MAP, b"jbrd": "what brings back its JPEG"}


def look(file: Bytes, found: Found) -> None:
    coded: list[Range] = []
    if file.read(0, 2) == b"\xff\x0a":
        coded.append((0, file.size))
    else:
        end = 0
        for box in boxes(file, 0, file.size):
            end = box.end
            where = (box.begin, min(box.end, file.size) - box.begin)
            if box.end > file.size and box.kind in _ORDINARY | _FREE | _WORDS.keys():
                found.cut_off(_CUT)
            if box.kind == b"jxlc":
                coded.append(where)
            elif box.kind == b"jxlp":  # a piece of it, behind its number
                coded.append((box.begin + 4, max(where[1] - 4, 0)))
            elif box.kind in _WORDS:
                found.add(_WORDS[box.kind], where)
            elif box.kind == b"xml ":
                xmp.look(file.read(box.begin, min(where[1], xmp.LARGEST)), found)
            elif box.kind == b"Exif":
                found.exif((box.begin + 4, where[1] - 4))
            elif box.kind in _FREE:
                found.free(where)
            elif box.kind == b"brob" and file.read(box.begin, 4) in {b"Exif", b"xml "}:
                if where[1] > _MOST_PACKED:
                    found.doubt("packed metadata", where)
            elif box.kind not in _ORDINARY:
                found.doubt(b"box " + box.kind, where)
        if end <= file.size:
            found.behind(end)
    if not coded:
        found.cut_off(_CUT)
    elif not read_header(io.BytesIO(file.read(coded[0][0], 64))).plain:
        found.add("deep samples, frames or channels", *coded, in_pixels=True)
    for at, length in coded:
        _behind(file, at, length, found)


def _behind(file: Bytes, at: int, length: int, found: Found) -> None:
    """What stands behind a codestream, which does not say how long it is: by the first bytes of
    what people put there, none of which are in packed data by chance."""
    before = b""
    for piece in file.pieces(at, length):
        window = before + piece
        if match := _BEGINNING.search(window, 1):
            begin = at - len(before) + match.start()
            found.doubt("behind its end", (begin, file.size - begin))
            return
        before = window[-16:]
        at += len(piece)
