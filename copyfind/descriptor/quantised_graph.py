"""The backbone of a quantised network as nodes of an ONNX graph.

ONNX tells whole numbers by what they stand for: between any two layers stand QuantizeLinear and
DequantizeLinear, and ONNX Runtime makes one layer in whole numbers of each convolution between
them. A cap (ReLU6) is where the levels end, so no node says it: one between a convolution and
QuantizeLinear would keep both apart, at twice the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from copyfind.descriptor.quantised import GREY, Layer, Levels
from copyfind.records import Floats


def put_before(model: ModelProto, layers: Sequence[Layer], *, side: int) -> None:
    """Let a graph that takes the last feature map take pictures instead, uint8 (N, S, S, 3)."""
    (maps,) = model.graph.input
    drawn = _Drawn(side)
    drawn.backbone(layers, to=maps.name)
    count = maps.type.tensor_type.shape.dim[0].dim_param
    del model.graph.input[:]
    model.graph.input.append(
        helper.make_tensor_value_info("pictures", TensorProto.UINT8, [count, side, side, 3])
    )
    model.graph.initializer.extend(drawn.constants)
    nodes = [*drawn.nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


class _Drawn:
    """Nodes and constants, as they come to be."""

    def __init__(self, side: int) -> None:
        self.nodes: list[Any] = []
        self.constants: list[TensorProto] = []
        self._side = side

    def backbone(self, layers: Sequence[Layer], *, to: str) -> None:
        """All layers, from `pictures` to the name of the last map."""
        self._node("Transpose", ["pictures"], "upright", perm=[0, 3, 1, 2])
        taken = "seen"
        self._node("DequantizeLinear", ["upright", *self._levels(taken, Levels(1.0, GREY))], taken)
        outputs: list[str] = []
        for layer in layers:
            name = f"net.{layer.place.conv}"
            self._convolution(layer, taken, f"{name}.sums")
            taken = self._rounded(f"{name}.sums", f"{name}.result", layer.result)
            if layer.place.adds is not None:
                self._node("Add", [taken, outputs[layer.place.adds]], f"{name}.both")
                taken = self._rounded(f"{name}.both", f"{name}.total", layer.total)
            outputs.append(taken)
        self._node("Identity", [taken], to)

    def _convolution(self, layer: Layer, taken: str, to: str) -> None:
        place, name = layer.place, f"net.{layer.place.conv}"
        weight = self._constant(f"{name}.weight", layer.weight)
        bias = self._constant(f"{name}.bias", layer.bias)
        before, behind = place.margins(self._side)
        self._side = -(-self._side // place.stride)
        inputs = [
            taken,
            self._of_channels(weight, layer.unit),
            self._of_channels(bias, layer.sums),
        ]
        self._node(
            "Conv",
            inputs,
            to,
            kernel_shape=[place.kernel] * 2,
            strides=[place.stride] * 2,
            group=place.groups,
            pads=[before, before, behind, behind],
        )

    def _rounded(self, name: str, to: str, levels: Levels) -> str:
        step, zero = self._levels(to, levels)
        self._node("QuantizeLinear", [name, step, zero], f"{to}.levels")
        self._node("DequantizeLinear", [f"{to}.levels", step, zero], to)
        return to

    def _levels(self, name: str, levels: Levels) -> tuple[str, str]:
        return (
            self._constant(f"{name}.step", np.float32(levels.step)),
            self._constant(f"{name}.zero", np.uint8(levels.zero)),
        )

    def _of_channels(self, name: str, units: Floats) -> str:
        to, unit = f"{name}.values", self._constant(f"{name}.unit", units)
        self._node("DequantizeLinear", [name, unit], to, axis=0)
        return to

    def _constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
