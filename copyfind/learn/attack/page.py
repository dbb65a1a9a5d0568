"""What is seen around a photo: borders, plain bars, another photo, other cells of a collage."""

from __future__ import annotations

import torch
from torch import Tensor

from copyfind.learn.attack import geometric as g
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.scene import CAPTION, COLLAGE, PASTED, SCREENSHOT, Scene


def draw_page(
    dice: Dice, scene: Scene, points: Tensor, filler: g.MipAtlas, texels_per_pixel: float
) -> Tensor:
    """Draw what is seen where the photo is not: (B, 3, side, side)."""
    side = points.shape[1]
    plain = dice.chance(0.4) | (scene.kind == SCREENSHOT) | (scene.kind == CAPTION)
    page = _paper(dice, plain).repeat(1, 1, side, side)

    other = dice.below(len(filler.texels))
    rows = (scene.kind == PASTED).nonzero().squeeze(1)
    if len(rows):
        maps = scene.to_canvas[rows]
        magnified = g.magnification(maps) * texels_per_pixel
        page[rows] = filler[other[rows]].sample(g.move(points[rows], maps), magnified)
    rows = (scene.kind == COLLAGE).nonzero().squeeze(1)
    if len(rows):  # other photos in every cell; the photo itself will cover its own
        gap = dice.uniform(0, 0.02)[rows]
        place = g.move(points[rows], scene.to_canvas[rows])
        wide = (scene.box[2] - scene.box[0])[rows] > 0.75  # rows rather than columns
        four = scene.cells[rows] == 4
        columns, lines = torch.where(wide & ~four, 1, 2), torch.where(~wide & ~four, 1, 2)
        for cell in range(4):
            column, line = cell % 2, cell // 2
            used = (column < columns) & (line < lines)
            box = (
                column / columns + gap,
                line / lines + gap,
                (column + 1) / columns - gap,
                (line + 1) / lines - gap,
            )
            maps = g.placement(*box)
            local = g.move(place, maps)
            which = (other[rows] + cell) % len(filler.texels)
            tile = filler[which].sample(local, g.magnification(maps) * texels_per_pixel)
            mask = g.inside(local) & used.view(-1, 1, 1, 1)
            page[rows] = torch.where(mask, tile, page[rows])
    return page


def draw_border(dice: Dice, scene: Scene, points: Tensor, view: Tensor) -> Tensor:
    """Draw the border that some photos had before they were moved; it turns and leans with them."""
    paper = _paper(dice, dice.chance(0.6))
    rows = scene.bordered.nonzero().squeeze(1)
    if len(rows):
        mask = g.inside(g.move(points[rows], scene.to_bordered[rows]))
        view[rows] = torch.where(mask, paper[rows], view[rows])
    return view


def _paper(dice: Dice, plain: Tensor) -> Tensor:
    """Colours of paper (B, 3, 1, 1): nearly black or white where `plain` (B,) bool, else any."""
    ink = torch.where(dice.chance(0.5), dice.uniform(0, 0.1), dice.uniform(0.9, 1))
    colour = torch.where(plain[:, None], ink[:, None], dice.colour())
    return colour[:, :, None, None]
