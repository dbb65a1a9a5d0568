"""What a JPEG XL holds beside its picture: boxes of its container, and its codestream's header."""

from __future__ import annotations

import io

from copyfind.imaging.jxl import read_header
from copyfind.imaging.surplus.boxes import boxes
from copyfind.imaging.surplus.parts import GAIN_MAP, Bytes, Found, Range

_CUT = "the file ends in the middle of the picture"
_ORDINARY = {b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp", b"jxli", b"Exif", b"xml ", b"free"}
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
            if box.end > file.size and box.kind in _ORDINARY | _WORDS.keys():
                found.cut_off(_CUT)
            if box.kind == b"jxlc":
                coded.append(where)
            elif box.kind == b"jxlp":  # a piece of it, behind its number
                coded.append((box.begin + 4, max(where[1] - 4, 0)))
            elif box.kind in _WORDS:
                found.add(_WORDS[box.kind], where)
            elif box.kind == b"brob" and file.read(box.begin, 4) in {b"Exif", b"xml "}:
                continue
            elif box.kind not in _ORDINARY:
                found.doubt(b"box " + box.kind, where)
        if end <= file.size:
            found.behind(end)
    if not coded:
        found.cut_off(_CUT)
    elif not read_header(io.BytesIO(file.read(coded[0][0], 64))).plain:
        found.add("deep samples, frames or channels", *coded, in_pixels=True)
