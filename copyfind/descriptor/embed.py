"""Pictures in, descriptors out: chooses model, device and batch size."""

from __future__ import annotations

import importlib.metadata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from copyfind.cores import usable_cores
from copyfind.descriptor.engines import Engine, onnx_engine, torch_engine
from copyfind.descriptor.weights import DEFAULT_MODEL, Weights, find_weights, read_weights
from copyfind.errors import DeviceError
from copyfind.records import Floats, Pixels

DEVICES = ("auto", "cpu", "cuda", "mps")
# On a core 1 to 16 pictures a pass are equally fast; few of them leave no core idle at the end.
CPU_BATCH, FALLBACK_BATCH, ACCELERATOR_BATCH = 2, 8, 128


@dataclass(frozen=True, slots=True)
class Embedder:
    """A loaded network. Call it with pictures; the batch size changes speed, not results."""

    weights: Weights
    device: str
    engine: str  # "ONNX Runtime" or "PyTorch"
    batch_size: int
    passes: int  # at once, each in a thread
    run: Engine

    def __call__(self, pictures: Pixels) -> Floats:
        """uint8 (N, side, side, 3) -> unit float32 (N, R, D); region 0 is the whole."""
        if not len(pictures):
            return np.empty((0, self.weights.regions, self.weights.dim), np.float32)
        batches = [
            np.ascontiguousarray(pictures[start : start + self.batch_size])
            for start in range(0, len(pictures), self.batch_size)
        ]
        with ThreadPoolExecutor(self.passes) as threads:
            return np.concatenate(list(threads.map(self.run, batches)))


def load_embedder(
    model: str = DEFAULT_MODEL, *, device: str = "auto", batch_size: int | None = None
) -> Embedder:
    """Load a bundled model by name, or a weights file by path, for a device of `DEVICES`.

    Raises WeightsError or DeviceError.
    """
    weights = read_weights(find_weights(model))
    chosen = choose_device(device)
    if chosen == "cpu" and (run := onnx_engine(weights)):
        size = batch_size or CPU_BATCH
        return Embedder(weights, chosen, "ONNX Runtime", size, usable_cores(), run)
    size = batch_size or (FALLBACK_BATCH if chosen == "cpu" else ACCELERATOR_BATCH)
    return Embedder(weights, chosen, "PyTorch", size, 1, torch_engine(weights, chosen))


def choose_device(wanted: str) -> str:
    """`auto` takes CUDA, then MPS, then the CPU. A CPU build of torch is not even imported."""
    if wanted not in DEVICES:
        raise DeviceError(f"unknown device {wanted!r}: choose one of {', '.join(DEVICES)}")
    if wanted == "cpu" or (wanted == "auto" and _torch_is_cpu_build()):
        return "cpu"
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next((name for name, there in available.items() if there), "cpu")
    if not available[wanted]:
        raise DeviceError(f"no {wanted} device on this machine; use --device auto or --device cpu")
    return wanted


def _torch_is_cpu_build() -> bool:
    return importlib.metadata.version("torch").endswith("+cpu")
