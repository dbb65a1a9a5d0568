"""What still differs when pictures lie on each other, block by block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageOps

from copyfind.evidence.as_it_lies import lay
from copyfind.evidence.residual import (
    BLOCK,
    STEP,
    Residual,
    boxes_of,
    compare,
    correlate,
    moved_blocks,
    share_inside,
)
from copyfind.records import Pixels
from tests.evidence.conftest import recompressed

Photos = dict[str, Image.Image]


def residual(first: Image.Image, second: Image.Image, matrix: np.ndarray | None = None) -> Residual:
    """Laid on each other by the map that is known."""
    whole = lay(np.asarray(first), np.asarray(first))
    assert whole is not None
    known = replace(whole, matrix=np.eye(3) if matrix is None else matrix)
    return compare(np.asarray(first), np.asarray(second), known)


def scaled_by(factor: float) -> np.ndarray:
    half = (factor - 1) / 2  # the middles of pixels are whole numbers
    return np.array([[factor, 0, half], [0, factor, half], [0, 0, 1]])


def test_a_copy_is_alike_everywhere(photos: Photos) -> None:
    found = residual(photos["coffee"], recompressed(photos["coffee"], 50))

    assert found.overlap == (1.0, 1.0)
    assert found.alike > 0.97
    assert found.covered.all()
    assert boxes_of(found) == ([], 0.0)


@pytest.mark.parametrize("swapped", [False, True], ids=["shrunk", "enlarged"])
def test_the_comparison_is_made_in_the_coarser_picture(photos: Photos, *, swapped: bool) -> None:
    photo = photos["temple"]
    small = photo.resize((photo.width // 2, photo.height // 2), Image.Resampling.BOX)

    found = (
        residual(small, photo, scaled_by(2)) if swapped else residual(photo, small, scaled_by(0.5))
    )

    assert found.in_first == swapped
    assert found.frame.shape == np.asarray(small).shape
    assert found.alike > 0.97


def test_a_negative_is_alike_as_one(photos: Photos) -> None:
    assert residual(photos["temple"], ImageOps.invert(photos["temple"])).alike > 0.99


def test_strangers_are_alike_nowhere(photos: Photos) -> None:
    assert residual(photos["temple"], photos["coffee"].resize(photos["temple"].size)).similar < 0.2


def test_a_block_is_correlated_as_the_formula_says(photos: Photos) -> None:
    a, b = (
        np.asarray(photos[name].convert("L").resize((96, 72)), np.float32)
        for name in ("coffee", "chelsea")
    )
    covered = np.ones(a.shape, bool)
    covered[:, :20] = False

    found = correlate(a, b, covered)

    rows, columns = found.shape
    assert (rows, columns) == ((72 - BLOCK) // STEP, (96 - BLOCK) // STEP)
    for row in range(rows):
        for column in range(columns):
            cut = (
                slice(STEP * row, STEP * row + BLOCK),
                slice(STEP * column, STEP * column + BLOCK),
            )
            if not covered[cut].all():
                assert np.isnan(found[row, column])
                continue
            expected = np.corrcoef(a[cut].ravel(), b[cut].ravel())[0, 1]
            assert found[row, column] == pytest.approx(expected, abs=0.01)


def test_what_was_laid_over_is_boxed(photos: Photos) -> None:
    changed = photos["chelsea"].copy()
    changed.paste(photos["coffee"].resize((100, 70)), (100, 80))

    boxes, share = boxes_of(residual(photos["chelsea"], changed))

    (box,) = boxes
    assert np.abs(np.subtract(box, (100, 80, 199, 149))).max() <= BLOCK
    area = changed.width * changed.height
    assert share == pytest.approx(100 * 70 / area, rel=0.4)


def test_blocks_of_a_copy_lie_still_and_those_of_what_moved_fit_elsewhere(photos: Photos) -> None:
    pixels = np.array(photos["temple"])
    pixels[:, 200:] = np.roll(pixels, 5, axis=1)[:, 200:]

    still, *_ = moved_blocks(residual(photos["temple"], recompressed(photos["temple"], 60)))
    moved, _, far = moved_blocks(residual(photos["temple"], Image.fromarray(pixels)))

    assert still < 0.02
    assert 0.2 < moved < 0.8
    assert far == pytest.approx(5, abs=1)


@pytest.mark.parametrize(("shift", "share"), [(0, 1.0), (100, 0.75), (-200, 0.5), (500, 0.0)])
def test_the_share_of_a_picture_that_lies_in_another(shift: float, share: float) -> None:
    picture: Pixels = np.zeros((100, 400, 3), np.uint8)
    matrix = np.array([[1, 0, shift], [0, 1, 0], [0, 0, 1.0]])

    assert share_inside(picture, picture, matrix) == pytest.approx(share, abs=0.03)


def test_nothing_common_is_nothing_compared(photos: Photos) -> None:
    away = np.array([[1, 0, 1000], [0, 1, 0], [0, 0, 1.0]])

    found = residual(photos["coffee"], photos["coffee"], away)

    assert (found.blocks, found.alike, found.overlap) == (0, 0.0, (0.0, 0.0))
    assert boxes_of(found) == ([], 0.0)
    assert not found.covered.any()
