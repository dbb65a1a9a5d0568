"""What is known of a picture and written down: in its file, in a sidecar, in Takeout's JSON.

Pixels are not decoded, and what is malformed says nothing.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO, cast

from PIL import Image, ImageFile
from PIL.ExifTags import IFD, Base
from PIL.IptcImagePlugin import getiptcinfo

from copyfind.imaging.facts import captured_at, read_exif
from copyfind.imaging.film import has_film
from copyfind.imaging.formats import Format, Undecodable, recognise
from copyfind.imaging.opening import PIXEL_LIMIT, explained, open_picture
from copyfind.metadata.texts import texts_of
from copyfind.metadata.xmp import (
    LARGEST,
    NotXmp,
    Xmp,
    attributes,
    expanded,
    extended_packets,
    outermost,
    read_xmp,
)

_XP = {0x9C9B: "title", 0x9C9C: "description", 0x9C9E: "keywords"}  # Windows Explorer's, UTF-16
_COORDINATE = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])")
_BOILERPLATE = frozenset(  # what cameras write that nobody said
    (
        *("olympus digital camera", "sony dsc", "digital camera", "samsung", "screenshot"),
        *("konica minolta digital camera", "minolta digital camera", "maker:0x4c"),
        "kodak digital still camera",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of a picture; None and nothing where nothing is."""

    position: tuple[float, float] | None = None  # latitude, longitude, in degrees
    captured_at: str | None = None  # ISO 8601
    rating: int | None = None  # 1 to 5, or -1 for rejected
    title: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()
    people: tuple[str, ...] = ()  # whose faces are marked, or who are named as shown
    faces: int = 0  # marked, with a name or without
    film: bool = False  # in the file itself
    attached: tuple[str, ...] = ()  # what else is attached to it, each name with a digest
    texts: tuple[str, ...] = ()  # comments, whose it is, what programs noted: `name: text`

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the picture."""
        return self == Metadata()


def read_metadata(
    picture: BinaryIO | None, *, sidecars: Iterable[bytes] = (), takeout: bytes | None = None
) -> Metadata:
    """What the picture file, its XMP sidecars (their bytes) and Takeout's JSON say; of what more
    than one says, the sidecars come first, then XMP in the file, IPTC, EXIF, Takeout."""
    said = [_from_xmp(xmp) for packet in sidecars if (xmp := _xmp(packet))]
    if picture is not None:
        said += _from_file(picture)
    if takeout is not None:
        said.append(_from_takeout(takeout))
    return joined(said)


def only_in(theirs: Iterable[str], ours: Iterable[str]) -> tuple[str, ...]:
    """The words that are not among ours, each once, whatever their case."""
    known = {word.casefold() for word in ours}
    return tuple(word for word in dict.fromkeys(theirs) if word.casefold() not in known)


def joined(said: Iterable[Metadata]) -> Metadata:
    """What several sources say as one: the first that says something is believed, lists are added
    up."""
    result = Metadata()
    for one in said:
        result = replace(
            result,
            position=result.position or one.position,
            captured_at=result.captured_at or one.captured_at,
            rating=result.rating or one.rating,
            title=result.title or one.title,
            description=result.description or one.description,
            keywords=result.keywords + only_in(one.keywords, result.keywords),
            people=result.people + only_in(one.people, result.people),
            faces=max(result.faces, one.faces),
            film=result.film or one.film,
            attached=result.attached + only_in(one.attached, result.attached),
            texts=result.texts + only_in(one.texts, result.texts),
        )
    return result


# In the file


def _from_file(stream: BinaryIO) -> list[Metadata]:
    kind = recognise(stream)
    if kind is None:
        return []
    film = Metadata(film=kind in (Format.JPEG, Format.HEIC) and has_film(stream))
    image = opened_head(stream, kind)
    if image is None:
        return [film]
    exif = read_exif(image)
    packet = _packet(image, exif)
    packets = [*([packet] if packet else []), *extended_packets(getattr(image, "applist", ()))]
    found = [_from_xmp(xmp) for one in packets if (xmp := _xmp(one))]
    texts = Metadata(texts=texts_of(image, exif))
    return [*found, _from_iptc(image), _from_exif(exif), texts, film]


def opened_head(stream: BinaryIO, kind: Format) -> Image.Image | None:
    """The picture with its pixels unread; of a RAW, what its TIFF structure says."""
    if kind is Format.RAW:
        image = Image.new("L", (1, 1))
        stream.seek(0)
        with suppress(Exception):  # RAW that is no TIFF says nothing here
            image.getexif().load_from_fp(io.BytesIO(stream.read(1 << 20)))
        return image
    try:
        with explained(kind):
            return open_picture(stream, kind, pixel_limit=PIXEL_LIMIT)
    except Undecodable:
        return None


def _packet(image: Image.Image, exif: Image.Exif) -> bytes | None:
    info = image.info
    for value in (info.get("xmp"), info.get("XML:com.adobe.xmp"), exif.get(700)):
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, bytes) and value:
            return value
    return None


def _from_exif(exif: Image.Exif) -> Metadata:
    details: dict[int, object] = {}
    gps: dict[int, object] = {}
    with suppress(Exception):
        details = dict(exif.get_ifd(IFD.Exif))
    with suppress(Exception):
        gps = dict(exif.get_ifd(IFD.GPSInfo))
    words = {name: _utf16(exif.get(tag)) for tag, name in _XP.items()}
    rating = exif.get(0x4746)
    return Metadata(
        position=_exif_position(gps),
        captured_at=captured_at(details),
        rating=_rating(rating if isinstance(rating, int) else None),
        title=_said(words["title"]),
        description=_said(words["description"])
        or _said(exif.get(Base.ImageDescription))
        or _comment(details.get(Base.UserComment)),
        keywords=tuple(
            word.strip() for word in (words["keywords"] or "").split(";") if word.strip()
        ),
    )


def _exif_position(gps: dict[int, object]) -> tuple[float, float] | None:
    with suppress(TypeError, ValueError, ZeroDivisionError, LookupError):
        numbers = []
        for value, side, negative in ((gps[2], gps[1], "S"), (gps[4], gps[3], "W")):
            parts = [float(part) for part in cast("tuple[float, ...]", value)]
            degrees = sum(part / 60**power for power, part in enumerate(parts))
            numbers.append(-degrees if str(side).upper().startswith(negative) else degrees)
        return _position(*numbers)
    return None


def _position(latitude: float, longitude: float) -> tuple[float, float] | None:
    """A position in degrees; None for what is no place, and for 0, 0, which devices write that do
    not know."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude == 0 and longitude == 0):
        return None
    return round(latitude, 7), round(longitude, 7)


