"""Pictures in, descriptors out: what an embedder is, and copyfind's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np

from copyfind.cores import usable_cores
from copyfind.descriptor.engines import Engine, onnx_engine, torch_engine
from copyfind.descriptor.pytorch import INSTALL, can_run_networks, may_accelerate
from copyfind.descriptor.weights import (
    DEFAULT_MODEL,
    Weights,
    bundled_weights,
    find_weights,
    read_weights,
    weights_with_id,
)
from copyfind.errors import DeviceError, WeightsError
from copyfind.records import Floats, Pixels

DEVICES = ("auto", "cpu", "cuda", "mps")
# On a core 1 to 16 pictures a pass are equally fast; few of them leave no core idle at the end.
CPU_BATCH, FALLBACK_BATCH, ACCELERATOR_BATCH = 2, 8, 128
_UNIT = 1e-3  # by which the length of a row may differ from 1: float16 rounds to half of that


class DescribedBy(Protocol):
    """What there is to know of an embedder whose descriptors are at hand."""

    @property
    def id(self) -> str:
        """What tells its descriptors from all others; every change of them needs another one."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def dim(self) -> int:
        """D, the length of a descriptor."""

    @property
    def side(self) -> int:
        """S, the width in pixels of the squares it takes."""

    @property
    def default_threshold(self) -> float:
        """The cosine from which on two pictures are taken for alike."""


class Embedder(DescribedBy, Protocol):
    """What turns pictures into descriptors: copyfind's own networks, or one of yours.

    It is called with squares, uint8 (N, side, side, 3) in sRGB, upright, their aspect ratio given
    up, and returns unit rows, float32 (N, dim).
    """

    def __call__(self, pictures: Pixels, /) -> Floats:
        """Describe pictures, uint8 (N, S, S, 3), any number of them: unit float32 (N, D)."""


@dataclass(frozen=True, slots=True)
class Running:
    """A network that is loaded, and how it runs."""

    engine: str  # "ONNX Runtime" or "PyTorch"
    device: str
    batch_size: int
    passes: int  # at once, each in a thread
    run: Engine


@dataclass(frozen=True, eq=False)
class Network:
    """A model of copyfind's own, an `Embedder` that loads with its first picture.

    device: one of `DEVICES`. batch_size: pictures in a pass, what suits the engine by default; it
    changes speed, not results. A pickle of it holds no weights, only which they are and where they
    lie. Where it arrives they are loaded anew, with the first picture, and once in a process
    however often it comes. Raises WeightsError and DeviceError when it loads.
    """

    weights: Weights
    device: str = "auto"
    batch_size: int | None = None

    @property
    def id(self) -> str:
        """SHA-256 of the weights file, in hexadecimal digits."""
        return self.weights.id

    @property
    def name(self) -> str:
        """The model's name, from its card."""
        return self.weights.name

    @property
    def dim(self) -> int:
        """The length of a descriptor."""
        return self.weights.dim

    @property
    def side(self) -> int:
        """The width in pixels of the squares it takes."""
        return self.weights.input_size

    @property
    def default_threshold(self) -> float:
        """The cosine from which on two pictures are taken for alike, as its weights say."""
        return self.weights.default_threshold

    @property
    def is_loaded(self) -> bool:
        """Whether the network is in memory: its first picture loads it."""
        return "running" in self.__dict__

    @cached_property
    def running(self) -> Running:
        """The network, loaded when it is first asked for."""
        device = choose_device(self.device)
        weights = weights_with_id(self.id, [self.weights.path, *bundled_weights()])
        if weights is None:
            raise WeightsError(
                f"the weights {self.name} ({self.id[:12]}) are not here: neither bundled nor at "
                f"{self.weights.path}"
            )
        if device == "cpu" and (run := onnx_engine(weights)):
            size = self.batch_size or CPU_BATCH
            return Running("ONNX Runtime", device, size, usable_cores(), run)
        size = self.batch_size or (FALLBACK_BATCH if device == "cpu" else ACCELERATOR_BATCH)
        return Running("PyTorch", device, size, 1, torch_engine(weights, device))

    def __call__(self, pictures: Pixels, /) -> Floats:
        """Describe pictures, uint8 (N, S, S, 3): unit float32 (N, D)."""
        if not len(pictures):
            return np.empty((0, self.dim), np.float32)
        running = self.running
        batches = [
            np.ascontiguousarray(pictures[start : start + running.batch_size])
            for start in range(0, len(pictures), running.batch_size)
        ]
        with ThreadPoolExecutor(running.passes) as threads:
            return np.concatenate(list(threads.map(running.run, batches)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.id, self.weights, self.device, self.batch_size)


@lru_cache(maxsize=4)  # each task that a worker gets brings its own pickle
def _arrived(_id: str, weights: Weights, device: str, batch_size: int | None) -> Network:
    return Network(weights, device, batch_size)


def load_embedder(
    model: str = DEFAULT_MODEL, *, device: str = "auto", batch_size: int | None = None
) -> Network:
    """Load a bundled model by name, or a weights file by path, for a device of `DEVICES`.

    Raises WeightsError or DeviceError.
    """
    network = Network(read_weights(find_weights(model)), device, batch_size)
    _ = network.running
    return network


def descriptors_of(squares: Pixels, embedder: Embedder) -> Floats:
    """What an embedder makes of squares (N, S, S, 3): float32 (N, D).

    Raises ValueError where an embedder of one's own does not give what it says. A row that is not
    finite passes: it is that picture's trouble.
    """
    found = np.asarray(embedder(squares), np.float32)
    expected = (len(squares), embedder.dim)
    if found.shape != expected:
        raise ValueError(f"the embedder {embedder.name} gave {found.shape}, not {expected}")
    lengths = np.linalg.norm(found, axis=1)
    if (np.abs(lengths[np.isfinite(lengths)] - 1) > _UNIT).any():
        raise ValueError(f"the embedder {embedder.name} gave rows that are not of length 1")
    return found


def choose_device(wanted: str) -> str:
    """The device meant by one of `DEVICES`: `auto` takes CUDA, then MPS, then the CPU.

    A CPU build of torch is not even imported, and none need be there. Raises DeviceError."""
    if wanted not in DEVICES:
        raise DeviceError(f"unknown device {wanted!r}: choose one of {', '.join(DEVICES)}")
    if wanted == "cpu" or (wanted == "auto" and not may_accelerate()):
        return "cpu"
    if not can_run_networks():
        raise DeviceError(f"--device {wanted} needs PyTorch: {INSTALL}; or use --device cpu")
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next((name for name, there in available.items() if there), "cpu")
    if not available[wanted]:
        raise DeviceError(f"no {wanted} device on this machine; use --device auto or --device cpu")
    return wanted
