"""Files in lines of a terminal: columns that fit, in any width."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from copyfind.report.file_lines import FileLine, FileLines, Head, Line

LONG = FileLine(
    "safe",
    "Backup/2019/Summer in Italy with everybody/IMG_0001 (1).jpg",
    "near: resized to 50%, recompressed, from another copy of it",
    "4.2 MB",
    "4000×3000",
    "JPEG",
    "2019-07-21",
)


def lines(*what: Line, width: int, wide: bool = False) -> list[str]:
    page = io.StringIO()
    Console(file=page, width=width).print(FileLines(what, wide), soft_wrap=wide)
    return page.getvalue().splitlines()


@given(width=st.integers(10, 250))
def test_every_line_fits(width: int) -> None:
    shown = lines(Head(1234, "2 safe to clear", "c-0123456789abcdef"), LONG, "a note", width=width)

    assert len(shown) == 3
    assert max(map(cell_len, shown)) <= width


@pytest.mark.parametrize(("width", "told"), [(80, ""), (120, "JPEG  4.2 MB  2019-07-21")])
def test_format_and_date_are_told_where_there_is_room(width: int, told: str) -> None:
    (line,) = lines(LONG, width=width)

    assert ("JPEG" in line or "2019-07-21" in line) is bool(told)
    assert told in line


def test_a_short_reason_leaves_its_room_to_the_path() -> None:
    short = FileLine("safe", LONG.path, "identical", LONG.size, LONG.pixels)

    (line,) = lines(short, width=80)

    assert line.startswith("  safe Backup/2019/Summer in Italy")
    assert line.endswith("/IMG_0001 (1).jpg 4000×3000 4.2 MB identical")


def test_a_wide_line_is_whole() -> None:
    (line,) = lines(LONG, width=30, wide=True)

    assert LONG.path in line
    assert line.endswith(LONG.why)


def test_a_headline_ends_with_the_id_and_on_the_narrowest_window_lacks_it() -> None:
    head = Head(7, "2 safe to clear", "c-0123456789abcdef")

    assert lines(head, width=60)[0] == f"7  2 safe to clear{' ' * 24}c-0123456789abcdef"
    assert lines(head, width=24) == ["7  2 safe to clear"]


def test_what_is_no_file_is_a_line_of_its_own() -> None:
    assert lines("and 3 files more", width=40) == ["and 3 files more"]
