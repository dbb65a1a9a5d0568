"""Find pictures that are equal to the pixel, without decoding everything at full size.

The way to a descriptor decodes a photo reduced, so most contents have no pixel hash. Two pictures
with the same pixels have the same shape and nearly the same descriptor: only pictures for which
there is such a partner are decoded again, whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from copyfind.collection.unsettled import Unsettled
from copyfind.imaging.readers import Readers
from copyfind.records import ABOUT_THE_FILE, Bools, Floats, FoundFile, Halves, Ints, Unreadable
from copyfind.search.pairs import find_candidates
from copyfind.watch import Stage, Watch

# The same pixels reach the network by two ways at most, reduced and whole; measured, these two
# squares never differed by more than a cosine of 0.98 (docs/decisions.md).
ALIKE = 0.98
DENSE_UP_TO = 2e10  # pairs of one shape compared one by one: some minutes
_ROWS, _COLUMNS = 256, 65_536  # compared at a time: 64 MB of cosines
_BATCH = 64  # hashes stored in one transaction


def settle_same_pixels(unsettled: Unsettled, readers: Readers, watch: Watch) -> None:
    """Give a pixel hash to every new content that may have a same-pixel partner, and to those.

    Raises Interrupted; what was hashed up to there is kept.
    """
    files: dict[bytes, FoundFile] = {}
    contents: dict[bytes, int] = {}
    for width, height in unsettled.shapes():
        ids, settled, descriptors = unsettled.contents_of_shape(width, height)
        waiting = set()
        for content in ids[may_have_partner(descriptors, new=settled == 0)].tolist():
            if file := unsettled.file_without_pixels(content):
                files[file.path], contents[file.path] = file, content
                waiting.add(content)
        unsettled.settle([c for c in ids[settled == 0].tolist() if c not in waiting], {})
    done = 0
    hashes = readers.pixel_hashes(files.values())
    while batch := list(islice(hashes, _BATCH)):
        pixels = {contents[f.path]: value for f, value in batch if isinstance(value, bytes)}
        out_of_reach = [
            contents[file.path]
            for file, value in batch
            if isinstance(value, Unreadable) and value.problem in ABOUT_THE_FILE
        ]
        unsettled.settle([contents[f.path] for f, _ in batch], pixels, put_off=out_of_reach)
        done += len(batch)
        watch.show(Stage.SETTLE, done, len(files))
        if done < len(files):
            watch.check("while comparing pixels, everything up to there is kept")


def may_have_partner(
    descriptors: Halves | Floats, *, new: Bools, dense_up_to: float = DENSE_UP_TO
) -> Ints:
    """Rows that are new and resemble another row, and the rows they resemble.

    descriptors: (N, D) unit rows; a row of NaN resembles every other. new: (N,) bool.
    dense_up_to: pairs that are compared one by one; above, search finds those that matter.
    """
    unknown: Bools = np.asarray(np.isnan(descriptors).any(axis=1))
    fresh = np.flatnonzero(new)
    has_partner = np.zeros(len(descriptors), bool)
    if len(fresh) * len(descriptors) > dense_up_to and not unknown.any():
        found = find_candidates(descriptors, threshold=ALIKE)
        matters = new[found.first] | new[found.second]
        has_partner[found.first[matters]] = has_partner[found.second[matters]] = True
        return np.flatnonzero(has_partner)
    for rows in _blocks(fresh, _ROWS):
        queries = _as_floats(descriptors[rows])
        for columns in _blocks(np.arange(len(descriptors)), _COLUMNS):
            near = queries @ _as_floats(descriptors[columns]).T  # (rows, columns)
            alike: Bools = (near >= ALIKE) | unknown[rows, None] | unknown[None, columns]
            alike[rows[:, None] == columns[None, :]] = False
            has_partner[rows] |= alike.any(axis=1)
            has_partner[columns] |= alike.any(axis=0)
    return np.flatnonzero(has_partner)


def _blocks(rows: Ints, size: int) -> Iterator[Ints]:
    """The rows in pieces of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _as_floats(halves: Halves | Floats) -> Floats:
    """float32, with zeros for NaN: a row without a descriptor has no cosine with any."""
    return np.nan_to_num(halves.astype(np.float32))
