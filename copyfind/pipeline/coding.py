"""Codes of local features of pictures: made once by the worker processes, kept in the cache.

They are made of a smaller picture than a second look takes, since every picture needs them and most
are never looked at again. Of 185 stacked edits of bench/edits that can be proven, 3 are not tried;
of 192 pixels and 200 features 6, for a quarter less time.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from copyfind.evidence.features import extract_features
from copyfind.imaging.thumbnail import decode_thumbnail, longest_of
from copyfind.pipeline.gallery import Gallery
from copyfind.records import Pixels
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import KEPT, Codes, encode
from copyfind.watch import Count

LONGEST = 224  # pixels; more of strips
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
        there = [
            (name, made[row])
            for row, name in zip(rows[some], names[some], strict=True)
            if row in made
        ]
        store.add([name for name, _ in there], [Codes.from_bytes(data) for _, data in there])
        count.show(min(start + _AT_ONCE, len(rows)), len(rows))


def coded(thumbnail: bytes) -> bytes:
    """In a worker: the codes of a JPEG."""
    cv2.setNumThreads(1)
    picture = decode_thumbnail(thumbnail)
    return encode(extract_features(_smaller(picture), most=KEPT)).to_bytes()


def _smaller(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    factor = longest_of(width, height, LONGEST) / max(height, width)
    if factor >= 1:
        return picture
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    smaller: Pixels = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return smaller
