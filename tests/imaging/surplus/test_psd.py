"""What a PSD holds beside the picture that its layers make."""

from __future__ import annotations

import struct

import pytest

from tests.imaging.surplus.building import inside, words


def psd(
    channels: int = 3, *, layers: bytes = b"", resources: bytes = b"", depth: int = 8, mode: int = 3
) -> bytes:
    samples = bytes(channels * 4 * 6 * depth // 8)
    return (
        b"8BPS\0\x01" + struct.pack(">6xHIIHH", channels, 4, 6, depth, mode) + bytes(4)
        + struct.pack(">I", len(resources)) + resources
        + struct.pack(">I", len(layers)) + layers + b"\0\0" + samples
    )  # fmt: skip


def layer_info(count: int) -> bytes:
    info = struct.pack(">h", count) + bytes(62)
    return struct.pack(">I", len(info)) + info + bytes(4)


@pytest.mark.parametrize(
    "data",
    [
        psd(),
        psd(layers=bytes(8)),
        psd(4),  # transparency, as the decoder has it
        psd(1, mode=1),
        psd(resources=b"8BIM\x04\x04\0\0\0\0\0\x04iptc"),
    ],
)
def test_a_flat_psd_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (psd(layers=layer_info(1)), "a layer"),
        (psd(layers=layer_info(-7)), "7 layers"),
        (psd(layers=bytes(8) + b"8BIMLr16\0\0\0\x04\0\x02\0\0"), "2 layers"),
        (psd(layers=bytes(8) + b"8BIMPatt\0\0\0\x04abcd"), "data of layers"),
        (psd(5), "2 channels beside its colours"),
        (psd(6), "3 channels beside its colours"),
        (psd(5, mode=4), "a channel beside its colours"),
        (psd(4, mode=4), "CMYK inks"),
        (psd(2, mode=1), "a channel beside its colours"),
        (psd(depth=16), "16 bits a channel"),
        (psd(resources=b"8BIM\x07\xd0\0\0\0\0\0\x04path"), "a path"),
        (psd(resources=b"8BIM\x0f\xa0\0\0\0\0\0\x04mani"), "unknown data (Photoshop 4000)"),
        (psd() + b"something behind it", "unknown data (behind its end)"),
    ],
)
def test_what_a_psd_holds_more_is_told(data: bytes, said: str) -> None:
    assert said in words(data)


def test_a_psd_that_ends_early_is_cut() -> None:
    assert inside(psd()[:-5]).cut is not None
