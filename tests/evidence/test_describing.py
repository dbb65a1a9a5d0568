"""What keypoints look like: SIFT as OpenCV counts it, however the picture is turned or lit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from copyfind.evidence.describing import LENGTH, describe
from copyfind.evidence.keypoints import Keypoints, find_keypoints
from copyfind.evidence.scales import FIRST_SIGMA, LAYERS, scales_of
from copyfind.records import Doubles, Floats, Pixels


@pytest.fixture(scope="module")
def photo() -> Pixels:
    grey = np.asarray(data.camera(), np.uint8)  # type: ignore[no-untyped-call]
    return np.asarray(cv2.resize(grey, (257, 257), interpolation=cv2.INTER_AREA), np.uint8)


def keypoints_of(picture: Pixels) -> Keypoints:
    found = find_keypoints(scales_of(picture), 400)
    assert found is not None
    return found


def rooted(sifts: Pixels) -> Floats:
    rows: Floats = np.sqrt(sifts / np.maximum(sifts.sum(axis=1, dtype=np.float32), 1)[:, None])
    return rows


def at(points: list[tuple[float, float]], sigma: float, angle: float = 0.0) -> Keypoints:
    """Keypoints at places of our own."""
    count = len(points)
    level = max(round(LAYERS * np.log2(sigma / FIRST_SIGMA)), 1)
    same: Doubles = np.ones(count)
    return Keypoints(
        np.full(count, level),
        np.array(points, np.float64).reshape(count, 2),
        sigma * same,
        angle * same,
        same.astype(np.float32),
    )


def test_rows_are_nearly_those_of_opencv(photo: Pixels) -> None:
    found = keypoints_of(photo)
    found = found.only(np.flatnonzero(found.levels <= LAYERS))  # of OpenCV's first octave
    # OpenCV's octaves begin a layer before that of the keypoints.
    sift = cv2.SIFT_create(nOctaveLayers=LAYERS, sigma=FIRST_SIGMA * 2 ** (1 / LAYERS))  # type: ignore[attr-defined] # missing in the stubs
    keypoints = [
        cv2.KeyPoint(x, y, 2 * sigma, angle, 0, (level - 1) << 8)
        for (x, y), sigma, angle, level in zip(
            found.points.tolist(),
            found.sigmas.tolist(),
            found.angles.tolist(),
            found.levels.tolist(),
            strict=True,
        )
    ]
    _, theirs = sift.compute(photo, keypoints)

    alike = (rooted(describe(scales_of(photo), found)) * rooted(theirs.astype(np.uint8))).sum(1)

    assert len(found.levels) > 100
    assert np.median(alike) > 0.99
    assert np.percentile(alike, 5) > 0.98


def test_each_keypoint_is_described_by_itself_whatever_the_others_are(photo: Pixels) -> None:
    scales, found = scales_of(photo), keypoints_of(photo)

    together = describe(scales, found)

    backwards = describe(scales, found.only(np.arange(len(found.levels))[::-1]))
    np.testing.assert_array_equal(together, backwards[::-1])
    np.testing.assert_array_equal(together[7:8], describe(scales, found.only(np.array([7]))))


def test_nothing_changes_where_the_picture_is_turned_with_its_keypoints(photo: Pixels) -> None:
    found = keypoints_of(photo)
    x, y = found.points.T
    turned = Keypoints(
        found.levels,
        np.stack([y, photo.shape[1] - 1 - x], axis=1),  # the right end of a row goes up
        found.sigmas,
        (found.angles - 90) % 360,
        found.strengths,
    )

    upright = describe(scales_of(photo), found)
    sideways = describe(scales_of(np.ascontiguousarray(np.rot90(photo))), turned)

    assert (rooted(upright) * rooted(sideways)).sum(axis=1).min() > 0.99


def test_less_contrast_changes_hardly_anything(photo: Pixels) -> None:
    found = keypoints_of(photo)
    paler = np.rint(photo * 0.6 + 50).astype(np.uint8)

    alike = rooted(describe(scales_of(photo), found)) * rooted(describe(scales_of(paler), found))

    assert np.median(alike.sum(axis=1)) > 0.995


def test_a_slope_counts_in_its_direction_and_beyond_the_border_nothing_does() -> None:
    steep = np.tile(np.arange(0, 240, 2, dtype=np.uint8), (120, 1))  # lighter to the right

    middle, corner, left = describe(
        scales_of(steep), at([(60, 60), (0, 0), (0, 60)], sigma=2.0)
    ).reshape(3, 4, 4, 8)

    assert (middle[..., 0] > 0).all()
    assert (middle[..., 1:] == 0).all()
    assert (corner[2:, 2:, 0] > 0).all()
    assert (corner[:1] == 0).all()
    assert (corner[:, :1] == 0).all()
    assert (left[:, :1] == 0).all()
    assert (left[:, 2:, 0] > 0).all()


def test_the_direction_is_told_from_where_the_keypoint_points() -> None:
    steep = np.tile(np.arange(0, 240, 2, dtype=np.uint8), (120, 1))

    ways = [
        int(describe(scales_of(steep), at([(60, 60)], 2.0, angle)).reshape(16, 8).sum(0).argmax())
        for angle in (0.0, 45.0, 90.0, 180.0, 270.0)
    ]

    assert ways == [0, 1, 2, 4, 6]


def test_blank_surroundings_are_all_zeros() -> None:
    blank = scales_of(np.full((90, 120), 90, np.uint8))

    np.testing.assert_array_equal(describe(blank, at([(60, 45)], 3.0)), np.zeros((1, LENGTH)))
