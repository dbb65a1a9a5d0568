"""What covers a view from edge to edge, told by what of black and white shows through."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from copyfind.learn.attack import geometric as g
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.dice import Dice
from copyfind.learn.attack.patterns import draw_patterns
from copyfind.learn.attack.sprites import Sprites
from tests.learn.attack.conftest import only

SIDE = 128
VIEWS = 48


def covered(attacks: Attacks, sprites: Sprites, strength: float = 1.0) -> Tensor:
    """How much of each pixel is hidden, whatever the colour over it: (VIEWS, SIDE, SIDE)."""
    seen = []
    for ground in (torch.zeros, torch.ones):
        dice = Dice(torch.Generator().manual_seed(0), VIEWS)
        points = g.pixel_centres(SIDE, torch.full((VIEWS,), float(SIDE)))
        view = ground(VIEWS, 3, SIDE, SIDE)
        of_all = torch.full((VIEWS,), strength)
        seen.append(draw_patterns(dice, of_all, attacks, view, points, sprites))
    black, white = seen
    assert 0 <= black.min() <= white.max() <= 1
    return 1 - (white - black).mean(dim=1)


@pytest.mark.parametrize("pattern", ["stripes", "text_wall"])
def test_a_pattern_reaches_every_part_of_a_view_and_leaves_the_photo_between(
    pattern: str, sprites: Sprites
) -> None:
    seen = covered(only(**{pattern: 1.0}), sprites) > 0.02

    quarters = seen.view(VIEWS, 2, SIDE // 2, 2, SIDE // 2).float().mean(dim=(2, 4))
    assert (quarters > 0).all()
    assert (quarters < 1).all()


def test_stripes_run_in_one_direction(sprites: Sprites) -> None:
    seen = covered(only(stripes=1.0), sprites)

    rows, columns = seen.std(dim=2).amax(dim=1), seen.std(dim=1).amax(dim=1)
    level, upright, oblique = rows < 1e-3, columns < 1e-3, (rows > 1e-3) & (columns > 1e-3)
    assert level.sum() > 4
    assert upright.sum() > 4
    assert oblique.sum() > 4


def test_lines_of_a_wall_of_text_are_apart(sprites: Sprites) -> None:
    seen = covered(only(text_wall=1.0), sprites) > 0.02

    between = ~seen.any(dim=2)  # rows without a letter
    assert (between.sum(dim=1) > 2).float().mean() > 0.5


def test_some_patterns_are_translucent_and_some_are_not(sprites: Sprites) -> None:
    for pattern in ("stripes", "text_wall"):
        most = covered(only(**{pattern: 1.0}), sprites).flatten(1).amax(dim=1)

        assert (most > 0.99).sum() > 12
        assert (most < 0.95).sum() > 12
        assert (most > 0.35).all()


def test_a_strength_of_nothing_covers_nothing(sprites: Sprites) -> None:
    assert not covered(only(stripes=1.0, text_wall=1.0), sprites, strength=0.0).any()
