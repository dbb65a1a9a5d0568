"""One figure among hundreds that is another one is found, and nothing on a page saved again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from copyfind.evidence.letters import other_letters
from copyfind.records import Floats
from tests.evidence.conftest import recompressed

ROWS, COLUMNS = 22, 6


def sheet(changed: tuple[int, int] | None = None) -> Image.Image:
    """Figures of 14 pixels; of one of them a digit is another one."""
    chance = np.random.default_rng(1)
    page = Image.new("RGB", (700, 640), "white")
    pencil = ImageDraw.Draw(page)
    for row in range(ROWS):
        for column in range(COLUMNS):
            figure = f"{chance.integers(100, 1000)}.{chance.integers(10, 90)}"
            if (row, column) == changed:
                figure = figure[:-1] + str((int(figure[-1]) + 4) % 10)
            pencil.text((20 + 110 * column, 15 + 28 * row), figure, "black", font_size=19)
    return page


def as_grey(page: Image.Image, like: Image.Image) -> Floats:
    return np.asarray(page.convert("L").resize(like.size), np.float32)


def saved(page: Image.Image, scale: float, quality: int) -> Image.Image:
    size = round(page.width * scale), round(page.height * scale)
    return recompressed(page.resize(size, Image.Resampling.LANCZOS), quality)


@pytest.mark.parametrize(("scale", "quality"), [(1.0, 60), (0.8, 75), (0.7, 90)])
@pytest.mark.parametrize("place", [(0, 0), (7, 3), (21, 5)])
def test_one_other_figure_is_found(place: tuple[int, int], scale: float, quality: int) -> None:
    small = saved(sheet(place), scale, quality)
    page = as_grey(sheet(), small)
    everywhere = np.ones(page.shape, bool)

    found = other_letters(page, as_grey(small, small), everywhere)

    row, column = place
    ys, xs = np.nonzero(found)
    assert len(ys)
    assert (np.abs(ys / scale - (28 * row + 25)) < 20).all()
    assert (np.abs(xs / scale - (110 * column + 65)) < 60).all()


@pytest.mark.parametrize(("scale", "quality"), [(1.0, 50), (0.9, 75), (0.8, 60), (0.7, 90)])
def test_nothing_is_found_on_a_page_that_was_saved_again(scale: float, quality: int) -> None:
    small = saved(sheet(), scale, quality)
    page = as_grey(sheet(), small)

    assert not other_letters(page, as_grey(small, small), np.ones(page.shape, bool)).any()


def test_nothing_is_read_on_a_blank_page() -> None:
    blank = np.full((200, 300), 255, np.float32)

    assert not other_letters(blank, blank, np.ones(blank.shape, bool)).any()
