"""The attacks on a picture: what SSCD, and people, do to photos before they share them.

A whole batch is attacked at once on its device, every picture with its own parameters. All that
moves pixels is composed into one map and sampled once; the colours follow, then the codec.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.learn import geometric as g
from copyfind.learn import photometric as p
from copyfind.learn.dice import Dice
from copyfind.learn.sprites import Sprites

Box = tuple[Tensor, Tensor, Tensor, Tensor]  # x0, y0, x1, y1 in 0..1, (B,) each


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacks:
    """How likely each edit is, per view; the defaults are the edits people make.

    Every picture throws a strength between `gentlest` and 1 that scales all probabilities, so
    that a batch holds nearly clean views beside wrecks.
    """

    gentlest: float = 0.15
    # geometry
    crop: float = 0.6
    crop_area: tuple[float, float] = (0.2, 1.0)  # share of the picture that stays
    mirror: float = 0.4
    flip: float = 0.2
    quarter_turn: float = 0.4
    tilt: float = 0.25
    tilt_degrees: float = 45.0
    perspective: float = 0.12
    stretch: float = 0.15
    # around the picture; at most one of these
    frame: float = 0.08
    letterbox: float = 0.06
    caption: float = 0.08
    screenshot: float = 0.09
    pasted: float = 0.18
    collage: float = 0.08
    # over the picture
    text: float = 0.2
    emoji: float = 0.2
    patches: float = 0.08
    photo_overlaid: float = 0.08
    blend: float = 0.06
    # colours
    jitter: float = 0.6
    jitter_by: tuple[float, float, float, float] = (0.6, 0.6, 0.8, 0.1)
    grey: float = 0.15
    duotone: float = 0.08
    channel_shuffle: float = 0.06
    inversion: float = 0.03
    posterise: float = 0.06
    equalise: float = 0.05
    vignette: float = 0.06
    # sharpness and the codec
    blur: float = 0.2
    blur_sigma: tuple[float, float] = (0.6, 4.0)  # pixels
    sharpen: float = 0.1
    noise: float = 0.1
    pixelate: float = 0.08
    jpeg: float = 0.5
    jpeg_quality: tuple[float, float] = (5.0, 95.0)


# SSCD's "advanced" list (arXiv:2202.10261), in probability and extent as published.
SSCD_ADVANCED = Attacks(
    gentlest=1.0,
    crop=1.0,
    crop_area=(0.08, 1.0),
    mirror=0.5,
    flip=0.0,
    quarter_turn=0.05,
    tilt=0.05,
    tilt_degrees=180.0,
    perspective=0.0,
    stretch=0.0,
    frame=0.0,
    letterbox=0.0,
    caption=0.0,
    screenshot=0.0,
    pasted=0.0,
    collage=0.0,
    text=0.1,
    emoji=0.2,
    patches=0.0,
    photo_overlaid=0.0,
    blend=0.0,
    jitter=0.8,
    jitter_by=(0.8, 0.8, 0.8, 0.2),
    grey=0.2,
    duotone=0.0,
    channel_shuffle=0.0,
    inversion=0.0,
    posterise=0.0,
    equalise=0.0,
    vignette=0.0,
    blur=0.5,
    blur_sigma=(1.0, 5.0),
    sharpen=0.0,
    noise=0.0,
    pixelate=0.0,
    jpeg=0.2,
    jpeg_quality=(1.0, 100.0),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """Where things are in each view: maps (B, 3, 3) from what is drawn to what is read."""

    to_picture: Tensor  # the photo's own frame
    to_visible: Tensor  # the part of it that was not cropped away: outside, there is no photo
    to_canvas: Tensor  # the page that the photo was put on
    aspect: Tensor  # (B,) width / height of the canvas
    kind: Tensor  # (B,) int, an index of _LAYOUTS, or -1
    box: Box  # where on the canvas the photo is
    cells: Tensor  # (B,) cells of a collage


_LAYOUTS = ("frame", "letterbox", "caption", "screenshot", "pasted", "collage")
_FRAME, _LETTERBOX, _CAPTION, _SCREENSHOT, _PASTED, _COLLAGE = range(6)


def attack(
    pictures: Tensor,
    aspects: Tensor,
    others: Tensor,
    *,
    side: int,
    attacks: Attacks,
    sprites: Sprites,
    generator: torch.Generator,
) -> Tensor:
    """One attacked view of each picture, as the network takes it.

    pictures (B, 3, S, S) uint8, squeezed to a square, S a multiple of 8; aspects (B,) float,
    width / height before; others (O, 3, S, S) uint8, photos to paste into, blend and lay over.
    All on the generator's device. Returns (B, side, side, 3) uint8.
    """
    dice = Dice(generator, len(pictures))
    strength = dice.uniform(attacks.gentlest, 1)
    source, filler = (g.MipAtlas.of(batch.float() / 255) for batch in (pictures, others))
    texels_per_pixel = pictures.shape[3] / side

    scene = _arrange(dice, strength, aspects, attacks)
    coarse = dice.chance(attacks.pixelate * strength)
    cells = torch.where(coarse, side * dice.uniform(0.12, 0.35), float(side))
    points = g.pixel_centres(side, cells)
    magnified = g.magnification(scene.to_picture) * texels_per_pixel * side / cells
    photo = source.sample(g.move(points, scene.to_picture), magnified)

    # A filter is put on the photo, or on the page with the photo and what was drawn over it.
    on_photo = dice.chance(0.5)
    colours = _colours(dice, strength, attacks, photo)
    clean = torch.eye(4, device=photo.device).expand_as(colours)
    photo = p.recolour(photo, torch.where(on_photo[:, None, None], colours, clean))
    view = _page(dice, scene, points, filler, texels_per_pixel)
    view = torch.where(g.inside(g.move(points, scene.to_visible)), photo, view)
    view = _draw_over(dice, strength, attacks, view, scene, points, filler, sprites)
    view = p.recolour(view, torch.where(on_photo[:, None, None], clean, colours))

    view = _degrade(dice, strength, attacks, view)
    return (view * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def clean_view(pictures: Tensor, *, side: int) -> Tensor:
    """The pictures as decoding hands them on: (B, 3, S, S) uint8 -> (B, side, side, 3) uint8."""
    if pictures.shape[3] == side:
        return pictures.permute(0, 2, 3, 1).contiguous()
    small = F.interpolate(pictures.float(), size=(side, side), mode="area")
    return small.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def _either(condition: Tensor, box: Box, otherwise: Box) -> Box:
    a, b, c, d = (torch.where(condition, x, y) for x, y in zip(box, otherwise, strict=True))
    return a, b, c, d


def _random_box(dice: Dice, area: Tensor, shape: Tensor) -> Box:
    """A box of that share of the frame and about that width / height, (B,) each, anywhere."""
    width = (area * shape).sqrt().clamp(max=1)
    height = (area / width).clamp(max=1)
    x, y = dice.uniform(0, 1) * (1 - width), dice.uniform(0, 1) * (1 - height)
    return x, y, x + width, y + height


def _arrange(dice: Dice, strength: Tensor, aspects: Tensor, attacks: Attacks) -> _Scene:
    def happens(probability: float) -> Tensor:
        return dice.chance(probability * strength)

    zero, one = torch.zeros_like(strength), torch.ones_like(strength)
    whole: Box = (zero, zero, one, one)

    box = _random_box(dice, dice.uniform(*attacks.crop_area), dice.log_uniform(0.75, 4 / 3))
    x0, y0, x1, y1 = _either(happens(attacks.crop), box, whole)
    crop = g.window(x0, y0, x1, y1)
    aspect = aspects * (x1 - x0) / (y1 - y0)
    aspect = aspect * torch.where(happens(attacks.stretch), dice.log_uniform(0.5, 2), one)

    visible = g.mirror(happens(attacks.mirror), happens(attacks.flip))
    quarters = torch.where(happens(attacks.quarter_turn), 1 + dice.below(3), 0)
    maps, aspect = g.turn(quarters * (math.pi / 2), aspect, quarters >= 0)
    visible = visible @ maps
    tilt = torch.where(happens(attacks.tilt), dice.uniform(-1, 1), zero)
    tilt = tilt * math.radians(attacks.tilt_degrees)
    maps, aspect = g.turn(tilt, aspect, dice.chance(0.5))
    visible = visible @ maps
    inwards = torch.stack([dice.uniform(0, 0.44) for _ in range(8)], dim=1).view(-1, 4, 2)
    square = inwards.new_tensor([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    leaning = torch.where(happens(attacks.perspective)[:, None, None], inwards, 0.0)
    visible = visible @ g.perspective(square * (1 - leaning))

    kind, box, cells = _lay_out(dice, strength, attacks, whole)
    x0, y0, x1, y1 = box
    aspect = aspect / ((x1 - x0) / (y1 - y0))
    visible = visible @ g.placement(*box)
    # What was put on a page is seldom cut off it again; a messenger trims a little.
    trimmed = _random_box(dice, dice.uniform(0.8, 1), dice.log_uniform(0.9, 1.1))
    canvas = g.window(*_either(happens(0.2 * attacks.crop), trimmed, whole))
    visible = visible @ canvas
    return _Scene(crop @ visible, visible, canvas, aspect, kind, box, cells)


def _lay_out(
    dice: Dice, strength: Tensor, attacks: Attacks, whole: Box
) -> tuple[Tensor, Box, Tensor]:
    """Which page a photo is put on, where, and for a collage the number of its cells."""
    odds = torch.tensor(
        [getattr(attacks, name) for name in _LAYOUTS], device=strength.device
    ).cumsum(0)
    throw = dice.uniform(0, 1) / strength
    kind = torch.searchsorted(odds, throw, right=True)
    kind = torch.where(kind == len(_LAYOUTS), -1, kind)

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
        _either(first, (zero, thin, one, 1 - thin), (thin, zero, 1 - thin, one)),
        _either(first, (zero, thick, one, one), (zero, zero, one, 1 - thick)),
        (zero, thin, one, 1 - below),
        _random_box(dice, area, shape),
        _either(
            (cells == 2) & second,
            (left, zero, left + 0.5, one),
            (torch.where(cells == 4, left, zero), top, half, top + 0.5),
        ),
    )
    box = whole
    for index, candidate in enumerate(boxes):
        box = _either(kind == index, candidate, box)
    return kind, box, cells


def _page(
    dice: Dice, scene: _Scene, points: Tensor, filler: g.MipAtlas, texels_per_pixel: float
) -> Tensor:
    """What is seen where the photo is not: (B, 3, side, side)."""
    side = points.shape[1]
    plain = dice.chance(0.4) | (scene.kind == _SCREENSHOT) | (scene.kind == _CAPTION)
    ink = torch.where(dice.chance(0.5), dice.uniform(0, 0.1), dice.uniform(0.9, 1))
    colour = torch.where(plain[:, None], ink[:, None], dice.colour())
    page = colour[:, :, None, None].repeat(1, 1, side, side)

    other = dice.below(len(filler.texels))
    rows = (scene.kind == _PASTED).nonzero().squeeze(1)
    if len(rows):
        maps = scene.to_canvas[rows]
        magnified = g.magnification(maps) * texels_per_pixel
        page[rows] = filler[other[rows]].sample(g.move(points[rows], maps), magnified)
    rows = (scene.kind == _COLLAGE).nonzero().squeeze(1)
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


def _sprite_maps(
    dice: Dice,
    height: Tensor,
    aspect: Tensor,
    scene: _Scene,
    tilt: Tensor,
    lane: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Somewhere on the canvas, `height` of it high: (B, 3, 3) from the canvas to the sprite.

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


def _draw_over(
    dice: Dice,
    strength: Tensor,
    attacks: Attacks,
    view: Tensor,
    scene: _Scene,
    points: Tensor,
    filler: g.MipAtlas,
    sprites: Sprites,
) -> Tensor:
    """Text, emoji, patches and photos; half of them were on the photo before it was moved."""
    texels_per_pixel = filler.texels.shape[2] / points.shape[1]
    on_page = (scene.kind == _SCREENSHOT) | (scene.kind == _CAPTION)
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

        maps = g.placement(*_random_box(dice, dice.uniform(0.02, 0.16), dice.log_uniform(0.5, 2)))
        colour = dice.colour()[:, :, None, None]
        rows = dice.chance(attacks.patches * less).nonzero().squeeze(1)
        if len(rows):
            mask = g.inside(g.move(points[rows], (maps @ onto)[rows]))
            view[rows] = torch.where(mask, colour[rows], view[rows])

    other = dice.below(len(filler.texels))
    maps = g.placement(*_random_box(dice, dice.uniform(0.08, 0.3), dice.log_uniform(0.6, 1.7)))
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
    """sprites (B, C, h, w) uint8 -> (B, C, side, side) in 0..1, nothing outside."""
    texels = sprites.float() / 255
    return F.grid_sample(texels, g.move(points, maps), align_corners=False)


def _colours(dice: Dice, strength: Tensor, attacks: Attacks, photo: Tensor) -> Tensor:
    """All edits that are linear in the colours, as one map per picture: (B, 4, 4)."""
    maps = torch.eye(4, device=photo.device).repeat(len(photo), 1, 1)

    def then(probability: float, edit: Tensor) -> None:
        nonlocal maps
        happens = dice.chance(probability * strength)[:, None, None]
        maps = torch.where(happens, edit @ maps, maps)

    def around_one(by: float) -> Tensor:
        return dice.uniform(1 - by, 1 + by)

    brightness, contrast, saturation, turn = attacks.jitter_by
    luma = torch.tensor(p.LUMA, device=photo.device)
    mean = photo.mean(dim=(2, 3)) @ luma
    then(attacks.channel_shuffle, p.shuffled_channels(dice.colour().argsort(dim=1)))
    tone = p.brightness_and_contrast(around_one(brightness), around_one(contrast), mean)
    tone = p.hue(dice.uniform(-2 * math.pi * turn, 2 * math.pi * turn)) @ tone
    then(attacks.jitter, p.to_grey(around_one(saturation)) @ tone)
    then(attacks.grey, p.to_grey(torch.zeros_like(strength)))
    dark, light = dice.colour() * 0.6, 1 - dice.colour() * 0.5
    swapped = dice.chance(0.2)[:, None]
    dark, light = torch.where(swapped, light, dark), torch.where(swapped, dark, light)
    then(attacks.duotone, p.duotone(dark, light))
    then(attacks.inversion, p.inverted(len(photo), photo.device))
    return maps


def _degrade(dice: Dice, strength: Tensor, attacks: Attacks, view: Tensor) -> Tensor:
    """What is not linear in the colours, and what costs sharpness; the codec comes last."""

    def hit(probability: float) -> Tensor:
        return dice.chance(probability * strength).nonzero().squeeze(1)

    steps = (2.0 ** (2 + dice.below(2))).to(view.dtype)
    if len(rows := hit(attacks.posterise)):
        view[rows] = p.posterise(view[rows], steps[rows])
    if len(rows := hit(attacks.equalise)):
        view[rows] = p.equalise(view[rows])
    shade = dice.uniform(0.3, 0.8)
    if len(rows := hit(attacks.vignette)):
        view[rows] = p.vignette(view[rows], shade[rows])
    blurred, sharpened = (dice.chance(q * strength) for q in (attacks.blur, attacks.sharpen))
    sigma = torch.where(blurred, dice.uniform(*attacks.blur_sigma), dice.uniform(0.7, 2))
    amount = torch.where(blurred, torch.ones_like(sigma), dice.uniform(-3, -0.5))
    if len(rows := (blurred | sharpened).nonzero().squeeze(1)):
        view[rows] = p.soften(view[rows], sigma[rows], amount[rows])
    loud = dice.uniform(0.03, 0.18)
    if len(rows := hit(attacks.noise)):
        grain = Dice(dice.generator, len(rows)).normal(*view.shape[1:])
        view[rows] = (view[rows] + loud[rows].view(-1, 1, 1, 1) * grain).clamp(0, 1)
    quality = dice.uniform(*attacks.jpeg_quality)
    if len(rows := hit(attacks.jpeg)):
        view[rows] = p.jpeg(view[rows], quality[rows])
    return view
