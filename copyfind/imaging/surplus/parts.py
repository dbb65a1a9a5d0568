"""What the readers of containers share: a file read in pieces, and what they find in it."""

from __future__ import annotations

import copy
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from copyfind.records import Extra

FILM = "a film"
GAIN_MAP = "a gain map"
DEPTH_MAP = "a depth map"
PICTURE = ("a second picture", "{} more pictures")  # one, several
UNKNOWN = "unknown data"
LONG = 4096  # bytes: longer texts are work of their own, such as a drawing's file
_SMALL = 256  # bytes in space said to be free that are there by chance
_TINY = 32  # bytes that nobody could miss
_MOST_EXIF = 1 << 20
_PIECE = 1 << 20  # bytes hashed at a time
_MOST = 24  # things told apart; a hostile file may hold a million

_MOST_VALUES = 100_000  # numbers read of a file, and two for each of its bytes
_MOST_TIMES = 8  # that its bytes are read again, because several things point to the same

Range = tuple[int, int]  # where it begins in the file, and how many bytes it has


@dataclass(frozen=True, slots=True)
class Inside:
    """What a file holds beside its picture, and the words for what it lacks at its end."""

    extras: tuple[Extra, ...] = ()
    cut: str | None = None


class TooMuch(Exception):
    """A file whose structure would cost more than its size warrants."""


class Bytes:
    """The bytes of a file, read where they are wanted; beyond its end there are none.

    Raises TooMuch where a hostile structure points to the same again and again.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = stream.seek(0, io.SEEK_END)
        self._bytes_left = _MOST_TIMES * self.size + (64 << 20)
        self._values_left = _MOST_VALUES + 2 * self.size

    def up_to(self, end: int) -> Bytes:
        """The same file as if it ended there."""
        shorter = copy.copy(self)
        shorter.size = end
        return shorter

    def spend(self, values: int) -> None:
        """So many numbers are about to be read."""
        self._values_left -= values
        if self._values_left < 0:
            raise TooMuch

    def read(self, at: int, length: int) -> bytes:
        if at < 0 or length <= 0 or at >= self.size:
            return b""
        self._stream.seek(at)
        data = self._stream.read(min(length, self.size - at))
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise TooMuch
        return data

    def number(self, at: int, length: int) -> int:
        """A big-endian number; 0 beyond the end."""
        return int.from_bytes(self.read(at, length), "big")

    def pieces(self, at: int, length: int) -> Iterable[bytes]:
        end = min(at + length, self.size)
        while at < end:
            piece = self.read(at, min(_PIECE, end - at))
            if not piece:
                return
            yield piece
            at += len(piece)

    def is_padding(self, at: int) -> bool:
        """Whether from there on to the end nothing but zeros, 0xFF or ends of lines follow."""
        return all(not piece.strip(b"\0\xff\r\n") for piece in self.pieces(at, self.size - at))


class Found:
    """Gathers what is found; things of one name make one `Extra`."""

    def __init__(self, file: Bytes) -> None:
        self._source = file
        self._hashes: dict[str, hashlib._Hash] = {}
        self._counts: dict[str, int] = {}
        self._several: dict[str, str] = {}
        self._traits: dict[str, tuple[bool, bool]] = {}
        self.cut: str | None = None

    def add(
        self,
        words: str | tuple[str, str],
        *what: bytes | str | Range,
        in_pixels: bool = False,
        valued: bool = True,
    ) -> None:
        """what: bytes, or where they lie in the file."""
        one, several = words if isinstance(words, tuple) else (words, words)
        if one not in self._hashes and len(self._hashes) >= _MOST:
            one = several = f"more {UNKNOWN}"
            in_pixels = valued = False
        digest = self._hashes.setdefault(one, hashlib.sha256())
        self._counts[one] = self._counts.get(one, 0) + 1
        self._several[one] = several
        before = self._traits.get(one, (True, True))
        self._traits[one] = (before[0] and in_pixels, before[1] and valued)
        for part in what:
            if isinstance(part, tuple):
                digest.update(b"%d " % part[1])
                for piece in self._source.pieces(*part):
                    digest.update(piece)
            else:
                data = part.encode() if isinstance(part, str) else part
                digest.update(b"%d " % len(data))
                digest.update(data)

    def doubt(self, name: bytes | str, *what: bytes | Range) -> None:
        """Something of a kind that is not known; `name` as its format calls it."""
        text = name.decode("latin-1") if isinstance(name, bytes) else name
        shown = "".join(c if c.isascii() and c.isprintable() else "?" for c in text).strip()
        self.add(f"{UNKNOWN} ({shown})" if shown else UNKNOWN, *what, valued=False)

    def text(self, name: str, where: Range) -> None:
        """A text is ordinary metadata as long as it is no work of its own."""
        if where[1] > LONG:
            self.add(f"a long text ({name})", where)

    def exif(self, where: Range) -> None:
        """A block of EXIF is ordinary, if it is one."""
        at, length = where
        head = self._source.read(at, min(length, 12)).removeprefix(b"Exif\0\0")
        is_one = head.startswith((b"II*\0", b"MM\0*")) or not head.strip(b"\0")
        if (not is_one and length > _TINY) or length > _MOST_EXIF:
            self.doubt("EXIF", where)

    def free(self, where: Range) -> None:
        """What is said to be free space should be empty."""
        at, length = where
        if length > _SMALL and any(p.strip(b"\0") for p in self._source.pieces(at, length)):
            self.doubt("free space", where)

    def behind(self, at: int) -> None:
        """Whatever lies behind the end of the picture, unless it is padding."""
        if at < self._source.size and not self._source.is_padding(at):
            self.doubt("behind its end", (at, self._source.size - at))

    def cut_off(self, words: str) -> None:
        self.cut = self.cut or words

    def result(self) -> Inside:
        extras = (
            Extra(
                one if count == 1 else self._several[one].format(count),
                self._hashes[one].hexdigest()[:32],
                *self._traits[one],
            )
            for one, count in self._counts.items()
        )
        return Inside(tuple(sorted(extras, key=lambda e: (not e.valued, e.words))), self.cut)
