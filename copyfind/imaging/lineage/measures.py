"""All that is measured of two pictures to tell which of them the other one was made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from copyfind.imaging.lineage.alone import alone
from copyfind.imaging.lineage.explained import explained
from copyfind.imaging.lineage.full import Full, read_full
from copyfind.imaging.lineage.laid_over import laid_over
from copyfind.imaging.lineage.middle import Middle, middle_of

# What becomes its negative where the two are exchanged.
_DIRECTED = frozenset({"size", "edges"})


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture at full size, and what it shows of its own past, looked at once where it is asked
    for: a side of less than a window has nothing to look at."""

    full: Full

    @cached_property
    def middle(self) -> Middle:
        """What others are compared with."""
        return middle_of(self.full)

    @cached_property
    def alone(self) -> Mapping[str, float]:
        """The measures of this picture."""
        return alone(self.middle)


def read_seen(data: bytes | BinaryIO) -> Seen:
    """Decode the first frame at full size. Raises Undecodable."""
    return Seen(read_full(data))


def measures_of(first: Seen, second: Seen) -> Mapping[str, float]:
    """The measures of two pictures that show the same, by name: `first` and `second` are of one,
    `more` is by how much the second has more, `to` and `back` tell how the second follows from the
    first, and the first from the second."""
    if _order(first) > _order(second):
        return exchanged(measures_of(second, first))
    told: dict[str, float] = {}
    for name, ours in first.alone.items():
        theirs = second.alone[name]
        told |= {f"first {name}": ours, f"second {name}": theirs, f"more {name}": theirs - ours}
    back = explained(second.full, first.middle)
    for name, to in explained(first.full, second.middle).items():
        told |= {f"to {name}": to, f"back {name}": back[name], f"ways {name}": to - back[name]}
    told |= {f"both {name}": value for name, value in laid_over(first.full, second.full).items()}
    told["both size"] = math.log(_pixels(second.full) / _pixels(first.full))
    return told


_EXCHANGED = {"first": "second", "second": "first", "to": "back", "back": "to"}


def exchanged(measures: Mapping[str, float]) -> Mapping[str, float]:
    """The measures of the second picture and the first."""
    told = {}
    for key, value in measures.items():
        way, name = key.split(" ", 1)
        turns = way in ("more", "ways") or name in _DIRECTED
        told[f"{_EXCHANGED.get(way, way)} {name}"] = -value if turns else value
    return told


def _order(seen: Seen) -> tuple[float, float]:
    """In which two are laid on each other, whichever is named first."""
    return _pixels(seen.full), seen.alone["contrast"]


def _pixels(picture: Full) -> int:
    return picture.size[0] * picture.size[1]
