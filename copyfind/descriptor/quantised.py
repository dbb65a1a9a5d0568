"""A network in whole numbers: weights of 8 bits, and maps of 256 levels behind every layer.

As Jacob et al. count (arXiv:1712.05877): a layer sums products of whole numbers, multiplies the sum
of each channel by a factor, and rounds to the levels of its result. ONNX Runtime does so in half
the time of floats. PyTorch computes the same with floats that hold whole numbers, which are exact
on every device, also as TensorFloat-32. So all devices give the same maps, number for number.

For networks that are convolutions one after another, each with its BatchNorm, with ReLU6 or
nothing behind it, and sums of two maps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everyone knows it by

from copyfind.descriptor.weights import Weights
from copyfind.errors import WeightsError
from copyfind.records import Doubles, Floats

GREY = 114  # 0 of the pictures, which is what surrounds them: the mean of ImageNet's mean colour
HIGHEST = 2**30  # of a bias: a sum of 32 bits holds it with what is added
_LAST = 255  # of the levels
_OF_LAYER = ("weight", "bias", "factor")  # what PyTorch keeps of each


@dataclass(frozen=True, slots=True)
class Place:
    """Where a convolution stands in a network."""

    conv: str  # the names of the convolution and of its BatchNorm
    norm: str
    kernel: int
    stride: int
    groups: int
    eps: float  # of BatchNorm
    is_capped: bool  # by ReLU6
    adds: int | None = None  # the place whose result is added to this one's

    def margins(self, side: int) -> tuple[int, int]:
        """Rows and columns of 0 before and behind a square map, as TensorFlow's SAME has them."""
        missing = (-(-side // self.stride) - 1) * self.stride + self.kernel - side
        return max(missing, 0) // 2, max(missing, 0) - max(missing, 0) // 2

    def padded(self, maps: Tensor) -> Tensor:
        """Square maps (N, C, S, S) with their margins."""
        before, behind = self.margins(maps.shape[-1])
        return F.pad(maps, (before, behind, before, behind))

    def convolved(self, maps: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Square maps (N, C, S, S) by a kernel (O, C / groups, K, K): (N, O, S', S')."""
        return F.conv2d(self.padded(maps), weight, bias, stride=self.stride, groups=self.groups)


@dataclass(frozen=True, slots=True)
class Levels:
    """What the whole numbers 0 to 255 stand for: (n - zero) * step."""

    step: float
    zero: int

    @classmethod
    def spanning(cls, low: float, high: float) -> Levels:
        """256 levels, 0 among them, from a value of at most 0 to one of at least 0."""
        step = float(np.float32(max(high - low, 1e-6) / _LAST))
        return cls(step, round(-low / step))

    def steps_of(self, other: Levels) -> float:
        """How many steps of these one of other levels is, in float32."""
        return float(np.float32(other.step) / np.float32(self.step))

    def rounded(self, values: Tensor) -> Tensor:
        """Values in steps, as the nearest level (the even one of two), in steps from 0."""
        return values.round().clamp(-self.zero, _LAST - self.zero)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A convolution in whole numbers, its BatchNorm a part of it."""

    place: Place
    weight: NDArray[np.int8]  # (O, I / groups, K, K)
    unit: Floats  # (O,) what 1 of a weight stands for
    bias: NDArray[np.int32]  # (O,) in what 1 of a sum stands for
    entering: float  # the step of what comes in
    result: Levels  # of the convolution
    total: Levels  # of what leaves the layer, with the map that was added

    @property
    def sums(self) -> Floats:
        """What 1 of the sums stands for, (O,)."""
        return self.unit * np.float32(self.entering)


def places_of(net: nn.Module) -> tuple[Place, ...]:
    """The convolutions of timm's EfficientNet-Lite, in the order in which maps pass them."""
    names = {module: name for name, module in net.named_modules()}
    places: list[Place] = []

    def add(holder: Any, conv: str, norm: str) -> None:
        one, other = getattr(holder, conv), getattr(holder, norm)
        places.append(
            Place(
                names[one],
                names[other],
                kernel=one.kernel_size[0],
                stride=one.stride[0],
                groups=one.groups,
                eps=other.eps,
                is_capped=isinstance(other.act, nn.ReLU6),
            )
        )

    add(net, "conv_stem", "bn1")
    for stage in cast("Sequence[Any]", net.blocks):
        for block in stage:
            before = len(places) - 1
            if hasattr(block, "conv_pwl"):
                add(block, "conv_pw", "bn1")
                add(block, "conv_dw", "bn2")
                add(block, "conv_pwl", "bn3")
            else:
                add(block, "conv_dw", "bn1")
                add(block, "conv_pw", "bn2")
            if block.has_skip:
                places[-1] = replace(places[-1], adds=before)
    add(net, "conv_head", "bn2")
    return tuple(places)


def gains_of(tensors: Mapping[str, NDArray[Any]], place: Place) -> tuple[Doubles, Doubles]:
    """What BatchNorm multiplies a convolution's channels by, and adds to them: (O,) float64."""
    scale, shift, mean, variance = (
        tensors[f"net.{place.norm}.{name}"].astype(np.float64)
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    gain = scale / np.sqrt(variance + place.eps)
    return gain, shift - mean * gain


def layers_of(
    weights: Weights, tensors: Mapping[str, NDArray[Any]], net: nn.Module
) -> tuple[Layer, ...]:
    """The layers of a weights file in whole numbers; WeightsError where it has not all of them.

    net: the network that was trained, whose modules say how layers follow each other.
    """
    layers: list[Layer] = []
    try:
        for place, levels in zip(places_of(net), weights.levels, strict=True):
            layers.append(_layer(place, levels, tensors, weights, layers[-1] if layers else None))
    except (AttributeError, IndexError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{weights.path}: its tensors do not fit its architecture and levels ({error})"
        ) from None
    return tuple(layers)


def _layer(
    place: Place,
    levels: Sequence[float],
    tensors: Mapping[str, NDArray[Any]],
    weights: Weights,
    before: Layer | None,
) -> Layer:
    weight, scale = (tensors[f"net.{place.conv}.{name}"] for name in ("weight", "scale"))
    gain, shift = gains_of(tensors, place)
    unit = scale[:, 0, 0, 0].astype(np.float64) * gain
    if before is None:  # weights are of normalised pictures, and these come as they are
        unit = unit / (255 * weights.std[0])
        shift = shift + unit * (weight.sum(axis=(2, 3)) @ (GREY - 255 * np.array(weights.mean)))
    entering = before.total.step if before else 1.0
    bias = np.round(shift / (unit * entering))
    result, *total = (Levels(levels[n], int(levels[n + 1])) for n in range(0, len(levels), 2))
    return Layer(
        place,
        weight,
        unit.astype(np.float32),
        np.clip(bias, -HIGHEST, HIGHEST).astype(np.int32),
        entering,
        result,
        total[0] if total else result,
    )


class Quantised(nn.Module):
    """A backbone in whole numbers, which takes and gives what the trained one does."""

    def __init__(self, layers: Sequence[Layer], mean: Tensor, std: Tensor) -> None:
        """mean, std: (1, 3, 1, 1), by which pictures come normalised."""
        super().__init__()
        self.mean: Tensor
        self.std: Tensor
        self.layers = tuple(layers)
        self.added = {layer.place.adds for layer in layers}
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)
        for at, layer in enumerate(layers):
            factor = (layer.sums / np.float32(layer.result.step))[:, None, None]
            for name, value in zip(_OF_LAYER, (layer.weight, layer.bias, factor), strict=True):
                tensor = torch.from_numpy(np.asarray(value, np.float32))
                self.register_buffer(f"{name}{at}", tensor, persistent=False)

    def forward_features(self, normalised: Tensor) -> Tensor:
        """The last feature map: (N, 3, S, S) -> (N, C, S', S')."""
        with torch.autocast(normalised.device.type, enabled=False):  # halves are no whole numbers
            maps = (normalised.float() * self.std + self.mean).round() - GREY
            kept: dict[int, Tensor] = {}
            for at, layer in enumerate(self.layers):
                maps = self._passed(at, maps)
                if (adds := layer.place.adds) is not None:
                    own = layer.total.steps_of(layer.result)
                    other = layer.total.steps_of(self.layers[adds].total)
                    maps = layer.total.rounded(maps * own + kept.pop(adds) * other)
                if at in self.added:
                    kept[at] = maps
            return maps * self.layers[-1].total.step

    def _passed(self, at: int, maps: Tensor) -> Tensor:
        layer = self.layers[at]
        weight, bias, factor = (
            getattr(self, f"{name}{at}") for name in ("weight", "bias", "factor")
        )
        return layer.result.rounded(layer.place.convolved(maps, weight, bias) * factor)
