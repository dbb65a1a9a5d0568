"""Codes of local features of many pictures: in files of the cache that only grow, mapped to memory.

Two files: 32 bytes a picture that name its content, and a record of one size for its codes, in the
same order. What is there is read where it is used and let go of at once, so that a million pictures
take no memory.
Whatever is wrong with the files costs time alone: they are begun anew.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from io import BufferedWriter
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from copyfind.private import keep_private, make_folder
from copyfind.records import Ints
from copyfind.search.codes import CODES_VERSION, KEPT, Codes
from copyfind.whole_file import written_whole

Records = NDArray[Any]  # of `_RECORD`

# `mark` is the start of the content's name: files that two processes wrote at once do not agree.
_RECORD = np.dtype(
    [
        ("mark", "V8"),
        ("count", "<u4"),
        ("words", "<u2", (KEPT,)),
        ("codes", "u1", (KEPT, 16)),
        ("angles", "u1", (KEPT,)),
        ("sizes", "u1", (KEPT,)),
    ]
)
_NAME = 32  # bytes
_AT_ONCE = 4096  # records that lie side by side: 22 MB
_READ_AT_ONCE = 256  # that lie anywhere: of each 64 KB around it come along
_WASTE = 2  # times as many records as are wanted from which the files are written anew


class CodeStore:
    """Codes by the name of a content (32 bytes).

    path: where the two files lie, of which it is the start; without it, or where that cannot be
    written, what is added stays in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._paths = None if path is None else (_file(path, "names"), _file(path, "codes"))
        self._names = bytearray()
        self._records: Records = np.empty(0, _RECORD)
        self._mapped: mmap.mmap | None = None  # what they are in, unless in memory
        if self._paths is not None:
            self._read(*self._paths)

    def __len__(self) -> int:
        return len(self._records)

    def places(self, names: Sequence[bytes]) -> Ints:
        """(N,) where the records of these contents stand; -1 for those without."""
        known = np.frombuffer(bytes(self._names), f"S{_NAME}")
        asked = np.frombuffer(b"".join(names), f"S{_NAME}")
        if not len(known):
            return np.full(len(asked), -1, np.int64)
        order = np.argsort(known, kind="stable")
        found = order[np.searchsorted(known, asked, sorter=order) % len(order)]
        return np.where(known[found] == asked, found, -1)

    def records(self, places: Ints) -> Records:
        """(N,) records with `count`, `words`, `codes`, `angles` and `sizes`, read now; without
        features where the place is -1."""
        if not len(self._records):
            return np.zeros(len(places), _RECORD)
        found = np.empty(len(places), _RECORD)
        for start in range(0, len(places), _READ_AT_ONCE):
            some = slice(start, start + _READ_AT_ONCE)
            found[some] = self._records[places[some]]
            self._let_go()
        found["count"][places < 0] = 0
        return found

    def counts(self, places: Ints) -> Ints:
        """(N,) how many features each of these has."""
        counts = np.zeros(len(places), np.int64)
        as_stored = np.argsort(places)  # pages lie side by side so
        for start in range(0, len(places) if len(self) else 0, _AT_ONCE):
            some = as_stored[start : start + _AT_ONCE]
            counts[some] = np.minimum(self._records["count"][places[some]], KEPT)
            self._let_go()
        return np.where(places < 0, 0, counts)

    def add(self, names: Sequence[bytes], codes: Sequence[Codes]) -> None:
        """Append pictures that are not there yet."""
        if not names:
            return
        added = np.zeros(len(names), _RECORD)
        for record, name, one in zip(added, names, codes, strict=True):
            count = len(one.words)
            record["mark"], record["count"] = name[:8], count
            for column in ("words", "codes", "angles", "sizes"):
                record[column][:count] = getattr(one, column)
        joined = b"".join(names)
        if self._paths is not None:
            try:
                self._append(*self._paths, joined, added)
            except (OSError, ValueError):  # no room, no right: from here on in memory
                self._paths = None
            else:
                return
        self._names += joined
        self._records, self._mapped = np.concatenate([self._records, added]), None

    def keep_only(self, names: Sequence[bytes]) -> None:
        """Write the files anew without what else is there, if that is the larger part."""
        if self._paths is None or len(self) <= _WASTE * len(names):
            return
        places = self.places(names)
        places = places[places >= 0]
        starts = (places * _NAME).tolist()
        kept = b"".join(bytes(self._names[start : start + _NAME]) for start in starts)
        try:
            with written_whole(self._paths[1]) as unfinished, _opened(unfinished, "wb") as file:
                for start in range(0, len(places), _AT_ONCE):
                    file.write(self.records(places[start : start + _AT_ONCE]).tobytes())
            with written_whole(self._paths[0]) as unfinished, _opened(unfinished, "wb") as file:
                file.write(kept)
        except OSError:
            return
        self._read(*self._paths)

    def _append(self, names: Path, codes: Path, joined: bytes, added: Records) -> None:
        make_folder(codes.parent)
        if not self._is_as_known(codes):  # another process added some
            self._read(names, codes)
        if len(self) == 0:
            for path in (names, codes):
                path.unlink(missing_ok=True)
        with _opened(codes, "ab") as file:
            file.write(added.tobytes())
        with _opened(names, "ab") as file:
            file.write(joined)
        self._names += joined
        self._map(codes)
        if not self._is_as_known(codes):
            self._read(names, codes)

    def _is_as_known(self, codes: Path) -> bool:
        size = len(self._names) // _NAME * _RECORD.itemsize
        return (codes.stat().st_size if codes.exists() else 0) == size

    def _read(self, names: Path, codes: Path) -> None:
        """Map what is there; nothing of files that do not belong together."""
        self._names, self._records, self._mapped = bytearray(), np.empty(0, _RECORD), None
        try:
            found = names.read_bytes()
            size = codes.stat().st_size
            count = size // _RECORD.itemsize
            if not count or len(found) != count * _NAME or size != count * _RECORD.itemsize:
                return
            self._map(codes)
        except (OSError, ValueError):
            return
        if all(
            self._records[at]["mark"].tobytes() == found[at * _NAME : at * _NAME + 8]
            for at in (0, count - 1)
        ):
            self._names = bytearray(found)
        else:
            self._records, self._mapped = np.empty(0, _RECORD), None

    def _map(self, codes: Path) -> None:
        with codes.open("rb") as file:
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._records = np.frombuffer(self._mapped, _RECORD)

    def _let_go(self) -> None:
        """What was read of the file counts as memory of this process until it says otherwise."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
            self._mapped.madvise(mmap.MADV_DONTNEED)


def _file(path: Path, kind: str) -> Path:
    return path.with_name(f"{path.name}-{CODES_VERSION}.{kind}")


def _opened(path: Path, mode: Literal["ab", "wb"]) -> BufferedWriter:
    """A file for our eyes alone, open for writing, never through a link: codes tell what is in
    pictures."""
    keep_private(path)
    return open(path, mode, opener=_for_our_eyes)


def _for_our_eyes(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
