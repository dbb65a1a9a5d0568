"""Places in pictures as shares of them."""

import numpy as np
import pytest

from copyfind.evidence.placing import moved_corners, relative_of

HALF = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]])  # pixels have their middles at 0


def test_the_whole_lies_on_the_whole_at_any_size() -> None:
    relative = relative_of(HALF, (400, 300), (200, 150))

    np.testing.assert_allclose(relative, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(moved_corners(relative), 0, atol=1e-9)


@pytest.mark.parametrize(("right", "down"), [(0.1, 0.0), (0.0, -0.25), (0.5, 0.5)])
def test_corners_tell_how_far_it_moved(right: float, down: float) -> None:
    moved = np.array([[1, 0, right * 400], [0, 1, down * 300], [0, 0, 1.0]])

    relative = relative_of(moved, (400, 300), (400, 300))

    np.testing.assert_allclose(moved_corners(relative), np.tile([right, down], (4, 1)), atol=1e-9)
