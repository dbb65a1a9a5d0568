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
from copyfind.descriptor.weights import glance_side
from copyfind.records import Floats


def put_before(model: ModelProto, layers: Sequence[Layer], *, side: int) -> None:
    """Let a graph that takes the last feature map take pictures instead, uint8 (N, S, S, 3).

    A second map that it takes is that of the pictures at a glance (`at_a_glance`).
    """
    maps, *glance = model.graph.input
    drawn = _Drawn()
    drawn.node("Transpose", ["pictures"], "upright", perm=[0, 3, 1, 2])
    drawn.backbone(layers, "upright", side, to=maps.name)
    for one in glance:
        seen = drawn.glance("upright", side)
        drawn.backbone(layers, seen, glance_side(side), to=one.name, prefix="glance.")
    count = maps.type.tensor_type.shape.dim[0].dim_param
    del model.graph.input[:]
    model.graph.input.append(
        helper.make_tensor_value_info("pictures", TensorProto.UINT8, [count, side, side, 3])
    )
    model.graph.initializer.extend(drawn.constants.values())
    nodes = [*drawn.nodes.values(), *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


class _Drawn:
    """Nodes by what they give, and constants by their names, as they come to be.

    Two passes of one backbone share its weights and levels.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Any] = {}
        self.constants: dict[str, TensorProto] = {}

    def glance(self, upright: str, side: int) -> str:
        """What `at_a_glance` makes of pictures, uint8 (N, 3, side, side)."""
        self.node("Cast", [upright], "glance.in", to=TensorProto.FLOAT)
        self.node("AveragePool", ["glance.in"], "glance.mean", kernel_shape=[2, 2], strides=[2, 2])
        self.node("Round", ["glance.mean"], "glance.whole")  # to the even number of two
        self.node("Cast", ["glance.whole"], "glance.pixels", to=TensorProto.UINT8)
        half, kept = side // 2, glance_side(side)
        first = (half - kept) // 2
        # From the last column back to before the first: -1 alone would be the last again.
        parts = {
            "first": [first, first + kept - 1],
            "end": [first + kept, first - 1 - half],
            "axes": [2, 3],
            "steps": [1, -1],
        }
        bounds = [
            self._constant(f"glance.{name}", np.array(values, np.int64))
            for name, values in parts.items()
        ]
        self.node("Slice", ["glance.pixels", *bounds], "glance.upright")
        return "glance.upright"

    def backbone(
        self, layers: Sequence[Layer], upright: str, side: int, *, to: str, prefix: str = ""
    ) -> None:
        """All layers, from pictures uint8 (N, 3, side, side) to the name of the last map.

        prefix: of the names of maps, which no other pass has.
        """
        taken = f"{prefix}seen"
        levels = self._levels("seen", Levels(1.0, GREY))
        self.node("DequantizeLinear", [upright, *levels], taken)
        outputs: list[str] = []
        for layer in layers:
            name = f"net.{layer.place.conv}"
            self._convolution(layer, taken, f"{prefix}{name}.sums", side=side)
            side = -(-side // layer.place.stride)
            taken = self._rounded(f"{name}.sums", f"{name}.result", layer.result, prefix)
            if layer.place.adds is not None:
                added = [taken, outputs[layer.place.adds]]
                self.node("Add", added, f"{prefix}{name}.both")
                taken = self._rounded(f"{name}.both", f"{name}.total", layer.total, prefix)
            outputs.append(taken)
        self.node("Identity", [taken], to)

    def _convolution(self, layer: Layer, taken: str, to: str, *, side: int) -> None:
        place, name = layer.place, f"net.{layer.place.conv}"
        weight = self._constant(f"{name}.weight", layer.weight)
        bias = self._constant(f"{name}.bias", layer.bias)
        before, behind = place.margins(side)
        inputs = [
            taken,
            self._of_channels(weight, layer.unit),
            self._of_channels(bias, layer.sums),
        ]
        self.node(
            "Conv",
            inputs,
            to,
            kernel_shape=[place.kernel] * 2,
            strides=[place.stride] * 2,
            group=place.groups,
            pads=[before, before, behind, behind],
        )

    def _rounded(self, name: str, to: str, levels: Levels, prefix: str) -> str:
        step, zero = self._levels(to, levels)
        name, to = prefix + name, prefix + to
        self.node("QuantizeLinear", [name, step, zero], f"{to}.levels")
        self.node("DequantizeLinear", [f"{to}.levels", step, zero], to)
        return to

    def _levels(self, name: str, levels: Levels) -> tuple[str, str]:
        return (
            self._constant(f"{name}.step", np.float32(levels.step)),
            self._constant(f"{name}.zero", np.uint8(levels.zero)),
        )

    def _of_channels(self, name: str, units: Floats) -> str:
        to, unit = f"{name}.values", self._constant(f"{name}.unit", units)
        self.node("DequantizeLinear", [name, unit], to, axis=0)
        return to

    def _constant(self, name: str, value: Any) -> str:
        self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        """A node that gives `output`."""
        self.nodes[output] = helper.make_node(kind, inputs, [output], **attributes)
