"""Perceptual hashes, and networks in ONNX and TorchScript made up here."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, save
from torch import Tensor, nn

from copyfind.errors import EvaluationError
from copyfind.evaluate.methods import HASHES, load_baseline
from copyfind.records import Pixels

Shape = list[str | int]


def pictures(count: int, side: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def mean_network(path: Path, shape: Shape, kind: int, axes: list[int]) -> Path:
    """An ONNX graph that averages over height and width: (N, 3)."""
    nodes = [
        helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["mean"], axes=axes, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "mean",
        [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [shape[0], 3])],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def normalised_mean(given: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    means: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = given.mean(axis=(1, 2))
    normalised: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (means / 255 - mean) / deviation
    return normalised


@pytest.mark.parametrize(("name", "bits"), [("phash", 64), ("dhash", 64), ("pdq", 256)])
def test_the_cosine_of_hashes_counts_the_bits_that_differ(name: str, bits: int) -> None:
    method = load_baseline(name)
    found = method.describe(pictures(2, method.side))
    assert found.shape == (2, bits)
    assert set(np.unique(found)) == {-1, 1}
    distance = (found[0] != found[1]).sum()
    assert found[0] @ found[1] / bits == 1 - 2 * distance / bits


@pytest.mark.parametrize("name", HASHES)
def test_a_missing_package_of_a_hash_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for package in ("imagehash", "pdqhash"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EvaluationError, match=r"pip install 'copyfind\[train\]'"):
        load_baseline(name)


@pytest.mark.parametrize("batch", ["n", 4])
def test_an_onnx_network_of_bytes_gets_bytes(tmp_path: Path, batch: str | int) -> None:
    path = mean_network(tmp_path / "m.onnx", [batch, "h", "w", 3], TensorProto.UINT8, [1, 2])
    method = load_baseline(str(path), size=16)
    given = pictures(10, 16)  # not a multiple of four
    assert (method.name, method.side) == ("m", 16)
    np.testing.assert_allclose(method.describe(given), given.mean(axis=(1, 2)), rtol=1e-5)


def test_an_onnx_network_of_floats_gets_them_as_imagenet_has_them(tmp_path: Path) -> None:
    path = mean_network(tmp_path / "m.onnx", ["n", 3, 24, 24], TensorProto.FLOAT, [2, 3])
    method = load_baseline(str(path))
    given = pictures(3, 24)
    assert method.side == 24
    np.testing.assert_allclose(method.describe(given), normalised_mean(given), atol=1e-5)
    with pytest.raises(EvaluationError, match="24 px only, not --size 32"):
        load_baseline(str(path), size=32)


def test_a_network_of_any_size_is_asked_at_224(tmp_path: Path) -> None:
    path = mean_network(tmp_path / "m.onnx", ["n", 3, "h", "w"], TensorProto.FLOAT, [2, 3])
    assert load_baseline(str(path)).side == 224


def test_an_onnx_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    gray = mean_network(tmp_path / "gray.onnx", ["n", 1, 8, 8], TensorProto.FLOAT, [2, 3])
    with pytest.raises(EvaluationError, match=r"one input \(N, H, W, 3\)"):
        load_baseline(str(gray))
    (tmp_path / "broken.onnx").write_bytes(b"no such thing")
    with pytest.raises(EvaluationError, match="ONNX Runtime cannot load it"):
        load_baseline(str(tmp_path / "broken.onnx"))


class _MeanOfFloats(nn.Module):
    def forward(self, views: Tensor) -> Tensor:
        return nn.functional.conv2d(views, torch.eye(3)[:, :, None, None]).mean([2, 3])


class _MeanOfBytes(nn.Module):
    def forward(self, views: Tensor) -> Tensor:
        if views.dtype != torch.uint8:
            raise RuntimeError("bytes only")
        return views.float().mean([1, 2])


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # the format is Meta's
def test_torchscript_is_fed_what_it_takes(tmp_path: Path) -> None:
    given = pictures(9, 16)
    for module, expected in (
        (_MeanOfFloats(), normalised_mean(given)),
        (_MeanOfBytes(), given.mean(axis=(1, 2))),
    ):
        path = tmp_path / "module.pt"
        torch.jit.script(module).save(str(path))  # type: ignore[no-untyped-call] # in torch
        method = load_baseline(str(path), size=16)
        np.testing.assert_allclose(method.describe(given), expected, atol=1e-4)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # the format is Meta's
def test_a_torchscript_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    torch.jit.script(nn.Linear(7, 2)).save(str(tmp_path / "linear.pt"))  # type: ignore[no-untyped-call] # in torch
    with pytest.raises(EvaluationError, match="takes neither float"):
        load_baseline(str(tmp_path / "linear.pt"), size=16)
    (tmp_path / "broken.pt").write_bytes(b"no such thing")
    with pytest.raises(EvaluationError, match="not TorchScript"):
        load_baseline(str(tmp_path / "broken.pt"))


def test_an_unknown_baseline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="choose phash, dhash, pdq"):
        load_baseline("ahash")
    with pytest.raises(EvaluationError, match="no such file"):
        load_baseline(str(tmp_path / "missing.onnx"))
