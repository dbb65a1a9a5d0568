"""Boxes, one after the other."""

from __future__ import annotations

import io
import struct

from copyfind.imaging.surplus.boxes import boxes, is_kind, run_of_boxes
from copyfind.imaging.surplus.parts import Bytes
from tests.imaging.surplus.building import box


def read(data: bytes) -> list[tuple[bytes, int, int, int]]:
    return [(b.kind, b.at, b.begin, b.end) for b in boxes(Bytes(io.BytesIO(data)), 0, len(data))]


def test_boxes_follow_each_other() -> None:
    assert read(box(b"one ", b"ab") + box(b"two ")) == [(b"one ", 0, 8, 10), (b"two ", 10, 18, 18)]


def test_a_long_length_and_none_are_understood() -> None:
    long = struct.pack(">I4sQ", 1, b"long", 18) + b"ab"
    assert read(long + b"\0\0\0\0rest...") == [(b"long", 0, 16, 18), (b"rest", 18, 26, 29)]


def test_a_box_may_reach_beyond_the_end() -> None:
    data = box(b"one ") + struct.pack(">I", 99) + b"cut "
    assert read(data)[-1] == (b"cut ", 8, 16, 107)
    assert run_of_boxes(Bytes(io.BytesIO(data)), 0) == len(data)


def test_what_makes_no_sense_ends_the_run() -> None:
    data = box(b"one ") + b"\0\0\0\1" + bytes(20)
    assert read(data) == [(b"one ", 0, 8, 8)]
    assert run_of_boxes(Bytes(io.BytesIO(data)), 0) == 8


def test_names_can_be_printed() -> None:
    assert is_kind(b"\xa9nam")
    assert not is_kind(b"\0\1ab")
