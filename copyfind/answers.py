"""The records of an answer about one picture or two: what the catalog holds, what ties them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from copyfind.records import Content, Pixels, ReadFile, Tier


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A folder, and how many of its pictures there are elsewhere too."""

    folder: bytes
    whole: bool  # with all folders below it; else only what lies in it directly
    files: int
    identical: int  # of these, with the same bytes or pixels
    edited: int  # of these, near or edited copies, or what such were made from
    size: int  # bytes of those that are elsewhere too
    other: bytes | None = None  # the folder that has most of the copies
    in_other: int = 0  # pictures of this folder that have a copy there

    @property
    def elsewhere(self) -> int:
        """Pictures that are elsewhere too."""
        return self.identical + self.edited

    @property
    def only_here(self) -> int:
        """Pictures that are nowhere else."""
        return self.files - self.elsewhere


@dataclass(frozen=True, slots=True)
class Sharing:
    """What folders have in common. folders: of which something is elsewhere too, those first that
    are as a whole. total: of all that were looked at. only_here: paths of the rest."""

    folders: tuple[Shared, ...]
    total: Shared
    only_here: tuple[bytes, ...]
