"""Which colours a view gets, and what costs it sharpness; each picture with its own parameters."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from copyfind.learn.attack import photometric as p
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice


def colour_maps(dice: Dice, strength: Tensor, attacks: Attacks, photo: Tensor) -> Tensor:
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
    dark, light = dice.colour(), dice.colour()
    readable = dice.chance(0.5)[:, None]  # any two colours otherwise, however near each other
    dark, light = (
        torch.where(readable, dark * 0.6, dark),
        torch.where(readable, 1 - light * 0.5, light),
    )
    swapped = dice.chance(0.2)[:, None]
    dark, light = torch.where(swapped, light, dark), torch.where(swapped, dark, light)
    then(attacks.duotone, p.duotone(dark, light))
    ground = torch.where(
        dice.chance(0.7)[:, None], dice.below(2).float()[:, None], dice.colour()
    )  # mostly black or white
    then(attacks.veil, p.veiled(dice.uniform(0.15, 0.7), ground))
    then(attacks.inversion, p.inverted(len(photo), photo.device))
    return maps


def degrade(dice: Dice, strength: Tensor, attacks: Attacks, view: Tensor) -> Tensor:
    """Make the edits that are not linear in the colours, and those that cost sharpness.

    The codec comes last.
    """

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
    if len(rows := hit(attacks.small_jpeg)):
        view[rows] = p.at_half_size(view[rows], lambda half: p.jpeg(half, quality[rows] / 2))
    if len(rows := hit(attacks.jpeg)):
        view[rows] = p.jpeg(view[rows], quality[rows])
    return view
