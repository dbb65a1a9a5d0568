"""Colours and sharpness as they are thrown for each picture of a batch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from copyfind.learn.attack import photometric as p
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.tone import colour_maps, degrade
from tests.learn.attack.conftest import only
from tests.learn.conftest import draw_pictures

FULL = torch.ones(8)


@pytest.fixture
def photo() -> Tensor:
    return draw_pictures(8, 32).float() / 255


def recoloured(photo: Tensor, attacks: Attacks, strength: Tensor = FULL) -> Tensor:
    dice = Dice(torch.Generator().manual_seed(0), len(photo))
    return p.recolour(photo, colour_maps(dice, strength, attacks, photo))


def degraded(photo: Tensor, attacks: Attacks, strength: Tensor = FULL) -> Tensor:
    dice = Dice(torch.Generator().manual_seed(0), len(photo))
    return degrade(dice, strength, attacks, photo.clone())


def test_without_edits_nothing_changes(photo: Tensor) -> None:
    torch.testing.assert_close(recoloured(photo, only()), photo)
    assert torch.equal(degraded(photo, only()), photo)


def test_a_strength_of_nothing_changes_nothing(photo: Tensor) -> None:
    none, every = torch.zeros(8), Attacks()

    torch.testing.assert_close(recoloured(photo, every, none), photo)
    assert torch.equal(degraded(photo, every, none), photo)


def test_grey_comes_after_all_that_has_colours(photo: Tensor) -> None:
    seen = recoloured(photo, only(channel_shuffle=1.0, jitter=1.0, grey=1.0))

    assert (seen.amax(dim=1) - seen.amin(dim=1)).max() < 1e-4


def test_a_duotone_has_colours_on_one_line(photo: Tensor) -> None:
    flat = recoloured(photo, only(duotone=1.0)).flatten(2)  # (8, 3, P)

    spread = torch.linalg.svdvals(flat - flat.mean(dim=2, keepdim=True))
    assert (spread[:, 1] < 1e-3 * spread[:, 0]).all()


def test_a_veil_brings_all_colours_nearer_to_one(photo: Tensor) -> None:
    seen = recoloured(photo, only(veil=1.0))

    share = seen.flatten(2).std(dim=2) / photo.flatten(2).std(dim=2)  # (8, 3), of what there was
    assert ((share > 0.14) & (share < 0.71)).all()
    torch.testing.assert_close(share[:, 0], share[:, 1])


SHARPNESS = ["posterise", "equalise", "vignette", "blur", "noise", "jpeg", "small_jpeg"]


@pytest.mark.parametrize("edit", SHARPNESS)
def test_what_costs_sharpness_stays_in_range_and_differs_from_picture_to_picture(
    photo: Tensor, edit: str
) -> None:
    same = photo[:1].repeat(8, 1, 1, 1)

    seen = degraded(same, only(**{edit: 1.0}))

    assert 0 <= seen.min() <= seen.max() <= 1
    assert ((seen - same).abs().amax(dim=(1, 2, 3)) > 0.01).all()
    kinds = len({view.numpy().tobytes() for view in seen})
    assert kinds == {"equalise": 1, "posterise": 2}.get(edit, 8)  # 4 or 8 steps; none to throw
