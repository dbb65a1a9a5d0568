"""The numbers that a JPEG keeps."""

from __future__ import annotations

import numpy as np
import pytest

from copyfind.imaging.lineage.blocks import BANDS, blocks_of, numbers_of


def test_the_numbers_of_blocks_are_those_of_a_jpeg() -> None:
    plane = np.arange(128, dtype=np.float32).reshape(8, 16) + 60

    numbers = numbers_of(blocks_of(plane))

    assert numbers.shape == (2, 64)
    assert numbers[:, 0] == pytest.approx(8 * (plane.reshape(8, 2, 8).mean(axis=(0, 2)) - 128))
    assert (numbers**2).sum() == pytest.approx(((plane - 128) ** 2).sum())


def test_every_number_but_the_mean_is_in_one_band() -> None:
    assert np.sum(BANDS, axis=0).tolist() == [0, *[1] * 63]
