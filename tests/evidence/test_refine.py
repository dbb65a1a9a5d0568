"""An alignment that is a little off comes to lie exactly."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from copyfind.evidence.align import align
from copyfind.evidence.refine import drift_of, refine
from copyfind.evidence.residual import compare
from tests.evidence.conftest import LookAt, recompressed

CORNERS = np.array([[[20, 20], [380, 20], [380, 240], [20, 240]]], np.float64)


@pytest.mark.parametrize("swapped", [False, True], ids=["shrunk", "enlarged"])
@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
def test_it_comes_nearer_to_the_truth(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, *, swapped: bool
) -> None:
    whole = photos[name]
    part = recompressed(whole.crop((40, 30, whole.width - 60, whole.height - 20)), 60)
    first, second = (look_at(p) for p in ((part, whole) if swapped else (whole, part)))
    exact = align(first.features, second.features)
    assert exact is not None
    off = np.array([[1.01, 0.006, -2.0], [-0.005, 0.99, 2.5], [0, 0, 1]])
    truth = np.array([[1.0, 0, 40], [0, 1, 30], [0, 0, 1]])  # of the part in the whole
    truth = np.linalg.inv(truth) if not swapped else truth
    coarse = replace(exact, matrix=off @ truth)
    closer = refine(coarse, compare(first.picture, second.picture, coarse))
    assert closer is not None

    def away(matrix: np.ndarray) -> float:
        moved = [cv2.perspectiveTransform(CORNERS, m)[0] for m in (matrix, truth)]
        return float(np.linalg.norm(moved[0] - moved[1], axis=1).mean())

    assert away(closer.matrix) < 0.25 * away(coarse.matrix)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
@pytest.mark.parametrize("pixels", [0.0, 0.5, 1.5])
def test_it_is_told_how_far_off_an_alignment_is(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, pixels: float
) -> None:
    first, second = look_at(photos[name]), look_at(recompressed(photos[name], 60))
    known = align(first.features, second.features)
    assert known is not None
    width = first.picture.shape[1]
    # Stretched about the middle, so that each corner is as far off sideways.
    factor = 1 + 2 * pixels / width
    off = np.array([[factor, 0, (1 - factor) * width / 2], [0, 1, 0], [0, 0, 1]])

    drift = drift_of(compare(first.picture, second.picture, replace(known, matrix=off)))

    assert drift == pytest.approx(pixels, abs=0.1 + 0.35 * pixels)


def test_what_was_laid_over_is_no_drift(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    covered = photos["coffee"].copy()
    covered.paste(photos["astronaut"].resize((130, 130)), (60, 60))
    first, second = look_at(photos["coffee"]), look_at(recompressed(covered, 60))
    known = align(first.features, second.features)
    assert known is not None

    exact = replace(known, matrix=np.eye(3))

    assert drift_of(compare(first.picture, second.picture, exact)) < 0.2


def test_where_nothing_resembles_there_is_no_drift(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    first, second = look_at(photos["coffee"]), look_at(Image.new("RGB", (400, 267), "navy"))
    known = align(first.features, first.features)
    assert known is not None

    assert drift_of(compare(first.picture, second.picture, known)) == 0


def test_strangers_are_not_brought_together(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    looks = [look_at(photos[name]) for name in ("astronaut", "coffee")]
    known = align(looks[0].features, looks[0].features)
    assert known is not None
    before = compare(looks[0].picture, looks[1].picture, known)
    closer = refine(known, before)
    if closer is not None:
        assert compare(looks[0].picture, looks[1].picture, closer).alike < 0.2
