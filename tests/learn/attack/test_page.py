"""What is seen around a photo: how much of it stays, and what moves with it."""

from __future__ import annotations

import pytest
import torch

from copyfind.learn.attack.augment import attack
from copyfind.learn.attack.sprites import Sprites
from tests.learn.attack.conftest import attacked, only


@pytest.mark.parametrize("edit", ["border", "frame", "letterbox", "caption", "pasted", "collage"])
def test_a_page_around_the_photo_leaves_part_of_it_visible(edit: str, sprites: Sprites) -> None:
    red = torch.zeros(24, 3, 32, 32, dtype=torch.uint8)
    red[:, 0] = 255
    view = attacked(red, only(**{edit: 1.0}), sprites).float()
    visible = ((view[..., 0] > 200) & (view[..., 1] < 60) & (view[..., 2] < 60)).float()
    share = visible.mean(dim=(1, 2))
    assert (share > 0.15).all()
    assert (share < 0.999).float().mean() > 0.5


def test_a_border_moves_with_its_photo(sprites: Sprites) -> None:
    """A photo in a border, pasted into blue ones: red, then one other colour, then blue."""
    red, blue = torch.zeros(2, 24, 3, 64, 64, dtype=torch.uint8)
    red[:, 0] = blue[:, 2] = 255
    view = attack(
        red,
        torch.ones(24),
        blue,
        side=64,
        attacks=only(border=1.0, pasted=1.0),
        sprites=sprites,
        generator=torch.Generator().manual_seed(0),
    ).float()
    is_red = (view - torch.tensor([255.0, 0, 0])).abs().amax(dim=3) < 30
    is_blue = (view - torch.tensor([0, 0, 255.0])).abs().amax(dim=3) < 30
    shares = [part.float().mean(dim=(1, 2)) for part in (is_red, is_blue, ~is_red & ~is_blue)]
    assert all((share > 0.01).float().mean() > 0.9 for share in shares)
    beside = is_red[:, :, 1:] & is_blue[:, :, :-1]
    above = is_red[:, 1:] & is_blue[:, :-1]
    both = (beside.sum(dim=(1, 2)) > 4) & (above.sum(dim=(1, 2)) > 4)
    assert not both.any()  # two sides have a border at least


def test_a_screenshot_stands_on_plain_paper(sprites: Sprites) -> None:
    grey = torch.full((24, 3, 32, 32), 128, dtype=torch.uint8)

    view = attacked(grey, only(screenshot=1.0), sprites).float()

    top = view[:, 0]  # (24, 32, 3): above the photo, unless an emoji or letter lies there
    dark_or_light = ((top < 30) | (top > 225)).all(dim=2).float().mean(dim=1)
    assert (dark_or_light > 0.5).float().mean() > 0.7
