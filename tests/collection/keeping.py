"""What was read of files, with made-up descriptors, as the rows that the catalog stores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from copyfind.collection.intake import Intake
from copyfind.records import Floats, ReadFile, Row, Unreadable


def keep(
    intake: Intake,
    read: Sequence[ReadFile | Unreadable],
    descriptors: Floats,
    *,
    decoder: str = "1",
) -> None:
    """Store one batch; descriptors (P, D) of the P files that have a picture, in their order."""
    files = [one for one in read if isinstance(one, ReadFile)]
    vectors = iter(descriptors)
    intake.store(
        [
            (one.file, row_of(one, next(vectors) if one.picture else None, decoder=decoder))
            for one in files
            if one.picture or one.problem
        ],
        known=[(one.file, one.sha256) for one in files if not (one.picture or one.problem)],
        refused=[one for one in read if isinstance(one, Unreadable)],
    )


def row_of(read: ReadFile, vector: Floats | None, *, decoder: str) -> Row:
    """vector (D,), or None where there is no picture."""
    return Row(
        sha256=read.sha256,
        size=read.file.size,
        model="tiny",
        decoder=decoder,
        facts=read.picture.facts if read.picture else None,
        pixels=read.picture.pixels if read.picture else None,
        descriptor=None if vector is None else vector.astype(np.float16),
        problem=read.problem.problem if read.problem else None,
        reason=read.problem.reason if read.problem else None,
    )
