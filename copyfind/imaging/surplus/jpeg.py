"""What a JPEG holds beside its picture: in segments before it, and behind its end marker."""

from __future__ import annotations

import re
import struct

from copyfind.imaging.surplus.boxes import boxes, run_of_boxes
from copyfind.imaging.surplus.colours import WIDE, look_at_profile
from copyfind.imaging.surplus.parts import DEPTH_MAP, FILM, GAIN_MAP, PICTURE, Bytes, Found
from copyfind.imaging.surplus.segments import Jpeg, walk

_MOST_PIECES = 32  # told apart behind the end
_SEMANTIC = re.compile(rb"Item:Semantic\s*(?:=\s*[\"']|>)\s*(\w+)")
_SEMANTICS = {b"GainMap": GAIN_MAP, b"Depth": DEPTH_MAP, b"Confidence": "a depth map's confidence"}
_THUMBNAILS, _GAIN_MAP = range(0x010001, 0x010006), 0x050000  # types of pictures in an MPF index
# Where something begins behind a picture: another JPEG, boxes of ISO media.
_BEGINNING = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|(?=\0[\0-\xff]{3}ftyp)")
_SAMSUNG_NOTES = (b"_Data", b"_Info")  # end the names of small notes
_PIECE = 1 << 20  # bytes looked through at a time


def look(file: Bytes, found: Found) -> None:
    main = walk(file, 0, found)
    look_at_profile(b"".join(main.profile[n] for n in sorted(main.profile)), found)
    if main.is_adobe_rgb and not main.profile:
        found.add(WIDE, "R03")
    if main.components == 4:
        found.add("CMYK inks", in_pixels=True, valued=False)
    if main.end is None:
        found.cut_off("the file ends in the middle of the picture")
    elif main.end < file.size and not file.is_padding(main.end):
        _behind(file, main, found)


def _behind(file: Bytes, main: Jpeg, found: Found) -> None:
    """Everything behind the end marker, told apart as far as it is known."""
    at, end = main.end or 0, _samsung(file, main.end or 0, found)
    types = _types(main.index)
    semantics = [s for s in _SEMANTIC.findall(main.xmp) if s != b"Primary"]
    pictures = 0
    for _ in range(_MOST_PIECES):
        if at >= end or file.is_padding(at):
            return
        begin = _next_beginning(file, at, end)
        if begin > at:
            _unnamed(file, at, begin - at, found)
        elif file.read(begin, 2) == b"\xff\xd8":
            kind = types[pictures] if pictures < len(types) else 0
            semantic = semantics[pictures] if pictures < len(semantics) else b""
            begin = _picture(file, begin, main, kind, semantic, found)
            pictures += 1
        else:
            begin = _boxes(file, begin, found)
        at = begin
    if at < end:
        found.behind(at)


def _next_beginning(file: Bytes, at: int, end: int) -> int:
    while at < end:
        window = file.read(at, min(_PIECE, end - at))
        if match := _BEGINNING.search(window):
            return at + match.start()
        if len(window) < 16:
            break
        at += len(window) - 8
    return end


def _unnamed(file: Bytes, at: int, length: int, found: Found) -> None:
    """What lies between: padding, or nobody knows what."""
    if file.read(at, 16).startswith(b"RIFF"):
        found.add("a film or sound", (at, length))
    elif any(piece.strip(b"\0\xff\r\n") for piece in file.pieces(at, length)):
        found.doubt("behind its end", (at, length))


def _boxes(file: Bytes, at: int, found: Found) -> int:
    """A film, mostly, whatever its brand; returns where it ends."""
    end = max(run_of_boxes(file, at), at + 8)
    for box in boxes(file, at, file.size):
        if box.end > file.size and box.kind in (b"mdat", b"moov"):
            found.cut_off("the file ends in the middle of the film behind its picture")
    is_still = file.read(at + 8, 4) in {b"heic", b"heix", b"mif1", b"avif"}
    found.add(PICTURE if is_still else FILM, (at, end - at))
    return end


