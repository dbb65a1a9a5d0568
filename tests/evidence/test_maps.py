"""Where two pictures agree, cell by cell."""

from __future__ import annotations

import numpy as np
from PIL import Image

from copyfind.evidence.laying import lay_on
from copyfind.evidence.maps import CELLS, CHANNELS, Maps, maps_of
from tests.evidence.conftest import LookAt, recompressed


def seen(look_at: LookAt, first: Image.Image, second: Image.Image) -> Maps:
    laid = lay_on(look_at(first), look_at(second))
    assert laid is not None
    maps = maps_of(laid)
    assert maps is not None
    return maps


def test_a_copy_agrees_everywhere(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    maps = seen(look_at, photos["coffee"], recompressed(photos["coffee"], 70))
    assert maps.values.shape[0] == len(CHANNELS)
    assert max(maps.values.shape[1:]) == CELLS
    assert np.isfinite(maps.values).all()
    textured = maps["texture a"] > 0.5
    assert np.median(maps["coarse"][textured]) > 0.97


def test_what_was_covered_differs_there_alone(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    changed = photos["temple"].copy()
    changed.paste((200, 30, 30), (0, 0, 130, 130))
    maps = seen(look_at, photos["temple"], changed)
    fine = maps.values[CHANNELS.index("fine")]
    rows, columns = fine.shape
    assert fine[: rows // 3, : columns // 4].mean() < 0.2
    assert fine[rows // 2 :, columns // 2 :].mean() > 0.7
