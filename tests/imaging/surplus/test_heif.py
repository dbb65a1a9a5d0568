"""What a HEIC or AVIF holds beside its primary picture."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest

from tests.filming import film
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import auxiliary, box, full, heif, inside, words
from tests.imaging.test_profile import WIDE

MAIN, OTHER = (b"hvc1", b"main picture"), (b"hvc1", b"other picture")


def nclx(primaries: int, transfer: int) -> bytes:
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, 1, 0x80))


def with_auxiliary(kind: bytes, data: bytes = b"auxiliary") -> bytes:
    return heif(
        {1: MAIN, 2: (b"hvc1", data)},
        refers=[(b"auxl", 2, [1])],
        properties={2: [auxiliary(kind)]},
    )


def tone_mapped(data: bytes = b"the gain map") -> bytes:
    return heif(
        {1: (b"av01", b"base"), 2: (b"av01", data), 3: (b"tmap", b"curve")},
        refers=[(b"dimg", 3, [1, 2])],
        brand=b"avif",
    )


@pytest.mark.parametrize(
    "data",
    [
        heif({1: MAIN}),
        heif({1: MAIN, 2: OTHER}, refers=[(b"thmb", 2, [1])]),
        heif({1: (b"grid", b"2x1"), 2: MAIN, 3: OTHER}, refers=[(b"dimg", 1, [2, 3])]),
        heif({1: MAIN, 2: (b"Exif", b"....")}, refers=[(b"cdsc", 2, [1])]),
        heif({1: MAIN, 2: (b"mime application/rdf+xml", b"<x:xmpmeta/>")}),
        with_auxiliary(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"),
        with_auxiliary(b"urn:mpeg:hevc:2015:auxid:1"),
        heif({1: MAIN}, properties={1: [nclx(1, 13)]}),
        heif({1: MAIN}, properties={1: [nclx(2, 2), box(b"irot", b"\1")]}),
        heif({1: MAIN}, behind=box(b"free", bytes(99))),
        as_bytes(drawn(), "AVIF"),
    ],
)
def test_one_picture_with_ordinary_metadata_has_no_surplus(data: bytes) -> None:
    assert words(data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap"), "a gain map"),
        (with_auxiliary(b"urn:mpeg:hevc:2015:auxid:2"), "a depth map"),
        (with_auxiliary(b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth"), "a depth map"),
        (with_auxiliary(b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"), "a matte"),
        (with_auxiliary(b"urn:com:acme:aux:heat"), "unknown data (auxiliary heat)"),
        (tone_mapped(), "a gain map"),
        (heif({1: MAIN, 2: OTHER}), "a second picture"),
        (heif({1: MAIN, 2: OTHER, 3: OTHER}), "2 more pictures"),
        (
            heif({1: MAIN, 2: (b"mime application/x-c2pa", b"?")}),
            "unknown data (application/x-c2pa)",
        ),
        (heif({1: MAIN, 2: (b"acme", b"?")}), "unknown data (item acme)"),
        (heif({1: MAIN}, properties={1: [box(b"what", b"?")]}), "unknown data (property what)"),
        (heif({1: MAIN}, properties={1: [nclx(9, 16)]}), "HDR colours"),
        (heif({1: MAIN}, properties={1: [nclx(12, 13)]}), "a wide-gamut profile"),
        (heif({1: MAIN}, properties={1: [box(b"colr", b"prof", WIDE)]}), "a wide-gamut profile"),
        (heif({1: MAIN}, properties={1: [full(b"pixi", b"\3\x0a\x0a\x0a")]}), "10 bits a channel"),
        (heif({1: MAIN}, behind=box(b"mpvd", film(brand=b"mp42"))), "a film"),
        (heif({1: MAIN}, behind=film(brand=b"hev1")), "a film"),
        (heif({1: MAIN}, behind=box(b"acme", b"?")), "unknown data (box acme)"),
        (heif({1: MAIN}, behind=b"\1\2\3\4\5\6\7\x08\x09"), "unknown data (behind its end)"),
        (heif({1: MAIN}, behind=box(b"mdat", b"hidden" * 99)), "unknown data (in no item)"),
    ],
)
def test_what_a_file_holds_more_is_told(data: bytes, said: str) -> None:
    assert words(data) == [said]


def test_the_same_gain_map_is_the_same_surplus() -> None:
    tagged = heif(
        {1: MAIN, 2: (b"hvc1", b"map"), 3: (b"Exif", b"a date")},
        refers=[(b"auxl", 2, [1]), (b"cdsc", 3, [1])],
        properties={2: [auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap")]},
    )
    plain = with_auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap", b"map")
    assert inside(plain) == inside(tagged) != inside(with_auxiliary(b"x:hdrgainmap", b"another"))
    assert inside(tone_mapped()) != inside(tone_mapped(b"another map"))


def test_frames_of_an_animation_are_told() -> None:
    data = as_bytes(drawn(), "AVIF", save_all=True, append_images=[drawn(seed=1)])
    (extra,) = inside(data).extras
    assert (extra.words, extra.in_pixels) == ("2 frames", True)


def test_frames_that_decoders_do_not_show_are_no_part_of_the_pixel_hash() -> None:
    film = as_bytes(drawn(), "AVIF", save_all=True, append_images=[drawn(seed=1)])
    (extra,) = inside(film.replace(b"ftypavis", b"ftypheic", 1)).extras
    assert (extra.words, extra.in_pixels) == ("2 frames", False)


def test_what_an_encoder_writes_is_understood() -> None:
    written = io.BytesIO()
    pillow_heif.from_pillow(drawn()).save(written, quality=50)
    assert words(written.getvalue()) == []
    deep = pillow_heif.from_bytes(
        mode="RGB;16", size=(64, 64), data=np.full((64, 64, 3), 40_000, np.uint16).tobytes()
    )
    deep.save(written := io.BytesIO(), quality=50)
    assert words(written.getvalue()) == ["10 bits a channel"]


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_file_that_lacks_data_of_an_item_is_cut(share: float) -> None:
    written = io.BytesIO()
    pillow_heif.from_pillow(drawn()).save(written)
    for data in (written.getvalue(), as_bytes(drawn(), "AVIF"), heif({1: MAIN, 2: OTHER})):
        assert inside(data[: int(len(data) * share)]).cut is not None


def test_an_animation_that_ends_early_is_cut() -> None:
    data = as_bytes(drawn(), "AVIF", save_all=True, append_images=[drawn(seed=1)])
    assert inside(data[:-9]).cut is not None
