"""The frozen records that stages hand to each other; nothing else passes between them.

Paths are bytes as the file system gives them (`os.fsencode` on every platform): a name that is
not UTF-8 is as good as any other. Hashes are raw 32-byte digests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:  # `copyfind --help` must not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float32]"
Doubles: TypeAlias = "NDArray[np.float64]"
Halves: TypeAlias = "NDArray[np.float16]"
Ints: TypeAlias = "NDArray[np.int64]"
Pixels: TypeAlias = "NDArray[np.uint8]"
Bools: TypeAlias = "NDArray[np.bool_]"


MatrixRow = tuple[float, float, float]
# (x, y, 1) of one picture to another, in 0..1 of width and height
Matrix = tuple[MatrixRow, MatrixRow, MatrixRow]
Box = tuple[float, float, float, float]  # left, top, right, bottom, likewise
Colour = tuple[int, int, int]  # sRGB, 0 to 255


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


Identity = tuple[int, int] | bytes


def identity_of(path: bytes, device: int, inode: int) -> Identity:
    """What a file or folder is under each of its names: device and inode. Some network file
    systems number nothing and say 0 of everything; there no two paths are one file."""
    return (device, inode) if inode else path


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file as the scan met it. Two hard links are two of these with one inode."""

    path: bytes  # absolute
    device: int
    inode: int
    size: int  # bytes
    mtime_ns: int

    @property
    def identity(self) -> Identity:
        """What this file is under each of its names."""
        return identity_of(self.path, self.device, self.inode)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that gave no picture, and why: `reason` is one line for people."""

    path: bytes
    problem: Problem
    reason: str


@dataclass(frozen=True, slots=True)
class Extra:
    """Something in a picture file that its first frame, decoded to 8-bit sRGB, does not show, and
    that is no ordinary metadata."""

    words: str  # for people: "a gain map", "3 layers"
    digest: str  # hex; equal for equal things
    in_pixels: bool = False  # the pixel hash tells it too: further frames, deeper samples
    valued: bool = True  # False: nobody here knows what it is, or an export has it: it keeps a
    # file, but makes it no better than others


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a picture file says of itself. Width and height are upright, in pixels."""

    width: int
    height: int
    format: str  # "JPEG", "HEIC", "PNG", ... as people call it
    frames: int = 1
    has_alpha: bool = False  # a pixel of it is transparent
    captured_at: str | None = None  # ISO 8601, with fraction and offset where EXIF has them
    camera: str | None = None
    lens: str | None = None
    has_gps: bool = False
    rating: int | None = None
    software: str | None = None
    jpeg_quality: int | None = None  # estimated from the quantisation tables, 1 to 100
    has_film: bool = False  # of a motion photo, in the same file
    surplus: tuple[Extra, ...] | None = None  # None: not known, of catalogs of before

    def __post_init__(self) -> None:
        """Facts are kept as JSON, which knows lists alone."""
        if self.surplus is not None:
            stored: Sequence[Any] = self.surplus
            extras = (one if isinstance(one, Extra) else Extra(*one) for one in stored)
            object.__setattr__(self, "surplus", tuple(extras))


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture: upright sRGB over mid-grey, in the shape the network wants."""

    facts: Facts
    square: Pixels  # (side, side, 3)
    pixels: bytes | None  # hash of the full-size picture; None where it was decoded reduced
    thumbnail: bytes | None = None  # JPEG, upright and small, as `imaging.thumbnail` makes it


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """All that a catalog stores of a content, made from its bytes alone; plain values throughout.

    Without a descriptor it says with `problem` and `reason` why there is none.
    """

    sha256: bytes
    size: int  # bytes
    model: str  # the id of the embedder that described it
    decoder: str  # version of what decoded it, or failed to
    facts: Facts | None = None  # None: not decoded
    pixels: bytes | None = None  # hash of the full-size picture; None where it was decoded reduced
    descriptor: Halves | None = None  # (D,), of unit length
    thumbnail: bytes | None = None  # JPEG, upright and small
    problem: Problem | None = None  # of the bytes, not of a file: the second group
    reason: str | None = None  # one line for people


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of rows of one descriptor matrix whose cosine reaches a threshold.

    Sorted by (first, second); first < second in every pair, no pair twice.
    """

    first: Ints  # (P,)
    second: Ints  # (P,)
    similarity: Floats  # (P,) cosine of the two rows


@dataclass(frozen=True, slots=True)
class Model:
    """A network whose descriptors the catalog holds."""

    key: int  # in this catalog
    name: str
    weights: str  # the embedder's id; of copyfind's own the SHA-256 of the weights file, hex
    dim: int
    input_size: int
    default_threshold: float

    @property
    def mark(self) -> str:
        """Sixteen digits that tell this model from others, in what is remembered of it."""
        digits = self.weights
        if not re.fullmatch("[0-9a-f]{64}", digits):
            digits = hashlib.sha256(digits.encode()).hexdigest()
        return digits[:16]


@dataclass(frozen=True, slots=True)
class Content:
    """A distinct byte string, and the present files that hold it (by path)."""

    row: int  # its place among the contents that take part, in the order of SHA-256
    sha256: bytes
    size: int
    facts: Facts | None  # None: not decoded, `problem` says why
    pixels: bytes | None
    files: tuple[FoundFile, ...]
    problem: str | None = None


Pair = tuple[int, int]  # rows of two contents, the lower first, as every pair is judged
Ordered = TypeVar("Ordered", int, bytes)


