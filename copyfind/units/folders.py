"""What belongs to picture files that are there: their folders are listed, and looked into."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from copyfind.collection.placeholders import is_placeholder
from copyfind.metadata.xmp import LARGEST, NotXmp, read_xmp
from copyfind.plans import Unit
from copyfind.units.live import FilmFacts, film_facts, still_identifier
from copyfind.units.rules import reason_of, units_in

_LARGEST_JSON = 4 << 20  # bytes


def read_units(pictures: Iterable[bytes]) -> dict[bytes, Unit]:
    """The unit of each of these files, by path. A folder is listed once; whatever cannot be read
    blocks the units that it concerns."""
    folders: dict[bytes, set[bytes]] = defaultdict(set)
    for path in pictures:
        folder, name = os.path.split(path)
        folders[folder].add(name)
    units: dict[bytes, Unit] = {}
    for folder, wanted in sorted(folders.items()):
        names, others, problem = _listed(folder)
        # What is not mounted now has the pictures that were asked for at least.
        units |= units_in(
            folder, names | wanted, wanted=wanted, look=_Folder(folder), others=others
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
    """Looks into the files of a real folder. What would have to be downloaded says nothing."""

    path: bytes

    def sidecar_for(self, name: bytes) -> str | None:
        with self._open(name) as file:
            if file is None:
                return None
            try:
                return read_xmp(file.read(LARGEST + 1)).text("photoshop:SidecarForExtension")
            except NotXmp:
                return None

    def identifier(self, name: bytes) -> str | None:
        with self._open(name) as file:
            return still_identifier(file) if file else None

    def film(self, name: bytes) -> FilmFacts:
        with self._open(name) as file:
            return film_facts(file) if file else FilmFacts()

    def is_takeout(self, name: bytes) -> bool:
        with self._open(name) as file:
            if file is None:
                return True
            try:
                said = json.loads(file.read(_LARGEST_JSON))
            except (ValueError, RecursionError):
                return False
        return isinstance(said, dict) and {"title", "photoTakenTime"} <= said.keys()

    @contextmanager
    def _open(self, name: bytes) -> Iterator[BinaryIO | None]:
        """Open a file for reading; None where its bytes are in a cloud."""
        path = os.path.join(self.path, name)
        if is_placeholder(os.lstat(path)):
            yield None
            return
        with open(path, "rb") as file:
            yield file
