"""Image resources and layers as Photoshop writes them, in PSD, and in TIFF and JPEG too."""

from __future__ import annotations

from typing import Literal

from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.parts import Bytes, Found, Range

PATHS = range(2000, 2998)
_ORDINARY = frozenset((*range(1000, 1100), 2999, 3000, 10000))  # metadata, previews, print settings
_XMP = 1060
_MAY_BE_LONG = {1028, 1033, 1036, 1039, 1058, 1059, _XMP}  # metadata, previews, a profile
_MOST = 1 << 16  # bytes of another resource
_PATH = ("a path", "{} paths")
_LAYER_BLOCKS = {b"Layr", b"Lr16", b"Lr32", b"ryaL", b"61rL", b"23rL"}


def look_at_resources(file: Bytes, where: Range, found: Found) -> None:
    """Paths, and what plug-ins keep. `where`: a run of resources."""
    at, end = where[0], min(where[0] + where[1], file.size)
    while at + 12 <= end:
        head = file.read(at, 7)
        if head[:4] not in {b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"}:
            break
        number, name = int.from_bytes(head[4:6], "big"), head[6]
        begin = at + 6 + (name + 2) // 2 * 2
        length = file.number(begin, 4)
        if begin + 4 + length > end:
            break
        if number in PATHS:
            found.add(_PATH, (begin + 4, length))
        elif number == _XMP and length <= xmp.LARGEST:
            xmp.look(file.read(begin + 4, length), found)
        elif (number not in _ORDINARY and length) or (
            length > _MOST and number not in _MAY_BE_LONG
        ):
            found.doubt(f"Photoshop {number}", (begin + 4, length))
        at = begin + 4 + length + length % 2
    if at < end and file.read(at, min(end - at, 4096)).strip(b"\0\xff "):
        found.doubt("Photoshop", (at, end - at))


def layers_words(count: int) -> str:
    """For so many layers; what has none of them still holds something of the kind."""
    return "a layer" if count == 1 else f"{count} layers" if count else "data of layers"


def layer_count(file: Bytes, at: int) -> int:
    """Layers of the layer info that begins at `at` with their number, negative where the first
    alpha channel is the transparency of all together."""
    return abs(int.from_bytes(file.read(at, 2), "big", signed=True))


def count_in_blocks(file: Bytes, where: Range, *, order: str) -> int:
    """Layers in the additional blocks of a document; order as in `struct`: TIFF may reverse it."""
    at, end = where[0], min(where[0] + where[1], file.size)
    byteorder: Literal["little", "big"] = "little" if order == "<" else "big"
    for _ in range(4096):
        head = file.read(at, 12)
        if len(head) < 12 or at >= end or head[:4] not in {b"8BIM", b"8B64", b"MIB8", b"46B8"}:
            break
        length = int.from_bytes(head[8:12], byteorder)
        if head[4:8] in _LAYER_BLOCKS and length >= 2:
            raw = file.read(at + 12, 2)
            return abs(int.from_bytes(raw, byteorder, signed=True))
        at += 12 + (length + 3) // 4 * 4
    return 0
