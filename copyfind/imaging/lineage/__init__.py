"""Which of two pictures that show the same the other one was made from, told from their pixels.

The strongest sign comes first: the rounding of a JPEG in what was made from it (`rounded`). Without
one, an enlargement adds no detail and sharpening no more than is there (`detail`), marks bring
edges (`laid_over`), added colours are soft and palettes have few (`colours`). Measured by
benchmarks/keeper_chains.py; docs/decisions.md has the numbers.
"""

from __future__ import annotations

from copyfind.imaging.lineage.colours import with_all_colours, with_fine_colours, with_own_colours
from copyfind.imaging.lineage.detail import first_hand, sharpened
from copyfind.imaging.lineage.full import Full, read_full
from copyfind.imaging.lineage.laid_over import without_marks
from copyfind.imaging.lineage.rounded import Rounding, rounding
from copyfind.verdict import Origin

__all__ = ["LINEAGE", "Full", "origin_of", "read_full"]

LINEAGE = 1  # raised whenever the same pair would get another origin

_SMALLEST = 64  # pixels of a side that tell anything
_INHERITED = 0.18  # steps off a JPEG's multiples, up to which a picture was made from it
_MOSTLY = 0.85  # share of the numbers that then lie where rounding takes them
_CLEARER = 0.75  # of two that seem made from each other, the one so much nearer to the multiples
_FREE = (0.24, 0.36)  # steps off where nothing is inherited
_ROUNDED = 0.95  # share within half a step: the JPEG is this picture, rounded
_COARSER = 1.1  # times the steps
_SAME_SIZE = 1.02


def origin_of(first: Full, second: Full) -> Origin | None:
    """Of two pictures that show the same whole scene, the one that the other was made from; None
    where neither shows it."""
    if min(*first.size, *second.size) < _SMALLEST:
        return None
    if _pixels(first) < _pixels(second):
        told = origin_of(second, first)
        return told.reversed() if told else None
    same = _are_one_size(first, second)
    larger, smaller = rounding(first, second), rounding(second, first)
    told = _inherited(first, second, larger if same else None, smaller) or _rounded(larger, smaller)
    if told is not None:
        return told
    if not same:
        return first_hand(first, second)
    for ask in (
        *(with_own_colours, with_all_colours, with_fine_colours),
        *(sharpened, without_marks),
    ):
        if (told := ask(first, second)) is not None:
            return told
    return None


def _inherited(
    first: Full, second: Full, of_first: Rounding | None, of_second: Rounding | None
) -> Origin | None:
    """What the rounding of each, found in the other, tells."""
    found = (_is_inherited(of_first), _is_inherited(of_second))
    if all(found) and of_first and of_second:
        # Each lies at the multiples of the other: the coarser ones are no accident.
        if of_first.off < _CLEARER * of_second.off and _are_coarser(first, second):
            return Origin.FIRST
        if of_second.off < _CLEARER * of_first.off and _are_coarser(second, first):
            return Origin.SECOND
        return None
    if any(found):
        return Origin.FIRST if found[0] else Origin.SECOND
    return None


def _rounded(of_first: Rounding | None, of_second: Rounding | None) -> Origin | None:
    """A JPEG that is the other picture, rounded, was made from it, which knows nothing of it."""
    if _is_rounded(of_second):
        return Origin.FIRST
    return Origin.SECOND if _is_rounded(of_first) else None


def _are_coarser(one: Full, other: Full) -> bool:
    return (
        one.steps is not None
        and other.steps is not None
        and bool(one.steps.mean() > _COARSER * other.steps.mean())
    )


def _is_inherited(found: Rounding | None) -> bool:
    return found is not None and found.off < _INHERITED and found.within >= _MOSTLY


def _is_rounded(found: Rounding | None) -> bool:
    return found is not None and _FREE[0] <= found.off <= _FREE[1] and found.within >= _ROUNDED


def _pixels(picture: Full) -> int:
    return picture.size[0] * picture.size[1]


def _are_one_size(first: Full, second: Full) -> bool:
    sides = zip(first.size, second.size, strict=True)
    return all(max(pair) <= _SAME_SIZE * min(pair) for pair in sides)
