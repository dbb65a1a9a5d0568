"""Backbone, GeM pooling, projector, L2: the network that turns pictures into descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everyone knows it by

from copyfind.descriptor.architectures import ARCHITECTURES, FEATURE_DIM, Architecture
from copyfind.descriptor.quantised import Quantised, layers_of
from copyfind.descriptor.torchvision_import import import_torchvision
from copyfind.descriptor.weights import Weights, glance_side, read_network, read_tensors
from copyfind.errors import WeightsError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_TOLD = 200  # characters of PyTorch's list of what does not fit


def gem(features: Tensor, *, p: float) -> Tensor:
    """Generalised mean over the map: (mean x^p)^(1/p), (N, C, H, W) -> (N, C). arXiv:1711.02512."""
    return features.clamp(min=1e-6).pow(p).mean(dim=(2, 3)).pow(1.0 / p)


def build_backbone(architecture: Architecture, *, start_weights: bool = False) -> nn.Module:
    """The timm network without what comes after its last feature map.

    start_weights asks timm for ImageNet weights, which it looks up in its cache or online.
    """
    import_torchvision()  # timm imports it, and would die beside a CPU build of torch
    import timm

    # A transformer's positions are stretched to whatever size it is shown.
    options: dict[str, Any] = {"dynamic_img_size": True} if architecture.tokens else {}
    net: nn.Module = timm.create_model(
        architecture.timm_name,
        pretrained=start_weights,
        num_classes=0,
        global_pool="",
        **options,
    )
    # MobileNets keep a wide layer behind the pooling that `forward_features` never reaches.
    if architecture.timm_name.startswith("mobilenet"):
        for unused in ("conv_head", "norm_head", "act2"):
            if hasattr(net, unused):
                setattr(net, unused, nn.Identity())
    return net


def less_negatives(rows: Tensor, negatives: Tensor, *, near: float) -> Tensor:
    """Unit rows (N, D), less what they share with photos that none of them shows, (B, D).

    z - (sum_b p_b b) / (1 + sum_b p_b), p_b = max(0, cos(z, b) - near), then L2. What many photos
    have (a sky, a page of text) counts less then, and what this one alone has counts more.
    Negative embedding subtraction (arXiv:2112.04323) takes the nearest few, each alike; here a
    photo counts by how near it is, so that rounding, which differs between devices, turns nothing.
    """
    pull = F.relu(F.linear(rows, negatives) - near)
    shared = (pull @ negatives) / (1 + pull.sum(dim=1, keepdim=True))
    return F.normalize(rows - shared, dim=1)


def at_a_glance(pictures: Tensor) -> Tensor:
    """The middle of pictures, half as large and mirrored: uint8 (N, S, S, 3) -> (N, G, G, 3).

    G is `glance_side` of S. A mean of four that lies between two whole numbers becomes the even
    one, on every device.
    """
    upright = pictures.permute(0, 3, 1, 2).float()
    half, side = pictures.shape[1] // 2, glance_side(pictures.shape[1])
    middle = slice((half - side) // 2, (half - side) // 2 + side)
    small = F.avg_pool2d(upright, kernel_size=2).round()[:, :, middle, middle].flip(3)
    return small.permute(0, 2, 3, 1).to(torch.uint8)


def joined(rows: Tensor, glances: Tensor, *, glance: float) -> Tensor:
    """Unit rows (N, D) of what is said of pictures, and of the same at a glance, which counts
    `glance` times; of neither does the length matter."""
    return F.normalize(F.normalize(rows, dim=-1) + glance * F.normalize(glances, dim=-1), dim=-1)


class Student(nn.Module):
    """backbone -> GeM -> fc (the feature that distillation compares) -> proj -> L2, and what
    calibration may add to it: -> joined with the same at a glance -> L2 -> whitening -> L2 -> less
    negatives -> L2.

    Takes pictures as they come from decoding, uint8 (N, side, side, 3), and normalises them
    itself, so that training, PyTorch and ONNX Runtime cannot feed it differently.
    """

    input_mean: Tensor
    input_std: Tensor
    post_mean: Tensor | None
    post_matrix: Tensor | None
    negatives: Tensor | None

    def __init__(
        self,
        architecture: str,
        dim: int,
        *,
        gem_p: float = 3.0,
        mean: tuple[float, ...] = IMAGENET_MEAN,
        std: tuple[float, ...] = IMAGENET_STD,
        whitened: int | None = None,
        negatives: int = 0,
        near: float = 1.0,
    ) -> None:
        super().__init__()
        self.architecture = ARCHITECTURES[architecture]
        self.gem_p = gem_p
        self.near = near
        self.glance = 0.0  # how much it counts; none before calibration
        self.net = build_backbone(self.architecture)
        self.fc = nn.Linear(self.architecture.channels, FEATURE_DIM)
        self.proj = nn.Linear(FEATURE_DIM, dim)
        for name, values in (("input_mean", mean), ("input_std", std)):
            scale = 255.0 * torch.tensor(values).view(1, 3, 1, 1)
            self.register_buffer(name, scale, persistent=False)
        self.register_buffer("post_mean", None if whitened is None else torch.zeros(dim))
        self.register_buffer("post_matrix", None if whitened is None else torch.eye(dim, whitened))
        width = dim if whitened is None else whitened
        self.register_buffer("negatives", torch.zeros(negatives, width) if negatives else None)

    def normalise(self, pictures: Tensor) -> Tensor:
        """Pictures as the backbone takes them, with zero mean and unit deviation:
        uint8 (N, H, W, 3), 0..255 -> float (N, 3, H, W)."""
        return (
            pictures.permute(0, 3, 1, 2).to(self.input_mean.dtype) - self.input_mean
        ) / self.input_std

    def features(self, normalised: Tensor) -> Tensor:
        """The feature before the projector, not normalised: (N, 3, H, W) -> (N, 512)."""
        return self.features_of(self.maps(normalised))

    def maps(self, normalised: Tensor) -> Tensor:
        """The last feature map: (N, 3, H, W) -> (N, C, H', W'), or tokens (N, T, C)."""
        return cast(Tensor, self.net.forward_features(normalised))  # type: ignore[operator] # every timm network has it

    def features_of(self, maps: Tensor) -> Tensor:
        """What `features` gives, from the map that `maps` gave: -> (N, 512)."""
        pooled = maps[:, 0] if self.architecture.tokens else gem(maps, p=self.gem_p)
        return cast(Tensor, self.fc(pooled))

    def describe(self, features: Tensor, glance: Tensor | None = None) -> Tensor:
        """Unit descriptors of features, and of those at a glance, if any: (N, 512) -> (N, D)."""
        z = self.proj(features)
        if glance is None:
            z = F.normalize(z, dim=-1)
        else:
            z = joined(z, self.proj(glance), glance=self.glance)
        if self.post_mean is not None and self.post_matrix is not None:
            z = F.normalize((z - self.post_mean) @ self.post_matrix, dim=-1)
        if self.negatives is not None:
            z = less_negatives(z, self.negatives, near=self.near)
        return z

    def forward(self, pictures: Tensor) -> Tensor:
        """Unit descriptors of pictures: uint8 (N, S, S, 3) -> (N, D)."""
        looks = [pictures, at_a_glance(pictures)] if self.glance else [pictures]
        return self.describe(*(self.features(self.normalise(some)) for some in looks))


def load_student(weights: Weights) -> Student:
    """The network of a weights file in PyTorch, in eval mode; in whole numbers if quantised."""
    tensors = read_tensors(weights)
    tensors.pop("background", None)
    for stored, name in (("post.mean", "post_mean"), ("post.matrix", "post_matrix")):
        if stored in tensors:
            tensors[name] = tensors.pop(stored)
    student = _student(
        weights,
        whitened=weights.dim if "post_matrix" in tensors else None,
        negatives=len(tensors.get("negatives", ())),
        near=weights.near,
    )
    student.glance = weights.glance
    if weights.levels:
        put_in_whole_numbers(student, weights, tensors)
        tensors = {key: value for key, value in tensors.items() if not key.startswith("net.")}
    return _filled(student, tensors, weights.path)


def load_trained(weights: Weights, network: Mapping[str, NDArray[Any]] | None = None) -> Student:
    """The network as it was trained, in float32 and eval mode, without what calibration added.

    network: its tensors, where they are others than the file's.
    """
    return _filled(_student(weights), network or read_network(weights), weights.path)


def put_in_whole_numbers(
    student: Student, weights: Weights, tensors: Mapping[str, NDArray[Any]]
) -> None:
    """Let a student's backbone compute in whole numbers, by the levels of `weights`."""
    layers = layers_of(weights, tensors, student.net)
    student.net = Quantised(layers, student.input_mean, student.input_std)


def _student(weights: Weights, **following: Any) -> Student:
    """A network as the file describes it, not yet filled; following: what calibration added."""
    return Student(
        weights.architecture,
        weights.projector_dim,
        gem_p=weights.gem_p,
        mean=weights.mean,
        std=weights.std,
        **following,
    )


def _filled(student: Student, tensors: Mapping[str, NDArray[Any]], path: Path) -> Student:
    state = {
        key: torch.from_numpy(value.astype(np.float32) if value.dtype.kind == "f" else value)
        for key, value in tensors.items()
    }
    try:
        student.load_state_dict(state)
    except RuntimeError as error:
        told = " ".join(str(error).split())  # a line for every tensor
        told = told if len(told) <= _TOLD else told[:_TOLD] + "..."
        raise WeightsError(f"{path}: its tensors do not fit its architecture: {told}") from None
    return student.eval()
