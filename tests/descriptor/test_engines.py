"""One network, two engines, any batch, order or number of threads: the same descriptors."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from torch import Tensor

from copyfind.descriptor.embed import choose_device, load_embedder
from copyfind.descriptor.engines import onnx_engine, torch_engine
from copyfind.descriptor.weights import (
    Weights,
)
from copyfind.errors import DeviceError, WeightsError
from copyfind.records import Floats, Pixels
from tests.descriptor.conftest import copied, cosines, with_glance

SAME = 0.999  # cosine


def test_descriptors_are_unit_rows_of_the_declared_width(
    described: Floats, pictures: Pixels, bundled: Weights
) -> None:
    assert described.shape == (len(pictures), bundled.dim)
    assert described.dtype == np.float32
    assert np.allclose(np.linalg.norm(described, axis=1), 1, atol=1e-5)


def test_onnx_runtime_equals_pytorch(described: Floats, pictures: Pixels, bundled: Weights) -> None:
    by_torch = torch_engine(bundled, "cpu")(pictures)

    assert np.abs(by_torch - described).max() < 1e-4


@pytest.mark.parametrize("name", ["trained", "small"], ids=["floats", "whole numbers"])
def test_both_engines_look_twice_alike(
    name: str, request: pytest.FixtureRequest, views: Tensor, tmp_path: Path
) -> None:
    once: Weights = request.getfixturevalue(name)
    twice = with_glance(once, tmp_path / "twice.safetensors")
    run = onnx_engine(twice)
    assert run is not None

    by_runtime, by_torch = run(views.numpy()), torch_engine(twice, "cpu")(views.numpy())

    assert np.abs(by_torch - by_runtime).max() < 1e-4
    assert cosines(by_runtime, torch_engine(once, "cpu")(views.numpy())).max() < 0.999


@pytest.mark.parametrize("size", [1, 3, 64])
def test_the_batch_size_changes_nothing(described: Floats, pictures: Pixels, size: int) -> None:
    embed = load_embedder(device="cpu", batch_size=size)

    assert cosines(embed(pictures), described).min() > SAME


def test_the_order_changes_nothing(described: Floats, pictures: Pixels) -> None:
    order = np.random.default_rng(0).permutation(len(pictures))

    assert cosines(load_embedder(device="cpu")(pictures[order]), described[order]).min() > SAME


@pytest.mark.parametrize("threads", [2, 5])
def test_the_number_of_threads_changes_nothing(
    bundled: Weights, described: Floats, pictures: Pixels, threads: int
) -> None:
    run = onnx_engine(bundled)
    assert run is not None

    with ThreadPoolExecutor(threads) as pool:
        by_threads = np.concatenate(list(pool.map(run, np.array_split(pictures, 2 * threads))))

    assert cosines(by_threads, described).min() > SAME


def test_different_photos_are_told_apart(described: Floats) -> None:
    photos = described[:4]

    between = photos @ photos.T
    assert between[~np.eye(4, dtype=bool)].max() < 0.5


def test_no_pictures_give_no_descriptors(bundled: Weights) -> None:
    embed = load_embedder(device="cpu")

    assert embed(np.empty((0, embed.side, embed.side, 3), np.uint8)).shape == (0, bundled.dim)


def test_a_cpu_takes_onnx_runtime(bundled: Weights) -> None:
    embed = load_embedder(device="cpu")

    assert (embed.running.engine, embed.running.device, embed.id) == (
        "ONNX Runtime",
        "cpu",
        bundled.id,
    )


def test_weights_without_a_graph_run_on_pytorch(
    bundled: Weights, described: Floats, pictures: Pixels, tmp_path: Path
) -> None:
    weights = copied(bundled, tmp_path, graph=False)

    embed = load_embedder(str(weights.path), device="cpu")

    assert embed.running.engine == "PyTorch"
    assert cosines(embed(pictures), described).min() > SAME


def test_the_graph_travels_with_its_weights(
    bundled: Weights, pictures: Pixels, described: Floats, tmp_path: Path
) -> None:
    run = onnx_engine(copied(bundled, tmp_path, graph=True))

    assert run is not None
    assert np.array_equal(run(pictures), described)


def test_of_an_earlier_graph_that_gives_windows_too_the_whole_is_taken(
    bundled: Weights, pictures: Pixels, described: Floats, tmp_path: Path
) -> None:
    weights = copied(bundled, tmp_path, graph=False)
    graph = onnx.load(bundled.graph, load_external_data=False)
    (output,) = graph.graph.output
    for node in graph.graph.node:
        node.output[:] = ["whole" if name == output.name else name for name in node.output]
    graph.graph.initializer.append(numpy_helper.from_array(np.array([1]), "second axis"))
    graph.graph.node.extend(
        [
            helper.make_node("Neg", ["whole"], ["window"]),
            helper.make_node("Unsqueeze", ["whole", "second axis"], ["first"]),
            helper.make_node("Unsqueeze", ["window", "second axis"], ["then"]),
            helper.make_node("Concat", ["first", "then"], [output.name], axis=1),
        ]
    )
    output.type.tensor_type.ClearField("shape")
    weights.graph.write_bytes(graph.SerializeToString())

    run = onnx_engine(weights)

    assert run is not None
    assert np.array_equal(run(pictures), described)


def test_the_graph_of_other_weights_is_not_used(bundled: Weights, other_weights: Weights) -> None:
    shutil.copy(bundled.graph, other_weights.graph)

    assert onnx_engine(other_weights) is None


def test_a_damaged_graph_is_named(bundled: Weights, tmp_path: Path) -> None:
    weights = copied(bundled, tmp_path, graph=False)
    weights.graph.write_bytes(b"no graph at all")

    with pytest.raises(
        WeightsError, match=r"lite0-256\.onnx: ONNX Runtime cannot load it .*PyTorch"
    ):
        onnx_engine(weights)


def test_a_device_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(DeviceError, match="unknown device 'tpu': choose one of auto, cpu, cuda"):
        choose_device("tpu")


def test_the_cpu_is_always_there() -> None:
    assert choose_device("cpu") == "cpu"


@pytest.mark.gpu
def test_a_gpu_gives_the_same_descriptors(described: Floats, pictures: Pixels) -> None:
    embed = load_embedder(device="cuda")

    assert (embed.running.engine, embed.running.device) == ("PyTorch", "cuda")
    assert cosines(embed(pictures), described).min() > SAME
