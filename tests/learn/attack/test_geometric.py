"""Maps are checked by where they send points, sampling by what Pillow's and torch's give."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.learn.attack import geometric as g
from tests.learn.conftest import draw_pictures


def send(maps: Tensor, x: float, y: float) -> tuple[float, float]:
    point = g.move(torch.tensor([[[[float(x), float(y)]]]]), maps).flatten()
    return round(float(point[0]), 5), round(float(point[1]), 5)


def box(x0: float, y0: float, x1: float, y1: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return torch.tensor([x0]), torch.tensor([y0]), torch.tensor([x1]), torch.tensor([y1])


def test_a_window_shows_its_box_as_the_whole_frame() -> None:
    maps = g.window(*box(0.5, 0.0, 1.0, 0.25))
    assert send(maps, -1, -1) == (0, -1)
    assert send(maps, 1, 1) == (1, -0.5)


def test_a_placement_is_the_inverse_of_its_window() -> None:
    there = box(0.1, 0.2, 0.7, 0.6)
    torch.testing.assert_close(g.placement(*there) @ g.window(*there), torch.eye(3)[None])


def test_four_quarter_turns_are_none_and_swap_the_aspect_each_time() -> None:
    quarter, aspect = torch.tensor([math.pi / 2]), torch.tensor([1.5])
    expand = torch.tensor([True])
    maps, turned = g.turn(quarter, aspect, expand)
    assert turned.item() == pytest.approx(1 / 1.5)
    back, _ = g.turn(quarter, turned, expand)
    twice = maps @ back
    torch.testing.assert_close(twice @ twice, torch.eye(3)[None], atol=1e-5, rtol=0)


def test_an_expanded_frame_holds_every_corner() -> None:
    maps, _ = g.turn(torch.tensor([0.4]), torch.tensor([1.5]), torch.tensor([True]))
    inverse = torch.linalg.inv(maps)
    corners = torch.tensor([[[[x, y] for x in (-1.0, 1.0) for y in (-1.0, 1.0)]]])
    assert g.move(corners, inverse).abs().max().item() == pytest.approx(1, abs=1e-5)


def test_a_rotation_keeps_angles_in_a_frame_that_is_not_square() -> None:
    maps, _ = g.turn(torch.tensor([0.4]), torch.tensor([2.0]), torch.tensor([False]))
    physical = torch.tensor([2.0, 1.0])
    ends = [torch.tensor(send(maps, *to)) * physical for to in ((0.5, 0.0), (0.0, 1.0))]
    assert float(ends[0] @ ends[1]) == pytest.approx(0, abs=1e-4)
    assert [float(end.norm()) for end in ends] == pytest.approx([1, 1], abs=1e-4)


def test_perspective_shows_the_quadrilateral_as_the_whole_frame() -> None:
    corners = torch.tensor([[[-0.8, -0.9], [0.7, -1.0], [1.0, 0.6], [-1.0, 1.0]]])
    maps = g.perspective(corners)
    seen = [send(maps, x, y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    torch.testing.assert_close(torch.tensor(seen), corners[0])


def test_magnification_is_the_length_that_one_pixel_covers() -> None:
    half = g.window(*box(0.25, 0.25, 0.75, 0.75))
    assert g.magnification(half).item() == pytest.approx(0.5)
    turned, _ = g.turn(torch.tensor([0.7]), torch.tensor([1.0]), torch.tensor([False]))
    assert g.magnification(half @ turned).item() == pytest.approx(0.5)


def test_the_atlas_gives_the_picture_and_its_halves_back() -> None:
    pictures = draw_pictures(2, 32)
    atlas = g.MipAtlas.of(pictures)
    for level in range(g.LEVELS):
        side = 32 >> level
        points = g.pixel_centres(side, torch.full((2,), float(side)))
        smaller = atlas.sample(points, torch.full((2,), float(2**level)))
        full = pictures.float() / 255
        expected = F.avg_pool2d(full, 2**level) if level else full
        torch.testing.assert_close(smaller, expected, atol=2e-4, rtol=0)


def test_pixelation_repeats_one_point_in_each_cell() -> None:
    points = g.pixel_centres(8, torch.tensor([8.0, 2.0]))
    assert [len(set(map(tuple, p.flatten(0, 1).tolist()))) for p in points] == [64, 4]
