"""What programs keep of a picture in a folder of their own beside it, or in one list for all.

It is told, not moved: it says nothing of use where its program does not find it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

_LARGEST = 1 << 20  # bytes that are compared
# Folders of programs that keep NAME.EXT and something behind it; `*`: any folder in there.
_FOLDERS = (
    (b"NKSC_PARAM",),  # Nikon
    (b"SILKYPIX_DS",),
    (b"CaptureOne", b"Settings*"),
    (b"Exposure Software", b"Exposure*"),
    (b".comments",),  # gThumb
    (b".metadata",),  # Geeqie
    (b".picasaoriginals",),
)
_LISTS = (b".picasa.ini", b"Picasa.ini")
# What Picasa notes for itself of each picture.
_ITS_OWN = (b"backuphash", b"width", b"height", b"moddate", b"onlinechecksum", b"rotate", b"crc")


@dataclass(frozen=True, slots=True)
class Farther:
    """Looks into the folders around pictures, once each."""

    _named: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    _listed: dict[bytes, dict[bytes, tuple[bytes, bytes]]] = field(default_factory=dict)

    def of(self, picture: bytes) -> Iterator[tuple[bytes, bytes]]:
        """What is kept of a picture: its name from the picture's folder on, and what it says."""
        folder, name = os.path.split(picture)
        if folder not in self._named:
            self._named[folder] = tuple(_kept(folder))
            self._listed[folder] = _picasa(folder)
        for path in self._named[folder]:
            if _is_of(os.path.basename(path), name):
                yield os.path.relpath(path, folder), _said(path)
        if name in self._listed[folder]:
            yield self._listed[folder][name]


def _is_of(file: bytes, picture: bytes) -> bool:
    file, picture = file.lower(), picture.lower()
    return file == picture or file.startswith(picture + b".")


def _kept(folder: bytes) -> Iterator[bytes]:
    for first, *below in _FOLDERS:
        places = [os.path.join(folder, first)]
        for pattern in below:
            begin = pattern.removesuffix(b"*")
            places = [
                p for at in places for p in _names(at) if os.path.basename(p)[: len(begin)] == begin
            ]
        for place in places:
            yield from _names(place)


def _names(folder: bytes) -> list[bytes]:
    with suppress(OSError):
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return []


def _said(path: bytes) -> bytes:
    """What a file says; its path where that cannot be had."""
    with suppress(OSError):
        if os.path.isfile(path) and os.path.getsize(path) <= _LARGEST:
            with open(path, "rb") as file:
                return file.read(_LARGEST)
    return path


def _picasa(folder: bytes) -> dict[bytes, tuple[bytes, bytes]]:
    """Picasa's list of a folder: stars, words, faces and edits of each picture."""
    listed: dict[bytes, tuple[bytes, bytes]] = {}
    for name in _LISTS:
        text, path = b"", os.path.join(folder, name)
        if os.path.isfile(path):
            text = _said(path)
        for section in text.replace(b"\r", b"").split(b"\n[")[0 if text[:1] == b"[" else 1 :]:
            picture, _, lines = section.removeprefix(b"[").partition(b"]")
            told = [line for line in lines.split(b"\n") if line.strip()]
            told = [line for line in told if line.partition(b"=")[0].strip() not in _ITS_OWN]
            if told:
                words = b", ".join(line.partition(b"=")[0].strip() for line in told)
                listed[picture] = (name + b" (" + words + b")", b"\n".join(sorted(told)))
    return listed
