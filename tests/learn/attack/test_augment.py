"""The attacks as a whole: each alone does what it says, together they are repeatable."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from copyfind.errors import OutputError
from copyfind.learn.attack.attacks import SSCD_ADVANCED, Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.preview import contact_sheet, save_sheet
from tests.learn.conftest import draw_pictures

NO_PROBABILITY = {"gentlest", "tilt_degrees"}
EDITS = [
    field.name
    for field in fields(Attacks)
    if isinstance(field.default, float) and field.name not in NO_PROBABILITY
]


def only(**always: float) -> Attacks:
    return Attacks(**{"gentlest": 1.0, **dict.fromkeys(EDITS, 0.0), **always})  # type: ignore[arg-type] # all floats


def attacked(
    pictures: Tensor, attacks: Attacks, sprites: Sprites, *, side: int = 32, seed: int = 0
) -> Tensor:
    return attack(
        pictures,
        torch.full((len(pictures),), 1.5),
        draw_pictures(4, pictures.shape[3], seed=99),
        side=side,
        attacks=attacks,
        sprites=sprites,
        generator=torch.Generator().manual_seed(seed),
    )


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


def test_the_contact_sheet_has_a_row_for_each_picture(sprites: Sprites) -> None:
    pictures = draw_pictures(3, 32)
    sheet = contact_sheet(
        pictures, torch.ones(3), pictures, attacks=Attacks(), sprites=sprites, views=4, side=24
    )
    assert sheet.size == (5 * 24, 3 * 24)
    original = torch.from_numpy(np.asarray(sheet).copy())[:24, :24]
    torch.testing.assert_close(original, clean_view(pictures, side=24)[0])


def test_a_contact_sheet_that_cannot_be_written_says_so(sprites: Sprites) -> None:
    sheet = contact_sheet(
        draw_pictures(1, 32),
        torch.ones(1),
        draw_pictures(1, 32),
        attacks=Attacks(),
        sprites=sprites,
        side=24,
    )
    with pytest.raises(OutputError, match="contact sheet"):
        save_sheet(sheet, Path("/no/such/folder/sheet.png"))
