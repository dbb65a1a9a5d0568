"""The items of a HEIC or AVIF: where their data lie, what they refer to, what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from copyfind.imaging.surplus.boxes import Box, boxes
from copyfind.imaging.surplus.parts import Bytes, Range

_MOST_ITEMS = 65_536


@dataclass(slots=True)
class Items:
    """The items of a file by their number."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)  # media type of what is `mime`
    extents: dict[int, list[Range]] = field(default_factory=dict)
    refers: dict[bytes, dict[int, list[int]]] = field(default_factory=dict)  # kind, from, to
    properties: list[Box] = field(default_factory=list)
    has: dict[int, list[int]] = field(default_factory=dict)  # item -> places in `properties`

    def of(self, item: int) -> Iterator[Box]:
        for place in self.has.get(item, ()):
            if 0 < place <= len(self.properties):
                yield self.properties[place - 1]

    def targets(self, kind: bytes, item: int) -> list[int]:
        return self.refers.get(kind, {}).get(item, [])


def read_items(file: Bytes, box: Box) -> Items:
    meta = Items()
    idat = 0
    located: Box | None = None
    for inner in boxes(file, box.begin + 4, min(box.end, file.size)):
        if inner.kind == b"pitm":
            wide = file.number(inner.begin, 1) > 0
            meta.primary = file.number(inner.begin + 4, 4 if wide else 2)
        elif inner.kind == b"iinf":
            _read_kinds(file, inner, meta)
        elif inner.kind == b"iloc":
            located = inner
        elif inner.kind == b"iref":
            _read_references(file, inner, meta)
        elif inner.kind == b"iprp":
            _read_properties(file, inner, meta)
        elif inner.kind == b"idat":
            idat = inner.begin
    if located is not None:
        _read_places(file, located, meta, idat)
    return meta


def _read_kinds(file: Bytes, box: Box, meta: Items) -> None:
    at = box.begin + (6 if file.number(box.begin, 1) == 0 else 8)
    for entry in boxes(file, at, min(box.end, file.size)):
        file.spend(1)
        version = file.number(entry.begin, 1)
        if entry.kind != b"infe" or version < 2:
            continue
        wide = 4 if version > 2 else 2
        head = file.read(entry.begin + 4, min(entry.body[1] - 4, 256))
        item = int.from_bytes(head[:wide], "big")
        meta.kinds[item] = head[wide + 2 : wide + 6]
        if meta.kinds[item] == b"mime":
            meta.contents[item] = head[wide + 6 :].partition(b"\0")[2].partition(b"\0")[0]


def _read_references(file: Bytes, box: Box, meta: Items) -> None:
    wide = 4 if file.number(box.begin, 1) else 2
    for inner in boxes(file, box.begin + 4, min(box.end, file.size)):
        data = file.read(inner.begin, min(inner.body[1], 1 << 20))
        file.spend(len(data) // wide + 1)
        values = [
            int.from_bytes(data[n : n + wide], "big") for n in range(wide + 2, len(data), wide)
        ]
        item = int.from_bytes(data[:wide], "big")
        meta.refers.setdefault(inner.kind, {}).setdefault(item, []).extend(values)


def _read_properties(file: Bytes, box: Box, meta: Items) -> None:
    for inner in boxes(file, box.begin, min(box.end, file.size)):
        if inner.kind == b"ipco":
            meta.properties = list(boxes(file, inner.begin, min(inner.end, file.size)))
        elif inner.kind == b"ipma":
            data = file.read(inner.begin, min(inner.body[1], 1 << 22))
            file.spend(len(data))
            _read_associations(data, meta)


def _read_associations(data: bytes, meta: Items) -> None:
    if len(data) < 8:
        return
    wide, long = (4 if data[0] else 2), bool(data[3] & 1)
    count, at = int.from_bytes(data[4:8], "big"), 8
    for _ in range(min(count, _MOST_ITEMS)):
        if at + wide >= len(data):
            return
        item, number = int.from_bytes(data[at : at + wide], "big"), data[at + wide]
        at += wide + 1
        step = 2 if long else 1
        entries = data[at : at + number * step]
        mask = 0x7FFF if long else 0x7F
        meta.has.setdefault(item, []).extend(
            int.from_bytes(entries[n : n + step], "big") & mask
            for n in range(0, len(entries), step)
        )
        at += number * step


def _read_places(file: Bytes, box: Box, meta: Items, idat: int) -> None:
    data = file.read(box.begin, min(box.body[1], 1 << 24))
    if len(data) < 8:
        return
    version, at = data[0], 6
    sizes = data[4] >> 4, data[4] & 15, data[5] >> 4, data[5] & 15
    offset_size, length_size, base_size, index_size = sizes
    if version == 0:
        index_size = 0

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : at], "big")

    for _ in range(min(number(4 if version == 2 else 2), _MOST_ITEMS)):
        if at >= len(data):
            return
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base, count = number(base_size), number(2)
        file.spend(count + 1)
        ranges = meta.extents.setdefault(item, [])
        for _ in range(count):
            if at >= len(data):
                return
            number(index_size)
            begin, length = base + number(offset_size), number(length_size)
            if method == 1:
                begin += idat
            if method < 2:
                ranges.append((begin, length or max(file.size - begin, 0)))
