"""Codes of local features of pictures: made once by the worker processes, kept in the cache.

The features themselves wait in a spool for the second look, which many of them get.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from copyfind.evidence.features import best, extract_features, one_after_another
from copyfind.evidence.grounds import is_seen
from copyfind.imaging.thumbnail import LONGEST, decode_thumbnail
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.verifying import read_larger
from copyfind.records import Colour, FoundFile
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import KEPT, Codes, encode
from copyfind.watch import Count

_AT_ONCE = 512  # pictures that are added to the store together: 2 MB
# On which a cut-out's outline is dark, and light: its copies lie on a colour of their own.
_GROUNDS: tuple[Colour, ...] = ((0, 0, 0), (255, 255, 255))


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
            row: name for row, name in zip(rows[some], names[some], strict=True) if row in made
        }
        codes = {row: made[row].codes for row in there} | _of_transparent(list(there), gallery)
        store.add(list(there.values()), [Codes.from_bytes(codes[row]) for row in there])
        gallery.spool.put({name: made[row].features for row, name in there.items()})
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


def coded_on_grounds(files: tuple[FoundFile, ...]) -> bytes | None:
    """In a worker: the codes of a transparent picture, as it looks on grey, black and white, where
    there is something to be seen; None where its file is gone."""
    cv2.setNumThreads(1)
    on_grey = read_larger(files, LONGEST)
    if on_grey is None:
        return None
    looks = [on_grey]
    for ground in _GROUNDS:
        laid = read_larger(files, LONGEST, ground=ground)
        if laid is not None and is_seen(laid, ground):
            looks.append(laid)
    of_each = [best(extract_features(seen), KEPT // len(looks)) for seen in looks]
    return encode(one_after_another(of_each)).to_bytes()


def _of_transparent(rows: Sequence[int], gallery: Gallery) -> dict[int, bytes]:
    """The codes of those that are, by row."""
    files = {
        row: content.files
        for row, content in gallery.contents(rows).items()
        if content.facts and content.facts.has_alpha
    }
    answers = gallery.readers.each(coded_on_grounds, list(files.values()))
    return {
        row: codes
        for row, (_, codes) in zip(files, answers, strict=True)
        if isinstance(codes, bytes)
    }
