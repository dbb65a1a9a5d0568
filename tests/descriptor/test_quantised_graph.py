"""A quantised network's graph: whole numbers from the picture to the last map, and no weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.networks import at_a_glance
from copyfind.descriptor.quantised import GREY
from copyfind.descriptor.quantised_graph import put_before
from copyfind.descriptor.weights import Weights, read_weights
from copyfind.records import Pixels

LAYERS, SUMS = 49, 9  # of an EfficientNet-Lite0


@pytest.mark.parametrize(("name", "looks"), [("small", 1), ("glancing", 2)])
def test_onnx_runtime_makes_one_layer_in_whole_numbers_of_each(
    name: str, looks: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Anything between a convolution and its levels would double the time."""
    weights: Weights = request.getfixturevalue(name)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    onnxruntime.InferenceSession(str(weights.graph), options, providers=["CPUExecutionProvider"])

    optimised = onnx.load(tmp_path / "optimised.onnx", load_external_data=False)

    kinds = [node.op_type for node in optimised.graph.node]
    assert kinds.count("QLinearConv") == looks * LAYERS + (looks - 1)  # and what a glance sees
    assert kinds.count("QLinearAdd") == looks * SUMS
    assert "Conv" not in kinds


@pytest.mark.parametrize("name", ["small", "glancing"])
def test_weights_stay_in_their_file(name: str, request: pytest.FixtureRequest) -> None:
    weights: Weights = request.getfixturevalue(name)
    graph = onnx.load(weights.graph, load_external_data=False).graph

    outside = {
        tensor.name
        for tensor in graph.initializer
        if tensor.data_location == onnx.TensorProto.EXTERNAL
    }

    assert sum(name.startswith("net.") for name in outside) == LAYERS
    assert {"fc.weight.half", "proj.weight.half"} <= outside
    assert weights.graph.stat().st_size < 400_000


def test_the_graph_is_written_again_to_the_byte(small: Weights, tmp_path: Path) -> None:
    copy = tmp_path / small.path.name
    copy.write_bytes(small.path.read_bytes())

    again = write_graph(read_weights(copy))

    assert again.read_bytes() == small.graph.read_bytes()


@pytest.mark.parametrize("side", [32, 50, 64, 66, 72, 160, 224, 288])
def test_a_glance_sees_the_same_pixels_on_both_engines(side: int) -> None:
    pictures = np.random.default_rng(side).integers(0, 256, (2, side, side, 3), dtype=np.uint8)

    seen = at_a_glance(torch.from_numpy(pictures)).numpy()

    assert np.array_equal(glances(pictures), seen)


def glances(pictures: Pixels) -> Pixels:
    """What a graph whose network has no layers makes of pictures (N, S, S, 3) at a glance."""
    looks = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3, None, None])
        for name in ("maps", "glance")
    ]
    seen = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 3, None, None])
    last = helper.make_node("Identity", ["glance"], ["out"])
    graph = helper.make_graph([last], "glances", looks, [seen])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    put_before(model, [], side=pictures.shape[1])
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (values,) = session.run(["out"], {"pictures": pictures})
    return np.asarray(values.transpose(0, 2, 3, 1) + GREY, np.uint8)
