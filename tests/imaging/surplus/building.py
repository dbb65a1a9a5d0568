"""Parts of picture files, put together by hand; and what is seen inside."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence

from copyfind.imaging.formats import recognise
from copyfind.imaging.surplus import Inside, look_inside
from tests.imaging.drawing import as_bytes, drawn

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"


def inside(data: bytes) -> Inside:
    stream = io.BytesIO(data)
    kind = recognise(stream)
    assert kind is not None
    return look_inside(stream, kind)


def words(data: bytes) -> list[str]:
    """What is said of the surplus of a file that is whole."""
    seen = inside(data)
    assert seen.cut is None
    return [extra.words for extra in seen.extras]


def jpeg(seed: int = 0, **options: object) -> bytes:
    return as_bytes(drawn(seed=seed), "JPEG", **options)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def xmp_segment(properties: bytes) -> bytes:
    packet = b"<x:xmpmeta><rdf:Description " + properties + b"/></x:xmpmeta>"
    return segment(0xE1, XMP + packet)


def index_segment(*kinds: int) -> bytes:
    """An MPF index of pictures of those types, the first of them the main one."""
    entries = b"".join(struct.pack(">IIIHH", kind, 0, 0, 0, 0) for kind in kinds)
    fields = struct.pack(">HHII", 0xB001, 4, 1, len(kinds))
    fields += struct.pack(">HHII", 0xB002, 7, len(entries), 8 + 2 + 24 + 4)
    return segment(0xE2, b"MPF\0MM\0*" + struct.pack(">IH", 8, 2) + fields + bytes(4) + entries)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """The PNG with chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def box(kind: bytes, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *inner: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *inner)


def heif(
    items: Mapping[int, tuple[bytes, bytes]],
    *,
    refers: Sequence[tuple[bytes, int, Sequence[int]]] = (),
    properties: Mapping[int, Sequence[bytes]] | None = None,
    brand: bytes = b"heic",
    behind: bytes = b"",
) -> bytes:
    """A HEIC of items by number: type and data. The first is the primary one."""
    head = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    entries = [
        full(b"infe", struct.pack(">HH", n, 0), kind, b"\0", version=2)
        if not kind.startswith(b"mime ")
        else full(b"infe", struct.pack(">HH", n, 0), b"mime\0", kind[5:] + b"\0", version=2)
        for n, (kind, _) in items.items()
    ]
    owned = properties or {}
    listed = [(n, prop) for n, props in owned.items() for prop in props]
    places = b""
    for n in owned:
        mine = [at for at, (owner, _) in enumerate(listed, start=1) if owner == n]
        places += struct.pack(">HB", n, len(mine)) + bytes(mine)
    inner = [
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", struct.pack(">H", next(iter(items)))),
        full(b"iinf", struct.pack(">H", len(items)), *entries),
        full(
            b"iref",
            *(box(k, struct.pack(f">{2 + len(to)}H", n, len(to), *to)) for k, n, to in refers),
        ),
        box(
            b"iprp",
            box(b"ipco", *(prop for _, prop in listed)),
            full(b"ipma", struct.pack(">I", len(owned)), places),
        ),
    ]
    length = 8 + 4 + sum(map(len, inner)) + 8 + 8 + 14 * len(items)
    at = len(head) + length + 8
    located = b""
    for n, (_, data) in items.items():
        located += struct.pack(">HHHII", n, 0, 1, at, len(data))
        at += len(data)
    places_box = full(b"iloc", b"\x44\x00", struct.pack(">H", len(items)), located)
    meta = full(b"meta", *inner, places_box)
    assert len(meta) == length, (len(meta), length)
    return head + meta + box(b"mdat", *(data for _, data in items.values())) + behind


def auxiliary(kind: bytes) -> bytes:
    return full(b"auxC", kind + b"\0")


Field = tuple[int, int, bytes]  # tag, type, little-endian values


def longs(tag: int, *values: int) -> Field:
    return tag, 4, struct.pack(f"<{len(values)}I", *values)


def shorts(tag: int, *values: int) -> Field:
    return tag, 3, struct.pack(f"<{len(values)}H", *values)


def page(
    width: int = 8,
    height: int = 8,
    *,
    samples: int = 3,
    meaning: int = 2,
    seed: int = 1,
    fields: Sequence[Field] = (),
) -> tuple[list[Field], bytes]:
    """Fields and samples of one directory."""
    data = bytes((seed * 7 + n) % 251 for n in range(width * height * samples))
    own = [
        longs(256, width),
        longs(257, height),
        shorts(258, *[8] * samples),
        shorts(259, 1),
        shorts(262, meaning),
        shorts(277, samples),
        longs(278, height),
        longs(279, len(data)),
    ]
    given = {tag for tag, _, _ in fields}
    return [f for f in own if f[0] not in given] + list(fields), data


def tiff(
    *pages: tuple[list[Field], bytes], subs: Sequence[tuple[list[Field], bytes]] = ()
) -> bytes:
    """A little-endian TIFF of pages; subs hang on the first."""
    out = bytearray(b"II*\0" + bytes(4))
    sub_places = []
    for fields, data in subs:
        sub_places.append(_directory(out, fields, data)[0])
    link = 4
    for number, (fields, data) in enumerate(pages):
        more = [longs(330, *sub_places)] if number == 0 and sub_places else []
        at, next_link = _directory(out, [*fields, *more], data)
        out[link : link + 4] = struct.pack("<I", at)
        link = next_link
    return bytes(out)


def _directory(out: bytearray, fields: Sequence[Field], data: bytes) -> tuple[int, int]:
    place = len(out)
    out += data + bytes(len(data) % 2)
    entries = b""
    sizes = {3: 2, 4: 4}
    for tag, kind, value in sorted([*fields, longs(273, place)]):
        count = len(value) // sizes.get(kind, 1)
        if len(value) > 4:
            where = struct.pack("<I", len(out))
            out += value + bytes(len(value) % 2)
        else:
            where = value.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, count) + where
    at = len(out)
    out += struct.pack("<H", len(fields) + 1) + entries + bytes(4)
    return at, len(out) - 4
