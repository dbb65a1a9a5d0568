"""A trained network in whole numbers, rounded so that its maps stay what they were.

Rounded each to the nearest, weights of 8 bits move the descriptors of a MobileNet far (a cosine of
.991). So they are rounded one after another, and what each loses the next ones make up, as far as
pictures can tell (GPTQ, arXiv:2210.17323); then what the mean of a channel lost goes into its bias
(arXiv:1906.04721). Nothing is trained for it: a minute or two on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everyone knows it by

from copyfind.descriptor.networks import Student
from copyfind.descriptor.quantised import GREY, HIGHEST, Levels, Place, gains_of, places_of
from copyfind.learn.frozen import AT_A_TIME
from copyfind.records import Doubles

# Of a weight in whole numbers. Processors with AVX2 but no VNNI add the products of two neighbours
# in 16 bits, with 255 of a map, and would cut off the sum of larger ones.
_MOST = 64
_LEAST = 1e-9  # of a bias
_DEAD = 1e-7  # a channel that is multiplied by less says nothing but its bias
_RIDGE = 1e-3  # of the mean square of what comes in: the pictures at hand are not all there are
# How much of the span of a map its levels may cover: what lies beyond is cut off, and the rest is
# told more finely.
_SPANS = (1.0, 0.9, 0.8, 0.7, 0.6)
_PARTS = 1023  # of the step of a sum: an odd number


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """The tensors of a backbone in whole numbers, and the levels of its layers."""

    tensors: dict[str, NDArray[Any]]
    levels: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Maps:
    """The same maps, some pictures at a time: as trained, and behind layers in whole numbers."""

    trained: list[Tensor]
    whole: list[Tensor]


@torch.no_grad()
def quantised(student: Student, pictures: Tensor) -> Rounded:
    """Round a student's backbone to whole numbers by some pictures, uint8 (N, S, S, 3).

    64 of 256 pixels take a gigabyte. They should be such as it is to describe, edited ones too.
    """
    tensors: dict[str, NDArray[Any]] = {
        f"net.{name}": value.cpu().numpy().astype(np.float16)
        for name, value in student.net.state_dict().items()
        if value.is_floating_point()
    }
    seen = [some.permute(0, 3, 1, 2).float() - GREY for some in torch.split(pictures, AT_A_TIME)]
    maps, entering = _Maps(seen, seen), 1.0
    kept: dict[int, tuple[_Maps, Levels]] = {}
    rows: list[tuple[float, ...]] = []
    places = places_of(student.net)
    added = {place.adds for place in places}
    # Weights of the first layer are of normalised pictures, and these come as they are.
    normalised = [one.flatten().cpu().numpy() for one in (student.input_mean, student.input_std)]
    for at, place in enumerate(places):
        mean, std = (np.array([GREY]), np.ones(1)) if at else normalised
        maps = _convolution(place, tensors, maps, entering, mean=mean, std=std)
        levels = [_levels_of(maps.whole, is_capped=place.is_capped)]
        if place.adds is not None:
            other, on = kept.pop(place.adds)
            total = _levels_of(_sums(maps.whole, other.whole), is_capped=False)
            levels = _never_between(levels[0], on, total)
            rounded = _on(levels[0], maps.whole)
            maps = _Maps(_sums(maps.trained, other.trained), _sums(rounded, other.whole))
        maps = _Maps(maps.trained, _on(levels[-1], maps.whole))
        if at in added:
            kept[at] = maps, levels[-1]
        rows.append(tuple(float(n) for one in levels for n in (one.step, one.zero)))
        entering = levels[-1].step
    return Rounded(tensors, tuple(rows))


def _convolution(
    place: Place,
    tensors: dict[str, NDArray[Any]],
    maps: _Maps,
    entering: float,
    *,
    mean: Doubles,
    std: Doubles,
) -> _Maps:
    """Write a layer's weights as whole numbers, and what comes out of it, not yet on levels.

    entering: the step of the maps. mean, std: of the channels, by which they were normalised.
    """
    _silence_dead(tensors, place)
    kernel, norm = f"net.{place.conv}", f"net.{place.norm}.bias"
    gain, shift = gains_of(tensors, place)
    factor = (gain[:, None] / std)[:, :, None, None]
    weight = tensors[f"{kernel}.weight"] * factor
    shift = shift + (weight.sum(axis=(2, 3)) * (GREY - mean)).sum(axis=1)
    unit = np.abs(weight).max(axis=(1, 2, 3)) / _MOST
    unit = np.maximum(unit, np.maximum(np.abs(shift), _LEAST) / (entering * HIGHEST))
    unit = unit[:, None, None, None]
    whole = _rounded(weight, unit.ravel(), maps.whole, place)
    tensors[f"{kernel}.weight"] = whole.astype(np.int8)
    tensors[f"{kernel}.scale"] = (unit / factor).astype(np.float32)

    exact, near = (torch.from_numpy(one).float() for one in (weight, whole * unit))
    trained = [place.convolved(some, exact) for some in maps.trained]
    rounded = [place.convolved(some, near) for some in maps.whole]
    bias = tensors[norm].astype(np.float64)
    tensors[norm] = (bias + _means(trained) - _means(rounded)).astype(np.float16)
    mended = shift + tensors[norm] - bias
    return _Maps(_shifted(trained, shift, place), _shifted(rounded, mended, place))


def _silence_dead(tensors: dict[str, NDArray[Any]], place: Place) -> None:
    """Write what is multiplied by nothing as weights of 0: no whole number times 0 is a weight."""
    gain, _ = gains_of(tensors, place)
    dead = np.abs(gain) < _DEAD
    for name, value in (
        (f"{place.conv}.weight", 0),
        (f"{place.norm}.running_mean", 0),
        (f"{place.norm}.weight", 1),
    ):
        tensors[f"net.{name}"][dead] = value


def _rounded(weight: Doubles, unit: Doubles, maps: Sequence[Tensor], place: Place) -> Doubles:
    """Whole numbers (O, I / groups, K, K) of `unit` each, with which a layer gives nearly the same.

    Column after column is rounded, and what that changes in the layer's result is made up by the
    columns that are left, by least squares over what comes in (GPTQ).
    """
    count = len(weight)
    squares = sum(_squares(some, place) for some in maps)
    assert isinstance(squares, Tensor)
    width = squares.shape[-1]
    mean = squares.diagonal(dim1=1, dim2=2).mean(dim=1)
    squares += torch.eye(width) * (_RIDGE * mean[:, None, None] + _LEAST)
    inverse = torch.linalg.cholesky(torch.linalg.inv(squares), upper=True)  # (1 or O, W, W)
    left = torch.from_numpy(weight.reshape(count, width).copy())
    step = torch.from_numpy(unit)
    whole = torch.empty_like(left)
    for at in range(width):
        whole[:, at] = (left[:, at] / step).round().clamp(-_MOST, _MOST)
        lost = (left[:, at] - whole[:, at] * step) / inverse[:, at, at]
        left[:, at:] -= lost[:, None] * inverse[:, at, at:]
    return whole.numpy().reshape(weight.shape)


def _squares(maps: Tensor, place: Place) -> Tensor:
    """Sums of products of what a kernel meets: (1, W, W), or (O, W, W) of a depthwise layer."""
    padded = place.padded(maps)
    count, channels = padded.shape[:2]
    if place.kernel == 1:
        met = padded.transpose(0, 1).reshape(1, channels, -1)
    else:
        met = F.unfold(padded, place.kernel, stride=place.stride)  # (N, C * K * K, L)
        met = met.view(count, place.groups, -1, met.shape[-1])
        met = met.permute(1, 2, 0, 3).flatten(2)
    return torch.bmm(met, met.transpose(1, 2)).double()


def _shifted(maps: Sequence[Tensor], shift: Doubles, place: Place) -> list[Tensor]:
    raised = torch.from_numpy(shift).float()[:, None, None]
    return [F.relu6(some + raised) if place.is_capped else some + raised for some in maps]


def _means(maps: Sequence[Tensor]) -> Doubles:
    """The mean of every channel, (C,)."""
    total = sum(some.double().mean(dim=(2, 3)).sum(dim=0) for some in maps)
    assert isinstance(total, Tensor)
    mean: Doubles = (total / sum(len(some) for some in maps)).numpy()
    return mean


def _sums(some: Sequence[Tensor], others: Sequence[Tensor]) -> list[Tensor]:
    return [a + b for a, b in zip(some, others, strict=True)]


def _levels_of(maps: Sequence[Tensor], *, is_capped: bool) -> Levels:
    """The levels that tell a map best: those of the least mean square of what rounding changes."""
    low = min(0.0, *(float(some.min()) for some in maps))
    high = max(0.0, *(float(some.max()) for some in maps))
    if is_capped:
        return Levels.spanning(low, high)
    tried = [Levels.spanning(span * low, span * high) for span in _SPANS]

    def error(levels: Levels) -> float:
        rounded = zip(maps, _on(levels, maps), strict=True)
        return sum(float(F.mse_loss(some, other)) for some, other in rounded)

    return min(tried, key=error)


def _never_between(one: Levels, other: Levels, total: Levels) -> list[Levels]:
    """The levels of a map and of its sum with another, a little changed so that no sum of two
    levels lies in the middle of two, where the last digit, which differs between machines, decides.

    Both steps become multiples of one part in an odd number of the sum's.
    """
    step = other.step * _PARTS / round(_PARTS * other.step / total.step)
    total = replace(total, step=float(np.float32(step)))
    step = total.step * round(_PARTS * one.step / total.step) / _PARTS
    return [replace(one, step=float(np.float32(step))), total]


def _on(levels: Levels, maps: Sequence[Tensor]) -> list[Tensor]:
    return [levels.rounded(some / levels.step) * levels.step for some in maps]
