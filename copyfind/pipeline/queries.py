"""Pictures that are asked about: read as `index` reads them, though nothing remembers them."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from copyfind.collection.scan import ScanOptions, scan_paths
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.records import Content, FoundFile, Pixels, Problem, ReadFile, Unreadable

_A_FOLDER = "a folder, not a picture; name a file"
_PART = 0.6  # of the height and of the width that a part takes
_STARTS = ((0.0, 0.0), (1 - _PART, 0.0), (0.0, 1 - _PART), (1 - _PART, 1 - _PART))
_MIDDLE = ((1 - _PART) / 2, (1 - _PART) / 2)


def read_queries(readers: Readers, images: Sequence[bytes]) -> list[ReadFile | Unreadable]:
    """Each file with its picture, in their order; Unreadable where it gives none."""
    results: list[ReadFile | Unreadable] = []
    for image in images:
        if os.path.isdir(image):  # noqa: PTH112 - a path of bytes
            results.append(Unreadable(image, Problem.NOT_A_PICTURE, _A_FOLDER))
            continue
        met = [
            m for m in scan_paths([image], ScanOptions()) if isinstance(m, FoundFile | Unreadable)
        ]
        jobs = [ReadJob(m) for m in met if isinstance(m, FoundFile)]
        results += [m for m in met if isinstance(m, Unreadable)]
        results += (
            r.problem if isinstance(r, ReadFile) and r.problem else r for r in readers.read(jobs)
        )
    return results


def squares_of(read: Sequence[ReadFile], *, side: int) -> Pixels:
    """(N, side, side, 3): what a network of that side is given."""
    squares = [one.picture.square for one in read if one.picture]
    return np.stack(squares) if squares else np.empty((0, side, side, 3), np.uint8)


def with_parts(square: Pixels) -> Pixels:
    """A square (S, S, 3) and five parts of it, enlarged to its size: (6, S, S, 3), the whole first.

    By its corners and its middle a picture is found that was pasted there, or cropped before.
    """
    side = len(square)
    picture = Image.fromarray(square)
    parts = [
        picture.resize(
            (side, side),
            Image.Resampling.BICUBIC,
            box=(x * side, y * side, (x + _PART) * side, (y + _PART) * side),
        )
        for x, y in (*_STARTS, _MIDDLE)
    ]
    return np.stack([square, *(np.asarray(part) for part in parts)])


def thumbnails_of(read: Sequence[ReadFile]) -> dict[bytes, bytes]:
    """JPEGs by SHA-256, those that `index` would keep."""
    return {
        one.sha256: one.picture.thumbnail for one in read if one.picture and one.picture.thumbnail
    }


def content_of(read: ReadFile) -> Content:
    """The file as a content that a catalog might hold; it is in no row."""
    facts = read.picture.facts if read.picture else None
    return Content(-1, read.sha256, read.file.size, facts, None, (read.file,))
