"""What a JPEG 2000 holds beside its picture: boxes, and channels of its codestream."""

from __future__ import annotations

from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.boxes import Box, boxes
from copyfind.imaging.surplus.colours import look_at_depth, look_at_profile
from copyfind.imaging.surplus.parts import LONG, PICTURE, Bytes, Found
from copyfind.imaging.surplus.segments import is_text

_CUT = "the file ends in the middle of the picture"
_ORDINARY = {
    b"jP  ",
    b"ftyp",
    b"jp2h",
    b"jp2c",
    b"xml ",
    b"free",
    b"skip",
    b"rreq",
    b"jp2i",
    b"uinf",
    b"url ",
}
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_METADATA_IDS = (  # EXIF, IPTC
    b"JpgTiffExif->JP2",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"),
)
_GEO = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")
_IN_HEADER = {b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef", b"res "}
_KNOWN_SPACES = {12, 16, 17, 18}  # CMYK, sRGB, grey, sYCC
_COMMENT = 0xFF64
_MOST_TILES = 65_536


def look(file: Bytes, found: Found) -> None:
    if file.read(0, 4) == b"\xff\x4f\xff\x51":
        end = _codestream(file, 0, file.size, found)
        if end <= file.size:
            found.behind(end)
        return
    end, pictures = 0, 0
    for box in boxes(file, 0, file.size):
        end = box.end
        where = (box.begin, min(box.end, file.size) - box.begin)
        if box.end > file.size:
            if box.kind in _ORDINARY:
                found.cut_off(_CUT)
            else:
                found.doubt("behind its end", (box.at, file.size - box.at))
        elif box.kind == b"jp2c":
            pictures += 1
            if pictures == 1:
                _codestream(file, box.begin, box.end, found)
            else:
                found.add(PICTURE, where)
        elif box.kind == b"jp2h":
            _header(file, box, found)
        elif box.kind == b"uuid":
            identity = file.read(box.begin, 16)
            if identity == _GEO:
                found.add("map coordinates", where)
            elif identity == _XMP:
                xmp.look(file.read(box.begin + 16, min(where[1], xmp.LARGEST)), found)
            elif identity not in _METADATA_IDS:
                found.doubt("box uuid", where)
        elif box.kind in (b"free", b"skip"):
            found.free(where)
        elif box.kind == b"xml ":
            xmp.look(file.read(box.begin, min(where[1], xmp.LARGEST)), found)
            found.text("xml", where)
        elif box.kind not in _ORDINARY or where[1] > LONG:
            found.doubt(b"box " + box.kind, where)
    if not pictures:
        found.cut_off(_CUT)
    if end <= file.size:
        found.behind(end)


def _header(file: Bytes, box: Box, found: Found) -> None:
    for inner in boxes(file, box.begin, box.end):
        if inner.kind != b"colr":
            if inner.kind not in _IN_HEADER or inner.body[1] > 2 * LONG:
                found.doubt(b"box " + inner.kind, inner.body)
            continue
        method = file.number(inner.begin, 1)
        if method == 1:
            space = file.number(inner.begin + 3, 4)
            if space not in _KNOWN_SPACES:
                found.add("colours of its own", f"{space}")
            elif space == 12:
                found.add("CMYK inks", in_pixels=True, valued=False)
        else:
            look_at_profile(file.read(inner.begin + 3, min(inner.body[1], 16 << 20)), found)


def _codestream(file: Bytes, at: int, end: int, found: Found) -> int:
    """Depth and channels by its first marker; where it ends, by the lengths of its tiles."""
    head = file.read(at + 4, 42)
    components = int.from_bytes(head[36:38], "big")
    depths = file.read(at + 42, min(3 * components, 3 * 16384))[::3]
    look_at_depth(max(((d & 0x7F) + 1 for d in depths), default=8), found)
    if components > 4:
        found.add(f"{components - 3} channels beside its colours", (at, end - at))
    place = at + 2
    for _ in range(_MOST_TILES):
        marker = file.number(place, 2)
        if marker == 0xFFD9:
            return place + 2
        if marker == 0xFF90:
            length = file.number(place + 6, 4)
            if length == 0:  # the last tile reaches up to the end marker
                break
            place += max(length, 12)
        elif 0xFF00 < marker < 0xFFFF:
            length = file.number(place + 2, 2)
            if marker == _COMMENT and not is_text(file.read(place + 6, length - 4)):
                found.doubt("a comment", (place + 6, length - 4))
            elif marker == _COMMENT:
                found.text("comment", (place + 6, length - 4))
            place += 2 + length
        else:
            break
    # A length of zero, or none that makes sense: what is whole ends with its marker.
    tail = file.read(max(end - 16, 0), 16).rstrip(b"\0\r\n")
    if place > end or not tail.endswith(b"\xff\xd9"):
        found.cut_off(_CUT)
    return end
