"""Random parameters: in their range, and the same for the same seed."""

from __future__ import annotations

import torch

from copyfind.learn.attack.dice import Dice


def dice(size: int = 4000, *, seed: int = 0) -> Dice:
    return Dice(torch.Generator().manual_seed(seed), size)


def test_values_fill_their_range_evenly() -> None:
    value = dice().uniform(-2.0, 6.0)

    assert value.shape == (4000,)
    assert -2 <= value.min() < -1.9
    assert 5.9 < value.max() < 6
    assert abs(float(value.mean()) - 2) < 0.2


def test_every_doubling_has_as_many_values() -> None:
    value = dice().log_uniform(0.5, 8.0)

    octave = value.log2().floor().long() + 1
    counts = torch.bincount(octave, minlength=4)
    assert (counts[:4] > 900).all()


def test_a_chance_may_differ_from_sample_to_sample() -> None:
    odds = torch.tensor([0.0, 1.0]).repeat(2000)

    happened = dice().chance(odds)

    assert torch.equal(happened, odds.bool())
    assert abs(float(dice().chance(0.3).float().mean()) - 0.3) < 0.03


def test_whole_numbers_stay_below_the_end() -> None:
    assert set(dice().below(3).tolist()) == {0, 1, 2}


def test_colours_and_noise_have_a_row_a_sample() -> None:
    assert dice(5).colour().shape == (5, 3)
    noise = dice().normal(2, 3)
    assert noise.shape == (4000, 2, 3)
    assert abs(float(noise.std()) - 1) < 0.05


def test_the_same_seed_throws_the_same() -> None:
    assert torch.equal(dice(seed=1).uniform(0, 1), dice(seed=1).uniform(0, 1))
    assert not torch.equal(dice(seed=1).uniform(0, 1), dice(seed=2).uniform(0, 1))
