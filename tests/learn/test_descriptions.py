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


def looks_of(weights: Weights, tensors: Tensors, *, by_graph: bool = False) -> Floats:
    student = load_trained(weights, tensors)
    with describing(student, weights, tensors, device=CPU, by_graph=by_graph) as describe:
        return describe(PICTURES)


def described(weights: Weights, tensors: Tensors) -> Described:
    looks = looks_of(weights, tensors)
    return Described(weights, tensors, tensors, looks[:4], looks[4:8], looks[8:])


@pytest.mark.parametrize("glance", [0.0, 0.5])
def test_a_shorter_descriptor_is_the_beginning_of_a_longer_one(
    tmp_path: Path, glance: float
) -> None:
    long, short = ((replace(one, glance=glance), own) for one, own in trained(tmp_path, 16, 8))

    found = described(*long).shortened(*short)

    assert found is not None
    looks = np.concatenate([found.training, found.photos, found.edits])
    assert looks.shape[1] == (2 if glance else 1)
    np.testing.assert_allclose(looks, looks_of(*short), atol=1e-6)
    assert found.weights.path == short[0].path
    for name, value in short[1].items():
        np.testing.assert_array_equal(found.tensors[name], value)


def test_another_network_is_not_shortened(tmp_path: Path) -> None:
    long, short = trained(tmp_path, 16, 8)
    (other,) = trained(tmp_path / "other", 8, seed=1)
    look = described(*long)

    assert look.shortened(*other) is None
    assert look.shortened(replace(short[0], input_size=48), short[1]) is None
    assert look.shortened(replace(short[0], glance=0.5), short[1]) is None
    learned_on = {**short[1], "proj.bias": short[1]["proj.bias"] + 0.5}
    assert look.shortened(short[0], learned_on) is None


def test_what_is_said_at_both_looks_is_what_the_network_says(tmp_path: Path) -> None:
    ((weights, tensors),) = trained(tmp_path, 16)
    weights = replace(weights, glance=0.5)
    look = described(weights, tensors)
    student = load_trained(weights, tensors)

    student.glance = 0.5
    with torch.no_grad():
        expected = student(PICTURES).numpy()

    np.testing.assert_allclose(look.rows(looks_of(weights, tensors)), expected, atol=1e-5)


@pytest.mark.parametrize("in_whole_numbers", [False, True])
def test_onnx_runtime_describes_what_pytorch_does(
    tmp_path: Path, *, in_whole_numbers: bool
) -> None:
    ((weights, tensors),) = trained(tmp_path, 16, architecture="efficientnet-lite0")
    weights = replace(weights, glance=0.5)
    student = load_trained(weights, tensors)
    if in_whole_numbers:
        rounded = quantised(student, PICTURES)
        weights, tensors = replace(weights, levels=rounded.levels), {**tensors, **rounded.tensors}
        put_in_whole_numbers(student, weights, tensors)

    looks = []
    for by_graph in (True, False):
        with describing(student, weights, tensors, device=CPU, by_graph=by_graph) as describe:
            looks.append(describe(PICTURES))

    assert np.ptp(looks[0], axis=0).max() > 0  # not the same of every picture
    assert np.abs(looks[0][:, 0] - looks[0][:, 1]).max() > 1e-4  # nor at each look
    np.testing.assert_allclose(looks[0], looks[1], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(looks[0], axis=2), 1, atol=1e-5)


@pytest.mark.parametrize("by_graph", [False, True])
def test_a_network_that_learned_nonsense_is_refused(tmp_path: Path, *, by_graph: bool) -> None:
    ((weights, tensors),) = trained(tmp_path, 16)
    tensors = {**tensors, "fc.bias": np.full(512, np.nan, np.float32)}

    with pytest.raises(TrainingError, match="not finite"):
        looks_of(weights, tensors, by_graph=by_graph)
