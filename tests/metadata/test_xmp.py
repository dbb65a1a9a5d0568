"""A packet is read as its writer meant it, whichever form that took, and never trusted."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from copyfind.metadata.known import Metadata, read_metadata
from copyfind.metadata.sidecar import with_more
from copyfind.metadata.xmp import (
    LARGEST,
    NotXmp,
    attributes,
    expanded,
    extended_packets,
    parse,
    read_xmp,
)
from tests.metadata.saying import xmp


def test_a_property_is_an_attribute_or_an_element() -> None:
    as_attribute = xmp('xmp:Rating="3"')
    as_element = xmp(inner="<xmp:Rating> 3 </xmp:Rating>")

    assert read_xmp(as_attribute).text("xmp:Rating") == "3"
    assert read_xmp(as_element).text("xmp:Rating") == "3"
    assert read_xmp(as_element).text("dc:title") is None


@pytest.mark.parametrize("kind", ["Bag", "Seq", "Alt"])
def test_a_list_comes_in_its_order_without_what_is_empty(kind: str) -> None:
    packet = xmp(
        inner=f"<dc:subject><rdf:{kind}><rdf:li>b</rdf:li><rdf:li> </rdf:li><rdf:li>a</rdf:li>"
        f"</rdf:{kind}></dc:subject>"
    )

    assert read_xmp(packet).texts("dc:subject") == ("b", "a")


def test_of_alternatives_the_default_language_comes_first() -> None:
    packet = xmp(
        inner='<dc:title><rdf:Alt><rdf:li xml:lang="de">See</rdf:li>'
        '<rdf:li xml:lang="x-default">Lake</rdf:li></rdf:Alt></dc:title>'
    )

    assert read_xmp(packet).texts("dc:title") == ("Lake", "See")


def test_the_first_of_several_descriptions_that_says_something_counts() -> None:
    packet = xmp('xmp:Rating=""').replace(
        b"</rdf:RDF>", b'<rdf:Description xmp:Rating="4" dc:format="x"/></rdf:RDF>'
    )

    assert read_xmp(packet).text("xmp:Rating") == "4"


@pytest.mark.parametrize("around", [b"", b"\0\0", b" \r\n" * 100])
def test_padding_is_no_part_of_a_packet(around: bytes) -> None:
    assert read_xmp(around + xmp('xmp:Rating="1"') + around).text("xmp:Rating") == "1"


def test_a_packet_may_be_text() -> None:
    assert read_xmp(xmp('dc:title="Zürich"').decode()).text("dc:title") == "Zürich"


@pytest.mark.parametrize(
    "inner",
    [
        '<mwg-rs:Area mwg-rs:Name="Ada" mwg-rs:Type="Face"/>',
        "<mwg-rs:Area><mwg-rs:Name>Ada</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type></mwg-rs:Area>",
        '<mwg-rs:Area><rdf:Description mwg-rs:Name="Ada" mwg-rs:Type="Face"/></mwg-rs:Area>',
    ],
)
def test_a_structure_says_the_same_in_each_form(inner: str) -> None:
    (area,) = read_xmp(xmp(inner=inner)).elements("mwg-rs:Area")

    said = attributes(area)

    assert (said[expanded("mwg-rs:Name")], said[expanded("mwg-rs:Type")]) == ("Ada", "Face")


@pytest.mark.parametrize(
    "packet",
    [b"", b"<", b"<a>", b"a", b"\xff\xfe", b"<!DOCTYPE x><x/>", b'<!DOCTYPE x SYSTEM "y"><x/>'],
)
def test_what_is_no_packet_is_refused(packet: bytes) -> None:
    with pytest.raises(NotXmp):
        read_xmp(packet)


def test_a_packet_of_no_end_is_refused_unread() -> None:
    with pytest.raises(NotXmp, match="bytes"):
        parse(b" " * (LARGEST + 1))


DEEP = 60_000  # where time grew with the square of it, each of these took minutes
_NESTED = {
    "entries of regions": ("<m:RegionList>", "<rdf:li>", "</rdf:li>", "</m:RegionList>"),
    "lists of regions": ("", "<m:RegionList>", "</m:RegionList>", ""),
    "regions of Windows": (
        "<p:Regions xmlns:p='http://ns.microsoft.com/photo/1.2/t/RegionInfo#'>",
        "<rdf:li>",
        "</rdf:li>",
        "</p:Regions>",
    ),
    "descriptions": (
        "",
        "<rdf:RDF><rdf:Description>",
        "</rdf:Description></rdf:RDF>",
        "",
    ),
    "keywords": (
        "<dc:subject xmlns:dc='http://purl.org/dc/elements/1.1/'>",
        "<rdf:Bag><rdf:li>",
        "</rdf:li></rdf:Bag>",
        "</dc:subject>",
    ),
}


@pytest.mark.parametrize("name", _NESTED)
def test_what_is_nested_deep_takes_time_as_long_as_it_is(name: str) -> None:
    before, opens, closes, after = _NESTED[name]
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:m="http://www.metadataworkinggroup.com/schemas/regions/">'
        f"{before}{opens * DEEP}{closes * DEEP}{after}"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    start = time.process_time()

    read_metadata(None, sidecars=[packet])
    with suppress(NotXmp):
        with_more(packet, Metadata(rating=3, keywords=("a",)))

    assert time.process_time() - start < 10


def test_blanks_around_a_rating_take_time_as_long_as_they_are() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="' + b" " * 200_000 + b'x"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    start = time.process_time()

    with_more(packet, Metadata(rating=3))

    assert time.process_time() - start < 10


def in_parts(packet: bytes, *, at_once: int, guid: bytes = b"A" * 32) -> list[tuple[str, bytes]]:
    """The segments of a packet that is too long for one, in another order than its own."""
    head = b"http://ns.adobe.com/xmp/extension/\0" + guid + len(packet).to_bytes(4, "big")
    starts = range(0, len(packet), at_once)
    return [
        ("APP1", head + at.to_bytes(4, "big") + packet[at : at + at_once])
        for at in reversed(starts)
    ]


@pytest.mark.parametrize("at_once", [7, 400, 10_000])
def test_an_extended_packet_is_put_together(at_once: int) -> None:
    packets = [b"<first>" + bytes(900) + b"</first>", b"<second/>"]
    segments = [
        ("APP1", b"Exif\0\0"),
        *in_parts(packets[0], at_once=at_once),
        ("APP2", b"http://ns.adobe.com/xmp/extension/\0" + bytes(60)),
        *in_parts(packets[1], at_once=at_once, guid=b"B" * 32),
    ]

    assert extended_packets(segments) == packets


@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_one_that_lacks_a_part_is_left_out(lacking: int) -> None:
    segments = in_parts(bytes(900), at_once=300)
    del segments[lacking]

    assert extended_packets(segments) == []
