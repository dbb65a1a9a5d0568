"""RootSIFT, and what a mirror does to it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from copyfind.evidence.features import MOST, Features, extract_features, mirror


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
