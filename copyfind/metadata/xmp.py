"""XMP packets: properties of a picture as XML, read without trusting it and added to with care.

A packet never has a DOCTYPE, so one that has is refused before any entity of it can expand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree import ElementTree

LARGEST = 16 << 20  # bytes; packets of face recognisers reach some hundred thousand

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
}
_RDF = f"{{{NAMESPACES['rdf']}}}"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Element: TypeAlias = ElementTree.Element


class NotXmp(Exception):
    """What was read is no XMP packet."""


@dataclass(frozen=True, slots=True)
class Xmp:
    """The descriptions of one packet; properties are named "prefix:Name" as in NAMESPACES."""

    descriptions: tuple[Element, ...] = ()

    def text(self, name: str) -> str | None:
        """The value of a simple property, or the first of a list's."""
        return next(iter(self.texts(name)), None)

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of a property, in order; of alternatives the default language comes first."""
        full = expanded(name)
        for description in self.descriptions:
            if (value := description.get(full, "").strip()) != "":
                return (value,)
            if (element := description.find(full)) is not None and (found := _values(element)):
                return found
        return ()

    def elements(self, name: str) -> Iterator[Element]:
        """Every element of that name, at any depth, but none within another one of it."""
        for description in self.descriptions:
            yield from outermost(description, expanded(name))


def read_xmp(packet: bytes | str) -> Xmp:
    """Read the properties of a packet, or of a sidecar file's bytes. Raises NotXmp."""
    data = packet.encode() if isinstance(packet, str) else packet
    # Packets are padded with blanks, and in PNG some writers end them with zeros.
    root = parse(data.strip(b"\0 \t\r\n"))
    return Xmp(
        tuple(
            description
            for rdf in outermost(root, _RDF + "RDF")
            for description in rdf.findall(_RDF + "Description")
        )
    )


def extended_packets(segments: Iterable[tuple[str, bytes]]) -> list[bytes]:
    """The packets that a JPEG keeps in parts, because one segment has no room for them (XMP
    specification, part 3, 1.1.3.1); what lacks a part is left out. segments: each with its name."""
    parts: dict[tuple[bytes, int], dict[int, bytes]] = {}
    for name, data in segments:
        if name == "APP1" and data.startswith(_EXTENDED) and len(data) > len(_EXTENDED) + 40:
            rest = data[len(_EXTENDED) :]
            size, at = (int.from_bytes(rest[i : i + 4], "big") for i in (32, 36))
            parts.setdefault((rest[:32], size), {})[at] = rest[40:]
    packets = []
    for (_, size), found in parts.items():
        packet = b"".join(data for _, data in sorted(found.items()))
        if len(packet) == size <= LARGEST:
            packets.append(packet)
    return packets


def parse(data: bytes) -> Element:
    """Read a packet; returns its root element. Raises NotXmp."""
    if len(data) > LARGEST:
        raise NotXmp(f"it has {len(data):,} bytes")
    parser = ElementTree.XMLParser(target=_NoDoctype())
    try:
        parser.feed(data)
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotXmp(str(error)) from None
    if not isinstance(root, ElementTree.Element):
        raise NotXmp("it has no element")
    return root


def outermost(element: Element, tag: str) -> Iterator[Element]:
    """The elements of a tag that are in no other of it, in order, the element itself among them.

    Each is met once, so that what is done with all that is in them takes time as long as the packet
    is, however deep it is nested.
    """
    left = [element]
    while left:
        here = left.pop()
        if here.tag == tag:
            yield here
        else:
            left.extend(reversed(here))


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise NotXmp(f"it has a DOCTYPE ({name}, {pubid}, {system})")


def expanded(name: str) -> str:
    """ "dc:title" as ElementTree names it; what belongs to a structure is named alike."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def attributes(element: Element) -> Mapping[str, str]:
    """What a structure says by attributes or by elements, whichever its writer took."""
    said = {key: value for key, value in element.attrib.items() if not key.startswith(_RDF)}
    for inner in element.iter():
        said.update({k: v for k, v in inner.attrib.items() if not k.startswith(_RDF)})
        if len(inner) == 0 and inner.text and inner.text.strip():
            said.setdefault(inner.tag, inner.text.strip())
    return said


def _values(element: Element) -> tuple[str, ...]:
    entries = list(element.iter(_RDF + "li"))
    if not entries:
        text = (element.text or "").strip()
        return (text,) if text else ()
    entries.sort(key=lambda li: li.get(_LANGUAGE) != "x-default")  # stable: the order stays
    return tuple(text for li in entries if (text := (li.text or "").strip()))
