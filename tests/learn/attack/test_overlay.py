"""What is laid over a photo, seen on photos of one colour."""

from __future__ import annotations

import torch
from torch import Tensor

from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack
from copyfind.learn.attack.sprites import Sprites
from tests.learn.attack.conftest import only


def laid_over(attacks: Attacks, sprites: Sprites) -> Tensor:
    """Views of grey photos, with blue ones to lay over them: (24, 32, 32, 3) float."""
    grey = torch.full((24, 3, 32, 32), 128, dtype=torch.uint8)
    blue = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
    blue[:, 2] = 255
    return attack(
        grey,
        torch.ones(24),
        blue,
        side=32,
        attacks=attacks,
        sprites=sprites,
        generator=torch.Generator().manual_seed(0),
    ).float()


def share_changed(views: Tensor) -> Tensor:
    """(24,) how much of each view is not the grey of its photo."""
    return ((views - 128).abs().amax(dim=3) > 2).float().mean(dim=(1, 2))


def test_patches_are_boxes_of_one_colour(sprites: Sprites) -> None:
    views = laid_over(only(patches=1.0), sprites)

    share = share_changed(views)
    assert ((share > 0.01) & (share < 0.5)).all()
    colours = [len(view.reshape(-1, 3).unique(dim=0)) for view in views]
    assert max(colours) <= 4  # the grey, and of three patches one each


def test_another_photo_covers_a_part(sprites: Sprites) -> None:
    views = laid_over(only(photo_overlaid=1.0), sprites)

    blue = (views - torch.tensor([0.0, 0.0, 255.0])).abs().amax(dim=3) < 3
    share = blue.float().mean(dim=(1, 2))
    assert ((share > 0.04) & (share < 0.4)).all()


def test_a_blend_shows_both_photos_everywhere(sprites: Sprites) -> None:
    views = laid_over(only(blend=1.0), sprites)

    assert ((views[..., 0] < 120) & (views[..., 0] > 60)).all()
    assert ((views[..., 2] > 135) & (views[..., 2] < 190)).all()


def test_text_and_emoji_leave_most_of_a_photo_visible(sprites: Sprites) -> None:
    for edit in ("text", "emoji"):
        share = share_changed(laid_over(only(**{edit: 1.0}), sprites))

        assert share.mean() > 0.01
        assert (share < 0.9).all()
