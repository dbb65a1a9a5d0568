"""The networks of the registry, and what stands behind every backbone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everyone knows it by

from copyfind.descriptor.architectures import FEATURE_DIM, STUDENTS
from copyfind.descriptor.networks import Student, at_a_glance, gem, less_negatives

SIDE = 64


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDENTS)
def test_a_student_gives_unit_rows(name: str) -> None:
    student = Student(name, 32).eval()
    pictures = torch.randint(0, 256, (3, SIDE, SIDE, 3), dtype=torch.uint8)

    with torch.inference_mode():
        descriptors = student(pictures)

    assert descriptors.shape == (3, 32)
    assert torch.allclose(descriptors.norm(dim=1), torch.ones(3), atol=1e-5)


@pytest.mark.slow
def test_a_student_can_be_trained_to_its_first_layer() -> None:
    student = Student("mobilenet-v3-small", 16).train()
    pictures = torch.randint(0, 256, (4, SIDE, SIDE, 3), dtype=torch.uint8)

    student(pictures)[:, 0].sum().backward()

    without = [name for name, p in student.named_parameters() if p.grad is None]
    assert without == []


def test_gem_of_power_one_is_the_mean() -> None:
    maps = torch.rand(2, 5, 4, 3) + 0.1

    assert torch.allclose(gem(maps, p=1.0), maps.mean(dim=(2, 3)))


def test_gem_of_a_high_power_is_nearly_the_largest() -> None:
    maps = torch.rand(2, 5, 4, 3) + 0.1

    assert torch.allclose(gem(maps, p=60.0), maps.amax(dim=(2, 3)), rtol=0.05)


def test_gem_of_what_is_negative_is_nearly_nothing() -> None:
    assert torch.allclose(gem(-torch.ones(1, 2, 3, 3), p=3.0), torch.tensor(1e-6))


@pytest.fixture(scope="module")
def small() -> Student:
    return Student("mobilenet-v3-small", 8, whitened=4).eval()


def test_pictures_are_normalised_inside_the_network(small: Student) -> None:
    mean_colour = torch.tensor([[[[123.675, 116.28, 103.53]]]]).round().to(torch.uint8)

    normal = small.normalise(mean_colour)

    assert normal.shape == (1, 3, 1, 1)
    assert normal.abs().max() < 0.02


def test_the_feature_that_is_distilled_is_not_normalised(small: Student) -> None:
    with torch.inference_mode():
        features = small.features(torch.rand(2, 3, SIDE, SIDE))

    assert features.shape == (2, FEATURE_DIM)


def test_whitening_is_taken_off_the_mean_and_turned(small: Student) -> None:
    features = torch.rand(2, FEATURE_DIM)
    assert small.post_mean is not None
    assert small.post_matrix is not None
    small.post_mean.fill_(0.1)

    with torch.inference_mode():
        described = small.describe(features)
        expected = F.normalize(F.normalize(small.proj(features)) - 0.1)[:, :4]

    assert torch.allclose(described, F.normalize(expected), atol=1e-6)


def test_a_glance_is_half_as_large_mirrored_and_rounded_to_even() -> None:
    left, right = [[0, 1], [1, 0]], [[10, 11], [12, 13]]  # means .5 and 11.5
    picture = torch.tensor(np.concatenate([left, right], axis=1), dtype=torch.uint8)
    pictures = picture[None, :, :, None].repeat(1, 2, 1, 3)

    seen = at_a_glance(pictures)

    assert (seen.shape, seen.dtype) == ((1, 2, 2, 3), torch.uint8)
    assert (seen == torch.tensor([12, 0])[:, None]).all()


@pytest.mark.parametrize(
    ("side", "expected"), [(288, 128), (256, 128), (224, 96), (64, 32), (48, 24), (32, 16)]
)
def test_a_glance_is_of_the_middle_that_a_network_halves_evenly(side: int, expected: int) -> None:
    pictures = torch.zeros(1, side, side, 3, dtype=torch.uint8)
    margin = side // 2 - expected  # on each side, in the picture's pixels
    pictures[:, margin : side - margin, margin : side - margin] = 200

    seen = at_a_glance(pictures)

    assert seen.shape == (1, expected, expected, 3)
    assert (seen == 200).all()


def test_a_glance_counts_beside_the_picture_before_anything_follows() -> None:
    student = Student("mobilenet-v3-small", 8, whitened=4).eval()
    student.glance = 0.5
    assert student.post_mean is not None
    student.post_mean.fill_(0.1)
    pictures = torch.randint(0, 256, (3, SIDE, SIDE, 3), dtype=torch.uint8)

    with torch.inference_mode():
        described = student(pictures)
        student.glance = 0.0
        student.post_mean = student.post_matrix = None
        both = student(pictures) + 0.5 * student(at_a_glance(pictures))
        expected = (F.normalize(both) - 0.1)[:, :4]

    assert torch.allclose(described, F.normalize(expected), atol=1e-5)


def unit_rows(count: int, dim: int, *, seed: int) -> Tensor:
    return F.normalize(torch.randn(count, dim, generator=torch.Generator().manual_seed(seed)))


def test_what_is_shared_with_negatives_is_subtracted() -> None:
    rows, negatives, near = unit_rows(5, 8, seed=0), unit_rows(30, 8, seed=1), 0.2
    expected = []
    for z in rows.double().numpy():
        pulls = [max(0.0, float(z @ b) - near) for b in negatives.double().numpy()]
        shared = sum(p * b for p, b in zip(pulls, negatives.double().numpy(), strict=True))
        left = z - shared / (1 + sum(pulls))
        expected.append(left / np.linalg.norm(left))

    np.testing.assert_allclose(less_negatives(rows, negatives, near=near), expected, atol=1e-6)


def test_negatives_that_are_not_near_change_nothing() -> None:
    rows, negatives = unit_rows(5, 8, seed=0), unit_rows(30, 8, seed=1)

    assert torch.allclose(less_negatives(rows, negatives, near=1.0), rows, atol=1e-6)


def test_look_alikes_are_told_apart_by_what_they_do_not_share() -> None:
    sky, boat, kite = unit_rows(3, 64, seed=0)
    views = F.normalize(torch.stack([sky + boat, sky + kite]))

    changed = less_negatives(views, F.normalize(sky + 0.3 * unit_rows(20, 64, seed=1)), near=0.2)

    assert changed[0] @ changed[1] < views[0] @ views[1] - 0.2


def test_a_photo_that_is_a_negative_itself_is_still_found() -> None:
    (photo,) = unit_rows(1, 64, seed=0)
    negatives = torch.cat([photo[None], unit_rows(50, 64, seed=1)])

    changed = less_negatives(photo[None], negatives, near=0.2)

    assert changed[0] @ photo > 0.9


def test_negatives_are_a_part_of_the_network() -> None:
    student = Student("mobilenet-v3-small", 8, negatives=30, near=0.2).eval()
    assert student.negatives is not None
    student.negatives.copy_(unit_rows(30, 8, seed=1))
    features = torch.rand(2, FEATURE_DIM)

    with torch.inference_mode():
        described = student.describe(features)
        plain = F.normalize(student.proj(features))

    assert torch.allclose(described, less_negatives(plain, student.negatives, near=0.2), atol=1e-6)
