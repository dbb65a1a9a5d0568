"""What is laid over a photo: text, emoji, patches, other photos."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.learn.attack import geometric as g
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.scene import CAPTION, SCREENSHOT, Scene, random_box
from copyfind.learn.attack.sprites import Sprites


def _sprite_maps(
    dice: Dice,
    height: Tensor,
    aspect: Tensor,
    scene: Scene,
    tilt: Tensor,
    lane: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Put sprites somewhere on the canvas, `height` of it high: maps (B, 3, 3) from the canvas.

    lane: upper and lower end, (B,) in 0..1, of where it may lie; height is then of the lane.
    """
    above, below = lane or (torch.zeros_like(height), torch.ones_like(height))
    height = height * (below - above)
    width = height * aspect / scene.aspect
    x = dice.uniform(0, 1)
    x = torch.where(width < 1, x * (1 - width), x * 0.2)  # a long line starts at the left
    y = above + dice.uniform(0, 1) * (below - above - height)
    maps, _ = g.turn(tilt, aspect, torch.zeros_like(tilt, dtype=torch.bool))
    return maps @ g.placement(x, y, x + width, y + height)


def draw_over(
    dice: Dice,
    strength: Tensor,
    attacks: Attacks,
    view: Tensor,
    scene: Scene,
    points: Tensor,
    filler: g.MipAtlas,
    sprites: Sprites,
) -> Tensor:
    """Lay text, emoji, patches and photos over a view; half of them move with its photo."""
    texels_per_pixel = filler.texels.shape[2] / points.shape[1]
    on_page = (scene.kind == SCREENSHOT) | (scene.kind == CAPTION)
    _, top, _, bottom = scene.box
    upper = (bottom > 0.98) | (dice.chance(0.5) & (top > 0.02))
    zero, one = torch.zeros_like(top), torch.ones_like(top)
    lane = (  # captions stand in the bar above or below the photo
        torch.where(on_page & ~upper, bottom, zero),
        torch.where(on_page & upper, top, one),
    )
    for n in range(3):  # up to three of each
        less = strength / (1 + 2 * n)
        onto = torch.where(
            (dice.chance(0.5) & ~on_page)[:, None, None], scene.to_visible, scene.to_canvas
        )
        tilt = torch.where(dice.chance(0.3), dice.uniform(-0.5, 0.5), 0.0)

        index = dice.below(len(sprites.text))
        height = torch.where(on_page, dice.uniform(0.15, 0.6), dice.log_uniform(0.03, 0.25))
        level = torch.where(on_page, zero, tilt)
        maps = _sprite_maps(dice, height, sprites.aspect[index], scene, level, lane)
        fill, outline = dice.colour()[:, :, None, None], dice.colour()[:, :, None, None]
        opacity = torch.where(dice.chance(0.3), dice.uniform(0.2, 1), 1.0)
        rows = (dice.chance(attacks.text * less) | on_page).nonzero().squeeze(1)
        if len(rows):
            tile = _sample_sprite(sprites.text[index[rows]], points[rows], (maps @ onto)[rows])
            letters, alpha = tile[:, :1], tile[:, 1:]
            colour = outline[rows] + (fill - outline)[rows] * letters
            view[rows] = torch.lerp(view[rows], colour, alpha * opacity[rows].view(-1, 1, 1, 1))

        index = dice.below(len(sprites.emoji))
        maps = _sprite_maps(dice, dice.log_uniform(0.08, 0.5), one, scene, tilt)
        opacity = dice.uniform(0.7, 1)
        rows = dice.chance(attacks.emoji * less).nonzero().squeeze(1)
        if len(rows):
            tile = _sample_sprite(sprites.emoji[index[rows]], points[rows], (maps @ onto)[rows])
            alpha = tile[:, 3:] * opacity[rows].view(-1, 1, 1, 1)
            view[rows] = torch.lerp(view[rows], tile[:, :3], alpha)

        maps = g.placement(*random_box(dice, dice.uniform(0.02, 0.16), dice.log_uniform(0.5, 2)))
        colour = dice.colour()[:, :, None, None]
        rows = dice.chance(attacks.patches * less).nonzero().squeeze(1)
        if len(rows):
            mask = g.inside(g.move(points[rows], (maps @ onto)[rows]))
            view[rows] = torch.where(mask, colour[rows], view[rows])

    other = dice.below(len(filler.texels))
    maps = g.placement(*random_box(dice, dice.uniform(0.08, 0.3), dice.log_uniform(0.6, 1.7)))
    maps = maps @ scene.to_canvas
    rows = dice.chance(attacks.photo_overlaid * strength).nonzero().squeeze(1)
    if len(rows):
        local = g.move(points[rows], maps[rows])
        photo = filler[other[rows]].sample(local, g.magnification(maps[rows]) * texels_per_pixel)
        view[rows] = torch.where(g.inside(local), photo, view[rows])
    share = dice.uniform(0.1, 0.45)
    rows = dice.chance(attacks.blend * strength).nonzero().squeeze(1)
    if len(rows):
        still = torch.full((len(rows),), texels_per_pixel, device=view.device)
        photo = filler[other[rows]].sample(points[rows], still)
        view[rows] = torch.lerp(view[rows], photo, share[rows].view(-1, 1, 1, 1))
    return view


def _sample_sprite(sprites: Tensor, points: Tensor, maps: Tensor) -> Tensor:
    """Sprites (B, C, h, w) uint8 as a view shows them: (B, C, side, side) in 0..1, else nothing."""
    texels = sprites.float() / 255
    return F.grid_sample(texels, g.move(points, maps), align_corners=False)
