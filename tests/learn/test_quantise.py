"""Rounding a network: better than each weight for itself, and alike on every machine."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everyone knows it by

from copyfind.descriptor.networks import Student
from copyfind.descriptor.quantised import Levels, Place, gains_of, places_of
from copyfind.learn import quantise
from copyfind.learn.quantise import quantised
from copyfind.records import Doubles
from tests.learn.conftest import draw_pictures

WIDE = Place("conv", "bn", kernel=1, stride=1, groups=1, eps=1e-3, is_capped=False)
DEEP = Place("conv", "bn", kernel=3, stride=1, groups=8, eps=1e-3, is_capped=False)


def smooth_maps(count: int, channels: int, *, seed: int) -> Tensor:
    """Maps whose channels and pixels have much in common, as those of pictures have."""
    torch.manual_seed(7)
    mixed = torch.randn(channels, channels // 4)
    torch.manual_seed(seed)
    coarse = torch.randn(count, channels // 4, 4, 4)
    fine = F.interpolate(coarse, (12, 12), mode="bicubic")
    return torch.einsum("oc,nchw->nohw", mixed, fine) + 0.05 * torch.randn(count, channels, 12, 12)


def error(whole: Doubles, weight: Doubles, unit: Doubles, maps: Tensor, place: Place) -> float:
    """How far what the layer gives is off, in squares."""
    off = torch.from_numpy(weight - whole * unit[:, None, None, None]).float()
    padding = place.kernel // 2
    return float(F.conv2d(maps, off, padding=padding, groups=place.groups).square().mean())


@pytest.mark.parametrize("place", [WIDE, DEEP], ids=["of all channels", "of each channel alone"])
def test_what_one_weight_loses_the_others_make_up(place: Place) -> None:
    seen, others = (smooth_maps(16, 8, seed=seed) for seed in (0, 1))
    chance = np.random.default_rng(0)
    weight = chance.normal(size=(8, 8 // place.groups, place.kernel, place.kernel))
    unit = np.abs(weight).max(axis=(1, 2, 3)) / 15  # coarse: what is made up shows

    whole = quantise._rounded(weight, unit, [seen], place)

    nearest = np.round(weight / unit[:, None, None, None])
    assert np.array_equal(whole, np.round(whole))
    for maps in (seen, others):
        assert error(whole, weight, unit, maps, place) < 0.7 * error(
            nearest, weight, unit, maps, place
        )


@given(st.floats(1e-3, 10), st.floats(1e-3, 10), st.floats(1e-3, 10))
def test_no_sum_of_two_levels_lies_in_the_middle_of_two(
    one: float, other: float, total: float
) -> None:
    """Engines add in another order: there the last digit of a float would decide."""
    given = [Levels(float(np.float32(step)), 100) for step in (one, other, total)]
    if not all(0.02 < step / total < 50 for step in (one, other)):
        return

    first, summed = quantise._never_between(given[0], given[1], given[2])

    assert first.step == pytest.approx(one, rel=0.03)
    assert summed.step == pytest.approx(total, rel=0.03)
    numbers = np.arange(256) - 100
    sums = numbers[:, None] * summed.steps_of(first) + numbers[None, :] * summed.steps_of(given[1])
    within = np.abs(sums) < 256  # beyond it is cut off
    assert np.abs(sums[within] % 1 - 0.5).min() > 1e-4


def test_levels_are_finer_where_few_values_are_large() -> None:
    torch.manual_seed(0)
    maps = torch.randn(16, 8, 64, 64)
    maps[0, 0, 0, 0] = 1.5 * float(maps.max())

    levels = quantise._levels_of([maps], is_capped=False)

    assert levels.step * 255 < 0.95 * float(maps.max() - maps.min())


@pytest.fixture
def student() -> Student:
    torch.manual_seed(0)
    student = Student("efficientnet-lite0", 8).eval()
    with torch.no_grad():  # statistics of pictures, so that maps are of ordinary size
        student.train()
        for seed in range(4):
            student.features(student.normalise(pictures(16, seed=seed)))
    return student.eval()


def pictures(count: int, *, seed: int) -> Tensor:
    return draw_pictures(count, 32, seed=seed).permute(0, 2, 3, 1).contiguous()


def test_a_channel_that_is_multiplied_by_nothing_says_its_bias_alone(student: Student) -> None:
    place = places_of(student.net)[3]
    norm = student.net.get_submodule(place.norm)
    assert isinstance(norm.weight, Tensor)
    with torch.no_grad():
        norm.weight[:5] = 0

    rounded = quantised(student, pictures(4, seed=9))

    assert not rounded.tensors[f"net.{place.conv}.weight"][:5].any()
    gain, shift = gains_of(rounded.tensors, place)
    assert (gain[:5] > 0).all()
    np.testing.assert_allclose(shift[:5], 0, atol=1e-3)
    for name, values in rounded.tensors.items():
        assert np.isfinite(values.astype(np.float64)).all(), name


def test_two_products_fit_into_sixteen_bits(student: Student) -> None:
    """Where a processor adds them so, 255 times two weights would be cut off otherwise."""
    rounded = quantised(student, pictures(4, seed=9))

    weights = [value for value in rounded.tensors.values() if value.dtype == np.int8]
    assert len(weights) == 49
    for weight in weights:
        assert 2 * 255 * int(np.abs(weight.astype(int)).max()) < 2**15


def test_levels_are_those_of_the_layers_with_a_row_more_for_sums(student: Student) -> None:
    rounded = quantised(student, pictures(4, seed=9))

    places = places_of(student.net)
    assert [len(row) for row in rounded.levels] == [4 if p.adds is not None else 2 for p in places]
    for place, row in zip(places, rounded.levels, strict=True):
        step, zero = row[:2]
        assert step > 0
        if place.is_capped:
            assert zero == 0
            assert step <= 6 / 255 * 1.001
