"""Directories of TIFF, and the place of every value."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from copyfind.imaging.surplus.directories import SUB_DIRECTORIES, uncovered, walk
from copyfind.imaging.surplus.parts import Bytes
from tests.imaging.surplus.building import longs, page, tiff


def test_pages_and_what_hangs_on_them_are_met() -> None:
    data = tiff(page(), page(4, 4), subs=[page(2, 2)])
    walked = walk(Bytes(io.BytesIO(data)))
    assert not walked.cut
    assert sorted((d.level, d.of, d.size) for d in walked.directories) == [
        (0, 0, (4, 4)),
        (0, 0, (8, 8)),
        (1, SUB_DIRECTORIES, (2, 2)),
    ]


def test_values_are_read_wherever_they_lie() -> None:
    (directory,) = walk(Bytes(io.BytesIO(tiff(page(fields=[longs(60000, 1, 2, 3)]))))).directories
    assert directory.numbers(60000) == (1, 2, 3)
    assert directory.number(60001, 7) == 7
    assert directory.bytes(60000, most=4) == b"\1\0\0\0"
    assert directory.strips() == [(8, 192)]


def test_another_file_has_none() -> None:
    assert walk(Bytes(io.BytesIO(b"no TIFF at all"))).directories == []


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15))), st.integers(0, 50))
def test_what_no_range_covers_is_the_rest(ranges: list[tuple[int, int]], size: int) -> None:
    covered = {at for begin, length in ranges for at in range(begin, begin + length)}
    rest = {at for begin, length in uncovered(ranges, size) for at in range(begin, begin + length)}
    assert rest == set(range(size)) - covered
