"""What a RAW holds beside its sensor's data."""

from __future__ import annotations

import struct

import pytest

from tests.imaging.surplus.building import inside, longs, page, tiff, words

RAF = b"FUJIFILMCCD-RAW " + bytes(68) + struct.pack(">6I", 108, 20, 128, 8, 136, 64) + bytes(92)


def dng(*subs: tuple[int, int]) -> bytes:
    """A RAW in TIFF's clothes: what each sub-directory is for and means."""
    sensor = page(samples=1, meaning=32803)
    others = [page(samples=1, meaning=m, fields=[longs(254, kind)]) for kind, m in subs]
    return tiff(page(4, 4, fields=[longs(254, 1)]), subs=[sensor, *others])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (dng(), []),
        (dng((8, 51177)), ["a depth map"]),
        (dng((0x10004, 52527)), ["a mask"]),
        (dng((16, 34892)), ["an enhanced picture"]),
        (dng((0, 32803)), ["2 pictures of the sensor"]),
    ],
)
def test_a_raw_is_more_than_any_picture(data: bytes, said: list[str]) -> None:
    assert sorted(words(data)) == sorted([*said, "raw sensor data"])


@pytest.mark.parametrize("data", [RAF, dng()])
def test_a_raw_that_lacks_what_it_points_to_is_cut(data: bytes) -> None:
    assert inside(data).cut is None
    assert inside(data[: len(data) * 9 // 10]).cut is not None


def test_panasonics_own_place_of_the_sensors_data_counts() -> None:
    def rw2(length: int) -> bytes:
        data = tiff(page(4, 4, fields=[longs(280, 40), longs(279, length)]))
        return b"IIU\0" + data[4:]

    assert inside(rw2(48)).cut is None
    assert inside(rw2(1 << 20)).cut is not None
