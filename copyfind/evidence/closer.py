"""What only more pixels than a thumbnail has can tell of two pictures that lie on each other."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from copyfind.evidence.explain import Geometry
from copyfind.evidence.laying import Seen, larger_of
from copyfind.evidence.moments import is_one
from copyfind.evidence.placing import moved_corners
from copyfind.evidence.residual import Residual
from copyfind.evidence.shots import LONGEST as SHOTS_LONGEST
from copyfind.evidence.shots import SMALLEST as SHOTS_SMALLEST
from copyfind.evidence.shots import compare_shots
from copyfind.evidence.text import LONGEST as TEXT_LONGEST
from copyfind.evidence.text import (
    NEARLY_BITONAL,
    compare_text,
    is_paper,
    looks_bitonal,
    looks_drawn,
    looks_like_a_document,
)
from copyfind.records import Doubles, Facts, Tier

_WHOLE = 0.97  # overlap of pictures that show the whole of each other
_ONE_GRAIN = 0.5  # correlation of the grain of what is one shot
_GRAIN_QUALITY = 80  # JPEG quality from which the grain of a sensor survives


class Filed(Seen, Protocol):
    """A picture, and what is known of its file."""

    @property
    def facts(self) -> Facts:
        """Of the file."""


def closer_look(
    first: Filed, second: Filed, relative: Doubles, shape: Geometry, residual: Residual
) -> tuple[Tier, bool]:
    """EDITED where nothing speaks against it, SERIES of two shots of one frame, UNVERIFIED of pages
    that say something else, LIKELY where they may be photos, and of drawings that differ in a
    place; and whether they have the grain of one shot."""
    document, drawn = is_document(residual), is_drawn(residual)
    if document or drawn:
        pages = larger_of(first, second, TEXT_LONGEST)
        wording = compare_text(*pages, relative, has_letters=drawn)
        if wording.says_something_else or (document and not wording.is_the_same):
            return (Tier.LIKELY if _is_in_the_dark(residual) else Tier.UNVERIFIED), False
        # Two screens of one program, or one with something laid over it: nothing tells which.
        if drawn and not wording.is_as_written:
            return Tier.LIKELY, False
    a, b = first.facts, second.facts
    same_frame = (
        min(residual.overlap) >= _WHOLE
        and (a.width, a.height) == (b.width, b.height)
        and max(a.width, a.height) >= SHOTS_SMALLEST
        and not shape.mirrored
        and abs(shape.turned) < 2
        and float(np.abs(moved_corners(relative)).max()) < 0.01
    )
    if not same_frame or is_one(a, b):
        return Tier.EDITED, is_one(a, b)
    larger = larger_of(first, second, SHOTS_LONGEST)
    if max(larger[0].shape[:2]) < SHOTS_SMALLEST:
        return Tier.EDITED, False
    qualities = [f.jpeg_quality for f in (a, b)]
    shots = compare_shots(
        *larger, grain_kept=all(q is None or q >= _GRAIN_QUALITY for q in qualities)
    )
    if shots is None:
        return Tier.EDITED, False
    one_grain = shots.grain is not None and shots.grain >= _ONE_GRAIN
    return Tier.SERIES if shots.apart else Tier.EDITED, one_grain


def _is_in_the_dark(residual: Residual) -> bool:
    """Whether neither is paper or drawn: a photo of little light has one background too, and two
    things that were put on it are no other words."""
    pages = (residual.frame, residual.warped)
    return not any(looks_drawn(p, residual.covered) or is_paper(p, residual.covered) for p in pages)


def is_document(residual: Residual) -> bool:
    """A page in both, if one has only ink and paper: a photo may have been made of that too."""
    pages = (residual.frame, residual.warped)
    if any(looks_bitonal(page, residual.covered) for page in pages):
        return all(
            looks_like_a_document(page, residual.covered)
            and looks_bitonal(page, residual.covered, least=NEARLY_BITONAL)
            for page in pages
        )
    return looks_like_a_document(residual.frame, residual.covered)


def is_drawn(residual: Residual) -> bool:
    """Flat tones in both, as boards, diagrams and screens have."""
    return all(looks_drawn(p, residual.covered) for p in (residual.frame, residual.warped))
