"""The frozen records that stages hand to each other; nothing else passes between them.

Paths are bytes as the file system gives them (`os.fsencode` on every platform): a name that is
not UTF-8 is as good as any other. Hashes are raw 32-byte digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # `copyfind --help` must not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float32]"
Halves: TypeAlias = "NDArray[np.float16]"
Ints: TypeAlias = "NDArray[np.int64]"
Pixels: TypeAlias = "NDArray[np.uint8]"
Bools: TypeAlias = "NDArray[np.bool_]"


MatrixRow = tuple[float, float, float]
# (x, y, 1) of one picture to another, in 0..1 of width and height
Matrix = tuple[MatrixRow, MatrixRow, MatrixRow]
Box = tuple[float, float, float, float]  # left, top, right, bottom, likewise


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a picture file says of itself. Width and height are upright, in pixels."""

    width: int
    height: int
    format: str  # "JPEG", "HEIC", "PNG", ... as people call it
    frames: int = 1
    captured_at: str | None = None  # ISO 8601, with fraction and offset where EXIF has them
    camera: str | None = None
    lens: str | None = None
    has_gps: bool = False
    rating: int | None = None
    software: str | None = None
    jpeg_quality: int | None = None  # estimated from the quantisation tables, 1 to 100
    has_film: bool = False  # of a motion photo, in the same file


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

    Without descriptors it says with `problem` and `reason` why there are none.
    """

    sha256: bytes
    size: int  # bytes
    model: str  # the id of the embedder that described it
    decoder: str  # version of what decoded it, or failed to
    facts: Facts | None = None  # None: not decoded
    pixels: bytes | None = None  # hash of the full-size picture; None where it was decoded reduced
    descriptors: Halves | None = None  # (R, D), unit rows, the first of the whole picture
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
    weights: str  # SHA-256 of the weights file, hex
    dim: int
    input_size: int
    default_threshold: float


@dataclass(frozen=True, slots=True)
class Content:
    """A distinct byte string, and the present files that hold it (by path)."""

    id: int  # in this catalog
    sha256: bytes
    size: int
    facts: Facts | None  # None: not decoded, `problem` says why
    pixels: bytes | None
    files: tuple[FoundFile, ...]
    problem: str | None = None


class Tier(StrEnum):
    """What a pair has been shown to be, strongest first (DESIGN: verdicts)."""

    IDENTICAL = "identical"
    SAME_PIXELS = "same-pixels"
    NEAR = "near"
    EDITED = "edited"
    SERIES = "series"
    UNVERIFIED = "unverified"

    @property
    def is_exact(self) -> bool:
        """Whether no pixel differs: such a copy may go without anybody having looked at it."""
        return self in (Tier.IDENTICAL, Tier.SAME_PIXELS)

    @property
    def is_proven(self) -> bool:
        """Whether one is shown to hold the picture of the other: nothing else may ever go."""
        return self.is_exact or self in (Tier.NEAR, Tier.EDITED)


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
    """A file in a cluster. `reason` says why the keeper is the keeper."""

    file: FoundFile
    content: Content
    role: Role
    reason: str | None = None
    evidence: Evidence | None = None
    matches: tuple[Evidence, ...] = ()  # what else a collage holds; files of other clusters too


@dataclass(frozen=True, slots=True)
class Cluster:
    """Files tied to each other, the keeper first. Its id comes from its contents alone."""

    id: str
    tier: Tier  # of its weakest tie
    members: tuple[Member, ...]
    reclaimable_bytes: int  # what the redundant members take up on disk

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
    unread: int = 0  # contents that could not be verified: their files are gone or have changed

    @property
    def redundant_files(self) -> int:
        """Files that could go."""
        return sum(m.role is Role.REDUNDANT for c in self.clusters for m in c.members)

    @property
    def reclaimable_bytes(self) -> int:
        """Bytes that would be gained."""
        return sum(cluster.reclaimable_bytes for cluster in self.clusters)


class ActionKind(StrEnum):
    """What happens to a redundant file."""

    QUARANTINE = "quarantine"  # renamed into a hidden folder of its volume
    TRASH = "trash"
    MOVE = "move"
    HARDLINK = "hardlink"
    REFLINK = "reflink"
    SYMLINK = "symlink"
    DELETE = "delete"


LINKS = frozenset({ActionKind.HARDLINK, ActionKind.REFLINK, ActionKind.SYMLINK})


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file and its bytes: it is this file only as long as all of it is as it was."""

    file: FoundFile
    sha256: bytes

    @property
    def path(self) -> bytes:
        """Where it was when it was planned."""
        return self.file.path

    @property
    def identity(self) -> Identity:
        """What it is under each of its names."""
        return self.file.identity


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that travels with pictures: a sidecar, a film. It stays while an owner stays."""

    file: PlannedFile
    owners: tuple[bytes, ...]  # paths of all pictures it belongs to


@dataclass(frozen=True, slots=True)
class Belongings:
    """What belongs to a picture file. `blocked` says why it must not go; `loses` what its
    keeper does not know."""

    companions: tuple[Companion, ...] = ()
    partners: tuple[bytes, ...] = ()  # paths of pictures: it goes only if all of these go too
    blocked: str | None = None
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What happens to one redundant file, and the file that holds its picture afterwards."""

    kind: ActionKind
    file: PlannedFile
    keeper: PlannedFile
    tier: Tier  # of what ties the two
    why: str  # one line for people
    to: bytes | None = None  # only MOVE: the path it gets
    companions: tuple[Companion, ...] = ()
    partners: tuple[bytes, ...] = ()  # of other actions: all of them, or none
    loses: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all that goes."""
        return self.file.file.size + sum(c.file.file.size for c in self.companions)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A new version of a keeper's XMP sidecar, which says what only copies that go know."""

    path: bytes
    before: PlannedFile | None  # what is there now; None: nothing is
    text: bytes  # of the new version


