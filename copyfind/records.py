"""The frozen records that stages hand to each other; nothing else passes between them.

Paths are bytes as the file system gives them (`os.fsencode` on every platform): a name that is
not UTF-8 is as good as any other. Hashes are raw 32-byte digests.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Pixels = NDArray[np.uint8]


class Problem(StrEnum):
    """Why a file, or the picture in it, could not be used. The value is what users see first.

    The first group concerns the file on its volume and is tried again on every run: reading is
    cheap and rights change without a trace in the file. The second concerns its bytes and is
    tried again only when they change, or when a copyfind that decodes more meets them.
    """

    PERMISSION = "no permission"
    VANISHED = "vanished"
    CHANGING = "changed while being read"
    PLACEHOLDER = "cloud placeholder"
    IO = "cannot be read"

    EMPTY = "empty file"
    NOT_A_PICTURE = "not a picture"
    DAMAGED = "damaged picture"
    TOO_LARGE = "too many pixels"
    NEEDS_EXTRA = "needs an extra"
    CRASHED = "crashed its decoder"
    TIMED_OUT = "took too long to decode"
    OUT_OF_MEMORY = "took too much memory to decode"


ABOUT_THE_FILE = frozenset(
    {
        Problem.PERMISSION,
        Problem.VANISHED,
        Problem.CHANGING,
        Problem.PLACEHOLDER,
        Problem.IO,
    }
)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file as the scan met it. Two hard links are two of these with one inode."""

    path: bytes  # absolute
    device: int
    inode: int
    size: int  # bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that gave no picture, and why: `reason` is one line for people."""

    path: bytes
    problem: Problem
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a picture file says of itself. Width and height are upright, in pixels."""

    width: int
    height: int
    format: str  # "JPEG", "HEIC", "PNG", ... as people call it
    frames: int = 1
    has_alpha: bool = False
    captured_at: str | None = None  # ISO 8601, with fraction and offset where EXIF has them
    camera: str | None = None
    lens: str | None = None
    has_gps: bool = False
    rating: int | None = None
    software: str | None = None
    jpeg_quality: int | None = None  # estimated from the quantisation tables, 1 to 100


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture: upright sRGB over mid-grey, in the shape the network wants."""

    facts: Facts
    square: Pixels  # (side, side, 3)
    pixels: bytes | None  # hash of the full-size picture; None where it was decoded reduced


@dataclass(frozen=True, slots=True, eq=False)
class ReadFile:
    """A file whose bytes were read once: hashed, and decoded unless its content was known.

    `picture` and `problem` are both None for a known content; otherwise one of them is set,
    `problem` with a `Problem` of the second group and one line for people.
    """

    file: FoundFile  # size and mtime as of the moment of reading
    sha256: bytes
    picture: Picture | None = None
    problem: Unreadable | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of rows of one descriptor matrix whose cosine reaches a threshold.

    Sorted by (first, second); first < second in every pair, no pair twice.
    """

    first: Ints  # (P,)
    second: Ints  # (P,)
    similarity: Floats  # (P,) cosine of the two rows
