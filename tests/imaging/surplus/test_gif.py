"""What a GIF holds beside its picture."""

from __future__ import annotations

import pytest

from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import inside, words

FRAMES = {"save_all": True, "append_images": [drawn(seed=1), drawn(seed=2)]}


def gif(block: bytes = b"") -> bytes:
    """A GIF of one frame with a block before its end."""
    return as_bytes(drawn().quantize(), "GIF")[:-1] + block + b"\x3b"


def extension(kind: int, *blocks: bytes) -> bytes:
    return b"\x21" + bytes([kind]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


@pytest.mark.parametrize(
    "data",
    [
        gif(),
        gif(extension(0xFE, b"a comment")),
        gif(extension(0xFF, b"XMP DataXMP", b"<x:xmpmeta/>")),
        gif() + bytes(9),
    ],
)
def test_one_picture_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (as_bytes(drawn(), "GIF", **FRAMES), "3 frames"),
        (gif(extension(0x01, bytes(12), b"a text")), "a text over it"),
        (gif(extension(0xFF, b"ACMEDATA1.0", b"?")), "unknown data (ACMEDATA)"),
        (gif() + b"PK\3\4", "unknown data (behind its end)"),
    ],
)
def test_what_a_gif_holds_more_is_told(data: bytes, said: str) -> None:
    assert words(data) == [said]


@pytest.mark.parametrize(
    "data",
    [
        gif(),
        as_bytes(drawn(), "GIF", **FRAMES),
    ],
)
def test_what_ends_early_is_cut(data: bytes) -> None:
    assert inside(data).cut is None
    assert inside(data[: len(data) * 9 // 10]).cut is not None
    assert inside(data[:-2]).cut is not None
