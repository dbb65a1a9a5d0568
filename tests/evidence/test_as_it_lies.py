"""Smooth pictures are laid on each other whole, whichever way they are turned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from copyfind.evidence.as_it_lies import lay
from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed

COPY_TIERS = {Tier.NEAR, Tier.EDITED}


def smooth(seed: int) -> Image.Image:
    """Soft shapes, on which there are hardly any keypoints."""
    small = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    large = Image.fromarray(small).resize((600, 430), Image.Resampling.BICUBIC)
    return large.filter(ImageFilter.GaussianBlur(12))


TURNS = [None, *Image.Transpose]


@pytest.mark.parametrize("turn", TURNS)
def test_every_way_to_turn_and_mirror_it_is_found(turn: Image.Transpose | None) -> None:
    whole = smooth(1)
    copy = whole if turn is None else whole.transpose(turn)

    found = lay(np.asarray(whole), np.asarray(copy.resize((copy.width // 2, copy.height // 2))))

    assert found is not None
    back = cv2.warpPerspective(
        np.asarray(whole), found.matrix, (copy.width // 2, copy.height // 2), flags=cv2.INTER_AREA
    )
    small = np.asarray(copy.resize((copy.width // 2, copy.height // 2), Image.Resampling.BOX))
    inner = (slice(3, -3), slice(3, -3))
    assert np.abs(back[inner].astype(int) - small[inner]).mean() < 2
    flips = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM,
             Image.Transpose.TRANSPOSE, Image.Transpose.TRANSVERSE)  # fmt: skip
    assert found.mirrored == (turn in flips)


def test_other_tones_are_no_other_picture() -> None:
    assert lay(np.asarray(smooth(2)), np.asarray(ImageOps.autocontrast(smooth(2)))) is not None


def test_others_are_not_laid() -> None:
    pictures = [np.asarray(smooth(seed)) for seed in range(6)]

    assert not [
        (i, j)
        for i, a in enumerate(pictures)
        for j, b in enumerate(pictures)
        if i != j and lay(a, b)
    ]


def test_a_part_is_not_laid_as_the_whole() -> None:
    whole = smooth(3)

    assert lay(np.asarray(whole), np.asarray(whole.crop((0, 0, 300, 430)))) is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("turn", [None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90])
def test_smooth_pictures_are_found_as_they_lie(
    look_at: LookAt, seed: int, turn: Image.Transpose | None
) -> None:
    copy = smooth(seed) if turn is None else smooth(seed).transpose(turn)
    small = recompressed(copy.resize((copy.width // 2, copy.height // 2)), 70)
    assert verify(look_at(smooth(seed)), look_at(small)).tier in COPY_TIERS
    assert verify(look_at(small), look_at(smooth(seed))).tier in COPY_TIERS


def test_other_smooth_pictures_are_no_copies(look_at: LookAt) -> None:
    looks = [look_at(smooth(seed)) for seed in range(8)]
    tiers = {verify(a, b).tier for i, a in enumerate(looks) for b in looks[i + 1 :]}
    assert not tiers & COPY_TIERS
