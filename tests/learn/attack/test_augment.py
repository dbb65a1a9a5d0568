"""The attacks as a whole: each alone does what it says, together they are repeatable."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from copyfind.learn.attack.attacks import SSCD_ADVANCED, Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import Sprites
from tests.learn.attack.conftest import EDITS, attacked, only
from tests.learn.conftest import draw_pictures


def test_without_edits_a_view_is_the_picture(sprites: Sprites) -> None:
    pictures = draw_pictures(3, 32)
    view = attacked(pictures, only(), sprites)
    assert view.dtype == torch.uint8
    torch.testing.assert_close(view, clean_view(pictures, side=32), atol=1, rtol=0)


def test_a_smaller_view_is_the_shrunken_picture(sprites: Sprites) -> None:
    pictures = draw_pictures(3, 64)
    view, expected = attacked(pictures, only(), sprites), clean_view(pictures, side=32)
    torch.testing.assert_close(view, expected, atol=1, rtol=0)


def test_mirror_and_flip(sprites: Sprites) -> None:
    pictures = draw_pictures(3, 32)
    for edit, axis in (("mirror", 2), ("flip", 1)):
        view = attacked(pictures, only(**{edit: 1.0}), sprites)
        expected = clean_view(pictures, side=32).flip(axis)
        torch.testing.assert_close(view, expected, atol=1, rtol=0)


def test_quarter_turns_are_exact_and_all_three_occur(sprites: Sprites) -> None:
    pictures = draw_pictures(32, 32)
    views = attacked(pictures, only(quarter_turn=1.0), sprites).float()
    clean = clean_view(pictures, side=32).float()
    distance = torch.stack(
        [(views - clean.rot90(k, (1, 2))).abs().amax(dim=(1, 2, 3)) for k in range(4)]
    )
    assert (distance.amin(dim=0) <= 1).all()
    assert set(distance.argmin(dim=0).tolist()) == {1, 2, 3}


# A stretched photo is squeezed to the same square: it shows once the photo is also tilted.
@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit != "stretch"])
def test_every_edit_changes_every_picture_it_hits(edit: str, sprites: Sprites) -> None:
    pictures = draw_pictures(12, 32)
    attacks = only(**{edit: 1.0})
    view = attacked(pictures, attacks, sprites)
    changed = (view.float() - clean_view(pictures, side=32).float()).abs().amax(dim=(1, 2, 3))
    # An overlay may miss a trimmed page, and a layout leaves a quarter of the photo at least.
    assert (changed > 2).float().mean() >= 0.75
    assert (view.float().std(dim=(1, 2, 3)) > 0.5).all()


def test_blocks_show_their_mean_or_one_pixel_of_them(sprites: Sprites) -> None:
    chance = torch.Generator().manual_seed(2)
    noise = torch.randint(0, 2, (32, 1, 64, 64), dtype=torch.uint8, generator=chance) * 255
    attacks = replace(only(pixelate=1.0), pixelate_cells=(0.12, 0.13))
    views = attacked(noise.repeat(1, 3, 1, 1), attacks, sprites, side=64).float()
    spread = views.std(dim=(1, 2, 3))
    assert (spread < 45).sum() > 8  # of 127: the mean of many pixels is nearly grey
    assert (spread > 60).sum() > 8


def test_a_stretched_photo_tilts_differently(sprites: Sprites) -> None:
    pictures = draw_pictures(8, 32)
    tilted = attacked(pictures, only(tilt=1.0), sprites)
    assert not torch.equal(tilted, attacked(pictures, only(tilt=1.0, stretch=1.0), sprites))


def test_the_same_seed_gives_the_same_views_and_another_one_others(sprites: Sprites) -> None:
    pictures = draw_pictures(8, 32)
    first, again, other = (attacked(pictures, Attacks(), sprites, seed=s) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_views_of_one_call_differ_and_come_in_the_order_of_the_pictures(sprites: Sprites) -> None:
    pictures = draw_pictures(3, 32)
    views = attack(
        pictures,
        torch.ones(3),
        pictures,
        side=32,
        attacks=only(mirror=0.5),
        sprites=sprites,
        generator=torch.Generator().manual_seed(4),
        times=8,
    )
    clean = clean_view(pictures, side=32).float().repeat(8, 1, 1, 1)
    mirrored = (views.float() - clean).abs().amax(dim=(1, 2, 3)) > 1
    assert views.shape == (24, 32, 32, 3)
    torch.testing.assert_close(views[mirrored].float(), clean[mirrored].flip(2), atol=1, rtol=0)
    assert 4 < int(mirrored.sum()) < 20


def test_each_picture_of_a_batch_has_its_own_parameters(sprites: Sprites) -> None:
    same = draw_pictures(1, 32).repeat(8, 1, 1, 1)
    views = attacked(same, SSCD_ADVANCED, sprites)
    assert len({view.numpy().tobytes() for view in views}) == 8


def test_a_strength_near_nothing_leaves_pictures_nearly_alone(sprites: Sprites) -> None:
    pictures = draw_pictures(64, 32)
    clean = clean_view(pictures, side=32)
    gentle, harsh = (
        (attacked(pictures, Attacks(gentlest=g), sprites).float() - clean).abs().mean()
        for g in (0.0, 1.0)
    )
    assert gentle < harsh
