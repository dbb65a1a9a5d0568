"""A contact sheet of photos and their attacked views, to judge an augmentation by eye."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from copyfind.errors import OutputError
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import Sprites

ROWS = 12  # of a sheet that is looked at on a screen


def contact_sheet(
    pictures: Tensor,
    aspects: Tensor,
    others: Tensor,
    *,
    attacks: Attacks,
    sprites: Sprites,
    views: int = 7,
    side: int = 160,
    seed: int = 0,
) -> Image.Image:
    """Draw a row for each picture: itself, then its views. Shapes are those of `attack`."""
    generator = torch.Generator(pictures.device).manual_seed(seed)
    columns = [clean_view(pictures, side=side)]
    for _ in range(views):
        columns.append(
            attack(
                pictures,
                aspects,
                others,
                side=side,
                attacks=attacks,
                sprites=sprites,
                generator=generator,
            )
        )
    sheet = torch.stack(columns, dim=1)  # (B, 1 + views, side, side, 3)
    return Image.fromarray(sheet.transpose(1, 2).flatten(2, 3).flatten(0, 1).cpu().numpy())


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a contact sheet; OutputError where that fails."""
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: the contact sheet cannot be written ({error})") from None
