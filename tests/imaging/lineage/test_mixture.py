"""Mixtures of layers."""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.imaging.lineage.mixture import nearest_mixture
from tests.imaging.lineage.steps import full, marked
from tests.photos import photos

PHOTO = photos()["chelsea"]


def test_a_mixture_passes_over_what_lies_on_a_picture() -> None:
    plain, other = full(PHOTO), full(marked(PHOTO))
    box = (0, 0, *plain.size)

    mixed = nearest_mixture(plain.part(box, plain)[None], other.part(box, plain))

    assert abs(mixed - plain.part(box, plain)).max() < 1


def test_a_mixture_undoes_sharpening_and_tone() -> None:
    plain = full(PHOTO).brightness.astype(np.float32)
    softer = cv2.GaussianBlur(plain, (0, 0), 1.0)

    mixed = nearest_mixture(np.stack([plain, softer]), 0.9 * plain + 0.5 * (plain - softer) + 7)

    assert np.abs(mixed - (0.9 * plain + 0.5 * (plain - softer) + 7)).max() < 0.1
