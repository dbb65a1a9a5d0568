"""What a PSD holds beside the one picture that its layers make together."""

from __future__ import annotations

import struct

from copyfind.imaging.surplus import photoshop
from copyfind.imaging.surplus.colours import look_at_depth, look_at_profile
from copyfind.imaging.surplus.parts import LONG, Bytes, Found

_COLOURS = {0: 1, 1: 1, 2: 1, 3: 3, 4: 4, 7: 3, 8: 1, 9: 3}  # channels of a mode
_INKS = {4: "CMYK inks", 7: "ink channels", 8: "duotone inks", 9: "Lab colours"}
_PROFILE = 1039


def look(file: Bytes, found: Found) -> None:
    head = file.read(0, 26)
    if len(head) < 26:
        found.cut_off("the file ends in the middle of the picture")
        return
    channels, height, width, depth, mode = struct.unpack(">HIIHH", head[12:26])
    look_at_depth(depth, found, kind="float" if depth == 32 else "bits")
    if mode in _INKS:
        found.add(_INKS[mode], in_pixels=mode == 4, valued=mode != 4)
    at = 26
    size = file.number(at, 4)  # of the palette, or of what makes a duotone
    if size > LONG:
        found.doubt("colour data", (at + 4, size))
    at += 4 + size
    size = file.number(at, 4)
    photoshop.look_at_resources(file, (at + 4, size), found)
    _profile(file, at + 4, size, found)
    at += 4 + size
    size = file.number(at, 4)
    _layers(file, at + 4, size, found)
    at += 4 + size
    end = _end(file, at, channels * height, width, depth)
    if hidden := hidden_channels(channels, mode):
        words = "a channel" if hidden == 1 else f"{hidden} channels"
        found.add(f"{words} beside its colours", (at, max(end - at, 0)))
    if end > file.size:
        found.cut_off("the file ends in the middle of the picture")
    else:
        found.behind(end)


def hidden_channels(channels: int, mode: int) -> int:
    """How many channels are not shown. The decoder takes the fourth of RGB for transparency,
    whatever it is."""
    return max(channels - _COLOURS.get(mode, channels) - (mode == 3 and channels == 4), 0)


def _layers(file: Bytes, at: int, size: int, found: Found) -> None:
    if not file.read(at, min(size, 4096)).strip(b"\0"):
        return
    info = file.number(at, 4)
    count = photoshop.layer_count(file, at + 4) if info >= 2 else 0
    if not count:
        mask = at + 4 + info
        begin = mask + 4 + file.number(mask, 4)
        count = photoshop.count_in_blocks(file, (begin, at + size - begin), order=">")
    found.add(photoshop.layers_words(count), (at, size))


def _profile(file: Bytes, at: int, size: int, found: Found) -> None:
    end = min(at + size, file.size)
    while at + 12 <= end:
        head = file.read(at, 7)
        begin = at + 6 + (head[6] + 2) // 2 * 2
        length = file.number(begin, 4)
        if head[:4] != b"8BIM" or begin + 4 + length > end:
            return
        if int.from_bytes(head[4:6], "big") == _PROFILE:
            look_at_profile(file.read(begin + 4, min(length, 16 << 20)), found)
        at = begin + 4 + length + length % 2


def _end(file: Bytes, at: int, rows: int, width: int, depth: int) -> int:
    """Behind the samples of the picture, as they are or packed row by row."""
    how = file.number(at, 2)
    if how == 0:
        return at + 2 + rows * ((width * depth + 7) // 8)
    if how == 1 and 2 * rows <= file.size:
        sizes = file.read(at + 2, 2 * rows)
        packed: int = sum(struct.unpack(f">{len(sizes) // 2}H", sizes[: len(sizes) // 2 * 2]))
        return at + 2 + 2 * rows + packed
    return file.size
