"""XMP sidecars: a new one, or a new version of one with more in it, every other byte as it was.

What is there is not written anew by an XML library, which would lose what it does not know:
additions are put in at the places that a parser finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from copyfind.metadata.known import Metadata
from copyfind.metadata.xmp import NAMESPACES, NotXmp, Xmp, parse, read_xmp

Property = tuple[str, str]  # "prefix:Name" and its value

_RDF = NAMESPACES["rdf"]
_EMPTY = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
_LISTS = {"dc:subject": "keywords", "Iptc4xmpExt:PersonInImage": "people"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OTHER_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8|us-ascii)", re.IGNORECASE)
_UNRATED = re.compile(
    rb"(?P<before>\b(?:xmp|xap):Rating\s*=\s*[\"'])\s*(?:(?:0(?:\.0*)?|\.0*)\s*)?(?P<after>[\"'])"
)


@dataclass(frozen=True, slots=True)
class More:
    """What `with_more` is asked."""

    packet: bytes | None
    more: Metadata
    serves: str | None = None


def added(asked: More) -> bytes | None:
    """The same as `with_more`; None where the packet cannot be added to."""
    try:
        return with_more(asked.packet, asked.more, serves=asked.serves)
    except NotXmp:
        return None


def with_more(packet: bytes | None, more: Metadata, *, serves: str | None = None) -> bytes:
    """A sidecar that says all that `packet` says, and what of `more` it says nothing of.

    packet: the sidecar's bytes; None for a new one. serves: the suffix of the picture for which
    alone a new NAME.xmp is. Raises NotXmp where `packet` cannot be added to.
    """
    if packet is not None:
        return _added(packet, more)
    return _added(_EMPTY, more, [("photoshop:SidecarForExtension", serves)] if serves else [])


def new_sidecar_name(picture: bytes, *, alone: bool, is_raw: bool) -> bytes:
    """Where a new sidecar of the picture goes: NAME.xmp for a RAW whose name no other file has, as
    Adobe's programs look for it; NAME.EXT.xmp otherwise, which can be for no other file."""
    stem, dot, suffix = picture.rpartition(b".")
    return (stem if is_raw and alone and dot else stem + dot + suffix) + b".xmp"


def _added(packet: bytes, more: Metadata, first: Sequence[Property] = ()) -> bytes:
    """The packet with what of `more` it says nothing of, and with the `first` properties."""
    _refuse_other_encodings(packet)
    known = read_xmp(packet)  # nothing with a DOCTYPE gets further
    places = _Places.of(packet)
    edits = _edits(packet, _writable(more), known, places, first)
    for start, end, text in sorted(edits, reverse=True):
        packet = packet[:start] + text + packet[end:]
    parse(packet)
    return packet


def _refuse_other_encodings(packet: bytes) -> None:
    try:
        packet.decode()
    except UnicodeDecodeError:
        raise NotXmp("it is not UTF-8") from None
    if b"\0" in packet or _OTHER_ENCODING.match(packet):
        raise NotXmp("it is not UTF-8")


def _edits(
    packet: bytes, more: Metadata, known: Xmp, places: _Places, first: Sequence[Property]
) -> Iterator[tuple[int, int, bytes]]:
    """From where to where in the packet something else comes, and what."""
    unrated = _UNRATED.search(packet) if "xmp:Rating" in places.names else None
    if more.rating is not None and unrated is not None:
        rated = unrated["before"] + str(more.rating).encode() + unrated["after"]
        yield unrated.start(), unrated.end(), rated
    words = {name: _further(name, more, known) for name in _LISTS}
    for name in words.keys() & places.lists.keys():
        if words[name]:
            start, end, prefix = places.lists[name]
            yield start, end, _entries(words[name], prefix)
    properties = [*first, *_properties(more, known, places)]
    inner = list(_elements(more, words, places))
    if properties or inner:
        yield places.end, places.end, _description(places.about, properties, inner)


def _further(name: str, more: Metadata, known: Xmp) -> list[str]:
    """The words that a list of the packet lacks."""
    words: tuple[str, ...] = getattr(more, _LISTS[name])
    return [word for word in words if word not in known.texts(name)]


def _properties(more: Metadata, known: Xmp, places: _Places) -> Iterator[Property]:
    """What is said in one attribute, of which the packet says nothing."""
    if more.rating is not None and "xmp:Rating" not in places.names:
        yield "xmp:Rating", str(more.rating)
    has_position = bool({"exif:GPSLatitude", "exif:GPSLongitude"} & places.names)
    for name, value in _simple(more):
        if has_position and name.startswith("exif:GPS"):
            continue  # half of a position is no reason to mix it with another one's
        if value is not None and not known.texts(name) and name not in places.names:
            yield name, value


