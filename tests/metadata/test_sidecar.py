"""What a copy knew is written beside the keeper, and nothing that was there is touched."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.metadata.known import Metadata, read_metadata
from copyfind.metadata.losses import missing
from copyfind.metadata.sidecar import new_sidecar_name, with_more
from copyfind.metadata.xmp import NotXmp, read_xmp
from tests.metadata.saying import FULL, PLAIN, ZURICH, xmp

LIGHTROOM = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="uuid:1" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmp:Rating="0"
   crs:Exposure2012="+0.35" crs:Note="two&#10;lines">
   <dc:subject>
    <rdf:Bag>
     <rdf:li>boat</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def known(packet: bytes) -> Metadata:
    return read_metadata(io.BytesIO(PLAIN), sidecars=[packet])


def writable(said: Metadata) -> Metadata:
    """What a sidecar can hold of it: not a film, not where faces are."""
    return Metadata(
        position=said.position,
        captured_at=said.captured_at,
        rating=said.rating,
        title=said.title,
        description=said.description,
        keywords=said.keywords,
        people=said.people,
    )


def test_a_new_sidecar_says_all() -> None:
    assert known(with_more(None, FULL)) == writable(FULL)


def test_a_new_sidecar_names_the_one_it_is_for() -> None:
    packet = with_more(None, Metadata(rating=3), serves="NEF")
    assert read_xmp(packet).text("photoshop:SidecarForExtension") == "NEF"


def test_a_sidecar_keeps_every_byte_and_says_more() -> None:
    packet = with_more(LIGHTROOM, missing(known(LIGHTROOM), FULL))

    assert known(packet) == Metadata(
        position=ZURICH,
        captured_at="2019-07-21T12:00:00",
        rating=5,
        title="Lake",
        description="At noon",
        keywords=("boat", "water"),
        people=("Ada",),
    )
    kept = packet.replace(b"<rdf:li>water</rdf:li>", b"").replace(b'Rating="5"', b'Rating="0"')
    start = kept.index(b" <rdf:Description xmlns:")
    end = kept.index(b"</rdf:RDF>")
    assert kept[:start] + kept[end:] == LIGHTROOM
    assert b'rdf:about="uuid:1"' in packet[start:]


def test_what_is_said_already_is_not_said_again() -> None:
    packet = with_more(LIGHTROOM, FULL)
    assert with_more(packet, FULL) == packet


def test_nothing_is_put_in_the_place_of_what_is_there() -> None:
    there = xmp('xmp:Rating="2" exif:GPSLatitude="1,0.0N" exif:GPSLongitude="1,0.0E"')
    packet = with_more(there, FULL)
    assert known(packet).rating == 2
    assert known(packet).position == (1.0, 1.0)


def test_an_empty_property_is_left_as_it_is() -> None:
    there = xmp("", "<dc:title/><dc:subject><rdf:Bag/></dc:subject>")
    found = known(with_more(there, FULL))
    assert (found.title, found.keywords, found.description) == (None, (), "At noon")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no XML",
        b"<x/>",
        xmp().decode().encode("utf-16"),
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + xmp(),
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        xmp()[:-20],
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + xmp(),
    ],
)
def test_what_is_no_sidecar_is_refused(packet: bytes) -> None:
    with pytest.raises(NotXmp):
        with_more(packet, FULL)


words = st.text(min_size=1, max_size=8)


@given(words, words, st.lists(words, max_size=3).map(tuple), st.lists(words, max_size=2).map(tuple))
def test_whatever_was_written_is_well_formed_and_can_be_read(
    title: str, description: str, keywords: tuple[str, ...], people: tuple[str, ...]
) -> None:
    more = Metadata(
        title=title, description=description, keywords=keywords, people=people, rating=1
    )
    for packet in (None, LIGHTROOM, xmp()):
        assert known(with_more(packet, more)).rating == 1


plain = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8)


@given(plain, st.lists(plain, max_size=4, unique_by=str.casefold).map(tuple))
def test_text_comes_back_as_it_was(title: str, keywords: tuple[str, ...]) -> None:
    found = known(with_more(None, Metadata(title=title, keywords=keywords)))
    assert (found.title, found.keywords) == (title, keywords)


@given(st.floats(-89.99, 89.99), st.floats(-179.99, 179.99))
def test_a_position_comes_back_to_the_metre(latitude: float, longitude: float) -> None:
    found = known(with_more(None, Metadata(position=(latitude, longitude)))).position or (0, 0)
    assert found == pytest.approx((latitude, longitude), abs=1e-5)


def test_where_a_new_sidecar_goes() -> None:
    assert new_sidecar_name(b"/a/1.NEF", alone=True, is_raw=True) == b"/a/1.xmp"
    assert new_sidecar_name(b"/a/1.NEF", alone=False, is_raw=True) == b"/a/1.NEF.xmp"
    assert new_sidecar_name(b"/a/1.jpg", alone=True, is_raw=False) == b"/a/1.jpg.xmp"
