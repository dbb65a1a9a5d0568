"""A quantised network's graph: whole numbers from the picture to the last map, and no weights."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxruntime

from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.weights import Weights, read_weights

LAYERS, SUMS = 49, 9  # of an EfficientNet-Lite0


def test_onnx_runtime_makes_one_layer_in_whole_numbers_of_each(
    small: Weights, tmp_path: Path
) -> None:
    """Anything between a convolution and its levels would double the time."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    onnxruntime.InferenceSession(str(small.graph), options, providers=["CPUExecutionProvider"])

    optimised = onnx.load(tmp_path / "optimised.onnx", load_external_data=False)

    kinds = [node.op_type for node in optimised.graph.node]
    assert kinds.count("QLinearConv") == LAYERS
    assert kinds.count("QLinearAdd") == SUMS
    assert "Conv" not in kinds


def test_weights_stay_in_their_file(small: Weights) -> None:
    graph = onnx.load(small.graph, load_external_data=False).graph

    outside = {
        tensor.name
        for tensor in graph.initializer
        if tensor.data_location == onnx.TensorProto.EXTERNAL
    }

    assert sum(name.startswith("net.") for name in outside) == LAYERS
    assert {"fc.weight.half", "proj.weight.half"} <= outside
    assert small.graph.stat().st_size < 400_000


def test_the_graph_is_written_again_to_the_byte(small: Weights, tmp_path: Path) -> None:
    copy = tmp_path / small.path.name
    copy.write_bytes(small.path.read_bytes())

    again = write_graph(read_weights(copy))

    assert again.read_bytes() == small.graph.read_bytes()
