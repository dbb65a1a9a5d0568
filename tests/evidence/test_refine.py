"""An alignment that is a little off comes to lie exactly."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from copyfind.evidence.align import Alignment, align
from copyfind.evidence.refine import refine
from copyfind.evidence.residual import compare
from copyfind.evidence.verify import Look
from copyfind.records import Doubles, Pixels
from tests.evidence.conftest import LookAt, recompressed

CORNERS = np.array([[[20, 20], [380, 20], [380, 240], [20, 240]]], np.float64)


def laid(first: Look, second: Look, matrix: Doubles) -> Alignment:
    """Two pictures laid on each other as we want it."""
    known = align(first.features, second.features)
    assert known is not None
    return replace(known, matrix=matrix)


def stretched_by(pixels: float, width: int) -> Doubles:
    """About the middle, so that each corner is as far off sideways."""
    factor = 1 + 2 * pixels / width
    return np.array([[factor, 0, (1 - factor) * width / 2], [0, 1, 0], [0, 0, 1]])


def farthest_corner(matrix: Doubles, picture: Pixels) -> float:
    """Pixels that a corner is away from where it was."""
    height, width = picture.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    return float(np.linalg.norm(cv2.perspectiveTransform(corners, matrix) - corners, axis=2).max())


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
@pytest.mark.parametrize("pixels", [0.5, 1.5, 6.0])
def test_of_pictures_that_one_alignment_lays_askew_each_corner_comes_home(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, pixels: float
) -> None:
    first, second = look_at(photos[name]), look_at(recompressed(photos[name], 60))
    stretched = laid(first, second, stretched_by(pixels, first.picture.shape[1]))

    closer = refine(stretched, compare(first.picture, second.picture, stretched))

    assert closer is not None
    assert farthest_corner(closer.matrix, first.picture) < 0.1


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple"])
@pytest.mark.parametrize("pixels", [0.0, 0.1])
def test_an_exact_alignment_is_left_as_it_is(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, pixels: float
) -> None:
    first, second = look_at(photos[name]), look_at(recompressed(photos[name], 60))
    exact = laid(first, second, stretched_by(pixels, first.picture.shape[1]))

    assert refine(exact, compare(first.picture, second.picture, exact)) is None


def test_what_was_laid_over_moves_nothing(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    covered = photos["coffee"].copy()
    covered.paste(photos["astronaut"].resize((130, 130)), (60, 60))
    first, second = look_at(photos["coffee"]), look_at(recompressed(covered, 60))
    exact = laid(first, second, np.eye(3))

    assert refine(exact, compare(first.picture, second.picture, exact)) is None


def test_a_picture_seen_at_an_angle_is_brought_back_too(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    first, second = look_at(photos["coffee"]), look_at(recompressed(photos["coffee"], 60))
    height, width = first.picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    leaning = corners + np.array([[2, -1], [-1, 2], [2, 1], [-2, -2]], np.float32)
    askew = laid(first, second, cv2.getPerspectiveTransform(corners, leaning).astype(np.float64))

    closer = refine(askew, compare(first.picture, second.picture, askew))

    assert closer is not None
    assert farthest_corner(closer.matrix, first.picture) < 0.1


def test_where_nothing_resembles_nothing_is_moved(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    first, second = look_at(photos["coffee"]), look_at(Image.new("RGB", (400, 267), "navy"))
    known = laid(first, first, np.eye(3))

    assert refine(known, compare(first.picture, second.picture, known)) is None


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
