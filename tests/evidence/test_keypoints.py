"""Keypoints: blobs where they are and as large as they are, however the picture is turned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from copyfind.evidence.keypoints import Keypoints, find_keypoints
from copyfind.evidence.scales import scales_of
from copyfind.records import Pixels


def blob(x: float, y: float, sigma: float, *, width: int = 120, height: int = 90) -> Pixels:
    """A light spot on grey."""
    rows, columns = np.mgrid[:height, :width]
    away = (columns - x) ** 2 + (rows - y) ** 2
    return np.asarray(np.rint(60 + 120 * np.exp(-away / (2 * sigma**2))), np.uint8)


def found(picture: Pixels, most: int = 500) -> Keypoints:
    """The keypoints of a picture that has some."""
    keypoints = find_keypoints(scales_of(picture), most)
    assert keypoints is not None
    return keypoints


def astronaut(side: int) -> Pixels:
    """A portrait."""
    photo: Pixels = data.astronaut()  # type: ignore[no-untyped-call]
    return np.asarray(Image.fromarray(photo).convert("L").resize((side, side)), np.uint8)


@pytest.fixture(scope="module")
def photo() -> Pixels:
    """129 x 129: halved from either end it has the same pixels, as long as its sides stay odd."""
    return astronaut(129)


@pytest.mark.parametrize("sigma", [1.7, 2.0, 2.8, 5.0, 8.0])
@pytest.mark.parametrize(("x", "y"), [(60.0, 45.0), (41.3, 52.6)])
def test_a_blob_is_found_where_it_is_and_as_large(x: float, y: float, sigma: float) -> None:
    keypoints = found(blob(x, y, sigma))

    assert np.hypot(*(keypoints.points[0] - (x, y))) < 0.1 + sigma / 20
    assert keypoints.sigmas[0] == pytest.approx(sigma, rel=0.35)


def test_a_dark_blob_is_found_as_well_as_a_light_one() -> None:
    light = blob(60, 45, 3)

    assert np.allclose(found(light).points[0], found(255 - light).points[0], atol=0.01)


def test_a_blank_picture_has_none() -> None:
    assert find_keypoints(scales_of(np.full((90, 120), 128, np.uint8)), 500) is None


@pytest.mark.parametrize("shape", [(1, 1), (9, 9), (9, 300), (10, 10), (12, 700)])
def test_a_picture_may_be_of_any_size(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)

    keypoints = find_keypoints(scales_of(picture), 500)

    if keypoints is not None:
        assert (keypoints.points >= 0).all()
        assert (keypoints.points <= np.array(shape[::-1]) - 1).all()


def test_a_straight_edge_has_none() -> None:
    picture = np.full((90, 120), 60, np.uint8)
    picture[:, 60:] = 180
    keypoints = find_keypoints(scales_of(np.asarray(cv2.GaussianBlur(picture, (0, 0), 2))), 500)

    assert keypoints is None


def test_the_strongest_come_first_and_no_more_than_asked_for(photo: Pixels) -> None:
    few, all_ = found(photo, 40), found(photo, 10_000)

    assert len(np.unique(few.points, axis=0)) <= 40 < len(all_.points)
    assert (np.diff(few.strengths) <= 0).all()
    assert few.strengths[0] == all_.strengths[0]


def test_the_same_are_found_in_a_turned_picture_and_point_the_other_way(photo: Pixels) -> None:
    upright, turned = found(photo), found(np.ascontiguousarray(np.rot90(photo)))
    # A quarter turn against the clock: the right end of a row goes up.
    x, y = turned.points.T
    points = np.stack([photo.shape[1] - 1 - y, x], axis=1)

    away = np.linalg.norm(upright.points[:, None] - points[None], axis=2)
    differing = (upright.angles[:, None] - turned.angles[None] - 90 + 180) % 360 - 180
    same = (away < 0.5) & (np.abs(differing) < 5)

    assert same.any(axis=1).mean() > 0.9


def test_the_same_are_found_in_a_smaller_picture() -> None:
    large = astronaut(256)
    small = cv2.resize(large, (171, 171), interpolation=cv2.INTER_AREA)
    factor = 171 / 256
    big, little = found(large, 200), found(small)

    seen = big.sigmas * factor > 1.2  # the others are too small there
    points = (big.points[seen] + 0.5) * factor - 0.5
    away = np.linalg.norm(points[:, None] - little.points[None], axis=2)
    sizes = np.abs(np.log2(big.sigmas[seen][:, None] * factor / little.sigmas[None]))

    assert ((away < 1) & (sizes < 0.4)).any(axis=1).mean() > 0.7


def test_a_place_that_points_two_ways_is_there_twice() -> None:
    picture = np.full((101, 101), 60, np.uint8)
    picture[40:61, 40:61] = 200  # a square's corners look along both of its sides

    keypoints = found(cv2.GaussianBlur(picture, (0, 0), 1.5))
    _, times = np.unique(keypoints.points, axis=0, return_counts=True)

    assert times.max() >= 2