def _elements(more: Metadata, words: Mapping[str, Sequence[str]], places: _Places) -> Iterator[str]:
    """What is said in elements, of which the packet has none."""
    for name in ("title", "description"):
        text = getattr(more, name)
        if text is not None and f"dc:{name}" not in places.names:
            yield _list(f"dc:{name}", "Alt", [text])
    for name, further in words.items():
        if further and name not in places.lists and name not in places.names:
            yield _list(name, "Bag", further)


def _writable(more: Metadata) -> Metadata:
    """The same knowledge without what XML cannot hold: control characters, halves of a
    character."""

    def clean(text: str) -> str:
        return _NOT_XML.sub("", text).strip()

    return replace(
        more,
        title=clean(more.title or "") or None,
        description=clean(more.description or "") or None,
        keywords=tuple(word for word in map(clean, more.keywords) if word),
        people=tuple(name for name in map(clean, more.people) if name),
    )


def _simple(more: Metadata) -> Iterator[tuple[str, str | None]]:
    """Properties and their values as XMP writes them; None where nothing is known."""
    latitude, longitude = more.position or (None, None)
    yield "exif:GPSLatitude", _coordinate(latitude, "NS")
    yield "exif:GPSLongitude", _coordinate(longitude, "EW")
    yield "exif:DateTimeOriginal", more.captured_at
    yield "photoshop:DateCreated", more.captured_at


def _coordinate(degrees: float | None, sides: str) -> str | None:
    """An angle in XMP's form: degrees, then minutes with a fraction."""
    if degrees is None:
        return None
    whole, minutes = divmod(round(abs(degrees) * 60, 6), 60)
    return f"{int(whole)},{minutes:.6f}{sides[degrees < 0]}"


def _description(about: str, properties: Sequence[Property], inner: Sequence[str]) -> bytes:
    prefixes = {name.partition(":")[0] for name, _ in properties}
    prefixes |= {entry.lstrip()[1:].partition(":")[0] for entry in inner} | {"rdf"}
    spaces = "".join(f' xmlns:{p}="{NAMESPACES[p]}"' for p in sorted(prefixes))
    said = "".join(f"\n    {name}={quoteattr(value)}" for name, value in properties)
    start = f" <rdf:Description{spaces} rdf:about={quoteattr(about)}{said}"
    text = start + (">" + "".join(inner) + "\n  </rdf:Description>" if inner else "/>")
    return (text + "\n ").encode()


def _list(name: str, kind: str, words: Sequence[str]) -> str:
    language = ' xml:lang="x-default"' if kind == "Alt" else ""
    entries = "".join(f"<rdf:li{language}>{escape(word)}</rdf:li>" for word in words)
    return f"\n   <{name}><rdf:{kind}>{entries}</rdf:{kind}></{name}>"


def _entries(words: Sequence[str], prefix: str) -> bytes:
    return "".join(f"<{prefix}li>{escape(word)}</{prefix}li>" for word in words).encode()


@dataclass(slots=True)
class _Places:
    """Where in a packet something can be added; offsets in bytes."""

    about: str = ""
    end: int = -1  # of rdf:RDF's content
    names: set[str] = field(default_factory=set)  # properties that are there, even if empty
    lists: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, packet: bytes) -> _Places:
        """The places of a packet that has been parsed before. Raises NotXmp."""
        places, parser = cls(), expat.ParserCreate(namespace_separator=" ")
        way: list[tuple[str, int]] = []
        described = False

        def starts(tag: str, said: dict[str, str]) -> None:
            nonlocal described
            way.append((tag, parser.CurrentByteIndex))
            path = [name for name, _ in way[-3:]]
            if path[-2:] == [f"{_RDF} RDF", f"{_RDF} Description"]:
                if not described:
                    places.about = said.get(f"{_RDF} about", "")
                described = True
                places.names |= {_short(name) for name in said}
            if path[-3:-1] == [f"{_RDF} RDF", f"{_RDF} Description"]:
                places.names.add(_short(tag))

        def ends(tag: str) -> None:
            _, start = way.pop()
            at = parser.CurrentByteIndex
            closed_at_once = at == start
            if tag == f"{_RDF} RDF" and not closed_at_once:
                places.end = at
            owner = _short(way[-1][0]) if way else ""
            if tag == f"{_RDF} Bag" and owner in _LISTS and not closed_at_once:
                prefix, colon, _ = packet[at + 2 : packet.index(b">", at)].rpartition(b":")
                places.lists[owner] = (at, at, (prefix + colon).decode())

        parser.StartElementHandler, parser.EndElementHandler = starts, ends
        parser.Parse(packet, True)  # noqa: FBT003 - expat takes no names
        if places.end < 0:
            raise NotXmp("it has no rdf:RDF that could be added to")
        return places


def _short(name: str) -> str:
    """ "http://purl.org/dc/elements/1.1/ subject" -> "dc:subject"."""
    space, _, local = name.rpartition(" ")
    prefix = next((p for p, known in NAMESPACES.items() if known == space), None)
    return f"{prefix}:{local}" if prefix else name
