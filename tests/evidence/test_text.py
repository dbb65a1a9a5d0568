"""Whether two documents on one layout say the same, read at the scale of their text."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from copyfind.evidence.text import LONGEST, compare_text, looks_like_a_document
from copyfind.imaging.colour import GREY
from copyfind.records import Pixels
from tests.evidence.conftest import recompressed
from tests.evidence.documents import LAYOUTS, document

HERE = np.eye(3)  # as they lie


def read(page: Image.Image) -> Pixels:
    page = page.copy()
    page.thumbnail((LONGEST, LONGEST))
    return np.asarray(page)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_that_was_saved_again_says_the_same(layout: str) -> None:
    page = document(layout, 1)

    found = compare_text(read(page), read(recompressed(page, 50)), HERE)

    assert found.blocks > 100
    assert found.is_the_same


@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_page_of_the_layout_says_something_else(layout: str) -> None:
    found = compare_text(read(document(layout, 1)), read(document(layout, 2)), HERE)

    assert not found.is_the_same


def test_a_smaller_scan_is_read_at_its_own_size() -> None:
    page = document("invoice", 3)
    small = page.resize((page.width * 2 // 3, page.height * 2 // 3))

    assert compare_text(read(page), read(recompressed(small, 80)), HERE).is_the_same
    assert compare_text(read(recompressed(small, 80)), read(page), HERE).is_the_same


def test_a_stamp_over_a_page_changes_no_text() -> None:
    page = document("letter", 2)
    stamped = page.copy()
    ImageDraw.Draw(stamped).text((520, 1120), "PAID", "#c22", font_size=90)

    assert compare_text(read(page), read(stamped), HERE).is_the_same


def test_paper_is_a_document_and_a_photo_none(photos: dict[str, Image.Image]) -> None:
    def is_one(picture: Image.Image) -> bool:
        return looks_like_a_document(
            np.asarray(picture), np.ones((picture.height, picture.width), bool)
        )

    assert all(is_one(document(layout, 1)) for layout in LAYOUTS)
    assert not any(is_one(photos[name]) for name in ("astronaut", "chelsea", "coffee", "temple"))


def test_what_is_behind_a_cut_out_is_no_paper(photos: dict[str, Image.Image]) -> None:
    for photo in photos.values():
        mask = Image.new("L", photo.size, 0)
        ImageDraw.Draw(mask).ellipse((60, 50, photo.width - 60, photo.height - 50), fill=255)
        cut = np.asarray(Image.composite(photo, Image.new("RGB", photo.size, GREY), mask))
        assert not looks_like_a_document(cut, np.ones(cut.shape[:2], bool))


def test_writing_on_nothing_is_a_document() -> None:
    page = Image.new("RGB", (400, 300), GREY)
    for row in range(8):
        ImageDraw.Draw(page).text((20, 20 + 34 * row), "received in order", "black", font_size=28)
    assert looks_like_a_document(np.asarray(page), np.ones((300, 400), bool))


def board(pieces: dict[tuple[int, int], str]) -> Image.Image:
    """Eight squares by eight, some with a piece: its colour."""
    page = Image.new("RGB", (480, 480), "#f0d9b5")
    pencil = ImageDraw.Draw(page)
    for x in range(8):
        for y in range(8):
            if (x + y) % 2:
                pencil.rectangle((60 * x, 60 * y, 60 * x + 59, 60 * y + 59), fill="#b58863")
            if (x, y) in pieces:
                pencil.regular_polygon((60 * x + 30, 60 * y + 30, 20), 5, fill=pieces[x, y])
    return page


@pytest.mark.parametrize(
    "moves",
    [{(2, 1): (2, 3), (5, 6): (5, 4), (6, 1): (6, 3)}, {(0, 0): (0, 2)}, {(7, 7): (7, 5)}],
)
def test_pieces_that_were_moved_make_another_position(
    moves: dict[tuple[int, int], tuple[int, int]],
) -> None:
    pieces = {(x, y): "black" if y < 4 else "white" for x in range(8) for y in (0, 1, 6, 7)}
    moved = pieces | {goal: pieces[start] for start, goal in moves.items()}
    for start in moves:
        del moved[start]
    small = recompressed(board(moved).resize((300, 300)), 80)

    assert compare_text(read(board(pieces)), read(small), HERE).says_something_else
    assert not compare_text(read(board(moved)), read(small), HERE).says_something_else
