"""A quantised network's graph: whole numbers from the picture to the last map, and no weights."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxruntime
import pytest

from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.weights import Weights, read_weights

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
    assert kinds.count("QLinearConv") == looks * LAYERS
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
