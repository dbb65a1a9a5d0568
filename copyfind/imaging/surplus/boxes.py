"""Boxes of ISO base media files, which HEIC, AVIF, JPEG 2000, JPEG XL and films consist of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from copyfind.imaging.surplus.parts import Bytes, Range

_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Box:
    """`begin` and `length` are of what is in it; `end` is where the next one should begin, and
    may lie beyond the file."""

    kind: bytes
    at: int
    begin: int
    end: int

    @property
    def body(self) -> Range:
        return self.begin, self.end - self.begin

    @property
    def whole(self) -> Range:
        return self.at, self.end - self.at


def boxes(file: Bytes, at: int, end: int) -> Iterator[Box]:
    """The boxes between `at` and `end`, until one makes no sense; one that reaches beyond `end`
    is the last."""
    for _ in range(_MOST):
        head = file.read(at, 16)
        if at + 8 > end or len(head) < 8:
            return
        size, kind, begin = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if size == 1 and len(head) == 16:
            size, begin = int.from_bytes(head[8:16], "big"), at + 16
        elif size == 0:
            size = end - at  # up to the end
        if size < begin - at or not is_kind(kind):
            return
        yield Box(kind, at, begin, at + size)
        at += size


def is_kind(kind: bytes) -> bool:
    """Whether four bytes may name a box."""
    return all(32 <= byte < 127 or byte == 0xA9 for byte in kind)


def run_of_boxes(file: Bytes, at: int) -> int:
    """Where the boxes that begin at `at` end, at the end of the file at most."""
    for box in boxes(file, at, file.size):
        at = min(box.end, file.size)
    return at