def _from_iptc(image: Image.Image) -> Metadata:
    known: dict[tuple[int, int], object] = {}
    if isinstance(image, ImageFile.ImageFile):
        with suppress(Exception):
            known = dict(getiptcinfo(image) or {})
    return Metadata(
        texts=(
            *(f"creator: {name}" for name in _iptc_texts(known.get((2, 80)))),
            *(f"copyright: {text}" for text in _iptc_texts(known.get((2, 116)))),
        ),
        title=next(iter(_iptc_texts(known.get((2, 5)))), None),
        description=next(iter(_iptc_texts(known.get((2, 120)))), None),
        keywords=_iptc_texts(known.get((2, 25))),
    )


def _iptc_texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    texts = []
    for raw in values:
        if isinstance(raw, bytes):
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = raw.decode("latin-1")
            if said := _said(text):
                texts.append(said)
    return tuple(texts)


def _utf16(value: object) -> str | None:
    if isinstance(value, tuple):  # Pillow gives BYTE values as numbers in some files
        with suppress(TypeError, ValueError):
            value = bytes(value)
    if not isinstance(value, bytes):
        return None
    return value.decode("utf-16-le", "ignore").rstrip("\0")


def _comment(value: object) -> str | None:
    """The text of EXIF's UserComment, which begins with eight bytes that name the encoding."""
    if not isinstance(value, bytes) or len(value) <= 8:
        return None
    code, text = value[:8], value[8:]
    if code.startswith(b"ASCII"):
        return _said(text.decode("ascii", "ignore"))
    if code.startswith(b"UNICODE"):
        return _said(text.decode("utf-16", "ignore"))
    return None


