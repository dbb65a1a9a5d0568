"""The records of clearing away: what belongs to a picture, what goes, what holds it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copyfind.records import FoundFile, Identity, Tier


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
