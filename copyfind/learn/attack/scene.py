"""Where the photo is in each attacked view: cropped, turned, leaning, put on a page."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from copyfind.learn.attack import geometric as g
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice

Box = tuple[Tensor, Tensor, Tensor, Tensor]  # x0, y0, x1, y1 in 0..1, (B,) each


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Where things are in each view: maps (B, 3, 3) from what is drawn to what is read."""

    to_picture: Tensor  # the photo's own frame
    to_visible: Tensor  # the part of it that was not cropped away: outside, there is no photo
    to_bordered: Tensor  # that part with the border it had before it was moved
    bordered: Tensor  # (B,) bool, whether there was one
    to_canvas: Tensor  # the page that the photo was put on
    aspect: Tensor  # (B,) width / height of the canvas
    kind: Tensor  # (B,) int, an index of LAYOUTS, or -1
    box: Box  # where on the canvas the photo is
    cells: Tensor  # (B,) cells of a collage


LAYOUTS = ("frame", "letterbox", "caption", "screenshot", "pasted", "collage")
FRAME, LETTERBOX, CAPTION, SCREENSHOT, PASTED, COLLAGE = range(6)


def either(condition: Tensor, box: Box, otherwise: Box) -> Box:
    """The one box where a condition (B,) bool holds, the other one elsewhere."""
    a, b, c, d = (torch.where(condition, x, y) for x, y in zip(box, otherwise, strict=True))
    return a, b, c, d


def random_box(dice: Dice, area: Tensor, shape: Tensor) -> Box:
    """A box of that share of the frame and about that width / height, (B,) each, anywhere."""
    width = (area * shape).sqrt().clamp(max=1)
    height = (area / width).clamp(max=1)
    x, y = dice.uniform(0, 1) * (1 - width), dice.uniform(0, 1) * (1 - height)
    return x, y, x + width, y + height


def arrange(dice: Dice, strength: Tensor, aspects: Tensor, attacks: Attacks) -> Scene:
    """Throw where things are in a view of each picture.

    strength (B,) in 0..1 scales all odds; aspects (B,), width / height of the pictures.
    """

    def happens(probability: float) -> Tensor:
        return dice.chance(probability * strength)

    zero, one = torch.zeros_like(strength), torch.ones_like(strength)
    whole: Box = (zero, zero, one, one)

    box = random_box(dice, dice.uniform(*attacks.crop_area), dice.log_uniform(0.75, 4 / 3))
    x0, y0, x1, y1 = either(happens(attacks.crop), box, whole)
    crop = g.window(x0, y0, x1, y1)
    aspect = aspects * (x1 - x0) / (y1 - y0)
    aspect = aspect * torch.where(happens(attacks.stretch), dice.log_uniform(0.5, 2), one)

    # A border before all that moves the photo: a frame, or bars on two sides.
    bordered = happens(attacks.border)
    margin, everywhere, upright = dice.uniform(0.02, 0.2), dice.chance(0.5), dice.chance(0.5)
    beside = torch.where(everywhere | ~upright, margin, zero)
    above = torch.where(everywhere | upright, margin, zero)
    x0, y0, x1, y1 = either(bordered, (beside, above, 1 - beside, 1 - above), whole)
    onto_border = g.placement(x0, y0, x1, y1)
    aspect = aspect / ((x1 - x0) / (y1 - y0))

    moved = g.mirror(happens(attacks.mirror), happens(attacks.flip))
    quarters = torch.where(happens(attacks.quarter_turn), 1 + dice.below(3), 0)
    maps, aspect = g.turn(quarters * (math.pi / 2), aspect, quarters >= 0)
    moved = moved @ maps
    tilt = torch.where(happens(attacks.tilt), dice.uniform(-1, 1), zero)
    tilt = tilt * math.radians(attacks.tilt_degrees)
    maps, aspect = g.turn(tilt, aspect, dice.chance(0.5))
    moved = moved @ maps
    inwards = torch.stack([dice.uniform(0, 0.44) for _ in range(8)], dim=1).view(-1, 4, 2)
    square = inwards.new_tensor([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    leaning = torch.where(happens(attacks.perspective)[:, None, None], inwards, 0.0)
    moved = moved @ g.perspective(square * (1 - leaning))

    kind, box, cells = _lay_out(dice, strength, attacks, whole)
    x0, y0, x1, y1 = box
    aspect = aspect / ((x1 - x0) / (y1 - y0))
    moved = moved @ g.placement(*box)
    # What was put on a page is seldom cut off it again; a messenger trims a little.
    trimmed = random_box(dice, dice.uniform(0.8, 1), dice.log_uniform(0.9, 1.1))
    canvas = g.window(*either(happens(0.2 * attacks.crop), trimmed, whole))
    moved = moved @ canvas
    visible = onto_border @ moved
    return Scene(crop @ visible, visible, moved, bordered, canvas, aspect, kind, box, cells)


def _lay_out(
    dice: Dice, strength: Tensor, attacks: Attacks, whole: Box
) -> tuple[Tensor, Box, Tensor]:
    """Throw which page a photo is put on, where, and for a collage the number of its cells."""
    odds = torch.tensor(
        [getattr(attacks, name) for name in LAYOUTS], device=strength.device
    ).cumsum(0)
    throw = dice.uniform(0, 1) / strength
    kind = torch.searchsorted(odds, throw, right=True)
    kind = torch.where(kind == len(LAYOUTS), -1, kind)

    zero, _, one, _ = whole
    first, second = dice.chance(0.5), dice.chance(0.5)
    thin, thick = dice.uniform(0.02, 0.2), dice.uniform(0.12, 0.3)
    below = dice.uniform(0.1, 0.4)
    area, shape = dice.uniform(0.25, 0.75), dice.log_uniform(0.6, 1.7)
    cells = torch.where(dice.chance(0.3), 4, 2)
    left = torch.where(first, 0.5, 0.0)
    top = torch.where(second, 0.5, 0.0)
    half = torch.where(cells == 4, left + 0.5, one)  # right end of an upper or lower half
    boxes: tuple[Box, ...] = (
        (thin, thin, 1 - thin, 1 - thin),
        either(first, (zero, thin, one, 1 - thin), (thin, zero, 1 - thin, one)),
        either(first, (zero, thick, one, one), (zero, zero, one, 1 - thick)),
        (zero, thin, one, 1 - below),
        random_box(dice, area, shape),
        either(
            (cells == 2) & second,
            (left, zero, left + 0.5, one),
            (torch.where(cells == 4, left, zero), top, half, top + 0.5),
        ),
    )
    box = whole
    for index, candidate in enumerate(boxes):
        box = either(kind == index, candidate, box)
    return kind, box, cells
