"""All that a file says of itself, line by line, for a page that lays two of them side by side.

What lies in files is read in a worker, under the limits of reading pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import Self

from copyfind.cleanup.files import Files
from copyfind.cleanup.losing import Knowledge
from copyfind.imaging.apart import Apart
from copyfind.imaging.formats import Undecodable
from copyfind.metadata.known import Metadata
from copyfind.metadata.tags import read_tags
from copyfind.paths import is_address, printable, shown
from copyfind.records import Facts, Member
from copyfind.report.cards import Card
from copyfind.report.numbers import shown_bytes
from copyfind.review.desk import Desk
from copyfind.units.folders import read_units

_LINES = 300  # of one file
_LONGEST = 2000  # characters of a line
Line = tuple[str, str]  # what it is, and what the file says


class Knowing:
    """Reads what files on a desk say; a context manager over its worker."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ask = Apart()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._ask.close()

    def of(self, key: str) -> Card:
        """All that the file of this key says, in lines. Raises Refusal."""
        laid = self._desk.laid
        member = laid.member(key)
        path = member.file.path
        if is_address(path):  # what was found of it is all that is known here
            return {
                "name": shown(os.path.split(path)[1]),
                "lines": _joined([*_of_the_file(member)]),
            }
        with self._lock:
            units = read_units([m.file.path for m in laid.cluster(key).members], self._ask)
            known = Knowledge(units, Files(), self._ask).of(path)
            tags = self._ask(read_tags, path) if key not in self._desk.cleared else ()
        beside = units[path].parts if path in units else ()
        lines = [*_of_the_file(member), *_of_the_picture(known)]
        lines += [("beside it", shown(os.path.split(part.path)[1])) for part in beside]
        if isinstance(tags, Undecodable):
            lines.append(("EXIF", f"cannot be told ({tags.reason})"))
        else:
            lines += tags
        return _told(path, lines)


def _told(path: bytes, lines: list[Line]) -> Card:
    return {"name": shown(os.path.split(path)[1]), "lines": _joined(lines)}


def _of_the_file(member: Member) -> Iterator[Line]:
    folder, name = os.path.split(member.file.path)
    written = datetime.fromtimestamp(member.file.mtime_ns / 1e9).astimezone()
    yield "file", shown(name)
    yield "folder", shown(folder)
    yield "size", f"{shown_bytes(member.file.size)} ({member.file.size:,} bytes)"
    yield "written", f"{written:%Y-%m-%d %H:%M:%S}"
    yield "SHA-256", member.content.sha256.hex()
    if member.content.facts:
        yield from _of_facts(member.content.facts)


def _of_facts(facts: Facts) -> Iterator[Line]:
    yield "format", facts.format
    yield "pixels", f"{facts.width}×{facts.height}"
    quality = facts.jpeg_quality
    for name, value in (
        ("JPEG quality", None if quality is None else f"about {quality}"),
        ("frames", str(facts.frames) if facts.frames > 1 else None),
        ("transparent", "yes" if facts.has_alpha else None),
        ("camera", facts.camera),
        ("lens", facts.lens),
        ("software", facts.software),
        ("holds", ", ".join(extra.words for extra in facts.surplus or ())),
    ):
        if value:
            yield name, value


def _of_the_picture(known: Metadata) -> Iterator[Line]:
    place = known.position
    for name, value in (
        ("taken", known.captured_at),
        ("place", f"{place[0]:.5f}, {place[1]:.5f}" if place else None),
        ("rating", None if known.rating is None else str(known.rating)),
        ("title", known.title),
        ("description", known.description),
        ("keywords", ", ".join(known.keywords)),
        ("people", ", ".join(known.people)),
        ("faces", str(known.faces) if known.faces else None),
        ("film", "in the file" if known.film else None),
        ("attached", ", ".join(known.attached)),
    ):
        if value:
            yield name, value
    for text in known.texts:
        name, _, value = text.partition(": ")
        yield name, value


def _joined(lines: list[Line]) -> list[Line]:
    """One line a name, made harmless; what is said twice is there once."""
    told: dict[str, list[str]] = {}
    for name, value in lines[:_LINES]:
        values = told.setdefault(printable(name), [])
        text = printable(value)[:_LONGEST]
        if text not in values:
            values.append(text)
    return [(name, "; ".join(values)) for name, values in told.items()]
