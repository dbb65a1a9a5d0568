"""The directories of TIFF and what is built like it, and the place of every value."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from copyfind.imaging.surplus.parts import Bytes, Range

SUB_DIRECTORIES, EXIF, GPS, INTEROPERABILITY = 330, 34665, 34853, 40965
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8}
_LETTERS = {1: "B", 3: "H", 4: "I", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}
_MOST_DIRECTORIES = 4096
_MOST_FIELDS = 4096  # of a directory
_MOST_VALUES = 1 << 20  # of a field
_MAGIC = (42, 43, 0x55, 0x4F52, 0x5352, 0x4352)  # TIFF, BigTIFF, RW2, ORF


@dataclass(frozen=True, slots=True)
class Field:
    """A value by its place in the file."""

    kind: int
    count: int
    at: int
    size: int  # bytes

    @property
    def where(self) -> Range:
        return self.at, self.size


@dataclass(slots=True)
class Directory:
    """The fields of one directory. `level` is 0 in the chain of pages; `of` is the tag that led
    here, 0 for the chain; `whole` is the place of its table."""

    file: Bytes
    order: str
    level: int
    of: int
    whole: Range
    fields: dict[int, Field] = field(default_factory=dict)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Whole numbers of a field; none where there are none."""
        value = self.fields.get(tag)
        if value is None or value.kind not in _LETTERS or value.count > _MOST_VALUES:
            return ()
        self.file.spend(value.count)
        data = self.file.read(value.at, value.size)
        if len(data) < value.size:
            return ()
        return struct.unpack(f"{self.order}{value.count}{_LETTERS[value.kind]}", data)

    def number(self, tag: int, default: int) -> int:
        values = self.numbers(tag)
        return values[0] if values else default

    def bytes(self, tag: int, *, most: int) -> bytes:
        value = self.fields.get(tag)
        return b"" if value is None else self.file.read(value.at, min(value.size, most))

    def strips(self) -> list[Range]:
        """Places of its compressed samples, in strips, tiles or as a JPEG of old."""
        found: list[Range] = []
        for offsets, sizes in ((273, 279), (324, 325), (513, 514)):
            found += zip(self.numbers(offsets), self.numbers(sizes), strict=False)
        return found

    @property
    def size(self) -> tuple[int, int]:
        return self.number(256, 0), self.number(257, 0)


@dataclass(slots=True)
class Walk:
    """The directories of a file, and whether one of them lies beyond its end."""

    directories: list[Directory] = field(default_factory=list)
    cut: bool = False


def walk(file: Bytes, *, most: int = _MOST_DIRECTORIES) -> Walk:
    """All directories: the chain of pages in order, each followed by what hangs on it."""
    result = Walk()
    head = file.read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    if not order or len(head) < 8:
        return result
    (magic,) = struct.unpack(order + "H", head[2:4])
    big = magic == 43
    if magic not in _MAGIC or (big and len(head) < 16):
        return result
    (first,) = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])
    waiting: deque[tuple[int, int, int]] = deque([(first, 0, 0)])
    seen: set[int] = set()
    while waiting and len(seen) < most:
        at, level, of = waiting.popleft()
        if at == 0 or at in seen:
            continue
        seen.add(at)
        read = _directory(file, at, order, big=big, level=level, of=of)
        if read is None:
            result.cut |= at + 2 > file.size or level == 0
            continue
        directory, following, is_whole = read
        result.cut |= not is_whole
        result.directories.append(directory)
        below = [
            (place, level + 1, tag)
            for tag in (SUB_DIRECTORIES, EXIF, GPS, INTEROPERABILITY)
            for place in directory.numbers(tag)
        ]
        waiting.extendleft(reversed([*below, (following, level, of)]))
    return result


def _directory(
    file: Bytes, at: int, order: str, *, big: bool, level: int, of: int
) -> tuple[Directory, int, bool] | None:
    """A directory, where the next one lies, and whether its table is all there."""
    width, entry = (8, 20) if big else (2, 12)
    head = file.read(at, width)
    if len(head) < width:
        return None
    (count,) = struct.unpack(order + ("Q" if big else "H"), head)
    if count > _MOST_FIELDS:
        return None
    file.spend(count)
    link = 8 if big else 4
    table = file.read(at + width, entry * count + link)
    directory = Directory(file, order, level, of, (at, width + entry * count + link))
    inline = 8 if big else 4
    for place in range(0, min(len(table), entry * count) - entry + 1, entry):
        raw = table[place : place + entry]
        tag, kind, number = struct.unpack(order + ("HHQ" if big else "HHI"), raw[: entry - inline])
        size = _SIZES.get(kind, 0) * number
        begin = at + width + place + entry - inline
        if size > inline:
            (begin,) = struct.unpack(order + ("Q" if big else "I"), raw[-inline:])
        directory.fields.setdefault(tag, Field(kind, number, begin, size))
    rest = table[entry * count :]
    following = 0
    if len(rest) == link:
        (following,) = struct.unpack(order + ("Q" if big else "I"), rest)
    return directory, following, len(table) >= entry * count


def uncovered(ranges: list[Range], size: int) -> Iterator[Range]:
    """What of a file of `size` bytes no range covers."""
    at = 0
    for begin, length in sorted(ranges):
        if begin > at:
            yield at, min(begin, size) - at
        at = max(at, begin + length)
        if at >= size:
            return
    if at < size:
        yield at, size - at
