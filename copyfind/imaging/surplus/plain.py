"""What lies in PNM, BMP and TGA beside the one array of samples they are meant to hold."""

from __future__ import annotations

import re
import struct

import numpy as np

from copyfind.imaging.surplus.colours import look_at_depth, look_at_profile
from copyfind.imaging.surplus.parts import PICTURE, Bytes, Found

_CUT = "the file ends in the middle of the picture"
_BESIDE = "a channel beside its colours"
_NUMBER = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*(\d+)")
_REAL = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*(-?[\d.]+)")
_SMALL = 32  # bytes between header and samples that are there by chance
_MOST_PACKETS = 2_000_000


def look_at_pnm(file: Bytes, found: Found) -> None:
    head = file.read(0, 4096)
    kind, at = head[1:2], 2
    numbers: list[float] = []
    for _ in range(2 if kind in b"14" else 3):
        match = (_REAL if kind == b"f" and len(numbers) == 2 else _NUMBER).match(head, at)
        if match is None:
            return found.doubt("PNM", (0, file.size))
        numbers.append(float(match[1]))
        at = match.end()
    if kind == b"f":
        look_at_depth(32, found, kind="float")
    elif len(numbers) == 3:
        look_at_depth(int(numbers[2]).bit_length(), found)
    if kind in b"123":
        return _after_text(file, at, numbers, kind, found)
    width, height = int(numbers[0]), int(numbers[1])
    row = {b"4": (width + 7) // 8, b"5": width, b"6": 3 * width, b"f": 4 * width}[kind]
    if kind in b"56" and numbers[2] > 255:
        row *= 2
    end = at + 1 + row * height
    if end > file.size:
        found.cut_off(_CUT)
    elif end < file.size and not file.is_padding(end):
        what = (end, file.size - end)
        if file.read(end, 8).lstrip()[:1] == b"P":
            found.add(PICTURE, what)
        else:
            found.doubt("behind its end", what)
    return None


def _after_text(file: Bytes, at: int, numbers: list[float], kind: bytes, found: Found) -> None:
    """Samples written as text: whatever is no number, and numbers too many."""
    wanted = int(numbers[0] * numbers[1]) * (3 if kind == b"3" else 1)
    count, in_word = 0, False
    for piece in file.pieces(at, file.size - at):
        letters = np.frombuffer(piece, np.uint8)
        digit = (letters >= 48) & (letters <= 57)
        if not (digit | (letters == 32) | ((letters >= 9) & (letters <= 13))).all():
            return found.doubt("behind its end", (at, file.size - at))
        if kind == b"1":
            count += int(digit.sum())
        else:
            before = np.concatenate([[in_word], digit[:-1]])
            count += int((digit & ~before).sum())
            in_word = bool(digit[-1])
    if count < wanted:
        found.cut_off(_CUT)
    elif count > wanted:
        found.doubt("behind its end", (at, file.size - at))
    return None


def look_at_bmp(file: Bytes, found: Found) -> None:
    head = file.read(0, 138)
    if len(head) < 26:
        return None
    begin, header = struct.unpack("<II", head[10:18])
    if header == 12:  # OS/2's first
        width, height, _, bits = struct.unpack("<HHHH", head[18:26])
        compression = image_size = colours = 0
    elif header >= 40 and len(head) >= 54:
        width, height, _, bits, compression, image_size = struct.unpack("<iiHHII", head[18:38])
        colours = struct.unpack("<I", head[46:50])[0]
    else:
        return found.doubt("BMP", (0, file.size))
    width, height = abs(width), abs(height)
    length = (width * bits + 31) // 32 * 4 * height if compression in (0, 3, 6) else image_size
    end = begin + length
    if end > file.size:
        return found.cut_off(_CUT)
    palette = (colours or (1 << bits if bits <= 8 else 0)) * (3 if header == 12 else 4)
    before = 14 + header + palette + 16
    if header >= 124 and len(head) >= 138:
        at, size = struct.unpack("<II", head[126:134])
        if head[70:74] in {b"DEBM", b"MBED"} and size:
            profile = file.read(14 + at, min(size, 16 << 20))
            look_at_profile(profile, found)
            if 14 + at >= end:
                end = 14 + at + size
            else:
                before += size
    if begin > before + _SMALL:
        found.doubt("before its picture", (before, begin - before))
    if bits == 32 and compression == 0 and _varies(file, begin + 3, length):
        found.add(_BESIDE, (begin, length))
    if compression in (0, 3, 6) or image_size:
        found.behind(end)
    return None


def _varies(file: Bytes, at: int, length: int) -> bool:
    """Whether every fourth byte from `at` on is not the same."""
    first = file.read(at, 1)
    step = 1 << 20  # a multiple of four
    return any(
        bool((np.frombuffer(file.read(begin, step), np.uint8)[::4] != first[0]).any())
        for begin in range(at, min(at + length, file.size) if first else at, step)
    )


def look_at_tga(file: Bytes, found: Found) -> None:
    head = file.read(0, 18)
    if len(head) < 18:
        return
    palette_length, palette_bits = struct.unpack("<HB", head[5:8])
    width, height, bits = struct.unpack("<HHB", head[12:17])
    size = (bits + 7) // 8
    at = 18 + head[0] + palette_length * ((palette_bits + 7) // 8)
    end = at + width * height * size
    if head[2] >= 9:
        end = _end_of_runs(file, at, width * height, size)
    if end > file.size:
        found.cut_off(_CUT)
        return
    footer = file.read(file.size - 26, 26)
    if footer[8:24] == b"TRUEVISION-XFILE":
        extension, developer = struct.unpack("<II", footer[:8])
        after = min(at for at in (extension, developer, file.size - 26) if at)
        if after > end:
            found.doubt("behind its end", (end, after - end))
        if developer:
            found.doubt("developer area", (developer, file.size - 26 - developer))
    else:
        found.behind(end)


def _end_of_runs(file: Bytes, at: int, pixels: int, size: int) -> int:
    """Behind a run-length coded picture; the end of the file where that takes too long to tell."""
    window, begin = b"", at
    for _ in range(_MOST_PACKETS):
        if pixels <= 0:
            return at
        if at - begin >= len(window):
            window, begin = file.read(at, 1 << 16), at
            if not window:
                return file.size + 1
        packet = window[at - begin]
        count = (packet & 0x7F) + 1
        at += 1 + (size if packet & 0x80 else size * count)
        pixels -= count
    return file.size
