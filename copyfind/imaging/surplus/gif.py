"""What a GIF holds beside its first picture, block by block."""

from __future__ import annotations

from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.parts import Bytes, Found, Range
from copyfind.imaging.surplus.segments import is_text

_ORDINARY = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"XMP DataXMP", b"ICCRGBG1012")
_SMALL = 64  # bytes of what only says how often it is to be played
_COMMENT, _CONTROL, _TEXT, _APPLICATION = 0xFE, 0xF9, 0x01, 0xFF


def look(file: Bytes, found: Found) -> None:
    flags = file.number(10, 1)
    at = 13 + _palette(flags)
    frames: list[Range] = []
    while True:
        mark = file.read(at, 2)
        if mark[:1] == b"\x3b":
            found.behind(at + 1)
            break
        if len(mark) < 2:
            found.cut_off("the file ends before its last frame")
            break
        if mark[0] == 0x2C:
            begin = at
            at = _end(file, at + 11 + _palette(file.number(at + 9, 1)))
            frames.append((begin, at - begin))
        elif mark[0] == 0x21:
            begin, at = at + 2, _end(file, at + 2)
            _extension(file, mark[1], (begin, at - begin), found)
        else:
            found.behind(at)  # decoders stop where a block makes no sense
            break
        if at > file.size:
            found.cut_off("the file ends before its last frame")
            break
    if len(frames) > 1:
        found.add(f"{len(frames)} frames", *frames[1:], in_pixels=True)


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _end(file: Bytes, at: int) -> int:
    """Behind a run of sub-blocks; beyond the end of the file where it is cut."""
    window, begin = b"", at
    while True:
        if at - begin >= len(window):
            window, begin = file.read(at, 1 << 16), at
            if not window:
                return file.size + 1
        length = window[at - begin]
        at += 1 + length
        if length == 0:
            return at


def _extension(file: Bytes, kind: int, where: Range, found: Found) -> None:
    begin, length = where
    if kind == _TEXT:
        found.add("a text over it", where)
    elif kind == _APPLICATION:
        name = file.read(begin + 1, 11)
        if name == b"XMP DataXMP":
            xmp.look(file.read(begin + 12, min(length, xmp.LARGEST)), found)
        elif name == b"ICCRGBG1012":
            found.doubt("a profile", where)
        elif name not in _ORDINARY or length > _SMALL:
            found.doubt(name[:8], where)
    elif kind == _COMMENT and is_text(_joined(file.read(begin, min(length, 1 << 20)))):
        found.text("comment", where)
    elif kind == _COMMENT:
        found.doubt("a comment", where)
    elif kind != _CONTROL or length > _SMALL:
        found.doubt(f"block {kind}", where)


def _joined(blocks: bytes) -> bytes:
    """What a run of sub-blocks says, without their lengths."""
    said, at = [], 0
    while at < len(blocks) and blocks[at]:
        said.append(blocks[at + 1 : at + 1 + blocks[at]])
        at += 1 + blocks[at]
    return b"".join(said)
