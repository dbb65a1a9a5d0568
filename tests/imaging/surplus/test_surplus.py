"""Any bytes at all: nothing is raised, and the time is linear."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib

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
    box,
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
from tests.imaging.surplus.test_photoshop import resource
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


BLOB = bytes(range(1, 256)) * 80  # 20 KB that nobody reads as a text
TEXT = b"word " * 2000
XMP = b'<rdf:Description GDepth:Data="' + b"iVBOR" * 2000 + b'"/>'
PNG, GIF, TGA = (as_bytes(drawn(), kind) for kind in ("PNG", "GIF", "TGA"))
WEBP, BMP, JP2 = (as_bytes(drawn(), kind) for kind in ("WEBP", "BMP", "JPEG2000"))
HEIC = heif({1: (b"hvc1", b"1")})
SPACE = b"\0\0\0\x0cJXL \r\n\x87\n"
JXL = SPACE + box(b"ftyp", b"jxl \0\0\0\0jxl ") + box(b"jxlc", b"\xff\x0a" + bytes(22))


def gif(block: bytes) -> bytes:
    return GIF[:-1] + block + b"\x3b"


def blocks(data: bytes) -> bytes:
    pieces = [data[n : n + 255] for n in range(0, len(data), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def webp(chunk: bytes) -> bytes:
    data = WEBP + chunk
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def bmp_with_a_gap() -> bytes:
    data = bytearray(BMP[:54] + BLOB + BMP[54:])
    data[10:14] = struct.pack("<I", 54 + len(BLOB))
    return bytes(data)


def bmp_of_os2(behind: bytes) -> bytes:
    width, height = drawn().size
    head = struct.pack("<IHHIIHHHH", 26 + len(BMP) - 54, 0, 0, 26, 12, width, height, 1, 24)
    return b"BM" + head + BMP[54:] + behind


def jp2(*inside: bytes) -> bytes:
    at = JP2.find(b"jp2c") - 4
    return JP2[:at] + b"".join(inside) + JP2[at:]


def jp2_with_a_comment(said: bytes) -> bytes:
    at = JP2.find(b"\xff\x4f\xff\x51")
    behind = at + 4 + int.from_bytes(JP2[at + 4 : at + 6], "big")
    comment = b"\xff\x64" + struct.pack(">HH", len(said) + 4, 0) + said
    return JP2[at:behind] + comment + JP2[behind:]


def packed(text: bytes) -> bytes:
    return b"\0\0" + zlib.compress(text)


HIDDEN = {
    "a drawing in few bytes": with_chunks(PNG, chunk(b"zTXt", b"mxGraphModel" + packed(TEXT))),
    "another one": with_chunks(PNG, chunk(b"tEXt", b"application/vnd.excalidraw+json\0{}")),
    "a long text in few bytes": with_chunks(PNG, chunk(b"zTXt", b"notes" + packed(TEXT))),
    "a profile of another kind": with_chunks(PNG, chunk(b"tEXt", b"Raw profile type ours\0ab")),
    "XMP that is packed": with_chunks(
        PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP))
    ),
    "XMP in digits": with_chunks(
        PNG, chunk(b"zTXt", b"Raw profile type xmp" + packed(b"\nxmp\n 9\n" + XMP.hex().encode()))
    ),
    "a long background": with_chunks(PNG, chunk(b"bKGD", BLOB)),
    "EXIF that is none in PNG": with_chunks(PNG, chunk(b"eXIf", BLOB)),
    "a gain map in PNG": with_chunks(PNG, chunk(b"gmAP", b"1"), chunk(b"gdAT", BLOB)),
    "a comment in GIF": gif(b"\x21\xfe" + blocks(BLOB)),
    "a long text in GIF": gif(b"\x21\xfe" + blocks(TEXT)),
    "how often it is played": gif(b"\x21\xff\x0bNETSCAPE2.0" + blocks(BLOB)),
    "a long text in JPEG": with_segments(jpeg(), segment(0xFE, TEXT)),
    "another long text": with_segments(jpeg(), segment(0xEC, TEXT)),
    "a note for decoders": with_segments(jpeg(), segment(0xEE, b"Adobe" + BLOB)),
    "EXIF that is none": with_segments(jpeg(), segment(0xE1, b"Exif\0\0" + BLOB)),
    "EXIF behind EXIF": with_segments(
        jpeg(), segment(0xE1, b"Exif\0\0II*\0"), segment(0xE1, b"Exif\0\0II*\0" + BLOB)
    ),
    "EXIF that is none in WebP": webp(b"EXIF" + struct.pack("<I", len(BLOB)) + BLOB),
    "between header and samples": bmp_with_a_gap(),
    "behind a BMP of old": bmp_of_os2(behind=BLOB),
    "behind a long comment": b"P6\n#" + TEXT + b"\n1 1\n255\nabc" + BLOB,
    "a text in JPEG 2000": jp2(box(b"xml ", b"<a>", TEXT, b"</a>")),
    "XMP in JPEG 2000": jp2(box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), XMP)),
    "free space in JPEG 2000": jp2(box(b"free", BLOB)),
    "a comment in JPEG 2000": jp2_with_a_comment(BLOB),
    "a long text in its codestream": jp2_with_a_comment(TEXT),
    "a field of TIFF": tiff(page(fields=[(337, 2, TEXT)])),
    "a clipping path": tiff(page(fields=[(343, 1, BLOB)])),
    "notes of a maker": tiff(page(fields=[(37500, 7, BLOB * 20)])),
    "free space in HEIC": HEIC + box(b"free", BLOB),
    "skipped space in HEIC": HEIC + box(b"skip", BLOB),
    "XMP in JPEG XL": JXL + box(b"xml ", XMP),
    "free space in JPEG XL": JXL + box(b"free", BLOB),
    "packed metadata": JXL + box(b"brob", b"xml ", BLOB),
    "behind a bare codestream": b"\xff\x0a" + bytes(64) + film(),
    "a resource of Photoshop": psd(resources=resource(1005, BLOB * 4)),
    "XMP in PSD": psd(resources=resource(1060, XMP)),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_name_that_is_known_hides_nothing(name: str) -> None:
    assert inside(HIDDEN[name]).extras


@pytest.mark.parametrize(
    "data",
    [
        with_chunks(PNG, chunk(b"eXIf", b"MM\0*\0\0\0\x08"), chunk(b"bKGD", bytes(6))),
        with_chunks(PNG, chunk(b"zTXt", b"Raw profile type iptc" + packed(b"\niptc\n 2\n3842"))),
        with_segments(jpeg(), segment(0xE1, b"Exif\0\0MM\0*" + BLOB), segment(0xFE, b"a note")),
        webp(b"EXIF" + struct.pack("<I", 12) + b"Exif\0\0II*\0\0\0"),
        bmp_of_os2(behind=b""),
        jp2(box(b"free", bytes(5000)), box(b"xml ", b"<a/>")),
        HEIC + box(b"free", bytes(5000)),
        JXL + box(b"Exif", b"\0\0\0\0MM\0*") + box(b"xml ", b"<a/>"),
        tiff(page(fields=[(270, 2, b"at the lake\0"), (37500, 7, BLOB)])),
    ],
)
def test_what_is_of_its_form_and_size_is_ordinary(data: bytes) -> None:
    assert inside(data).extras == ()


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
