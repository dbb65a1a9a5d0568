"""A file read in pieces, and what is gathered of it."""

from __future__ import annotations

import io
from collections import deque

import pytest

from copyfind.imaging.surplus.parts import Bytes, Found, TooMuch


def test_beyond_the_end_there_is_nothing() -> None:
    file = Bytes(io.BytesIO(b"abcdef"))
    assert file.read(4, 9) == b"ef"
    assert file.read(6, 1) == file.read(-1, 3) == file.read(0, -1) == b""
    assert file.number(4, 2) == int.from_bytes(b"ef", "big")
    assert b"".join(file.pieces(2, 99)) == b"cdef"
    assert file.up_to(3).read(1, 9) == b"bc"


@pytest.mark.parametrize("data", [b"picture\0\0\0", b"picture\xff\xff", b"picture\r\n", b"picture"])
def test_zeros_and_ends_of_lines_are_padding(data: bytes) -> None:
    file = Bytes(io.BytesIO(data))
    found = Found(file)
    found.behind(7)
    assert file.is_padding(7)
    assert found.result().extras == ()


def test_things_of_one_name_are_one_and_are_counted() -> None:
    file = Bytes(io.BytesIO(b"abcdef"))
    found = Found(file)
    found.add(("a path", "{} paths"), (0, 3))
    found.add(("a path", "{} paths"), b"def")
    (extra,) = found.result().extras
    assert extra.words == "2 paths"


def test_where_bytes_lie_makes_no_difference_but_how_they_are_divided_does() -> None:
    def digest(*what: bytes | tuple[int, int]) -> str:
        found = Found(Bytes(io.BytesIO(b"abcdefabc")))
        found.add("a film", *what)
        return found.result().extras[0].digest

    assert digest((0, 3)) == digest((6, 3)) == digest(b"abc")
    assert digest(b"abc", b"def") != digest(b"abcdef")


def test_names_from_a_file_are_shown_harmless() -> None:
    found = Found(Bytes(io.BytesIO(b"")))
    found.doubt(b"\x1b[2Jab", b"")
    assert found.result().extras[0].words == "unknown data (?[2Jab)"


def test_a_million_names_are_few() -> None:
    found = Found(Bytes(io.BytesIO(b"")))
    for n in range(1000):
        found.doubt(f"{n}", b"")
    assert len(found.result().extras) < 30


def test_the_first_reason_is_told() -> None:
    found = Found(Bytes(io.BytesIO(b"")))
    found.cut_off("one")
    found.cut_off("another")
    assert found.result().cut == "one"


def test_reading_the_same_again_and_again_ends() -> None:
    file = Bytes(io.BytesIO(bytes(1 << 20)))
    with pytest.raises(TooMuch):
        deque((file.read(0, 1 << 20) for _ in range(1000)), maxlen=0)
    with pytest.raises(TooMuch):
        file.spend(1 << 30)
