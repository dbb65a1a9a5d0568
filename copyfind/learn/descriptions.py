"""What trained networks say of many pictures: once for all lengths of one network's descriptor.

On a CPU ONNX Runtime describes them, in a sixth of PyTorch's time where a network computes in
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
from copyfind.descriptor.networks import Student, at_a_glance, joined
from copyfind.descriptor.weights import Weights, glance_side, write_weights
from copyfind.errors import TrainingError
from copyfind.learn.measure import descriptors
from copyfind.learn.post import unit
from copyfind.records import Floats

Tensors = Mapping[str, NDArray[Any]]
# Unit rows (N, L, D) of uint8 (N, S, S, 3) on the device: as it is, and, where L is 2, at a glance.
Describe = Callable[[Tensor], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A network, as it was trained and as a file will hold it, and its unit rows of pictures."""

    weights: Weights  # of the size that pictures were shown in, with the levels of `tensors`
    trained: Tensors
    tensors: Tensors
    training: Floats  # (T, L, D) of training photos
    photos: Floats  # (N, L, D) of photos held out
    edits: Floats  # (V * N, L, D) of edits of these

    def shortened(self, weights: Weights, trained: Tensors) -> Described | None:
        """The same of a network whose descriptor is the beginning of this one's; None of others.

        weights: the shorter one's file. Of the same pictures it says the beginning of each row.
        """
        dim = weights.projector_dim
        same = ("architecture", "input_size", "gem_p", "mean", "std", "glance")
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
            training=_unit(self.training[..., :dim]),
            photos=_unit(self.photos[..., :dim]),
            edits=_unit(self.edits[..., :dim]),
        )

    def rows(self, looks: Floats) -> Floats:
        """Unit rows (N, D) of what is said at each look, (N, L, D)."""
        if looks.shape[1] == 1:
            return looks[:, 0]
        whole, glance = torch.from_numpy(looks).unbind(dim=1)
        found: Floats = joined(whole, glance, glance=self.weights.glance).numpy()
        return found


@contextmanager
def describing(
    student: Student, weights: Weights, tensors: Tensors, *, device: torch.device, by_graph: bool
) -> Iterator[Describe]:
    """What describes pictures of `weights.input_size` by a network, nothing following it.

    weights, tensors: what a file of the student would hold. by_graph: by ONNX Runtime, on a CPU.
    Raises TrainingError for rows not finite.
    """
    sides = [weights.input_size, *([glance_side(weights.input_size)] if weights.glance else [])]
    # ONNX Runtime keeps files open, and Windows deletes none that is.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if by_graph and device.type == "cpu":
            networks = [
                _network(weights, tensors, Path(folder) / f"{side}.safetensors", side=side)
                for side in sides
            ]
        else:
            on_device = student.to(device)
            networks = [lambda some: unit(descriptors(on_device, some).numpy())] * len(sides)

        def describe(pictures: Tensor) -> Floats:
            shown = [pictures, at_a_glance(pictures)] if weights.glance else [pictures]
            return np.stack([by(some) for by, some in zip(networks, shown, strict=True)], axis=1)

        yield describe


def _network(weights: Weights, tensors: Tensors, path: Path, *, side: int) -> Describe:
    """A network in a file, which ONNX Runtime runs, for one look at pictures of `side` pixels."""
    one = {"dim": weights.projector_dim, "input_size": side, "glance": 0.0}
    plain = write_weights(path, tensors, {**weights.card, **one, "levels": weights.levels})
    write_graph(plain)
    network = Network(plain, "cpu")
    return lambda pictures: _finite(network(pictures.numpy()))


def _finite(rows: Floats) -> Floats:
    if not np.isfinite(rows).all():
        raise TrainingError("the network's descriptors are not finite: it has learned nonsense")
    return rows


def _unit(looks: Floats) -> Floats:
    """The last axis, each divided by its length."""
    found: Floats = unit(looks.reshape(-1, looks.shape[-1])).reshape(looks.shape)
    return found


def _begun(name: str, value: NDArray[Any], dim: int) -> NDArray[Any]:
    """The tensor of a network whose descriptor is shorter."""
    return value[:dim] if name.startswith("proj.") else value
