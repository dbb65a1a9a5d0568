"""The attacks on a picture: what SSCD, and people, do to photos before they share them.

A whole batch is attacked at once on its device, every picture with its own parameters. All that
moves pixels is composed into one map and sampled once; the colours follow, then the codec.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.learn.attack import geometric as g
from copyfind.learn.attack import photometric as p
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.overlay import draw_over
from copyfind.learn.attack.page import draw_border, draw_page
from copyfind.learn.attack.patterns import draw_patterns
from copyfind.learn.attack.scene import arrange
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.attack.tone import colour_maps, degrade


def attack(
    pictures: Tensor,
    aspects: Tensor,
    others: Tensor,
    *,
    side: int,
    attacks: Attacks,
    sprites: Sprites,
    generator: torch.Generator,
    times: int = 1,
) -> Tensor:
    """Attack every picture `times` times: a view of each, then another view of each, and so on.

    pictures (B, 3, S, S) uint8, squeezed to a square, S a multiple of 8; aspects (B,) float,
    width / height before; others (O, 3, S, S) uint8, photos to paste into, blend and lay over.
    All on the generator's device. Returns (times * B, side, side, 3) uint8.
    """
    source, filler = g.MipAtlas.of(pictures), g.MipAtlas.of(others)
    views = [
        _view(source, aspects, filler, side, attacks, sprites, generator) for _ in range(times)
    ]
    return torch.cat(views)


def _view(
    source: g.MipAtlas,
    aspects: Tensor,
    filler: g.MipAtlas,
    side: int,
    attacks: Attacks,
    sprites: Sprites,
    generator: torch.Generator,
) -> Tensor:
    dice = Dice(generator, len(aspects))
    strength = dice.uniform(attacks.gentlest, 1)
    texels_per_pixel = source.side / side

    scene = arrange(dice, strength, aspects, attacks)
    coarse = dice.chance(attacks.pixelate * strength)
    cells = torch.where(coarse, side * dice.log_uniform(*attacks.pixelate_cells), float(side))
    nearest = dice.chance(0.5)  # a block shows one pixel, not the mean of those in it
    points = g.pixel_centres(side, cells)
    magnified = g.magnification(scene.to_picture) * texels_per_pixel
    magnified = magnified * torch.where(nearest, 1.0, side / cells)
    photo = source.sample(g.move(points, scene.to_picture), magnified)

    # A filter is put on the photo, or on the page with the photo and what was drawn over it.
    on_photo = dice.chance(0.5)
    colours = colour_maps(dice, strength, attacks, photo)
    clean = torch.eye(4, device=photo.device).expand_as(colours)
    photo = p.recolour(photo, torch.where(on_photo[:, None, None], colours, clean))
    view = draw_page(dice, scene, points, filler, texels_per_pixel)
    view = draw_border(dice, scene, points, view)
    view = torch.where(g.inside(g.move(points, scene.to_visible)), photo, view)
    view = draw_over(dice, strength, attacks, view, scene, points, filler, sprites)
    view = draw_patterns(dice, strength, attacks, view, points, sprites)
    view = p.recolour(view, torch.where(on_photo[:, None, None], clean, colours))

    view = degrade(dice, strength, attacks, view)
    return (view * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def clean_view(pictures: Tensor, *, side: int) -> Tensor:
    """Pictures as the network takes them, not attacked.

    (B, 3, S, S) uint8 becomes (B, side, side, 3) uint8.
    """
    if pictures.shape[3] == side:
        return pictures.permute(0, 2, 3, 1).contiguous()
    small = F.interpolate(pictures.float(), size=(side, side), mode="area")
    return small.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
