"""Any bytes at all: nothing is raised, and the time is linear."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.imaging.decode import decode
from copyfind.imaging.formats import Format, Undecodable
from copyfind.imaging.surplus import look_inside
from copyfind.records import Problem
from tests.filming import film
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import (
    chunk,
    heif,
    index_segment,
    inside,
    jpeg,
    longs,
    page,
    segment,
    tiff,
    with_chunks,
    with_segments,
)
from tests.imaging.surplus.test_jpeg import samsung
from tests.imaging.surplus.test_psd import layer_info, psd

SEEDS = {
    Format.JPEG: with_segments(jpeg(), index_segment(0x030000, 0))
    + jpeg(1)
    + samsung((b"x", b"y")),
    Format.PNG: as_bytes(drawn(), "PNG", save_all=True, append_images=[drawn(seed=1)]),
    Format.WEBP: as_bytes(drawn(), "WEBP", save_all=True, append_images=[drawn(seed=1)]),
    Format.GIF: as_bytes(drawn(), "GIF", save_all=True, append_images=[drawn(seed=1)]),
    Format.TIFF: tiff(page(), page(seed=2), subs=[page(4, 4)]),
    Format.BMP: as_bytes(drawn(), "BMP"),
    Format.HEIC: heif({1: (b"grid", b"1"), 2: (b"hvc1", b"2")}, refers=[(b"dimg", 1, [2])]),
    Format.AVIF: as_bytes(drawn(), "AVIF", save_all=True, append_images=[drawn(seed=1)]),
    Format.JPEG_2000: as_bytes(drawn(), "JPEG2000"),
    Format.PNM: b"P3\n2 1\n255\n1 2 3 4 5 6\n",
    Format.TGA: as_bytes(drawn(), "TGA", compression="tga_rle"),
    Format.PSD: psd(layers=layer_info(2)),
    Format.JPEG_XL: b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x20jxlc\xff\x0a" + bytes(22),
    Format.RAW: tiff(page(samples=1, meaning=32803)),
}


@given(kind=st.sampled_from(list(Format)), data=st.binary(max_size=400))
def test_rubbish_never_raises(kind: Format, data: bytes) -> None:
    look_inside(io.BytesIO(data), kind)
    look_inside(io.BytesIO(SEEDS[kind][:40] + data), kind)


@given(
    kind=st.sampled_from(list(Format)),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
    ),
    end=st.floats(0, 1),
)
def test_changed_bytes_never_raise(
    kind: Format, changes: list[tuple[float, bytes]], end: float
) -> None:
    data = bytearray(SEEDS[kind])
    for share, value in changes:
        # Structure lies at the beginning, so that is where most changes go.
        at = int(share**3 * len(data))
        data[at : at + len(value)] = value
    look_inside(io.BytesIO(bytes(data[: 1 + int(end * len(data))])), kind)


def hostile() -> dict[str, tuple[Format, bytes]]:
    many_pages = page(2, 2, fields=[longs(279, *[12] * 5000), longs(324, *range(5000))])
    loop = tiff(*[many_pages] * 40)
    items = dict.fromkeys(range(1, 3000), (b"hvc1", b"?"))
    circles = struct.pack("<HHII", 330, 4, 99, 8) * 4095
    return {
        "png chunks": (Format.PNG, with_chunks(SEEDS[Format.PNG], *[chunk(b"abCd", b"")] * 30_000)),
        "jpeg segments": (Format.JPEG, with_segments(jpeg(), *[segment(0xE4, b"?")] * 15_000)),
        "jpeg of markers": (Format.JPEG, b"\xff\xd8\xff\xe0\0\2" + b"\xff\xda\0\2" * 30_000),
        "jpegs behind": (Format.JPEG, jpeg() + b"\xff\xd8\xff\xd9" * 100_000),
        "gif blocks": (Format.GIF, SEEDS[Format.GIF][:-1] + b"\x21\xfe\0" * 200_000 + b"\x3b"),
        "tiff strips": (Format.TIFF, loop),
        "tiff directory": (Format.TIFF, b"II*\0\x08\0\0\0\xff\x0f" + circles),
        "heif items": (Format.HEIC, heif(items)),
        "boxes": (Format.JPEG_2000, SEEDS[Format.JPEG_2000] + b"\0\0\0\x08abcd" * 100_000),
        "one huge count": (Format.PSD, psd(layers=b"\xff\xff\xff\xff" * 4)),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(hostile()))
def test_hostile_files_cost_little(name: str) -> None:
    kind, data = hostile()[name]
    began = time.process_time()
    tracemalloc.start()
    seen = look_inside(io.BytesIO(data), kind)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - began < 8  # 0.1 to 1 s without the tracing
    assert peak < 64 << 20
    assert len(seen.extras) < 40


def test_an_ordinary_jpeg_costs_little() -> None:
    data = as_bytes(drawn(2000, 1500), "JPEG", quality=95)
    stream = io.BytesIO(data)
    took = []
    for _ in range(5):
        began = time.process_time()
        look_inside(stream, Format.JPEG)
        took.append(time.process_time() - began)
    began = time.process_time()
    decode(data, side=64)
    assert min(took) < (time.process_time() - began) / 4


def test_what_is_seen_travels_with_the_facts() -> None:
    facts = decode(jpeg() + film(brand=b"dby1"), side=32).facts
    assert facts.has_film
    assert facts.surplus == inside(jpeg() + film(brand=b"dby1")).extras


@pytest.mark.parametrize(
    "data",
    [
        jpeg() + film(brand=b"mp42")[:-9],
        jpeg() + jpeg(1)[:-9],
        as_bytes(drawn(), "PNG")[:-12],
        as_bytes(drawn(), "GIF", save_all=True, append_images=[drawn(seed=1)])[:-9],
        as_bytes(drawn(), "TIFF", save_all=True, append_images=[drawn(seed=1)])[:-99],
    ],
)
def test_a_cut_file_is_damaged_though_its_picture_decodes(data: bytes) -> None:
    with pytest.raises(Undecodable) as raised:
        decode(data, side=32)
    assert raised.value.problem is Problem.DAMAGED
    assert raised.value.reason.startswith("the file ends")
