"""What a second look needs of pictures: thumbnails and local features, made once and kept.

Both come from the cache, or are made from the files by the worker processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cv2

from copyfind.collection.cache import PictureCache
from copyfind.evidence.features import FEATURES_VERSION, NOTHING, Features, extract_features
from copyfind.imaging.readers import Readers
from copyfind.imaging.thumbnail import LONGEST, decode_thumbnail, encode
from copyfind.records import Content, Facts, FoundFile, Unreadable


@dataclass(frozen=True, slots=True)
class Picture:
    """All of one picture that a comparison needs, as it travels to a worker."""

    sha256: bytes
    facts: Facts
    files: tuple[FoundFile, ...]  # that hold it, for a closer look
    thumbnail: bytes  # JPEG
    features: bytes  # evidence.features.Features.to_bytes


@dataclass(slots=True)
class Gallery:
    """Contents as verification sees them, from the cache or made anew.

    contents: by SHA-256, each with its present files.
    """

    contents: Mapping[bytes, Content]
    cached: PictureCache
    readers: Readers
    _gone: set[bytes] = field(default_factory=set)

    def pictures(self, wanted: Iterable[bytes]) -> dict[bytes, Picture]:
        """Those that can be had."""
        here = [sha256 for sha256 in dict.fromkeys(wanted) if sha256 not in self._gone]
        thumbnails = self.cached.thumbnails(here)
        if missing := [sha256 for sha256 in here if sha256 not in thumbnails]:
            made = dict(self._made_thumbnails(missing))
            self.cached.store_thumbnails(made)
            thumbnails |= made
            self._gone.update(sha256 for sha256 in missing if sha256 not in made)
        features = self.cached.features(thumbnails, version=FEATURES_VERSION)
        if missing := [sha256 for sha256 in thumbnails if sha256 not in features]:
            found = self.readers.each(packed_features, [thumbnails[sha256] for sha256 in missing])
            new = {
                sha256: packed
                for sha256, (_, packed) in zip(missing, found, strict=True)
                if isinstance(packed, bytes)
            }
            self.cached.store_features(new, version=FEATURES_VERSION)
            features |= new
        return {
            sha256: Picture(sha256, facts, content.files, thumbnails[sha256], features[sha256])
            for sha256 in thumbnails
            if sha256 in features and (facts := (content := self.contents[sha256]).facts)
        }

    def features(self, wanted: Sequence[bytes]) -> list[Features]:
        """Local features in the order asked for; none of what cannot be had."""
        packed = self.cached.features(wanted, version=FEATURES_VERSION)
        lacking = [sha256 for sha256 in wanted if sha256 not in packed]
        packed |= {sha256: made.features for sha256, made in self.pictures(lacking).items()}
        unpacked = (
            Features.from_bytes(packed[sha256]) if sha256 in packed else None for sha256 in wanted
        )
        return [NOTHING if features is None else features for features in unpacked]

    def _made_thumbnails(self, missing: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Of the first file of each that still is what it was; a content may have several."""
        left = {sha256: list(self.contents[sha256].files) for sha256 in missing}
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
