"""What networks say of pictures, by either engine, and what a shorter one need not say again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from copyfind.descriptor.networks import Student, load_trained, put_in_whole_numbers
from copyfind.descriptor.weights import Thresholds, Weights, read_network
from copyfind.errors import TrainingError
from copyfind.learn.descriptions import Described, Tensors, describing
from copyfind.learn.export import export_student
from copyfind.learn.quantise import quantised
from copyfind.records import Floats
from tests.learn.conftest import CPU, draw_pictures
from tests.training import STUDENT

PICTURES = draw_pictures(12, 32, seed=3).permute(0, 2, 3, 1).contiguous()


def trained(
    folder: Path, *dims: int, seed: int = 0, architecture: str = STUDENT
) -> list[tuple[Weights, Tensors]]:
    """Files of one network with descriptors of these lengths, and their tensors."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(seed)
    nothing = Thresholds(1.0, 1.0, 1.0, "nothing")
    files = export_student(
        Student(architecture, max(dims)).eval(),
        folder,
        input_size=32,
        thresholds=dict.fromkeys(dims, nothing),
        facts={},
    )
    return [(weights, read_network(weights)) for weights in files]


def rows_of(weights: Weights, tensors: Tensors, *, by_graph: bool = False) -> Floats:
    student = load_trained(weights, tensors)
    with describing(student, weights, tensors, device=CPU, by_graph=by_graph) as describe:
        return describe(PICTURES)


def described(weights: Weights, tensors: Tensors) -> Described:
    rows = rows_of(weights, tensors)
    return Described(weights, tensors, tensors, rows[:4], rows[4:8], rows[8:])


def test_a_shorter_descriptor_is_the_beginning_of_a_longer_one(tmp_path: Path) -> None:
    long, short = trained(tmp_path, 16, 8)

    found = described(*long).shortened(*short)

    assert found is not None
    rows = np.concatenate([found.training, found.photos, found.edits])
    np.testing.assert_allclose(rows, rows_of(*short), atol=1e-6)
    assert found.weights.path == short[0].path
    for name, value in short[1].items():
        np.testing.assert_array_equal(found.tensors[name], value)


def test_another_network_is_not_shortened(tmp_path: Path) -> None:
    long, short = trained(tmp_path, 16, 8)
    (other,) = trained(tmp_path / "other", 8, seed=1)
    look = described(*long)

    assert look.shortened(*other) is None
    assert look.shortened(replace(short[0], input_size=48), short[1]) is None
    learned_on = {**short[1], "proj.bias": short[1]["proj.bias"] + 0.5}
    assert look.shortened(short[0], learned_on) is None


@pytest.mark.parametrize("in_whole_numbers", [False, True])
def test_onnx_runtime_describes_what_pytorch_does(
    tmp_path: Path, *, in_whole_numbers: bool
) -> None:
    ((weights, tensors),) = trained(tmp_path, 16, architecture="efficientnet-lite0")
    student = load_trained(weights, tensors)
    if in_whole_numbers:
        rounded = quantised(student, PICTURES)
        weights, tensors = replace(weights, levels=rounded.levels), {**tensors, **rounded.tensors}
        put_in_whole_numbers(student, weights, tensors)

    rows = []
    for by_graph in (True, False):
        with describing(student, weights, tensors, device=CPU, by_graph=by_graph) as describe:
            rows.append(describe(PICTURES))

    assert np.ptp(rows[0], axis=0).max() > 0  # not the same of every picture
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(rows[0], axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("by_graph", [False, True])
def test_a_network_that_learned_nonsense_is_refused(tmp_path: Path, *, by_graph: bool) -> None:
    ((weights, tensors),) = trained(tmp_path, 16)
    tensors = {**tensors, "fc.bias": np.full(512, np.nan, np.float32)}

    with pytest.raises(TrainingError, match="not finite"):
        rows_of(weights, tensors, by_graph=by_graph)
