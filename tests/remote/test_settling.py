"""Pictures that may be equal to the pixel are told from those that cannot be."""

from __future__ import annotations

import numpy as np

from copyfind.remote.settling import same_pixels


def test_equal_hashes_make_groups_and_unknown_ones_none() -> None:
    pixels = np.zeros((6, 32), np.uint8)
    pixels[[1, 4], 0] = 7
    pixels[[2, 5, 3], 31] = 9
    pixels[3, 1] = 1

    assert [group.tolist() for group in same_pixels(pixels)] == [[2, 5], [1, 4]]


def test_where_nothing_is_known_there_is_no_group() -> None:
    assert same_pixels(np.zeros((3, 32), np.uint8)) == []
    assert same_pixels(np.zeros((0, 32), np.uint8)) == []