def _said(value: object) -> str | None:
    """A text that somebody wrote, without what a camera fills in."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    text = value.replace("\0", "").strip()
    return text if text and text.casefold() not in _BOILERPLATE else None


def _rating(value: int | None) -> int | None:
    return value if value is not None and (1 <= value <= 5 or value == -1) else None


# XMP, in the file or beside it


def _xmp(packet: bytes) -> Xmp | None:
    with suppress(NotXmp):
        return read_xmp(packet[: LARGEST + 1])
    return None


def _from_xmp(xmp: Xmp) -> Metadata:
    rating = None
    with suppress(ValueError, OverflowError):
        rating = round(float(xmp.text("xmp:Rating") or ""))
    faces = list(_faces(xmp))
    named = (*(name for name in faces if name), *xmp.texts("Iptc4xmpExt:PersonInImage"))
    tags = (entry.replace("|", "/").rpartition("/")[2] for entry in xmp.texts("digiKam:TagsList"))
    keywords = xmp.texts("dc:subject")
    return Metadata(
        position=_xmp_position(xmp),
        captured_at=next(filter(None, map(_moment, _dates(xmp))), None),
        rating=_rating(rating),
        title=_said(xmp.text("dc:title")),
        description=_said(xmp.text("dc:description")),
        keywords=keywords + only_in((tag for tag in tags if tag), keywords),
        people=only_in(named, ()),
        faces=len(faces),
        texts=(
            *(f"creator: {name}" for name in xmp.texts("dc:creator")),
            *(f"copyright: {text}" for text in xmp.texts("dc:rights")),
        ),
    )


def _dates(xmp: Xmp) -> Iterator[str]:
    for name in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
        yield xmp.text(name) or ""


def _moment(text: str) -> str | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment.isoformat() if len(text) > 10 else None  # a day alone is no moment
    return None


def _xmp_position(xmp: Xmp) -> tuple[float, float] | None:
    numbers = []
    for name in ("exif:GPSLatitude", "exif:GPSLongitude"):
        match = _COORDINATE.fullmatch((xmp.text(name) or "").replace(" ", ""))
        if not match:
            return None
        degrees = float(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600
        numbers.append(-degrees if match[4] in "SW" else degrees)
    return _position(*numbers)


def _faces(xmp: Xmp) -> Iterator[str]:
    """The name of each marked face, nothing for one without: digiKam, Lightroom and Picasa mark
    them by the Metadata Working Group's regions, Windows by Microsoft's."""
    for regions in xmp.elements("mwg-rs:RegionList"):
        for entry in outermost(regions, expanded("rdf:li")):
            said = attributes(entry)
            if said.get(expanded("mwg-rs:Type"), "Face") == "Face":
                yield said.get(expanded("mwg-rs:Name"), "")
    for regions in xmp.elements("MPRI:Regions"):
        for entry in outermost(regions, expanded("rdf:li")):
            yield attributes(entry).get(expanded("MPReg:PersonDisplayName"), "")


# Google Takeout


def _from_takeout(data: bytes) -> Metadata:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return Metadata()
    if not isinstance(said, dict):
        return Metadata()
    position = taken = None
    with suppress(TypeError, KeyError, ValueError, OverflowError):
        position = _position(
            float(said["geoData"]["latitude"]), float(said["geoData"]["longitude"])
        )
    with suppress(TypeError, KeyError, ValueError, OverflowError, OSError):
        taken = datetime.fromtimestamp(int(said["photoTakenTime"]["timestamp"]), UTC).isoformat()
    people = said.get("people")
    names = (
        (p.get("name") for p in people if isinstance(p, dict)) if isinstance(people, list) else ()
    )
    return Metadata(
        position=position,
        captured_at=taken,
        description=_said(said.get("description")),
        people=tuple(name for name in names if isinstance(name, str) and name),
    )
