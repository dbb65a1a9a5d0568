"""The device that a run learns on."""

from __future__ import annotations

import torch

from copyfind.errors import DeviceError

Device = torch.device


def choose_device(name: str) -> Device:
    """auto, cpu, cuda or cuda:N; DeviceError where a GPU is asked for and absent."""
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
    return Device(name)
