"""The device that a run learns on."""

from __future__ import annotations

import ctypes
import platform
from typing import TypeGuard, cast

import torch
from torch import Tensor, nn

from copyfind.errors import DeviceError

Device = torch.device
# M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD of malloc.h, in bytes.
_GLIBC_OPTIONS = {-3: 2**31 - 1, -1: 2**31 - 1, -2: 2**26}


def choose_device(name: str) -> Device:
    """The device called auto, cpu, cuda or cuda:N; DeviceError where such a GPU is absent."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        raise DeviceError(f"unknown device {name!r}: give auto, cpu, cuda or cuda:N")
    if kind == "cuda" and not torch.cuda.is_available():
        raise DeviceError("no CUDA device here: leave out --device, or give --device cpu")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise DeviceError(f"no {name} here: there are {torch.cuda.device_count()} CUDA devices")
    # TensorFloat-32 for matrices, and the fastest convolutions for shapes that do not change.
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    if kind == "cpu":
        _keep_freed_memory()
    return Device(name)


def autocast(device: Device, precision: str) -> torch.autocast:
    """A pass in bfloat16, whose range needs no loss scaling, on accelerators or where asked for."""
    halved = precision == "bfloat16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, torch.bfloat16, enabled=halved)


def spare_strided_depthwise(network: nn.Module) -> None:
    """Keep strided depthwise layers in float32.

    In bfloat16 oneDNN takes 20 times as long for their slopes.
    """
    for module in network.modules():
        if is_depthwise(module) and module.stride != (1, 1):
            kind = type(module)
            module.__class__ = type(f"Single{kind.__name__}", (_SinglePrecision, kind), {})


def is_depthwise(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    """Whether a layer has a kernel for each channel alone."""
    return isinstance(module, nn.Conv2d) and 1 < module.groups == module.in_channels


class _SinglePrecision(nn.Module):
    """A layer that computes in float32. It stands before the layer's own class in the order of
    resolution, so that names of tensors stay."""

    def forward(self, maps: Tensor) -> Tensor:
        if not maps.requires_grad:
            return cast(Tensor, super().forward(maps))
        with torch.autocast(maps.device.type, enabled=False):
            return cast(Tensor, super().forward(maps.float()))


def _keep_freed_memory() -> None:
    """Let glibc keep what is freed instead of giving it back to the system.

    The maps of a step are some hundred megabytes. Asked for anew, every page of them is cleared
    by the kernel first: a step of all stages took 1.6 times as long on two cores. Elsewhere nothing
    is done.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    for option, value in _GLIBC_OPTIONS.items():
        libc.mallopt(option, value)
