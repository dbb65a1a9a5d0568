"""Close pairs that an earlier search found, in a file of the cache.

Of a collection that grows only what is new is compared. A cosine depends on its two rows alone, so
what was found stays true while both are there; a pair that was left out of a crowd may come back
once those are gone that it was left out for, so their partners are compared again. Rows are known
by 64 bits of their bytes. Whatever is wrong with the file costs time alone.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Bools, Candidates, Floats, Ints
from copyfind.search.cache_file import write_arrays
from copyfind.search.rows import Marks
from copyfind.search.strongest import StrongestPairs

Places = NDArray[np.uint32]

_FORMAT = 2
_FEWEST = 4096  # rows: fewer are compared in less time than it takes to read what was found
_NEW = 1 / 8  # of the rows: where more are new, everything is compared
_KEPT = 4_000_000  # pairs, the closest: 64 MB


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """What is known of some rows."""

    new: Bools  # (N,) which rows are to be compared with all
    pairs: Candidates  # of places, at the threshold or above
    lost: Bools  # (N,) which of the others lost pairs that may not come back


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    complete_from: np.float32  # cosine from which on none is missing but those of crowded rows
    strongest: int  # pairs of a row, from which on it was crowded
    marks: Marks  # (M,) of the rows that were compared, ascending
    first: Places  # (P,) places in `marks`
    second: Places
    similarity: Floats  # (P,)
    lost: Bools  # (M,) which lost pairs, being crowded

    def fits(self) -> bool:
        """Whether it is what we would have written."""
        places = self.first, self.second
        return (
            self.marks.dtype == np.uint64
            and bool((self.marks[1:] > self.marks[:-1]).all())
            and self.similarity.dtype == np.float32
            and self.lost.dtype == bool
            and self.lost.shape == self.marks.shape
            and all(part.dtype == np.uint32 for part in places)
            and all(part.shape == self.similarity.shape for part in places)
            and all(not len(part) or int(part.max()) < len(self.marks) for part in places)
        )


def read_earlier(path: Path, marks: Marks, *, threshold: float, strongest: int) -> Earlier | None:
    """What was found among the rows with these marks (N,), all distinct; None where it does not
    reach down to the threshold, or too little of it is there.

    strongest: as for `StrongestPairs`.
    """
    known = None if len(marks) < _FEWEST else _read(path)
    if known is None or known.complete_from > np.float32(threshold):
        return None
    places = np.searchsorted(known.marks, marks).clip(max=len(known.marks) - 1)
    met = known.marks[places] == marks
    row_of = np.full(len(known.marks), -1, np.int64)
    row_of[places[met]] = np.flatnonzero(met)
    lost = known.lost[places] & met
    new = ~met | (lost & _short_of(known, row_of < 0, strongest)[places])
    if np.count_nonzero(new) > _NEW * len(marks):
        return None
    one, other = row_of[known.first], row_of[known.second]
    there = (one >= 0) & (other >= 0) & (known.similarity >= np.float32(threshold))
    one, other = one[there], other[there]
    lower, higher = np.minimum(one, other), np.maximum(one, other)
    return Earlier(new, Candidates(lower, higher, known.similarity[there]), lost & ~new)


def _short_of(known: _File, gone: Bools, strongest: int) -> Bools:
    """(M,) which rows, if they were crowded, have room for pairs that they lost."""
    if strongest > known.strongest:
        return np.ones(len(gone), bool)
    short = np.zeros(len(gone), bool)
    short[known.first[gone[known.second]]] = True
    short[known.second[gone[known.first]]] = True
    return short


def write_earlier(path: Path, marks: Marks, ids: Ints, found: StrongestPairs) -> None:
    """Keep what was found among the rows `ids`, with these marks (both (N,)), the closest of it;
    nothing where it cannot be written."""
    order = np.argsort(marks)
    if len(marks) < _FEWEST or (np.diff(marks[order]) == 0).any():
        return
    pairs = found.candidates()
    complete_from = found.threshold
    if len(pairs.similarity) > _KEPT:
        least = np.partition(pairs.similarity, len(pairs.similarity) - _KEPT)[-_KEPT]
        complete_from = np.nextafter(least, np.float32(2))
    kept = pairs.similarity >= complete_from
    place_of = np.empty(int(ids[-1]) + 1, np.uint32)
    place_of[ids[order]] = np.arange(len(order))
    with suppress(OSError):
        write_arrays(
            path,
            header=np.array([_FORMAT, complete_from, found.strongest]),
            marks=marks[order],
            lost=found.lost[ids[order]],
            first=place_of[pairs.first[kept]],
            second=place_of[pairs.second[kept]],
            similarity=pairs.similarity[kept],
        )


def _read(path: Path) -> _File | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            version, complete_from, strongest = stored["header"].tolist()
            known = _File(
                np.float32(complete_from),
                int(strongest),
                *(stored[name] for name in ("marks", "first", "second", "similarity", "lost")),
            )
            return known if version == _FORMAT and len(known.marks) and known.fits() else None
    except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile, zlib.error):
        return None
