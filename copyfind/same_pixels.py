"""Find pictures that are equal to the pixel, without decoding everything at full size.

The way to a descriptor decodes a photo reduced, so most contents have no pixel hash. Two pictures
with the same pixels have the same shape and nearly the same descriptor: only pictures for which
there is such a partner are decoded again, whole.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from copyfind.collection.intake import Intake
from copyfind.errors import Interrupted
from copyfind.imaging.workers import Readers
from copyfind.records import (
    ABOUT_THE_FILE,
    Bools,
    Floats,
    FoundFile,
    Ints,
    Progress,
    Stage,
    Unreadable,
)

# The same pixels reach the network by two ways at most, reduced and whole; measured, these two
# squares never differed by more than a cosine of 0.98 (docs/decisions.md).
ALIKE = 0.98
_CELLS = 1 << 24  # pairs compared at a time: 64 MB of cosines, however many pictures share a shape
_BATCH = 64  # hashes stored in one transaction


def settle_same_pixels(
    intake: Intake,
    readers: Readers,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> None:
    """Give a pixel hash to every new content that may have a same-pixel partner, and to those.

    Raises Interrupted; what was hashed up to there is kept.
    """
    files: dict[bytes, FoundFile] = {}
    contents: dict[bytes, int] = {}
    for width, height in intake.unsettled_shapes():
        ids, settled, descriptors = intake.contents_of_shape(width, height)
        wanted = set(ids[may_have_partner(descriptors, new=settled == 0)].tolist())
        for content in sorted(wanted):
            if file := intake.file_without_pixels(content):
                files[file.path], contents[file.path] = file, content
        open_ends = set(contents.values())
        intake.settle([c for c in ids[settled == 0].tolist() if c not in open_ends], {})
    done = 0
    hashes = readers.pixel_hashes(files.values())
    while batch := list(islice(hashes, _BATCH)):
        pixels = {contents[f.path]: value for f, value in batch if isinstance(value, bytes)}
        out_of_reach = [
            contents[file.path]
            for file, value in batch
            if isinstance(value, Unreadable) and value.problem in ABOUT_THE_FILE
        ]
        intake.settle([contents[f.path] for f, _ in batch], pixels, put_off=out_of_reach)
        done += len(batch)
        on_progress(Progress(Stage.SETTLE, done, len(files)))
        if done < len(files) and should_stop():
            raise Interrupted(
                "stopped while comparing pixels; everything up to there is kept, "
                "run the same command again to go on"
            )


def may_have_partner(descriptors: Floats, *, new: Bools) -> Ints:
    """Rows that are new and resemble another row, and the rows they resemble.

    descriptors: (N, D) unit rows; a row of NaN resembles every other. new: (N,) bool.
    """
    unknown: Bools = np.asarray(np.isnan(descriptors).any(axis=1))
    known: Floats = np.nan_to_num(descriptors)
    has_partner = np.zeros(len(descriptors), bool)
    fresh = np.flatnonzero(new)
    block = max(1, _CELLS // max(1, len(descriptors)))
    for start in range(0, len(fresh), block):
        rows = fresh[start : start + block]
        near = known[rows] @ known.T  # (rows, N)
        alike: Bools = (near >= ALIKE) | unknown[rows, None] | unknown[None, :]
        alike[np.arange(len(rows)), rows] = False
        has_partner[rows] |= alike.any(axis=1)
        has_partner |= alike.any(axis=0)
    return np.flatnonzero(has_partner)
