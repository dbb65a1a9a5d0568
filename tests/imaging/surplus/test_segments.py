"""One JPEG stream, marker by marker."""

from __future__ import annotations

import io

import pytest

from copyfind.imaging.surplus.parts import Bytes, Found
from copyfind.imaging.surplus.segments import Jpeg, walk
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import segment, with_segments


def walked(data: bytes, at: int = 0) -> Jpeg:
    file = Bytes(io.BytesIO(data))
    return walk(file, at, Found(file))


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"quality": 100, "subsampling": 0}],
)
@pytest.mark.parametrize("behind", [b"", b"\xff\xd9", b"\xff\xd8\xff\xe0 another"])
def test_the_end_is_found(options: dict[str, object], behind: bytes) -> None:
    data = as_bytes(drawn(300, 200), "JPEG", **options)
    jpeg = walked(data + behind)
    assert jpeg.end == len(data)
    assert jpeg.size == (300, 200)
    assert jpeg.components == 3


def test_an_end_marker_within_a_segment_is_none() -> None:
    data = with_segments(as_bytes(drawn(), "JPEG"), segment(0xFE, b"\xff\xd9" * 9))
    assert walked(data).end == len(data)


def test_it_may_begin_anywhere() -> None:
    data = as_bytes(drawn(), "JPEG")
    assert walked(b"before" + data, 6).end == 6 + len(data)


def test_rubbish_between_segments_is_passed_over() -> None:
    data = as_bytes(drawn(), "JPEG")
    assert walked(data[:2] + b"rubbish" + data[2:]).end == len(data) + 7


@pytest.mark.parametrize("end", [2, 3, 4, 11, 200, -1])
def test_without_its_end_it_has_none(end: int) -> None:
    assert walked(as_bytes(drawn(), "JPEG")[:end]).end is None
