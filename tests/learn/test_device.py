"""What a device is asked for, and what a CPU is spared."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from copyfind.descriptor.networks import Student
from copyfind.errors import DeviceError
from copyfind.learn.device import (
    autocast,
    choose_device,
    is_depthwise,
    spare_strided_depthwise,
)

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["tpu", "cuda:one", "cpu:x"])
def test_unknown_devices_are_named(name: str) -> None:
    with pytest.raises(DeviceError, match=f"unknown device '{name}'"):
        choose_device(name)


def test_numbers_are_halved_where_it_is_asked_for() -> None:
    network = nn.Linear(4, 4)
    kinds = {}
    for precision in ("auto", "float32", "bfloat16"):
        with autocast(CPU, precision):
            kinds[precision] = network(torch.ones(1, 4)).dtype
    assert kinds == {
        "auto": torch.float32,
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
    }


def test_strided_depthwise_layers_learn_in_single_precision() -> None:
    student = Student("efficientnet-lite0", 8)
    names = list(student.state_dict())
    spare_strided_depthwise(student)
    strided = [m for m in student.modules() if is_depthwise(m) and m.stride != (1, 1)]
    given: list[torch.dtype] = []
    for layer in strided:
        layer.register_forward_hook(lambda _layer, _given, gave: given.append(gave.dtype))
    with autocast(CPU, "bfloat16"):
        maps = student.maps(torch.rand(1, 3, 64, 64))

    assert len(strided) == 4
    assert given == [torch.float32] * 4
    assert maps.dtype == torch.bfloat16
    assert list(student.state_dict()) == names
    assert list(copy.deepcopy(student).state_dict()) == names


def test_where_nothing_is_learned_no_layer_is_spared() -> None:
    whole = Student("efficientnet-lite0", 8)
    spared = copy.deepcopy(whole)
    spare_strided_depthwise(spared)
    views = torch.rand(1, 3, 64, 64)
    with torch.no_grad(), autocast(CPU, "bfloat16"):
        assert torch.equal(spared.maps(views), whole.maps(views))
