"""What `copyfind train` draws instead of training: a preview of views, a bank of sprites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from copyfind.cli.console import emit
from copyfind.errors import OutputError
from copyfind.learn.attack.attacks import EDITS
from copyfind.learn.attack.sprites import draw_sprites, sprites_of
from copyfind.learn.data import find_photos, load_bank
from copyfind.learn.device import Device
from copyfind.learn.preview import ROWS, contact_sheet, save_sheet
from copyfind.learn.recipe_file import Recipes


def draw_bank(path: Path, *, seed: int) -> None:
    """Draw a bank of text and emoji to lay over views, and tell its path on stdout."""
    bank = draw_sprites(seed=seed)
    try:
        bank.save(path)
    except OSError as error:
        raise OutputError(f"{path}: the bank cannot be written ({error})") from None
    emit(f"{path}\n")


def draw_preview(path: Path, sources: Sequence[Path], recipes: Recipes, *, device: Device) -> None:
    """Draw a sheet of photos and of the views that students see, and tell its path on stdout."""
    conditions, seed = recipes.conditions, recipes.distillation.seed
    photos = find_photos(sources)
    wanted = 64 + ROWS  # the others are there to be pasted into
    some = photos[:: max(1, len(photos) // wanted)][:wanted]
    bank = load_bank(some, side=conditions.bank_side).to(device)
    sheet = contact_sheet(
        bank.pictures[:ROWS],
        bank.aspects[:ROWS],
        bank.pictures[ROWS:] if len(bank) > ROWS else bank.pictures,
        attacks=EDITS[conditions.attacks],
        sprites=sprites_of(conditions.sprites, seed=seed).to(device),
        seed=seed,
    )
    save_sheet(sheet, path)
    emit(f"{path}\n")
