"""The header of a JPEG XL picture, read before its decoder allocates anything.

The plug-in decodes while it opens, so a bomb has to be told from the first bits (ISO/IEC 18181-1,
size header and image metadata), as have depth and animation, which the plug-in does not report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


@dataclass(frozen=True, slots=True)
class JxlHeader:
    """What a JPEG XL file says first: its size, and whether the decoder shows all of it (8 bit, one
    frame)."""

    width: int
    height: int
    plain: bool


def read_header(stream: BinaryIO) -> JxlHeader:
    """Read the header of a JPEG XL file. Raises ValueError where the bytes are none."""
    bits = _Bits(_codestream(stream))
    if bits.take(16) != 0x0AFF:
        raise ValueError("no JPEG XL codestream")
    small = bits.take(1)
    height = _dimension(bits, small=small)
    ratio = bits.take(3)
    width = _dimension(bits, small=small) if ratio == 0 else 0
    if ratio:
        numerator, denominator = _RATIOS[ratio - 1]
        width = height * numerator // denominator
    return JxlHeader(width=width, height=height, plain=_is_plain(bits))


def _dimension(bits: _Bits, *, small: int) -> int:
    if small:
        return 8 * (bits.take(5) + 1)
    return bits.take((9, 13, 18, 30)[bits.take(2)]) + 1


def _is_plain(bits: _Bits) -> bool:
    if bits.take(1):  # all default: 8 bit
        return True
    if bits.take(1):  # extra fields
        bits.take(3)  # orientation, which the decoder applies
        if bits.take(1):  # intrinsic size, then a preview or an animation: not worth following
            return False
        if bits.take(2):
            return False
    if bits.take(1) or bits.take(2):  # not integer samples of 8 bits
        return False
    bits.take(1)  # how wide the decoder's numbers are
    channels = bits.take(2)  # beside the colours: none, one, or how many more follows
    if channels > 1:
        return False
    return channels == 0 or bits.take(1) == 1  # transparency as it usually is


def _codestream(stream: BinaryIO) -> bytes:
    """The first bytes of the codestream, bare or from its box in the container."""
    stream.seek(0)
    head = stream.read(64)
    if head[:2] == b"\xff\x0a":
        return head
    at = 0
    while True:
        stream.seek(at)
        box = stream.read(16)
        if len(box) < 8:
            raise ValueError("no codestream in the JPEG XL container")
        size, kind, begin = int.from_bytes(box[:4], "big"), box[4:8], at + 8
        if size == 1:
            size, begin = int.from_bytes(box[8:16], "big"), at + 16
        if kind in {b"jxlc", b"jxlp"}:
            stream.seek(begin + (4 if kind == b"jxlp" else 0))
            return stream.read(64)
        if size < 8:
            raise ValueError("no codestream in the JPEG XL container")
        at += size


class _Bits:
    """The bits of a byte string, least significant first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise ValueError("the header ends early")
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return taken
