"""Where the photo is in a view: inside the frame, as large as was thrown, on one page at most."""

from __future__ import annotations

import pytest
import torch

from copyfind.learn.attack import geometric as g
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.scene import COLLAGE, LAYOUTS, Scene, arrange, random_box
from tests.learn.attack.conftest import only

COUNT = 200


def dice() -> Dice:
    return Dice(torch.Generator().manual_seed(0), COUNT)


def arranged(**always: float) -> Scene:
    return arrange(dice(), torch.ones(COUNT), torch.full((COUNT,), 1.5), only(**always))


def test_a_box_lies_in_the_frame_and_is_as_large_as_asked() -> None:
    area = torch.full((COUNT,), 0.3)

    x0, y0, x1, y1 = random_box(dice(), area, torch.full((COUNT,), 2.0))

    assert min(x0.min(), y0.min()) >= 0
    assert max(x1.max(), y1.max()) <= 1 + 1e-6
    torch.testing.assert_close((x1 - x0) * (y1 - y0), area)
    torch.testing.assert_close((x1 - x0) / (y1 - y0), torch.full((COUNT,), 2.0))


def test_without_edits_the_photo_is_the_view() -> None:
    scene = arranged()

    torch.testing.assert_close(scene.to_picture, torch.eye(3).repeat(COUNT, 1, 1))
    torch.testing.assert_close(scene.aspect, torch.full((COUNT,), 1.5))
    assert (scene.kind == -1).all()
    assert not scene.bordered.any()


def test_a_crop_shows_a_part_of_the_photo_alone() -> None:
    scene = arrange(dice(), torch.ones(COUNT), torch.ones(COUNT), only(crop=1.0))

    corners = torch.tensor([[[[-1.0, -1.0], [1.0, 1.0]]]]).expand(COUNT, -1, -1, -1)
    read = g.move(corners, scene.to_picture)
    assert read.abs().max() <= 1 + 1e-5
    area = (read[:, 0, 1] - read[:, 0, 0]).prod(dim=1) / 4
    assert area.min() > 0.1
    assert area.median() < 0.7


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_holds_the_photo_in_its_box(layout: str) -> None:
    scene = arranged(**{layout: 1.0})

    assert (scene.kind == LAYOUTS.index(layout)).all()
    x0, y0, x1, y1 = scene.box
    assert (torch.stack([x0, y0, 1 - x1, 1 - y1]) >= -1e-6).all()
    share = (x1 - x0) * (y1 - y0)
    assert share.min() > 0.2
    assert share.max() < 1
    middle = torch.stack([x0 + x1 - 1, y0 + y1 - 1], dim=1)[:, None, None]
    torch.testing.assert_close(
        g.move(middle, scene.to_visible), torch.zeros(COUNT, 1, 1, 2), atol=1e-4, rtol=0
    )


def test_a_collage_has_two_or_four_cells() -> None:
    scene = arranged(collage=1.0)

    assert (scene.kind == COLLAGE).all()
    assert set(scene.cells.tolist()) == {2, 4}
    width, height = scene.box[2] - scene.box[0], scene.box[3] - scene.box[1]
    torch.testing.assert_close(width * height, 1.0 / scene.cells)


def test_no_strength_is_no_edit() -> None:
    scene = arrange(
        dice(), torch.full((COUNT,), 1e-9), torch.ones(COUNT), only(crop=1.0, tilt=1.0, pasted=1.0)
    )

    torch.testing.assert_close(scene.to_picture, torch.eye(3).repeat(COUNT, 1, 1))
