"""The backbone of a quantised network as nodes of an ONNX graph.

ONNX tells whole numbers by what they stand for: between any two layers stand QuantizeLinear and
DequantizeLinear, and ONNX Runtime makes one layer in whole numbers of each convolution between
them. A cap (ReLU6) is where the levels end, so no node says it: one between a convolution and
QuantizeLinear would keep both apart, at twice the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
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
        seen = drawn.glance(side)
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


def _means_mirrored(columns: int) -> NDArray[np.int8]:
    """The kernel (3C, 6C, 2, 1), ones and zeros, of which two rows of 2C pixels, channel after
    channel, become C sums of four, from the last one on."""
    of_two = np.tile(np.eye(3, dtype=np.int8), 2)
    of_a_row = np.kron(np.eye(columns, dtype=np.int8)[::-1], of_two)
    return of_a_row[:, :, None, None].repeat(2, axis=2)


class _Drawn:
    """Nodes by what they give, and constants by their names, as they come to be.

    Two passes of one backbone share its weights and levels.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Any] = {}
        self.constants: dict[str, TensorProto] = {}

    def glance(self, side: int) -> str:
        """What `at_a_glance` makes of pictures, uint8 (N, side, side, 3), as (N, 3, G, G).

        Means of four are a convolution in whole numbers, too, of up to sixteen columns at a time as
        so many channels, which also mirrors them: pixel by pixel they would take a twentieth of
        the time of both passes.
        """
        kept = glance_side(side)
        first = 2 * ((side // 2 - kept) // 2)
        columns = math.gcd(kept, 8)  # that are made at a time
        self._slice("pictures", "glance.middle", first, first + 2 * kept, axes=[1, 2])
        self._shaped("glance.middle", "glance.columns", [2 * kept, kept // columns, 6 * columns])
        self.node("Transpose", ["glance.columns"], "glance.channels", perm=[0, 3, 1, 2])
        step, zero = self._levels("glance", Levels(1.0, 0))
        self.node("DequantizeLinear", ["glance.channels", step, zero], "glance.in")
        weight = self._constant("glance.four", _means_mirrored(columns))
        quarter = np.full(3 * columns, 0.25, np.float32)
        taken = ["glance.in", self._of_channels(weight, quarter)]
        self.node("Conv", taken, "glance.mean", kernel_shape=[2, 1], strides=[2, 1])
        self.node("QuantizeLinear", ["glance.mean", step, zero], "glance.pixels")  # to the even one
        self.node("Transpose", ["glance.pixels"], "glance.rows", perm=[0, 2, 3, 1])
        # To before the first, backwards: -1 alone would be the last again.
        last = kept // columns - 1
        self._slice("glance.rows", "glance.mirrored", last, -last - 2, axes=[2], step=-1)
        self._shaped("glance.mirrored", "glance.pictures", [kept, kept, 3])
        self.node("Transpose", ["glance.pictures"], "glance.upright", perm=[0, 3, 1, 2])
        return "glance.upright"

    def _slice(
        self, taken: str, to: str, first: int, end: int, *, axes: Sequence[int], step: int = 1
    ) -> None:
        count = len(axes)
        parts = {"first": [first] * count, "end": [end] * count, "axes": axes, "by": [step] * count}
        bounds = [
            self._constant(f"{to}.{name}", np.array(values, np.int64))
            for name, values in parts.items()
        ]
        self.node("Slice", [taken, *bounds], to)

    def _shaped(self, taken: str, to: str, shape: Sequence[int]) -> None:
        kept = self._constant(f"{to}.shape", np.array([0, *shape], np.int64))  # 0: as many as come
        self.node("Reshape", [taken, kept], to)

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