@dataclass(frozen=True, slots=True)
class PlannedCluster:
    """What happens in one cluster; whole or, if anything has changed, not at all."""

    id: str
    tier: Tier
    keep_reason: str | None  # why the best keeper is kept
    actions: tuple[Action, ...]
    sidecar: Sidecar | None = None  # of the keeper; written before anything goes


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A redundant file that stays, and why."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to happen, over all clusters."""

    made_at: str  # ISO 8601, UTC
    version: str  # of the copyfind that made it
    catalog: str
    catalog_state: str  # of what it knew; another state later refuses the plan
    tiers: tuple[Tier, ...]  # ties that may lead to an action
    roots: tuple[bytes, ...]
    protected: tuple[bytes, ...]  # folders in which nothing happens
    files: int  # in the collection
    clusters: tuple[PlannedCluster, ...]
    left: tuple[LeftAlone, ...] = ()

    @property
    def actions(self) -> tuple[Action, ...]:
        """All of them, in order."""
        return tuple(action for cluster in self.clusters for action in cluster.actions)


class PartKind(StrEnum):
    """What a file is to the picture it belongs to. The value is what users see."""

    SIDECAR = "sidecar"  # XMP, or what a RAW developer keeps beside the picture
    APPLE_EDITS = "Apple edits"
    TAKEOUT = "Google Takeout metadata"
    FILM = "film"  # of a Live Photo or a motion photo, in a file of its own
    SOUND = "voice memo"
    THUMBNAIL = "thumbnail"
    RAW = "RAW of the pair"
    RENDERED = "JPEG of the pair"
    EDITED = "edited version"
    ORIGINAL = "original of the edited version"


PARTNERS = frozenset(
    {PartKind.RAW, PartKind.RENDERED, PartKind.EDITED, PartKind.ORIGINAL}
)  # pictures themselves; everything else follows its picture


@dataclass(frozen=True, slots=True)
class Part:
    """A file that belongs to a picture."""

    path: bytes
    kind: PartKind
    shared_with: tuple[bytes, ...] = ()  # other files it serves: it goes when all of them go
    proven: bool = False  # both files say so; otherwise their names do


@dataclass(frozen=True, slots=True)
class Unit:
    """A picture file and what belongs to it: it moves whole or not at all."""

    picture: bytes
    parts: tuple[Part, ...] = ()  # by path
    blocked: str | None = None  # why what belongs to it cannot be told or moved

    @property
    def followers(self) -> tuple[Part, ...]:
        """What goes with the picture."""
        return tuple(c for c in self.parts if c.kind not in PARTNERS)

    @property
    def partners(self) -> tuple[Part, ...]:
        """Pictures of their own: the unit goes only if they go too."""
        return tuple(c for c in self.parts if c.kind in PARTNERS)


class Stage(StrEnum):
    """What a run is doing, as people are told."""

    SCAN = "scanning folders"
    READ = "reading pictures"
    STORE = "storing rows"
    SETTLE = "comparing pixels"
    LOOK = "looking at details"
    SEARCH = "searching copies"
    VERIFY = "verifying copies"
    CHECK = "checking files"
    CLEAR = "clearing away"
    UNDO = "putting files back"
    EMPTY = "emptying the quarantine"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is; totals are 0 while they are not known."""

    stage: str  # a Stage, or in other words what is being done
    files: int  # or what else is counted: pairs, steps
    total_files: int = 0
    bytes: int = 0
    total_bytes: int = 0
    numbers: str = ""  # what else there is to tell, for eyes
    facts: Mapping[str, object] = field(default_factory=dict)  # the same for programs


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of `index` did."""

    files: int  # pictures met
    size: int  # bytes of them
    read: int  # new or changed files that were read
    described: int  # pictures that got a descriptor
    missing: int  # files gone since the last run
    left_out: tuple[bytes, ...]  # photo libraries that were not entered
    skipped: tuple[Unreadable, ...]  # what was met and gave no picture, known before or not
    seconds: float
    engine: str | None  # what embedded, None if nothing was


@dataclass(frozen=True, slots=True)
class Match:
    """An indexed content that resembles the query; its files are listed by path.

    how: what was done to it to get the query. overlap: share of it that the query shows, and of the
    query that it shows; None where nothing aligns them.
    """

    content: Content
    tier: Tier
    similarity: float | None
    how: tuple[str, ...] = ()
    overlap: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the catalog holds for one query picture, the strongest tie first."""

    query: bytes
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ties two pictures; `tier` is None where nothing does.

    how: what was done to the first to get the second; how_back: the other way round. overlap: share
    of the first that lies in the second, and vice versa; None where nothing aligns them. evidence:
    the whole verdict as plain data (verdict), None where none was needed.
    """

    first: ReadFile
    second: ReadFile
    tier: Tier | None
    similarity: float | None
    threshold: float
    how: tuple[str, ...] = ()
    overlap: tuple[float, float] | None = None
    how_back: tuple[str, ...] = ()
    evidence: Mapping[str, Any] | None = None
    pictures: tuple[Pixels, Pixels] | None = field(default=None, compare=False)  # to be drawn


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
