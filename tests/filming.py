"""The few atoms and tags that tests of Live Photos and motion photos need; nothing plays."""

from __future__ import annotations

import struct

CONTENT_IDENTIFIER = b"com.apple.quicktime.content.identifier"


def atom(kind: bytes, *bodies: bytes) -> bytes:
    """One atom of a QuickTime or MP4 file."""
    body = b"".join(bodies)
    return struct.pack(">I", 8 + len(body)) + kind + body


def film(
    identifier: str | None = None, *, seconds: float = 2.5, brand: bytes = b"qt  ", frames: int = 64
) -> bytes:
    """A film of which only the head is sound; the frames come first, as phones write them."""
    header = struct.pack(">IIIII", 0, 0, 0, 600, round(600 * seconds)) + bytes(80)
    moov = [atom(b"mvhd", header)]
    if identifier is not None:
        key = atom(b"mdta", CONTENT_IDENTIFIER)
        other = atom(b"mdta", b"com.apple.quicktime.make")
        moov.append(
            atom(
                b"meta",
                atom(b"hdlr", bytes(8), b"mdta", bytes(12)),
                atom(b"keys", struct.pack(">II", 0, 2), other, key),
                atom(
                    b"ilst",
                    atom(struct.pack(">I", 1), atom(b"data", struct.pack(">II", 1, 0), b"Apple")),
                    atom(
                        struct.pack(">I", 2),
                        atom(b"data", struct.pack(">II", 1, 0), identifier.encode()),
                    ),
                ),
            )
        )
    return (
        atom(b"ftyp", brand, bytes(4), brand)
        + atom(b"wide")
        + struct.pack(">I4sQ", 1, b"mdat", 16 + frames)  # a length of 64 bits, as in long films
        + bytes(frames)
        + atom(b"moov", *moov)
    )


def apple_note(identifier: str) -> bytes:
    """Apple's maker note with a ContentIdentifier."""
    head = b"Apple iOS\0\0\1MM"
    text = identifier.encode() + b"\0"
    entries = [(1, 9, 1, struct.pack(">I", 11))]
    at = len(head) + 2 + 12 * 2 + 4
    entries.append((0x11, 2, len(text), struct.pack(">I", at)))
    packed = b"".join(struct.pack(">HHI", t, k, n) + value for t, k, n, value in entries)
    return head + struct.pack(">H", len(entries)) + packed + bytes(4) + text
