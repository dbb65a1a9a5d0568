"""The bundled weights, and pictures to describe."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from copyfind.descriptor.engines import onnx_engine
from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.networks import load_trained
from copyfind.descriptor.weights import (
    Weights,
    find_weights,
    read_network,
    read_tensors,
    read_weights,
    write_weights,
)
from copyfind.learn.quantise import quantised
from copyfind.records import Floats, Pixels
from tests.photos import photo


@pytest.fixture(scope="session")
def bundled() -> Weights:
    """The default model."""
    return read_weights(find_weights())


@pytest.fixture
def other_weights(bundled: Weights, tmp_path: Path) -> Weights:
    """The same network with one number of the card changed: other weights."""
    card = {**bundled.card, "default_threshold": 0.512}
    return write_weights(tmp_path / bundled.path.name, read_tensors(bundled), card)


@pytest.fixture(scope="session")
def pictures(bundled: Weights) -> Pixels:
    """(10, side, side, 3): photos, their mirror images, and one that is black."""
    size = (bundled.input_size, bundled.input_size)
    names = ("coffee", "chelsea", "astronaut", "rocket")
    photos = [np.asarray(photo(name, size=size)) for name in names]
    mirrored = [pixels[:, ::-1] for pixels in photos]
    grey = photos[0].mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    return np.stack([*photos, *mirrored, grey, np.zeros_like(grey)])


@pytest.fixture(scope="session")
def described(bundled: Weights, pictures: Pixels) -> Floats:
    """The descriptors of all pictures by ONNX Runtime, in one pass."""
    run = onnx_engine(bundled)
    assert run is not None
    return run(pictures)


@pytest.fixture(scope="session")
def trained(bundled: Weights, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """The bundled network as it was trained: in floats, fed small squares, and only once."""
    card = {
        **bundled.card,
        "levels": (),
        "input_size": 64,
        "glance": 0.0,
        "near": 1.0,
        "dim": bundled.projector_dim,
    }
    path = tmp_path_factory.mktemp("trained") / "trained.safetensors"
    return write_weights(path, read_network(bundled), card)


@pytest.fixture(scope="session")
def small(trained: Weights) -> Weights:
    """The same in whole numbers, by six pictures, with its graph."""
    rounded = quantised(load_trained(trained), squares(("astronaut", "coffee", "temple")))
    weights = write_weights(
        trained.path.with_name("small.safetensors"),
        read_network(trained) | rounded.tensors,
        {**trained.card, "levels": rounded.levels},
    )
    write_graph(weights)
    return weights


@pytest.fixture(scope="session")
def glancing(small: Weights) -> Weights:
    """The same network in whole numbers, which looks at pictures twice."""
    return with_glance(small, small.path.with_name("glancing.safetensors"))


@pytest.fixture(scope="session")
def views() -> Tensor:
    """(6, 64, 64, 3) uint8: pictures that nothing was rounded by."""
    return squares(("chelsea", "rocket", "flower"))


def with_glance(weights: Weights, path: Path) -> Weights:
    """A network that looks at pictures at a glance, too, with its graph."""
    card = {**weights.card, "glance": 0.5}
    looking_twice = write_weights(path, read_tensors(weights), card)
    write_graph(looking_twice)
    return looking_twice


def squares(names: tuple[str, ...]) -> Tensor:
    """Photos and their mirror images."""
    photos = [np.asarray(photo(name, size=(64, 64))) for name in names]
    return torch.from_numpy(np.stack([*photos, *(pixels[:, ::-1] for pixels in photos)]))


def cosines(some: Floats, others: Floats) -> Floats:
    """The cosine of each row of the one with the same row of the other."""
    return np.asarray((some * others).sum(axis=1), np.float32)


def copied(bundled: Weights, folder: Path, *, graph: bool) -> Weights:
    """The bundled weights elsewhere, with their graph or without."""
    path = folder / bundled.path.name
    shutil.copy(bundled.path, path)
    if graph:
        shutil.copy(bundled.graph, path.with_suffix(".onnx"))
    return read_weights(path)
