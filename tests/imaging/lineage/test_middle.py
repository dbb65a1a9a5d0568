"""The middle of a picture, made ready once."""

from __future__ import annotations

import numpy as np

from copyfind.imaging.lineage.middle import log_power
from tests.imaging.lineage.steps import middle
from tests.photos import photos

PHOTO = photos()["chelsea"]


def test_what_a_jpeg_keeps_are_whole_steps() -> None:
    rounded = middle(PHOTO, "JPEG", quality=60).rounded

    assert rounded is not None
    assert (rounded.kept == np.round(rounded.kept)).all()
    assert (rounded.kept != 0).all()
    assert middle(PHOTO).rounded is None


def test_blocks_that_touch_black_or_white_are_passed_over() -> None:
    white = PHOTO.copy()
    white.paste((255, 255, 255), (0, 0, PHOTO.width, PHOTO.height // 2))

    assert 0 < len(middle(white).clear) < len(middle(PHOTO).clear)
    assert len(middle(white.resize((16, 16)).crop((0, 0, 8, 8))).clear) == 1


def test_power_is_told_where_it_is() -> None:
    plane = np.zeros((64, 64), np.float32)
    plane[:, 40:] = 5

    power = log_power(plane).reshape(16, 16)

    assert np.allclose(power[:, -1], np.log(25))
    assert (power[:, 0] < 0).all()