def ordered(one: Ordered, other: Ordered) -> tuple[Ordered, Ordered]:
    """The order of a pair, by row or by SHA-256: it is the same."""
    return (one, other) if one < other else (other, one)


class Tier(StrEnum):
    """What a pair has been shown to be, strongest first (DESIGN: verdicts)."""

    IDENTICAL = "identical"
    SAME_PIXELS = "same-pixels"
    NEAR = "near"
    EDITED = "edited"
    LIKELY = "likely"
    SERIES = "series"
    UNVERIFIED = "unverified"

    @property
    def is_exact(self) -> bool:
        """Whether no pixel differs: such a copy may go without anybody having looked at it."""
        return self in (Tier.IDENTICAL, Tier.SAME_PIXELS)

    @property
    def is_proven(self) -> bool:
        """Whether one is shown to hold the picture of the other: it may go when asked for."""
        return self.is_exact or self in (Tier.NEAR, Tier.EDITED)

    @property
    def is_clearable(self) -> bool:
        """Whether such a copy may go at all: proven, or a likely one that a person marked."""
        return self.is_proven or self is Tier.LIKELY


TIERS = tuple(Tier)
EXACT = tuple(tier for tier in TIERS if tier.is_exact)
PROVEN = tuple(tier for tier in TIERS if tier.is_proven)


class Role(StrEnum):
    """What a member is to its cluster."""

    KEEPER = "keeper"
    REDUNDANT = "redundant"  # proven to be held by the member its evidence names
    REFERENCE = "reference"  # as redundant, but in a folder that is to stay as it is
    LINKED = "linked"  # a hard link of another member: the same file, nothing to gain
    RELATED = "related"  # resembles, but nothing is proven


class Standing(StrEnum):
    """Whether a member of a cluster may go (DESIGN: words). Its keeper, references and further
    names of one file have none: they stay whatever is said."""

    SAFE = "safe"  # goes by default: a file that stays holds all of it, to the byte or the pixel
    CONSENT = "consent"  # goes if `near` or `edited` is asked for
    NEVER = "never"  # no plan takes it; one that is likely a copy may be marked in the review


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a member is in its cluster: what ties it to which other member."""

    to: bytes  # path of that member
    tier: Tier
    similarity: float | None  # cosine of the two descriptors; None where one has none
    how: tuple[str, ...] = ()  # what was done to that member to get this one
    overlap: tuple[float, float] | None = None  # share of that member in this one, and vice versa
    matrix: Matrix | None = None  # maps that member onto this one, in 0..1 of each
    boxes: tuple[Box, ...] = ()  # of this one, where the two differ


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a cluster. `reason` says why the keeper is the keeper, or what else is related."""

    file: FoundFile
    content: Content
    role: Role
    reason: str | None = None
    evidence: Evidence | None = None
    matches: tuple[Evidence, ...] = ()  # what else a collage holds; files of other clusters too
    held_back: bool = False  # proven a copy, and related for what it holds beside its picture
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Files tied to each other, the keeper first. Its id comes from its contents alone."""

    id: str
    tier: Tier  # of its weakest tie; likely copies beside proven ones do not count
    members: tuple[Member, ...]
    reclaimable_bytes: int  # what may go of it, by default or where it is asked for

    @property
    def keeper(self) -> Member:
        """The member to keep."""
        return self.members[0]


class DecisionKind(StrEnum):
    """What a person has said of two pictures."""

    NOT_COPIES = "not copies"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was said of two contents (SHA-256, the lower first), wherever their files are."""

    first: bytes
    second: bytes
    kind: DecisionKind
    decided_at: str  # ISO 8601, UTC


class Effort(StrEnum):
    """How far a search for copies goes."""

    FAST = "fast"
    NORMAL = "normal"
    THOROUGH = "thorough"


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer of `dupes`: clusters of copies, and what could not be looked at."""

    catalog: str
    model: Model
    threshold: float
    roots: tuple[bytes, ...]
    files: int  # looked at
    contents: int
    clusters: tuple[Cluster, ...]
    skipped: tuple[Unreadable, ...]
    effort: Effort = Effort.NORMAL
    verified: bool = True  # False: descriptors alone were compared
    series: int = 0  # pictures with another shot of their scene, in the clusters or not
    unverified: int = 0  # pictures that only look like another one, in the clusters or not
    likely: int = 0  # pictures that are more probably copies than not, in the clusters or not
    unread: int = 0  # contents that could not be verified: their files are gone or have changed
    references: tuple[bytes, ...] = ()  # in which nothing is redundant, as the catalog knows them


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of `index` did."""

    files: int  # pictures met
    size: int  # bytes of them
    read: int  # new or changed files that were read
    described: int  # pictures that got a descriptor
    missing: int  # files gone since the last run
    excluded: int  # files of the last run that are there, and were left out of this one
    left_out: tuple[bytes, ...]  # photo libraries that were not entered
    skipped: tuple[Unreadable, ...]  # what was met and gave no picture, known before or not
    seconds: float
    engine: str | None  # what embedded, None if nothing was
    news: tuple[Unreadable, ...] = ()  # of what was skipped, what nobody has acknowledged


@dataclass(frozen=True, slots=True)
class Root:
    """A folder the user indexed, and when that was last finished."""

    path: bytes
    scanned_at: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the catalog holds."""

    files: int  # present
    bytes: int
    contents: int  # distinct, of present files
    described: int  # of those, with a descriptor of the model
    missing: int  # files gone from their folder
    problems: int  # files that gave no picture
    left_out: int = 0  # files that are there, and were not met by the last scan of their folder
