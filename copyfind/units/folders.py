"""What belongs to picture files that are there: their folders are listed, and looked into."""

from __future__ import annotations

import errno
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from copyfind.collection.placeholders import is_placeholder
from copyfind.imaging.apart import Ask
from copyfind.imaging.formats import Undecodable
from copyfind.metadata.xmp import LARGEST, NotXmp, read_xmp
from copyfind.paths import is_address
from copyfind.plans import Unit
from copyfind.units.live import FilmFacts, film_facts, still_identifier
from copyfind.units.rules import reason_of, units_in

_LARGEST_JSON = 4 << 20  # bytes

T = TypeVar("T")


def read_units(pictures: Iterable[bytes], ask: Ask) -> dict[bytes, Unit]:
    """The unit of each of these files, by path; of what has an address nothing is told. A folder
    is listed once; whatever cannot be read blocks the units that it concerns. ask: who looks into
    files."""
    folders: dict[bytes, set[bytes]] = defaultdict(set)
    for path in pictures:
        if is_address(path):
            continue
        folder, name = os.path.split(path)
        folders[folder].add(name)
    units: dict[bytes, Unit] = {}
    for folder, wanted in sorted(folders.items()):
        names, others, problem = _listed(folder)
        # What is not mounted now has the pictures that were asked for at least.
        units |= units_in(
            folder, names | wanted, wanted=wanted, look=_Folder(folder, ask), others=others
        )
        if problem:
            units |= {
                path: Unit(path, units[path].parts, problem)
                for path in (os.path.join(folder, name) for name in wanted)
            }
    return units


def _listed(folder: bytes) -> tuple[set[bytes], set[bytes], str | None]:
    """Names of regular files, names of everything else, and why there may be more."""
    files: set[bytes] = set()
    others: set[bytes] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                (files if entry.is_file(follow_symlinks=False) else others).add(entry.name)
    except OSError as error:
        return files, others, f"its folder cannot be listed: {reason_of(error)}"
    return files, others, None


@dataclass(frozen=True, slots=True)
class _Folder:
    """Looks into the files of a real folder, whoever `ask` is doing it. What would have to be
    downloaded says nothing; what ends a process that reads it cannot be read."""

    path: bytes
    ask: Ask

    def sidecar_for(self, name: bytes) -> str | None:
        return self._told(_served_by, name)

    def identifier(self, name: bytes) -> str | None:
        return self._told(still_identifier, name)

    def film(self, name: bytes) -> FilmFacts:
        return self._told(film_facts, name) or FilmFacts()

    def is_takeout(self, name: bytes) -> bool:
        return self._told(_is_takeout, name) is not False

    def _told(self, look: Callable[[BinaryIO], T], name: bytes) -> T | None:
        told = self.ask(partial(_looked, look), os.path.join(self.path, name))
        if isinstance(told, Undecodable):
            raise OSError(errno.EIO, told.reason)
        if isinstance(told, OSError):
            raise told
        return told


def _looked(look: Callable[[BinaryIO], T], path: bytes) -> T | OSError | None:
    """In a worker: what a file says. An error is told, for a worker that raises has failed."""
    try:
        if is_placeholder(os.lstat(path)):
            return None
        with open(path, "rb") as file:
            return look(file)
    except OSError as error:
        return error


def _served_by(xmp: BinaryIO) -> str | None:
    try:
        return read_xmp(xmp.read(LARGEST + 1)).text("photoshop:SidecarForExtension")
    except NotXmp:
        return None


def _is_takeout(file: BinaryIO) -> bool:
    try:
        said = json.loads(file.read(_LARGEST_JSON))
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and {"title", "photoTakenTime"} <= said.keys()
