"""One picture laid onto another: the known map comes out, and strangers are not laid at all."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from copyfind.evidence.align import Alignment, align
from copyfind.evidence.features import extract_features
from tests.evidence.conftest import recompressed

Photos = dict[str, Image.Image]


def laid(first: Image.Image, second: Image.Image) -> Alignment | None:
    return align(*(extract_features(np.asarray(picture)) for picture in (first, second)))


def off(found: Alignment | None, truth: np.ndarray, size: tuple[int, int]) -> float:
    """How far the corners of a picture of this size lie from where they belong, in pixels."""
    assert found is not None
    width, height = size
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    here, there = (cv2.perspectiveTransform(corners, m)[0] for m in (found.matrix, truth))
    return float(np.linalg.norm(here - there, axis=1).max())


@pytest.mark.parametrize(("degrees", "scale"), [(0, 0.5), (17, 0.8), (-100, 1.2), (180, 0.6)])
@pytest.mark.parametrize("name", ["astronaut", "temple"])
def test_turned_and_scaled_pictures_are_laid_where_they_belong(
    photos: Photos, name: str, degrees: float, scale: float
) -> None:
    photo = photos[name]
    turn = cv2.getRotationMatrix2D((photo.width / 2, photo.height / 2), degrees, scale)
    truth = np.vstack([turn, [0, 0, 1]])
    turned = cv2.warpAffine(np.asarray(photo), turn, photo.size)

    found = laid(photo, recompressed(Image.fromarray(turned), 80))

    assert off(found, truth, photo.size) < 4
    assert found is not None
    assert found.error < 1
    assert not found.mirrored


def test_a_crop_is_laid_where_it_was_cut(photos: Photos) -> None:
    photo = photos["coffee"]

    found = laid(photo, recompressed(photo.crop((100, 60, 350, 240))))

    assert off(found, np.array([[1, 0, -100], [0, 1, -60], [0, 0, 1.0]]), photo.size) < 2


def test_a_mirrored_picture_is_laid_and_said_to_be_mirrored(photos: Photos) -> None:
    photo = photos["chelsea"]

    found = laid(photo, recompressed(ImageOps.mirror(photo), 80))

    truth = np.array([[-1, 0, photo.width - 1], [0, 1, 0], [0, 0, 1.0]])
    assert off(found, truth, photo.size) < 2
    assert found is not None
    assert found.mirrored


def test_a_negative_is_laid_and_said_to_be_one(photos: Photos) -> None:
    photo = photos["temple"]

    found = laid(photo, ImageOps.invert(photo))

    assert off(found, np.eye(3), photo.size) < 2
    assert found is not None
    assert found.inverted


def test_the_other_way_round_is_the_way_back(photos: Photos) -> None:
    photo = photos["astronaut"]
    part = recompressed(photo.crop((50, 40, 330, 300)).resize((420, 390)))

    forth, back = laid(photo, part), laid(part, photo)

    assert forth is not None
    assert off(back, np.linalg.inv(forth.matrix), part.size) < 2


def test_strangers_are_not_laid_firmly(photos: Photos) -> None:
    names = sorted(photos)

    for one, other in pairwise(names):
        found = laid(photos[one], photos[other])
        assert found is None or found.inliers < 12


def test_pictures_without_keypoints_are_not_laid(photos: Photos) -> None:
    blank = Image.new("RGB", (400, 300), "grey")

    assert laid(blank, blank) is None
    assert laid(photos["coffee"], blank) is None
