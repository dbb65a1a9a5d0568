"""What a PNG holds beside its picture, chunk by chunk."""

from __future__ import annotations

import hashlib
import zlib

from copyfind.imaging.profile import gamma_profile
from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.colours import (
    WIDE,
    look_at_code,
    look_at_depth,
    look_at_profile,
)
from copyfind.imaging.surplus.parts import GAIN_MAP, LONG, Bytes, Found

_PICTURE = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
_COLOURS = {b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"}
_FRAMES = {b"acTL", b"fcTL", b"fdAT"}
_ORDINARY = frozenset(
    (
        *(b"bKGD", b"hIST", b"pHYs", b"sBIT", b"sPLT", b"tIME", b"zxIf", b"oFFs", b"pCAL"),
        *(b"sCAL", b"sTER", b"dSIG", b"gIFg", b"gIFx", b"gIFt", b"vpAg", b"orNT", b"iDOT", b"caNv"),
        *(b"mDCV", b"cLLI", b"mDCv", b"cLLi"),  # of the screen a picture was graded on
    )
)
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_WORDS = {
    b"caBX": "content credentials",
    **dict.fromkeys((b"gmAP", b"gdAT"), GAIN_MAP),
    **dict.fromkeys((b"mkBF", b"mkBS", b"mkBT", b"mkTS", b"prVW"), "Fireworks layers"),
}
_RAW = b"Raw profile type "
_RAW_PROFILES = {b"exif", b"APP1", b"iptc", b"xmp", b"8bim", b"icc", b"icm"}
_DRAWINGS = {b"mxGraphModel", b"mxfile", b"application/vnd.excalidraw+json"}
_MOST_PROFILE = 16 << 20
_MOST_CHUNKS = 1_000_000


def look(file: Bytes, found: Found) -> None:
    at, depth, kind = 8, 8, 2
    declared: dict[bytes, bytes] = {}
    frames, expected, frame_data = 0, 0, hashlib.sha256()
    ended = False
    for _ in range(_MOST_CHUNKS):
        head = file.read(at, 8)
        if len(head) < 8:
            break
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        body, at = at + 8, at + 12 + length
        if at > file.size:
            break
        if name == b"IEND":
            ended = True
            break
        if name == b"IHDR":
            shape = file.read(body, 13)
            depth, kind = (shape[8], shape[9]) if len(shape) == 13 else (8, 2)
            look_at_depth(depth, found)
        elif name in _COLOURS:
            declared.setdefault(name, file.read(body, min(length, _MOST_PROFILE)))
        elif name in _FRAMES:
            if name == b"acTL":
                expected = file.number(body, 4)
            elif name == b"fcTL":
                frames += 1
            for piece in file.pieces(body + (4 if name == b"fdAT" else 0), length):
                frame_data.update(piece)
        elif name == b"tRNS":
            if depth == 16:  # the decoder drops it, with samples of 16 bits
                found.add("a transparent colour", (body, length))
        elif name in _TEXTS:
            _text(file, name, body, length, found)
        elif name in _WORDS:
            found.add(_WORDS[name], (body, length))
        elif name == b"eXIf":
            found.exif((body, length))
        elif name not in _PICTURE and (name not in _ORDINARY or length > LONG):
            found.doubt(name, (body, length))
    if frames > 1 or expected > 1:
        found.add(f"{max(frames, expected)} frames", frame_data.digest(), in_pixels=True)
        if frames < expected:
            found.cut_off("the file ends before its last frame")
    _colours(declared, found, grey=kind in (0, 4))
    if ended:
        found.behind(at)
    else:
        found.cut_off("the file ends in the middle of the picture")


def _text(file: Bytes, name: bytes, at: int, length: int, found: Found) -> None:
    start = file.read(at, min(length, 128))
    keyword = start.partition(b"\0")[0]
    if keyword == b"XML:com.adobe.xmp":
        if length <= xmp.LARGEST:
            xmp.look(_read(name, file.read(at, length), xmp.LARGEST), found)
    elif keyword.startswith(_RAW):
        if keyword.removeprefix(_RAW) not in _RAW_PROFILES:
            found.doubt(keyword[:40], (at, length))
        elif keyword.endswith(b"xmp") and length <= xmp.LARGEST:
            xmp.look(_unhexed(_read(name, file.read(at, length), xmp.LARGEST)), found)
    elif keyword in _DRAWINGS:
        found.add("a drawing", (at, length))
    elif length > LONG or len(_read(name, file.read(at, length), 2 * LONG)) > LONG:
        shown = "".join(
            c if c.isalnum() or c in " _:-" else "?" for c in keyword[:24].decode("latin-1")
        )
        found.add(f"a long text ({shown})", (at, length))


def _read(name: bytes, chunk: bytes, most: int) -> bytes:
    """What a text chunk says, the first `most` bytes of it; the chunk itself where it is not
    understood."""
    _, _, rest = chunk.partition(b"\0")
    if name == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        is_packed, rest = name == b"zTXt", rest[name == b"zTXt" :]
    if not is_packed:
        return rest[:most]
    try:
        return zlib.decompressobj().decompress(rest, most)
    except zlib.error:
        return chunk


def _unhexed(text: bytes) -> bytes:
    """A raw profile: its name and its length in a line each, then pairs of digits."""
    digits = b"".join(text.split(b"\n")[3:])
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return text


def _colours(declared: dict[bytes, bytes], found: Found, *, grey: bool) -> None:
    """In the order in which one is believed before the next (PNG, third edition, 4.3)."""
    code = declared.get(b"cICP", b"")
    if len(code) == 4:
        look_at_code(code[0], code[1], found)
    if b"iCCP" in declared:
        look_at_profile(inflated_profile(declared[b"iCCP"]), found)
    elif not grey and b"sRGB" not in declared and len(code) != 4:
        chromaticities = declared.get(b"cHRM", b"")
        if len(chromaticities) == 32:
            values = [
                int.from_bytes(chromaticities[n : n + 4], "big") / 100_000 for n in range(0, 32, 4)
            ]
            points = list(zip(values[::2], values[1::2], strict=True))
            if made := gamma_profile(None, points, grey=False):
                look_at_profile(made, found)
            elif made == b"":
                found.add(WIDE, chromaticities, valued=False)


def colour_code(file: Bytes) -> tuple[int, int] | None:
    """Primaries and transfer of a cICP chunk, which stands before the picture."""
    at = 8
    for _ in range(_MOST_CHUNKS):
        head = file.read(at, 12)
        name = head[4:8]
        if len(head) < 12 or name in (b"IDAT", b"IEND"):
            return None
        if name == b"cICP":
            return head[8], head[9]
        at += 12 + int.from_bytes(head[:4], "big")
    return None


def inflated_profile(chunk: bytes) -> bytes | None:
    """The profile in an iCCP chunk; None where it is damaged or too long."""
    _, _, rest = chunk.partition(b"\0")
    try:
        inflate = zlib.decompressobj()
        profile = inflate.decompress(rest[1:], _MOST_PROFILE)
    except zlib.error:
        return None
    return profile or None
