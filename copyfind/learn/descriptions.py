"""What trained networks say of many pictures: once for all lengths of one network's descriptor.

On a CPU ONNX Runtime describes them, in a quarter of PyTorch's time where a network computes in
whole numbers. That takes a file and its graph, which lie in a temporary folder for as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from copyfind.descriptor.embed import Network
from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.networks import Student
from copyfind.descriptor.weights import Weights, write_weights
from copyfind.errors import TrainingError
from copyfind.learn.measure import descriptors
from copyfind.learn.post import unit
from copyfind.records import Floats

Tensors = Mapping[str, NDArray[Any]]
Describe = Callable[[Tensor], Floats]  # uint8 (N, S, S, 3) on the device: unit rows (N, D)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A network, as it was trained and as a file will hold it, and its unit rows of pictures."""

    weights: Weights  # of the size that pictures were shown in, with the levels of `tensors`
    trained: Tensors
    tensors: Tensors
    training: Floats  # (T, D) of training photos
    photos: Floats  # (N, D) of photos held out
    edits: Floats  # (V * N, D) of edits of these

    def shortened(self, weights: Weights, trained: Tensors) -> Described | None:
        """The same of a network whose descriptor is the beginning of this one's; None of others.

        weights: the shorter one's file. Of the same pictures it says the beginning of each row.
        """
        dim, same = weights.projector_dim, {"architecture", "input_size", "gem_p", "mean", "std"}
        if any(getattr(weights, name) != getattr(self.weights, name) for name in same):
            return None
        if not all(
            name in trained and np.array_equal(trained[name], _begun(name, value, dim))
            for name, value in self.trained.items()
        ):
            return None
        return Described(
            weights=replace(weights, levels=self.weights.levels),
            trained=trained,
            tensors={name: _begun(name, value, dim) for name, value in self.tensors.items()},
            training=unit(self.training[:, :dim]),
            photos=unit(self.photos[:, :dim]),
            edits=unit(self.edits[:, :dim]),
        )


@contextmanager
def describing(
    student: Student, weights: Weights, tensors: Tensors, *, device: torch.device, by_graph: bool
) -> Iterator[Describe]:
    """What describes pictures of `weights.input_size` by a network, nothing following it.

    weights, tensors: what a file of the student would hold. by_graph: by ONNX Runtime, on a CPU.
    Raises TrainingError for rows not finite.
    """
    if not by_graph or device.type != "cpu":
        student = student.to(device)
        yield lambda pictures: unit(descriptors(student, pictures).numpy())
        return
    dim = weights.projector_dim
    card = {**weights.card, "dim": dim, "input_size": weights.input_size, "levels": weights.levels}
    # ONNX Runtime keeps the file open, and Windows deletes none that is.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        plain = write_weights(Path(folder) / "as-trained.safetensors", tensors, card)
        write_graph(plain)
        network = Network(plain, "cpu")
        yield lambda pictures: _finite(network(pictures.numpy()))


def _finite(rows: Floats) -> Floats:
    if not np.isfinite(rows).all():
        raise TrainingError("the network's descriptors are not finite: it has learned nonsense")
    return rows


def _begun(name: str, value: NDArray[Any], dim: int) -> NDArray[Any]:
    """The tensor of a network whose descriptor is shorter."""
    return value[:dim] if name.startswith("proj.") else value
