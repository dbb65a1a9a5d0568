"""Is a copy the whole picture, unchanged but for its size and sharpness?

What people see when they flip between two pictures (`evidence.flicker`) is asked of the thumbnails,
then of larger pictures where there are any, then of further frames and pages; and whether the same
places are transparent. What was changed, however little, is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from copyfind.evidence.flicker import LONGEST, Flicker, flicker
from copyfind.records import Bools, Box, Colour, Doubles, Facts, Pixels

_MORE = 1.3  # times the pixels of a thumbnail from which a larger picture shows more
_PAGES = 8  # looked at, the first and the last among them
_PAGE_LONGEST = 400
_PAGE_ALIKE = 0.9  # correlation of two pages below which nothing else need be asked
_OTHER_GROUND: Colour = (255, 0, 255)  # a second one, on which another transparency shows
_READ = 2.0  # times what is seen that a spot has to be where every letter was compared
_MOST_BOXES = 8


class Larger(Protocol):
    """A picture with its longer side at most so many pixels; None where its file is not at hand.

    page: of files with several; ground: what is behind transparent places.
    """

    def __call__(
        self, longest: int, *, page: int = 0, ground: Colour = (128, 128, 128)
    ) -> Pixels | None: ...


class Picture(Protocol):
    """What is asked of each of the two."""

    @property
    def picture(self) -> Pixels:
        """(H, W, 3), a thumbnail."""

    @property
    def facts(self) -> Facts:
        """Of the file."""

    @property
    def larger(self) -> Larger | None:
        """More of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to the first to get the second, the other way round, and where."""

    how: str
    how_back: str
    boxes: tuple[Box, ...] = ()  # of the second picture


def of_files(a: Facts, b: Facts) -> Change | None:
    """What the files say: one has more frames or pages, or is transparent."""
    if a.frames != b.frames:
        return Change(_fewer(a.frames, b.frames), _fewer(b.frames, a.frames))
    if a.has_alpha != b.has_alpha:
        return _either_way("transparency filled", "made transparent", forth=a.has_alpha)
    return None


def change(
    first: Picture, second: Picture, relative: Doubles, *, read: bool = False
) -> Change | None:
    """What a person would see between two pictures that show the whole of each other, of files
    that have the same to show (`of_files`); None for nothing but sharpness.

    relative: first -> second, 0 to 1. read: their text was compared already, and says the same.
    """
    a = first.facts
    least = _READ if read else 1.0
    seen = flicker(first.picture, second.picture, relative)
    if not seen.is_seen(least) and _shows_more(first) and _shows_more(second):
        more = [one.larger(LONGEST) if one.larger else None for one in (first, second)]
        if more[0] is not None and more[1] is not None:
            seen = flicker(more[0], more[1], relative)
    if seen.is_seen(least):
        return _said(seen)
    transparent = a.has_alpha and second.facts.has_alpha
    if transparent and _differ(first, second, relative, page=0, ground=_OTHER_GROUND):
        return Change("transparency changed", "transparency changed")
    if a.frames > 1 and any(
        _differ(first, second, relative, page=page, ground=(128, 128, 128))
        for page in _some(a.frames)
    ):
        return Change("other frames or pages", "other frames or pages")
    return None


def _either_way(one: str, other: str, *, forth: bool, boxes: tuple[Box, ...] = ()) -> Change:
    return Change(one, other, boxes) if forth else Change(other, one, boxes)


def _fewer(before: int, after: int) -> str:
    if after < before:
        return f"only {after} of {before} frames or pages"
    return f"{after} frames or pages instead of {before}"


def _shows_more(one: Picture) -> bool:
    height, width = one.picture.shape[:2]
    shows: bool = max(one.facts.width, one.facts.height) > _MORE * max(height, width)
    return shows


def _some(frames: int) -> list[int]:
    """Of the frames after the first, spread evenly, the last among them."""
    wanted = np.linspace(1, frames - 1, min(frames - 1, _PAGES)).round().astype(int)
    return sorted(set(wanted.tolist()))


def _differ(
    first: Picture, second: Picture, relative: Doubles, *, page: int, ground: Colour
) -> bool:
    """Whether it is seen there; yes where one cannot be looked at."""
    ours, theirs = (
        one.larger(_PAGE_LONGEST, page=page, ground=ground) if one.larger else None
        for one in (first, second)
    )
    if ours is None or theirs is None:
        return True
    if not _resemble(ours, theirs):
        return True
    return flicker(ours, theirs, relative).is_seen()


def _resemble(ours: Pixels, theirs: Pixels) -> bool:
    """Whether pages are the same at a glance, blank ones too."""
    a, b = (cv2.resize(p, (48, 48), interpolation=cv2.INTER_AREA) for p in (ours, theirs))
    x, y = (p.astype(np.float32).ravel() for p in (a, b))
    x, y = x - x.mean(), y - y.mean()
    if max(float(x.std()), float(y.std())) < 4.0:
        return True
    return float(x @ y) >= _PAGE_ALIKE * float(np.sqrt((x @ x) * (y @ y)))


def _said(seen: Flicker) -> Change:
    boxes = _boxes(seen.where) if seen.spots >= 1 else ()
    if seen.colour >= 1:
        return _either_way("coloured", "greyscale", forth=seen.first_is_grey, boxes=boxes)
    toned = max(seen.tone, seen.paler)
    if toned >= 1 and toned >= seen.spots:
        said = "colours changed"
    elif seen.spots >= 1:
        said = "a part changed"
    else:
        said = "colours changed"
    return Change(said, said, boxes)


def _boxes(where: Bools) -> tuple[Box, ...]:
    """Around what is seen, the largest first; of the frame, 0 to 1."""
    height, width = where.shape
    near = cv2.dilate(where.astype(np.uint8), np.ones((9, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    order = sorted(range(1, count), key=lambda i: (-int(stats[i, cv2.CC_STAT_AREA]), i))
    boxes = []
    for i in order[:_MOST_BOXES]:
        x, y, w, h = (int(v) for v in stats[i, :4])
        boxes.append((x / width, y / height, (x + w) / width, (y + h) / height))
    return tuple((round(a, 4), round(b, 4), round(c, 4), round(d, 4)) for a, b, c, d in boxes)
