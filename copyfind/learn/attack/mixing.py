"""Mixup and CutMix for a contrastive loss (SSCD, arXiv:2202.10261): views that show two photos."""

from __future__ import annotations

import torch
from torch import Tensor

from copyfind.learn.attack.dice import Dice


def mix(
    views: Tensor, contents: Tensor, *, share: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mix a `share` of the views with another one, half of them by mixup and half by CutMix.

    views (N, S, S, 3) uint8; contents (N,) ids of what they show. Returns new views, and
    contents (N, 2): what a view shows, one id twice where it was left alone. How much each
    photo gets is Beta(2, 2), which is the median of three even throws.
    """
    dice = Dice(generator, len(views))
    partner = dice.uniform(0, 1).argsort()
    throws = torch.stack([dice.uniform(0, 1) for _ in range(3)], dim=1)
    weight = throws.median(dim=1).values  # (N,) share of the view's own photo
    mixed, cut = dice.chance(share), dice.chance(0.5)

    side = views.shape[1]
    edge = (1 - weight).sqrt()  # of the cut box, whose area is what the own photo loses
    left, top = dice.uniform(0, 1) * (1 - edge), dice.uniform(0, 1) * (1 - edge)
    place = (torch.arange(side, device=views.device) + 0.5) / side
    columns = (place >= left[:, None]) & (place < (left + edge)[:, None])  # (N, side)
    rows = (place >= top[:, None]) & (place < (top + edge)[:, None])
    box = (rows[:, :, None] & columns[:, None, :]).float()

    even = (1 - weight)[:, None, None].expand_as(box)
    of_partner = torch.where(cut[:, None, None], box, even) * mixed[:, None, None]
    blended = torch.lerp(views.float(), views[partner].float(), of_partner[..., None])
    theirs = torch.where(mixed, contents[partner], contents)
    return blended.round().to(torch.uint8), torch.stack([contents, theirs], dim=1)
