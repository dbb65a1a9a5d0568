"""What covers a view from edge to edge and lets its photo through: stripes, lines of text."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.sprites import Sprites

LEADING = 1.25  # from one line of a wall of text to the next, in heights of a line


def draw_patterns(
    dice: Dice,
    strength: Tensor,
    attacks: Attacks,
    view: Tensor,
    points: Tensor,
    sprites: Sprites,
) -> Tensor:
    """Lay stripes and walls of text over a view, each in one colour, half of them translucent.

    view (B, 3, side, side) in 0..1, changed in place; points (B, side, side, 2), of its pixels.
    """

    def opacity() -> Tensor:
        return torch.where(dice.chance(0.5), dice.uniform(0.4, 1), 1.0)

    upright = dice.below(2) * (math.pi / 2)
    angle = torch.where(dice.chance(0.6), upright, dice.uniform(0, math.pi))
    period, share = dice.log_uniform(0.03, 0.25), dice.uniform(0.15, 0.6)
    colour, alpha = dice.colour(), opacity()
    rows = dice.chance(attacks.stripes * strength).nonzero().squeeze(1)
    if len(rows):
        mask = _stripes(points[rows], angle[rows], period[rows], share[rows])
        _paint(view, rows, colour, mask * alpha[rows].view(-1, 1, 1, 1))

    index, height = dice.below(len(sprites.text)), dice.log_uniform(0.03, 0.12)
    colour, alpha = dice.colour(), opacity()
    rows = dice.chance(attacks.text_wall * strength).nonzero().squeeze(1)
    if len(rows):
        aspect, lines = sprites.aspect[index[rows]], sprites.text[index[rows]]
        mask = _letters(points[rows], height[rows], aspect, lines)
        _paint(view, rows, colour, mask * alpha[rows].view(-1, 1, 1, 1))
    return view


def _paint(view: Tensor, rows: Tensor, colour: Tensor, mask: Tensor) -> None:
    view[rows] = torch.lerp(view[rows], colour[rows][:, :, None, None], mask)


def _stripes(points: Tensor, angle: Tensor, period: Tensor, share: Tensor) -> Tensor:
    """How much of a pixel stripes cover, (B, 1, side, side): `share` (B,) of each `period` (B,),
    which is a part of the view's side, across `angle` (B,), radians."""
    across = torch.stack([angle.cos(), angle.sin()], dim=1)[:, None, None]
    period, share = period.view(-1, 1, 1), share.view(-1, 1, 1)
    phase = (points * across).sum(dim=3) / (2 * period)
    from_middle = (phase - phase.floor() - 0.5).abs() * period  # in sides of the view
    within = (share * period / 2 - from_middle) * points.shape[1]  # pixels from the stripe's edge
    return (within + 0.5).clamp(0, 1)[:, None]


def _letters(points: Tensor, height: Tensor, aspect: Tensor, lines: Tensor) -> Tensor:
    """How much of a pixel letters cover, (B, 1, side, side): each view its line of text, again and
    again, `height` (B,) of the view's side and `aspect` (B,) as wide. lines (B, 2, h, w) uint8."""
    x, y = ((points + 1) / 2).unbind(dim=3)
    height, aspect = height.view(-1, 1, 1), aspect.view(-1, 1, 1)
    down = y / (height * LEADING)
    along = x / (height * aspect) + 0.37 * down.floor()  # lines do not begin below each other
    within = torch.stack([along - along.floor(), (down - down.floor()) * LEADING], dim=3)
    return F.grid_sample(lines[:, 1:].float() / 255, within * 2 - 1, align_corners=False)
