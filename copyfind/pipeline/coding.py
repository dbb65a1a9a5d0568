"""Codes of local features of pictures: made once by the worker processes, kept in the cache.

The features themselves wait in a spool for the second look, which many of them get.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from copyfind.evidence.features import best, extract_features
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.pipeline.gallery import Gallery
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import KEPT, Codes, encode
from copyfind.watch import Count

_AT_ONCE = 512  # pictures that are added to the store together: 2 MB


def add_codes(
    rows: Sequence[int], names: Sequence[bytes], *, gallery: Gallery, store: CodeStore, count: Count
) -> None:
    """Code these contents and add them to the store; those that cannot be had stay without.

    names: their SHA-256. count: shown how many are done.
    """
    count.show(0, len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        made = gallery.made_of_thumbnails(coded, rows[some])
        there = {
            name: made[row]
            for row, name in zip(rows[some], names[some], strict=True)
            if row in made
        }
        store.add(list(there), [Codes.from_bytes(one.codes) for one in there.values()])
        gallery.spool.put({name: one.features for name, one in there.items()})
        count.show(min(start + _AT_ONCE, len(rows)), len(rows))


@dataclass(frozen=True, slots=True)
class Coded:
    """The local features of a picture, packed, and their codes."""

    codes: bytes
    features: bytes


def coded(thumbnail: bytes) -> Coded:
    """In a worker: the features of a JPEG and their codes."""
    cv2.setNumThreads(1)
    features = extract_features(decode_thumbnail(thumbnail))
    return Coded(encode(best(features, KEPT)).to_bytes(), features.to_bytes())
