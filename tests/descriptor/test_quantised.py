"""A network in whole numbers: the same on every engine, and nearly what was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from copyfind.descriptor.engines import onnx_engine, torch_engine
from copyfind.descriptor.networks import load_student, load_trained
from copyfind.descriptor.quantised import Levels, Quantised
from copyfind.descriptor.weights import Weights, read_tensors, write_weights
from copyfind.errors import WeightsError
from copyfind.records import Floats
from tests.descriptor.conftest import cosines

LAYERS = 49  # of an EfficientNet-Lite0


def normalised(weights: Weights, views: Tensor) -> Tensor:
    return load_student(weights).normalise(views)


def test_both_engines_give_the_same_descriptors_number_for_number(
    small: Weights, views: Tensor
) -> None:
    run = onnx_engine(small)
    assert run is not None

    by_onnx, by_torch = run(views.numpy()), torch_engine(small, "cpu")(views.numpy())

    # Maps are the same; what follows them is in floats, whose last digit may differ.
    assert np.abs(by_onnx - by_torch).max() < 2e-6


def test_it_sees_nearly_what_was_trained(small: Weights, trained: Weights, views: Tensor) -> None:
    before, after = (torch_engine(weights, "cpu")(views.numpy()) for weights in (trained, small))

    assert cosines(before, after).min() > 0.97
    assert cosines(before, after).mean() > 0.99


def test_a_pass_in_halves_changes_nothing(small: Weights, views: Tensor) -> None:
    """As GPUs make it: halves would be no whole numbers."""
    student = load_student(small)
    assert isinstance(student.net, Quantised)
    seen = student.normalise(views)

    with torch.no_grad():
        whole = student.maps(seen)
        with torch.autocast("cpu", torch.bfloat16):
            in_halves = student.maps(seen)

    assert in_halves.dtype == torch.float32
    assert torch.equal(in_halves, whole)


def test_its_weights_are_bytes_of_the_file_alone(small: Weights, trained: Weights) -> None:
    stored = read_tensors(small)

    convolutions = [name for name in stored if name.endswith(".scale")]
    assert len(convolutions) == LAYERS
    for name in convolutions:
        assert stored[name].dtype == np.float32
        assert stored[name.replace(".scale", ".weight")].dtype == np.int8
    assert small.path.stat().st_size < 0.7 * trained.path.stat().st_size


def test_it_can_be_trained_on_in_floats(small: Weights, trained: Weights, views: Tensor) -> None:
    with torch.no_grad():
        before, after = (load_trained(one)(views).numpy() for one in (trained, small))

    assert cosines(before, after).min() > 0.97


def test_a_file_without_a_layers_levels_is_refused(small: Weights) -> None:
    with pytest.raises(WeightsError, match="its tensors do not fit its architecture"):
        load_student(replace(small, levels=small.levels[1:]))
    with pytest.raises(WeightsError, match="its tensors do not fit its architecture"):
        load_student(replace(small, levels=((),) * LAYERS))


def test_a_file_without_a_layers_scale_is_refused(small: Weights, tmp_path: Path) -> None:
    tensors = read_tensors(small)
    del tensors["net.conv_head.scale"]
    spoilt = write_weights(tmp_path / "spoilt.safetensors", tensors, small.card)

    with pytest.raises(WeightsError, match=r"do not fit its architecture .*conv_head.scale"):
        load_student(spoilt)


def test_another_architecture_has_no_levels(small: Weights) -> None:
    other = replace(small, architecture="mobilenet-v3-small")

    with pytest.raises(WeightsError, match="its tensors do not fit its architecture"):
        load_student(other)


reach = st.floats(0, 1000, allow_nan=False)


@given(reach, reach, st.floats(0, 1))
def test_no_value_within_the_span_is_further_than_half_a_step_from_its_level(
    below: float, above: float, at: float
) -> None:
    levels = Levels.spanning(-below, above)
    value = torch.tensor(-below + at * (below + above), dtype=torch.float64)

    found = levels.rounded(value / levels.step) * levels.step

    # 0 is a level itself, so that one end of the span may lie half a step beyond.
    assert abs(float(found - value)) <= levels.step * 1.001
    assert 0 <= levels.zero <= 255
    assert float(levels.rounded(torch.tensor(0.0))) == 0


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_levels_are_whole_numbers_of_a_byte(values: list[float]) -> None:
    levels = Levels(0.5, 100)

    found: Floats = levels.rounded(torch.tensor(values)).numpy()

    assert found.min() >= -100
    assert found.max() <= 155
    assert np.array_equal(found, np.round(found))


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "expected"),
    [
        (224, 3, 2, (0, 1)),
        (224, 3, 1, (1, 1)),
        (7, 5, 2, (2, 2)),
        (8, 5, 2, (1, 2)),
        (9, 1, 1, (0, 0)),
    ],
)
def test_margins_are_those_of_tensorflow(
    side: int, kernel: int, stride: int, expected: tuple[int, int], small: Weights
) -> None:
    net: Any = load_student(small).net

    place = replace(net.layers[0].place, kernel=kernel, stride=stride)

    assert place.margins(side) == expected
