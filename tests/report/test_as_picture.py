"""What ties two pictures, drawn: where each lies in the other, and what differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from copyfind.records import Pixels
from copyfind.report.as_picture import drawn
from tests.conftest import draw

SIDE = 620  # of each of the four pictures
SAME: dict[str, Any] = {"matrix": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], "boxes": []}
RIGHT_HALF: dict[str, Any] = {  # the second is the right half of the first
    "matrix": [[2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "boxes": [],
}
PHOTO: Pixels = np.asarray(draw(5, width=640, height=480))


def page(
    second: Pixels,
    evidence: dict[str, Any] | None,
    *,
    lines: tuple[str, ...] = ("cropped to 50%",),
    names: tuple[str, str] = ("a.jpg", "b.jpg"),
) -> Image.Image:
    return drawn((PHOTO, second), evidence, verdict="edited", lines=lines, names=names)


def colours(picture: Image.Image) -> int:
    found = picture.getcolors(1 << 24)
    assert found is not None
    return len(found)


def test_pictures_that_nothing_aligns_lie_side_by_side() -> None:
    alone, aligned = page(PHOTO, None), page(PHOTO, SAME)

    assert aligned.width == alone.width
    assert aligned.height > alone.height + 400  # a second row


def test_small_pictures_are_drawn_as_large_as_large_ones() -> None:
    small: Pixels = np.asarray(Image.fromarray(PHOTO).resize((64, 48)))

    assert page(small, None).size == page(PHOTO, None).size


def test_where_nothing_differs_the_difference_is_dark() -> None:
    second_row = np.asarray(page(PHOTO, SAME).convert("L"), np.float32)[-480:, -620:]

    assert np.median(second_row) < 40


def test_a_difference_is_brighter_than_none() -> None:
    changed = PHOTO.copy()
    changed[100:200, 100:300] = 255 - changed[100:200, 100:300]
    same, other = (np.asarray(page(p, SAME).convert("L"), np.float32) for p in (PHOTO, changed))

    assert other[-480:, -620:].mean() > same[-480:, -620:].mean() + 1


def test_what_the_other_does_not_show_is_darkened() -> None:
    half: Pixels = np.ascontiguousarray(PHOTO[:, 320:])
    whole, cropped = (
        np.asarray(page(p, e).convert("L"), np.float32)
        for p, e in ((PHOTO, SAME), (half, RIGHT_HALF))
    )
    rows = slice(whole.shape[0] // 8 + 60, whole.shape[0] // 8 + 300)
    left = slice(60, 280)  # of the first picture

    assert cropped[rows, left].mean() < 0.6 * whole[rows, left].mean()


def test_boxes_are_drawn_where_they_differ() -> None:
    boxed = SAME | {"boxes": [[0.25, 0.25, 0.5, 0.5]]}

    without, with_box = (np.asarray(page(PHOTO, e), np.int16) for e in (SAME, boxed))

    orange = (np.abs(with_box - (255, 176, 32)).max(axis=2) < 8) & (without != with_box).any(axis=2)
    assert orange.sum() > 500


@pytest.mark.parametrize("name", ["x" * 500, "ж" * 300, "a\nb"])
def test_a_long_name_stays_on_the_page(name: str) -> None:
    short = page(PHOTO, None)
    long = page(PHOTO, None, lines=(name,), names=(name, name))

    assert long.size == short.size
    assert colours(long) > 1000


def scene() -> Pixels:
    y, x = np.mgrid[:120, :120]
    return np.stack([x * 2, y * 2, (x + y)], axis=2).astype(np.uint8)


def what_differs(a: Pixels, b: Pixels) -> Pixels:
    """The last of the four pictures."""
    drawing = drawn((a, b), SAME, verdict="edited", lines=("",), names=("a", "b"))
    return np.asarray(drawing)[-SIDE:-40, -SIDE:-40]


def greyed(picture: Pixels) -> Pixels:
    grey = picture @ np.array([0.299, 0.587, 0.114])
    return np.repeat(grey.round().astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("what", ["grey", "one colour", "exchanged colours"])
def test_differences_of_colour_are_shown(what: str) -> None:
    a = scene()
    other = a.copy()
    if what == "grey":
        other = greyed(a)
    elif what == "one colour":
        other[40:80, 40:80] = greyed(a)[40:80, 40:80]
    else:
        other = np.ascontiguousarray(a[..., ::-1])
    nothing, shown = what_differs(a, a), what_differs(a, other)
    assert int(nothing.max()) < 60
    assert int(shown.max()) > 120


def test_all_of_it_brighter_is_told_in_words_and_not_shown() -> None:
    a = (scene() // 2).astype(np.uint8)
    assert int(what_differs(a, (a + 40).astype(np.uint8)).max()) < 60
