"""Start weights and the closed-form head."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from copyfind.descriptor.networks import Student, load_trained
from copyfind.descriptor.weights import bundled_weights, find_weights, read_weights
from copyfind.errors import WeightsError
from copyfind.learn.start import (
    Filled,
    align,
    find_start_weights,
    fit_head,
    load_start_weights,
    pooled,
    project,
)
from copyfind.learn.targets import targets_of
from tests.learn.conftest import draw_pictures


def test_the_head_is_fitted_to_a_teacher_that_is_linear_in_the_features() -> None:
    torch.manual_seed(0)
    student = Student("mobilenet-v3-small", 8)
    features = torch.rand(2000, student.fc.in_features)
    wanted = F.normalize(features @ torch.randn(student.fc.in_features, 512) / 10)
    axes = targets_of(wanted, axes=8).axes
    assert fit_head(student, features, wanted, axes) > 0.95
    with torch.no_grad():
        got = student.describe(student.fc(features))
    expected = F.normalize(wanted @ axes)
    assert (got * expected).sum(dim=1).mean() > 0.9


def test_imagenet_weights_of_the_package_fit_in_order() -> None:
    student = Student("efficientnet-lite0", 8)
    before = pooled(student.eval(), draw_pictures(2, 64).permute(0, 2, 3, 1))
    filled = load_start_weights(student, find_start_weights("efficientnet-lite0"))
    assert filled is Filled.BACKBONE
    after = pooled(student, draw_pictures(2, 64).permute(0, 2, 3, 1))
    assert not torch.allclose(before, after)
    assert student.net.state_dict()["bn1.running_var"].mean() != 1


def test_a_student_can_start_from_an_earlier_one_with_fewer_numbers() -> None:
    student = Student("efficientnet-lite0", 300)
    earlier = load_trained(read_weights(bundled_weights()[0]))
    axes = torch.linalg.qr(torch.randn(512, 300)).Q

    assert load_start_weights(student, bundled_weights()[0]) is Filled.FEATURE
    project(student, axes)

    pictures = draw_pictures(2, 64).permute(0, 2, 3, 1)
    with torch.no_grad():
        feature = earlier.features(earlier.normalise(pictures))
        got = student.eval()(pictures)
    torch.testing.assert_close(got, F.normalize(feature @ axes), atol=1e-4, rtol=0)


@pytest.mark.parametrize("length", [128, 96])
def test_an_earlier_student_keeps_its_distances_and_is_turned_to_the_teachers_axes(
    length: int,
) -> None:
    """Its first numbers, where fewer are wanted: they are a descriptor of their own."""
    weights = read_weights(find_weights("lite0-128"))
    student = Student("efficientnet-lite0", length)
    assert load_start_weights(student, weights.path) is Filled.DESCRIPTOR
    torch.manual_seed(0)
    features = torch.randn(600, 512)
    with torch.no_grad():
        said = student.proj(features)
        before = F.normalize(said)
        turned_over = torch.linalg.qr(torch.randn(length, length)).Q

    cosine = align(student, said, before @ turned_over)

    assert cosine == pytest.approx(1, abs=1e-4)
    with torch.no_grad():
        after = F.normalize(student.proj(features))
    torch.testing.assert_close(after, before @ turned_over, atol=1e-3, rtol=0)
    torch.testing.assert_close(after @ after.T, before @ before.T, atol=1e-3, rtol=0)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = Student("mobilenet-v3-small", 8).net.state_dict()
    torch.save(other, tmp_path / "w.pt")
    with pytest.raises(WeightsError, match="not weights of efficientnet-lite0: conv_stem"):
        load_start_weights(Student("efficientnet-lite0", 8), tmp_path / "w.pt")
    with pytest.raises(WeightsError, match="weights of efficientnet-lite0"):
        load_start_weights(Student("mobilenet-v3-small", 8), bundled_weights()[0])


def test_a_damaged_file_of_start_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="not a state dict"):
        load_start_weights(Student("efficientnet-lite0", 8), tmp_path / "w.pt")


def test_a_network_without_start_weights_says_where_they_come_from() -> None:
    with pytest.raises(WeightsError, match="no ImageNet weights for fastvit-t12"):
        find_start_weights("fastvit-t12")
