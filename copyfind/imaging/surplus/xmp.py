"""XMP packets of a picture: properties are ordinary metadata, but not pictures and sound."""

from __future__ import annotations

import re

from copyfind.imaging.surplus.parts import DEPTH_MAP, Found

EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
PACKET = b"http://ns.adobe.com/xap/1.0/\0"
LARGEST = 16 << 20  # bytes of a packet that are looked through
_CARRIED = re.compile(rb"\b(GDepth|GImage|GAudio|XDepth|GPano|GCamera):Data\b")
_NAMES = {
    b"GDepth": DEPTH_MAP,
    b"XDepth": DEPTH_MAP,
    b"GImage": "a second picture",
    b"GAudio": "sound",
}
# Longer than any identifier or list; the thumbnails that Adobe writes have ends of lines.
_BLOB = re.compile(rb"[A-Za-z0-9+/]{4000,}")


def carried_words(packet: bytes) -> str | None:
    """What a packet carries beside properties; None for properties alone."""
    said = [_NAMES.get(m, "data in its XMP") for m in _CARRIED.findall(packet)]
    return said[0] if said else None


def look(packet: bytes, found: Found) -> None:
    """Payloads written into an ordinary packet."""
    if len(packet) < 1000:
        return
    words = carried_words(packet)
    for blob in _BLOB.finditer(packet[:LARGEST]):
        found.add(words or "data in its XMP", blob[0], valued=words is not None)
    if words is not None and not _BLOB.search(packet[:LARGEST]):
        found.add(words, packet)
