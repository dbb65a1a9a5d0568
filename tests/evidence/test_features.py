"""RootSIFT, and what a mirror does to it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from copyfind.evidence.features import MOST, Features, extract_features, grey_of, mirror


def test_descriptors_are_unit_rows(photos: dict[str, Image.Image]) -> None:
    features = extract_features(np.asarray(photos["coffee"]))
    assert 100 < len(features.points) <= MOST
    np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1, atol=1e-4)


def test_a_picture_without_texture_has_no_features() -> None:
    features = extract_features(np.full((300, 400, 3), 128, np.uint8))
    assert features.points.shape == (0, 2)
    assert features.descriptors.shape == (0, 128)


def test_mirrored_features_are_those_of_the_mirrored_picture(
    photos: dict[str, Image.Image],
) -> None:
    mirrored = mirror(extract_features(np.asarray(photos["chelsea"])))
    seen = extract_features(np.asarray(ImageOps.mirror(photos["chelsea"])))
    distance = np.linalg.norm(mirrored.points[:, None] - seen.points[None], axis=2)
    same_place = distance.min(axis=1) < 1
    best = (mirrored.descriptors @ seen.descriptors.T).max(axis=1)
    assert same_place.mean() > 0.8
    assert np.median(best[same_place]) > 0.99


def test_features_survive_the_cache(photos: dict[str, Image.Image]) -> None:
    features = extract_features(np.asarray(photos["rocket"]))
    back = Features.from_bytes(features.to_bytes())
    assert back is not None
    assert (back.width, back.height) == (features.width, features.height)
    for name in ("points", "sizes", "angles", "sifts"):
        np.testing.assert_array_equal(getattr(back, name), getattr(features, name))


def test_descriptors_are_those_of_the_octave_in_which_a_keypoint_was_found(
    photos: dict[str, Image.Image],
) -> None:
    picture = np.asarray(photos["coffee"].resize((200, 133)))
    features = extract_features(picture)
    keypoints = [
        cv2.KeyPoint(x, y, size, angle, octave=1 << 8 | 255)
        for (x, y), size, angle in zip(
            features.points.tolist(),
            features.sizes.tolist(),
            features.angles.tolist(),
            strict=True,
        )
        if 2.4 < size < 3.3  # of the first layer in the picture at twice its size
    ]
    sift = cv2.SIFT_create(nOctaveLayers=2, sigma=2.0, enable_precise_upscale=True)  # type: ignore[attr-defined] # missing in the stubs
    _, plain = sift.compute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), keypoints)
    rooted = np.sqrt(plain / plain.sum(axis=1, keepdims=True))

    alike = (rooted @ features.descriptors.T).max(axis=1)

    assert len(keypoints) > 20
    assert np.median(alike) > 0.98


@pytest.mark.parametrize("size", [(15, 15), (300, 5), (12, 256), (1, 1)])
def test_a_narrow_picture_may_have_no_features(size: tuple[int, int]) -> None:
    chance = np.random.default_rng(0)
    coarse = chance.integers(0, 255, (max(size[1] // 3, 1), max(size[0] // 3, 1), 3), np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    features = extract_features(picture)
    assert features.sifts.shape == (len(features.points), 128)


def test_a_soft_picture_is_looked_at_along_the_colours_that_vary_most(
    photos: dict[str, Image.Image],
) -> None:
    """Two colours of one brightness: blank in grey."""
    share = (
        np.asarray(photos["coffee"].convert("L").resize((200, 150)), np.float64)[..., None] / 255
    )
    one, other = np.array([150.0, 80, 90]), np.array([60.0, 130, 70])
    duotone = np.rint(share * one + (1 - share) * other).astype(np.uint8)
    assert cv2.cvtColor(duotone, cv2.COLOR_RGB2GRAY).std() < 5

    seen = grey_of(duotone)

    colours = duotone.reshape(-1, 3) - duotone.reshape(-1, 3).mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(colours.T))
    axis = axes[:, 2] * np.sign(axes[:, 2].sum())
    values = colours @ axis
    wanted = np.clip(128 + values * min(45 / values.std(), 4), 0, 255).reshape(seen.shape)
    assert 40 < seen.std() < 50
    assert np.abs(seen - wanted).max() < 1.01


def test_a_picture_of_contrast_is_looked_at_in_grey(photos: dict[str, Image.Image]) -> None:
    picture = np.asarray(photos["chelsea"])

    np.testing.assert_array_equal(grey_of(picture), cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def test_one_colour_alone_stays_blank() -> None:
    assert grey_of(np.full((40, 60, 3), (200, 30, 90), np.uint8)).std() == 0
