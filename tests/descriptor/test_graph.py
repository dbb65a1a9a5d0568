"""The ONNX graph: written, it gives what the network gives, and holds no weights of its own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from copyfind.descriptor.engines import onnx_engine, torch_engine
from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.weights import Weights, read_tensors, write_weights
from copyfind.records import Floats, Pixels
from tests.descriptor.conftest import copied, cosines


def test_the_graph_holds_no_weights_of_its_own(bundled: Weights) -> None:
    assert bundled.graph.stat().st_size < bundled.path.stat().st_size / 20


@pytest.mark.slow
def test_a_written_graph_gives_what_the_shipped_one_gives(
    bundled: Weights, described: Floats, pictures: Pixels, tmp_path: Path
) -> None:
    weights = copied(bundled, tmp_path, graph=False)

    path = write_graph(weights)

    run = onnx_engine(weights)
    assert run is not None
    assert path == weights.graph
    assert cosines(run(pictures), described).min() > 0.99999
    assert {p.name for p in tmp_path.iterdir()} == {weights.path.name, path.name}


@pytest.mark.slow
def test_what_follows_the_projector_is_part_of_the_graph(
    bundled: Weights, pictures: Pixels, tmp_path: Path
) -> None:
    chance = np.random.default_rng(1)
    negatives = chance.normal(size=(1000, 64)).astype(np.float32)
    added = {
        "post.mean": chance.normal(0, 0.05, bundled.dim).astype(np.float32),
        "post.matrix": chance.normal(0, 0.1, (bundled.dim, 64)).astype(np.float32),
        "negatives": negatives / np.linalg.norm(negatives, axis=1, keepdims=True),
    }
    network = {
        k: v for k, v in read_tensors(bundled).items() if k.startswith(("net", "fc", "proj"))
    }
    card = json.loads(json.dumps(dict(bundled.card))) | {"dim": 64, "near": 0.1}
    weights = write_weights(tmp_path / "more.safetensors", network | added, card)
    plain = write_weights(tmp_path / "plain.safetensors", network | added, card | {"near": 1.0})
    write_graph(weights)

    run = onnx_engine(weights)
    assert run is not None
    by_onnx, by_torch = run(pictures), torch_engine(weights, "cpu")(pictures)
    assert by_onnx.shape == (len(pictures), 64)
    assert np.abs(by_onnx - by_torch).max() < 1e-4
    assert cosines(by_onnx, torch_engine(plain, "cpu")(pictures)).max() < 0.999
    assert weights.graph.stat().st_size < 400_000  # negatives stay in the file of weights
