"""What a second look needs of pictures: thumbnails and local features, made once and kept.

Both come from the cache, or are made from the files by the worker processes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2

from copyfind.collection.cache import PictureCache
from copyfind.collection.spool import Spool
from copyfind.evidence.features import FEATURES_VERSION, extract_features
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.readers import Readers
from copyfind.imaging.source import Source
from copyfind.imaging.thumbnail import LONGEST, decode_thumbnail, encode
from copyfind.records import Content, Facts, FoundFile, Unreadable

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Picture:
    """All of one picture that a comparison needs, as it travels to a worker."""

    row: int
    facts: Facts
    files: tuple[FoundFile, ...]  # that hold it, for a closer look
    source: Source  # of their bytes
    thumbnail: bytes  # JPEG
    features: bytes  # evidence.features.Features.to_bytes


@dataclass(slots=True)
class Gallery:
    """Contents as verification sees them, from the cache or made anew.

    contents: gives, by row, those asked for, each with its present files. spool: local features
    that were made for something else in this run; the cache keeps those that are looked at.
    """

    contents: Callable[[Iterable[int]], Mapping[int, Content]]
    cached: PictureCache
    readers: Readers
    spool: Spool = field(default_factory=lambda: Spool(None))
    _gone: set[int] = field(default_factory=set)

    def pictures(self, rows: Iterable[int]) -> dict[int, Picture]:
        """Those that can be had."""
        wanted = [row for row in dict.fromkeys(rows) if row not in self._gone]
        found = self.contents(wanted)
        contents = {row: found[row] for row in wanted}
        thumbnails = self._thumbnails(contents.values())
        features = self._features(thumbnails)
        self._gone.update(row for row, c in contents.items() if c.sha256 not in thumbnails)
        source = self.readers.source
        return {
            row: Picture(row, c.facts, c.files, source, thumbnails[c.sha256], features[c.sha256])
            for row, c in contents.items()
            if c.facts and c.sha256 in features
        }

    def made_of_thumbnails(
        self, make: Callable[[bytes], Made], rows: Sequence[int]
    ) -> dict[int, Made]:
        """What a function of an importable module makes of the thumbnail of each content that can
        be had, in the workers."""
        found = self.contents(rows)
        thumbnails = self._thumbnails([found[row] for row in rows])
        there = [row for row in rows if found[row].sha256 in thumbnails]
        made = self.readers.each(make, [thumbnails[found[row].sha256] for row in there])
        return {
            row: data
            for row, (_, data) in zip(there, made, strict=True)
            if not isinstance(data, Undecodable)
        }

    def _thumbnails(self, contents: Collection[Content]) -> dict[bytes, bytes]:
        """JPEGs by SHA-256."""
        known = self.cached.thumbnails(content.sha256 for content in contents)
        made = dict(self._made(content for content in contents if content.sha256 not in known))
        self.cached.store_thumbnails(made)
        return known | made

    def _features(self, thumbnails: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        """Packed local features by SHA-256."""
        known = self.cached.features(thumbnails, version=FEATURES_VERSION)
        made = self.spool.get(sha256 for sha256 in thumbnails if sha256 not in known)
        missing = [sha256 for sha256 in thumbnails if sha256 not in known and sha256 not in made]
        found = self.readers.each(packed_features, [thumbnails[sha256] for sha256 in missing])
        made |= {
            sha256: packed
            for sha256, (_, packed) in zip(missing, found, strict=True)
            if isinstance(packed, bytes)
        }
        self.cached.store_features(made, version=FEATURES_VERSION)
        return known | made

    def _made(self, contents: Iterable[Content]) -> Iterator[tuple[bytes, bytes]]:
        """Of the first file of each that still is what it was; a content may have several."""
        left = {content.sha256: list(content.files) for content in contents}
        while left := {sha256: files for sha256, files in left.items() if files}:
            of = {files.pop(0): sha256 for sha256, files in left.items()}
            for file, small in self.readers.thumbnails(of, longest=LONGEST):
                if not isinstance(small, Unreadable):
                    yield of[file], encode(small)
                    del left[of[file]]


def packed_features(thumbnail: bytes) -> bytes:
    """In a worker: the local features of a JPEG."""
    cv2.setNumThreads(1)
    return extract_features(decode_thumbnail(thumbnail)).to_bytes()