def _samsung(file: Bytes, at: int, found: Found) -> int:
    """What Samsung's cameras append, by their index at the end of the file; returns where it
    begins, the end of the file where there is none."""
    size = file.size
    tail = file.read(size - 8, 8)
    if tail[4:] != b"SEFT":
        return size
    index_at = size - 8 - int.from_bytes(tail[:4], "little")
    index = file.read(index_at, 12 + 12 * 256)
    if index_at < at or not index.startswith(b"SEFH"):
        return size
    first = index_at
    count = min(int.from_bytes(index[8:12], "little"), 256)
    for place in range(12, 12 + 12 * count, 12):
        back, length = struct.unpack("<II", index[place + 4 : place + 12].ljust(8, b"\0"))
        begin = index_at - back
        if begin < at or length > back:
            return size
        first = min(first, begin)
        name = file.read(begin + 8, min(int.from_bytes(file.read(begin + 4, 4), "little"), 64))
        body = (begin + 8 + len(name), max(length - 8 - len(name), 0))
        if b"MotionPhoto" in name or file.read(body[0] + 4, 4) == b"ftyp":
            found.add(FILM, body)
        elif b"DepthMap" in name:
            found.add(DEPTH_MAP, body)
        elif b"Sound" in name:
            found.add("sound", body)
        elif file.read(body[0], 3) == b"\xff\xd8\xff":
            found.add(PICTURE, body)
        elif not (length < 4096 and name.endswith(_SAMSUNG_NOTES)):
            found.doubt(name, body)
    return first


def _picture(file: Bytes, at: int, main: Jpeg, kind: int, semantic: bytes, found: Found) -> int:
    """A JPEG behind the main one; returns where it ends."""
    other = walk(file, at, None)
    end = other.end if other.end is not None else file.size
    lower = other.xmp.lower()
    what = (at, end - at)
    if other.end is None:
        if all(other.size) or main.index:
            found.cut_off("the file ends in the middle of the picture behind its picture")
        found.doubt("a cut picture behind its end", what)
    elif other.is_gain_map or kind == _GAIN_MAP:
        found.add(GAIN_MAP, what)
    elif b"disparity" in lower or b"aux:depth" in lower:
        found.add(DEPTH_MAP, what)
    elif b"matte" in lower:
        found.add("a matte", what)
    elif semantic in _SEMANTICS:
        found.add(_SEMANTICS[semantic], what)
    elif b"hdrgm:" in main.xmp and kind not in _THUMBNAILS:
        found.add(GAIN_MAP, what)
    elif not (kind in _THUMBNAILS and _is_preview(other, main)):
        found.add(PICTURE, what)
    return end


def _is_preview(other: Jpeg, main: Jpeg) -> bool:
    """Whether it may be the main picture, reduced: smaller, and of its shape but for a border."""
    (width, height), (whole_width, whole_height) = other.size, main.size
    if not width or not height or width > whole_width or height > whole_height:
        return False
    shape = width * whole_height / (height * whole_width)
    return 0.7 < shape < 1.43  # cameras put 3:2 between black bars into 4:3 and 16:9


def _types(index: bytes) -> list[int]:
    """The types of all pictures but the first, from an MPF index; empty where it is damaged."""
    if len(index) < 10 or index[:2] not in {b"II", b"MM"}:
        return []
    order = "<" if index[:2] == b"II" else ">"
    (at,) = struct.unpack(order + "I", index[4:8])
    if at + 2 > len(index):
        return []
    (count,) = struct.unpack(order + "H", index[at : at + 2])
    for place in range(at + 2, min(at + 2 + 12 * count, len(index) - 11), 12):
        tag, _, size, begin = struct.unpack(order + "HHII", index[place : place + 12])
        if tag == 0xB002:
            entries = index[begin : begin + size]
            kinds = [
                struct.unpack(order + "I", entries[n : n + 4])[0] & 0xFFFFFF
                for n in range(0, len(entries) - 15, 16)
            ]
            return kinds[1:]
    return []
