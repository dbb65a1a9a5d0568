"""The device that a run learns on, and the memory that it may lack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from copyfind.errors import DeviceError, TrainingError

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


@contextmanager
def enough_memory() -> Iterator[None]:
    """Turns what torch raises where memory runs out into a TrainingError."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        told = str(error)
        lacking = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not lacking and "can't allocate memory" not in told and "not enough memory" not in told:
            raise
        reason = told.strip().splitlines()[0] if told.strip() else "none left"
        raise TrainingError(
            "too little memory: smaller batches, sides, queue or --memory need less;"
            f" the last good checkpoint is kept ({reason})"
        ) from None
