"""Which of two pictures that show the same the other one was made from, told from their pixels.

What was made from a picture follows from it, and has the rounding of it if it was a JPEG; what it
was made from has detail and colours that the other one lacks, and no marks. Boosted trees weigh the
measures of that. They were fitted to files made one from the other by `benchmarks/fit_origins.py`,
and travel in one small file beside this one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from copyfind.imaging.lineage.measures import Seen, exchanged, measures_of, read_seen
from copyfind.trees import Trees, read_trees

__all__ = ["LINEAGE", "ORIGINS", "UNKNOWN", "Seen", "odds_of", "read_seen"]

LINEAGE = 2  # raised whenever the same pair would get other odds
ORIGINS = Path(__file__).with_name("origins.npz")
UNKNOWN = -9.0  # stands for what cannot be measured
_SMALLEST = 64  # pixels of a side that tell anything


def odds_of(first: Seen, second: Seen) -> float:
    """Log odds that the second of two pictures that show the same whole scene was made from the
    first; 0 where nothing tells."""
    if min(*first.full.size, *second.full.size) < _SMALLEST:
        return 0.0
    measures = measures_of(first, second)
    trees = _origins()
    return (trees.odds(_known(measures)) - trees.odds(_known(exchanged(measures)))) / 2


def _known(measures: Mapping[str, float]) -> Mapping[str, float]:
    return {name: UNKNOWN if math.isnan(value) else value for name, value in measures.items()}


@cache
def _origins() -> Trees:
    return read_trees(ORIGINS)
