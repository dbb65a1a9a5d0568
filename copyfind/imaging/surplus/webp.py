"""What a WebP holds beside its picture, chunk by chunk."""

from __future__ import annotations

from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.colours import look_at_profile
from copyfind.imaging.surplus.parts import Bytes, Found, Range

_ORDINARY = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM"}
_MOST_CHUNKS = 100_000


def look(file: Bytes, found: Found) -> None:
    end = 8 + int.from_bytes(file.read(4, 4), "little")
    at = 12
    frames: list[Range] = []
    for _ in range(_MOST_CHUNKS):
        head = file.read(at, 8)
        if at + 8 > end or len(head) < 8:
            break
        name, length = head[:4], int.from_bytes(head[4:], "little")
        body = (at + 8, length)
        at += 8 + length + length % 2
        if name == b"ANMF":
            frames.append(body)
        elif name == b"ICCP":
            look_at_profile(file.read(body[0], min(length, 16 << 20)), found)
        elif name == b"EXIF":
            found.exif(body)
        elif name == b"XMP ":
            xmp.look(file.read(body[0], min(length, xmp.LARGEST)), found)
        elif name not in _ORDINARY:
            found.doubt(name, body)
    if len(frames) > 1:
        found.add(f"{len(frames)} frames", *frames[1:], in_pixels=True)
    if end > file.size + 1 or at > file.size + 1:
        last = "before its last frame" if frames else "in the middle of the picture"
        found.cut_off(f"the file ends {last}")
    else:
        found.behind(max(end, at))
