"""A weights file is checked before it is trusted, and refused with a reason."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from copyfind.descriptor.networks import load_student
from copyfind.descriptor.weights import (
    DEFAULT_MODEL,
    FORMAT_VERSION,
    Weights,
    bundled_weights,
    find_weights,
    read_network,
    read_tensors,
    read_weights,
    write_weights,
)
from copyfind.errors import WeightsError

Tensors = dict[str, NDArray[Any]]


@pytest.fixture
def card(bundled: Weights) -> dict[str, Any]:
    """A card that is in order, to be spoilt."""
    spoilable: dict[str, Any] = json.loads(json.dumps(dict(bundled.card)))
    return spoilable | {"dim": 128, "projector_dim": 128}


@pytest.fixture
def tensors() -> Tensors:
    """The tensors that are checked when a file is read, none of the network's."""
    shapes = {
        "fc.weight": (512, 1280),
        "fc.bias": (512,),
        "proj.weight": (128, 512),
        "proj.bias": (128,),
    }
    return {name: np.zeros(shape, np.float16) for name, shape in shapes.items()}


Refused = Callable[[dict[str, Any], Tensors], str]


@pytest.fixture
def refusal(tmp_path: Path) -> Refused:
    """Why a file with this card and these tensors is refused."""

    def reason(card: dict[str, Any], tensors: Tensors) -> str:
        path = tmp_path / "spoilt.safetensors"
        save_file(tensors, path, metadata={"copyfind": json.dumps(card)})
        with pytest.raises(WeightsError) as refused:
            read_weights(path)
        assert str(refused.value).startswith(f"{path}: ")
        return str(refused.value).removeprefix(f"{path}: ")

    return reason


def test_the_default_is_bundled_and_in_order(bundled: Weights) -> None:
    assert find_weights() in bundled_weights()
    assert (bundled.name, bundled.dim, bundled.input_size) == (DEFAULT_MODEL, 256, 288)
    assert bundled.thresholds.p90 < bundled.thresholds.p99 < bundled.thresholds.p999
    assert bundled.default_threshold == bundled.thresholds.p999


def test_its_card_says_where_it_comes_from(bundled: Weights) -> None:
    assert bundled.card["licence"] == "MIT"
    assert "sscd" in json.dumps(bundled.card["teacher"]).lower()


def test_the_id_is_the_hash_of_the_file(bundled: Weights) -> None:
    assert bundled.id == hashlib.sha256(bundled.path.read_bytes()).hexdigest()


def test_a_file_is_found_by_its_path(bundled: Weights, tmp_path: Path) -> None:
    mine = tmp_path / "mine.safetensors"
    shutil.copy(bundled.path, mine)

    assert find_weights(str(mine)) == mine


def test_a_name_that_is_neither_bundled_nor_a_file_is_refused_with_those_that_are() -> None:
    with pytest.raises(WeightsError) as refused:
        find_weights("resnet")

    assert str(refused.value) == (
        "no model 'resnet': neither a file nor bundled (there are: lite0-128, lite0-256)"
    )


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.safetensors: no such weights file"):
        read_weights(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("kept", [0, 5, 100, 10_000, 8_000_000])
def test_a_file_that_was_cut_off_is_refused(bundled: Weights, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(bundled.path.read_bytes()[:kept])

    with pytest.raises(WeightsError, match=r"cut\.safetensors: not a readable weights file \("):
        read_weights(path)


def test_a_file_without_a_card_is_refused(tmp_path: Path, tensors: Tensors) -> None:
    path = tmp_path / "other.safetensors"
    save_file(tensors, path)

    with pytest.raises(WeightsError, match=r"not a copyfind weights file: .* no model card"):
        read_weights(path)


def test_a_file_of_a_newer_copyfind_is_refused(
    refusal: Refused, card: dict[str, Any], tensors: Tensors
) -> None:
    reason = refusal(card | {"format_version": FORMAT_VERSION + 1}, tensors)

    assert reason == "made for a newer copyfind; update copyfind to use it"


def test_an_unknown_network_is_refused_with_those_that_are_known(
    refusal: Refused, card: dict[str, Any], tensors: Tensors
) -> None:
    reason = refusal(card | {"architecture": "alexnet"}, tensors)

    assert reason.startswith("unknown architecture 'alexnet'; this copyfind knows ")
    assert "efficientnet-lite0, efficientnet-b0" in reason


@pytest.mark.parametrize(
    "key",
    ["name", "architecture", "dim", "input_size", "gem_p", "mean", "thresholds", "format_version"],
)
def test_a_card_that_lacks_something_is_refused(
    refusal: Refused, card: dict[str, Any], tensors: Tensors, key: str
) -> None:
    del card[key]

    assert refusal(card, tensors) == f"its model card is incomplete or malformed ('{key}')"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"dim": "many"},
        {"mean": 5},
        {"thresholds": {"p90": 0.6}},
        {"format_version": "one"},
        {"default_threshold": None},
    ],
)
def test_a_card_that_makes_no_sense_is_refused(
    refusal: Refused, card: dict[str, Any], tensors: Tensors, spoilt: dict[str, Any]
) -> None:
    assert refusal(card | spoilt, tensors).startswith("its model card is incomplete or malformed (")


