"""The network as an ONNX graph whose weights stay in the safetensors file.

ONNX Runtime is the faster engine on CPUs (docs/decisions.md), but a second file with the same
numbers would double what every user downloads. ONNX lets an initializer point into another file,
by offset and length; safetensors stores tensors as plain bytes at known offsets. So the graph
refers to them there, as float16, and casts: ONNX Runtime folds the casts when it loads.
Writing a graph needs the extra `train`; running one does not.
"""

from __future__ import annotations

import json
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from copyfind.descriptor.networks import Student, at_a_glance, load_student
from copyfind.descriptor.quantised import Quantised
from copyfind.descriptor.weights import GRAPH_WEIGHTS, Weights
from copyfind.whole_file import written_whole

_FOLDED = 64  # numbers; constants up to this size are computed when the graph is written


def write_graph(weights: Weights) -> Path:
    """Write the graph of a weights file beside it, and return its path."""
    import onnx

    student = load_student(weights)
    side = weights.input_size
    pictures = torch.zeros(2, side, side, 3, dtype=torch.uint8)
    if isinstance(student.net, Quantised):
        from copyfind.descriptor.quantised_graph import put_before

        shown = {"maps": pictures}
        if student.glance:
            shown["glance"] = at_a_glance(pictures)
        with torch.no_grad():
            maps = {name: student.maps(student.normalise(some)) for name, some in shown.items()}
        model = _exported(_Head(student), maps)
        put_before(model, student.net.layers, side=side)
    else:
        model = _exported(student, {"pictures": pictures})
    _refer_to(model, weights.path)
    del model.metadata_props[:]
    model.metadata_props.add(key=GRAPH_WEIGHTS, value=weights.id)
    with written_whole(weights.graph) as unfinished:
        unfinished.write_bytes(model.SerializeToString(deterministic=True))
        onnx.checker.check_model(unfinished)
    return weights.graph


class _Head(nn.Module):
    """What follows the last feature map, and that of the same pictures at a glance, if there is."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, maps: Tensor, glance: Tensor | None = None) -> Tensor:
        looks = [maps] if glance is None else [maps, glance]
        return self.student.describe(*(self.student.features_of(some) for some in looks))


def _exported(network: nn.Module, given: Mapping[str, Tensor]) -> Any:
    """The graph of a network as PyTorch writes it, an onnx.ModelProto; given: its inputs."""
    from onnxscript import optimizer

    count = torch.export.Dim("n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        program: Any = torch.onnx.export(
            network,
            tuple(given.values()),
            dynamo=True,
            input_names=list(given),
            output_names=["descriptors"],
            dynamic_shapes=tuple({0: count} for _ in given),
            external_data=False,
            optimize=False,  # it would fold BatchNorm into new weights that no file holds
            verbose=False,
        )
        # What the exporter spells out, shapes of constants above all, has to be folded here: ONNX
        # Runtime sees through it too late to fuse convolutions, at a third of the speed. (Not by
        # `optimize`, which fuses some itself and leaves the new weights under the old names.)
        optimizer.inline(program.model)
        optimizer.fold_constants(program.model, input_size_limit=_FOLDED, output_size_limit=_FOLDED)
        optimizer.remove_unused_nodes(program.model)
    for tensor in list(program.model.graph.initializers.values()):
        tensor.name = tensor.name.removeprefix("student.")
    return program.model_proto


def _refer_to(model: Any, path: Path) -> None:
    """Let every initializer that is a tensor of the file point to it there."""
    from onnx import TensorProto, helper

    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    start = 8 + length
    stored = {"post_mean": "post.mean", "post_matrix": "post.matrix"}
    casts = []
    for tensor in model.graph.initializer:
        entry = header.get(stored.get(tensor.name, tensor.name))
        if entry is None:
            continue  # a constant of the network's arithmetic
        begin, end = entry["data_offsets"]
        for data in ("raw_data", "float_data", "int32_data"):
            tensor.ClearField(data)
        if entry["dtype"] == "F16":
            full, half = tensor.name, f"{tensor.name}.half"
            tensor.name = half
            tensor.data_type = TensorProto.FLOAT16
            casts.append(helper.make_node("Cast", [half], [full], to=TensorProto.FLOAT))
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (
            ("location", path.name),
            ("offset", str(start + begin)),
            ("length", str(end - begin)),
        ):
            tensor.external_data.add(key=key, value=value)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    for node in nodes:
        node.doc_string = ""
        del node.metadata_props[:]
        model.graph.node.append(node)
    del model.graph.value_info[:]