@pytest.mark.parametrize("text", ["not JSON", "[1, 2]", '"text"', "null"])
def test_a_card_that_is_none_is_refused(tmp_path: Path, tensors: Tensors, text: str) -> None:
    path = tmp_path / "spoilt.safetensors"
    save_file(tensors, path, metadata={"copyfind": text})

    with pytest.raises(WeightsError, match="its model card is incomplete or malformed"):
        read_weights(path)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("fc.weight", (512, 960)), ("fc.bias", (511,)), ("proj.weight", (64, 512)), ("proj.bias", ())],
)
def test_a_tensor_of_another_shape_is_refused(
    refusal: Refused,
    card: dict[str, Any],
    tensors: Tensors,
    name: str,
    shape: tuple[int, ...],
) -> None:
    expected = tensors[name].shape

    reason = refusal(card, tensors | {name: np.zeros(shape, np.float16)})

    assert reason == f"tensor {name} is of shape {shape}, expected {expected}"


def test_a_tensor_that_is_missing_is_refused(
    refusal: Refused, card: dict[str, Any], tensors: Tensors
) -> None:
    del tensors["proj.weight"]

    assert refusal(card, tensors) == "tensor proj.weight is missing, expected (128, 512)"


def test_whitening_to_fewer_numbers_needs_its_matrix(
    refusal: Refused, card: dict[str, Any], tensors: Tensors
) -> None:
    reason = refusal(card | {"dim": 64, "projector_dim": 128}, tensors)

    assert reason == "tensor post.mean is missing, expected (128,)"


@pytest.mark.parametrize("name", ["background", "negatives"])
def test_descriptors_of_another_width_are_refused(
    refusal: Refused, card: dict[str, Any], tensors: Tensors, name: str
) -> None:
    reason = refusal(card, tensors | {name: np.zeros((10, 64), np.float16)})

    assert reason == f"{name} has shape (10, 64), not (B, 128)"


def test_tensors_of_another_network_are_refused_on_one_line(
    tmp_path: Path, card: dict[str, Any], tensors: Tensors
) -> None:
    weights = write_weights(tmp_path / "empty.safetensors", tensors, card)

    with pytest.raises(WeightsError, match="its tensors do not fit its architecture") as refused:
        load_student(weights)

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_what_is_written_is_read_back(
    tmp_path: Path, card: dict[str, Any], tensors: Tensors
) -> None:
    tensors["fc.bias"] = np.linspace(0, 1, 512, dtype=np.float32)
    tensors["net.bn1.num_batches_tracked"] = np.array(7, np.int64)

    weights = write_weights(tmp_path / "new.safetensors", tensors, card | {"name": "new"})

    stored = read_tensors(weights)
    assert (weights.name, weights.dim) == ("new", 128)
    assert stored.keys() == tensors.keys()
    assert stored["fc.bias"].dtype == np.float16
    assert stored["net.bn1.num_batches_tracked"] == 7
    assert np.allclose(stored["fc.bias"], tensors["fc.bias"], atol=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["new.safetensors"]


def test_whole_numbers_and_their_scales_are_kept_as_they_are(
    tmp_path: Path, card: dict[str, Any], tensors: Tensors
) -> None:
    tensors["net.conv_stem.weight"] = np.array([[[[-127]]], [[[5]]]], np.int8)
    tensors["net.conv_stem.scale"] = np.array([[[[3e-7]]], [[[-2e-9]]]], np.float32)

    weights = write_weights(tmp_path / "new.safetensors", tensors, card | {"levels": [[0.5, 3]]})

    stored, trained = read_tensors(weights), read_network(weights)
    assert weights.levels == ((0.5, 3.0),)
    assert stored["net.conv_stem.weight"].dtype == np.int8
    np.testing.assert_array_equal(stored["net.conv_stem.scale"], tensors["net.conv_stem.scale"])
    assert "net.conv_stem.scale" not in trained
    np.testing.assert_allclose(
        trained["net.conv_stem.weight"].ravel(), [-127 * 3e-7, 5 * -2e-9], rtol=1e-6
    )


def test_the_same_network_gives_the_same_bytes(
    tmp_path: Path, card: dict[str, Any], tensors: Tensors
) -> None:
    first = write_weights(tmp_path / "first.safetensors", tensors, card)
    second = write_weights(tmp_path / "second.safetensors", tensors, card)

    assert first.id == second.id
