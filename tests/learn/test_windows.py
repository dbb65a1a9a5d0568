"""Windows of a feature map: which cells they hold, and what is pooled of them."""

from __future__ import annotations

import pytest
import torch

from copyfind.descriptor.networks import Student
from copyfind.learn.windows import WINDOW, WINDOWS, features_with_windows, window_shares


@pytest.mark.parametrize("shape", [(5, 5), (6, 8), (7, 7)])
def test_a_window_is_the_mean_of_the_cells_that_it_holds(shape: tuple[int, int]) -> None:
    height, width = shape
    shares = window_shares(height, width)
    upper_left = shares[:, 1].reshape(shape)

    assert torch.allclose(shares.sum(dim=0), torch.ones(1 + WINDOWS))
    assert torch.allclose(shares[:, 0], torch.full((height * width,), 1 / (height * width)))
    assert torch.allclose(upper_left[0, 0], torch.tensor(1 / (WINDOW**2 * height * width)))
    assert upper_left[round(WINDOW * height + 0.5) :].sum() == 0


def test_windows_mirror_and_turn_with_the_picture() -> None:
    corners = window_shares(7, 7).T.reshape(1 + WINDOWS, 7, 7)

    assert torch.allclose(corners.flip(2), corners[[0, 2, 1, 4, 3, 5]], atol=1e-6)
    assert torch.allclose(corners.rot90(1, (1, 2)), corners[[0, 3, 1, 4, 2, 5]], atol=1e-6)


def test_the_whole_comes_first_and_is_what_the_student_makes_of_it() -> None:
    student = Student("mobilenet-v3-small", 8).eval()
    maps = torch.rand(2, student.architecture.channels, 5, 5)

    with torch.inference_mode():
        features = features_with_windows(student, maps)
        whole = student.features_of(maps)

    assert features.shape == (2, 1 + WINDOWS, 512)
    torch.testing.assert_close(features[:, 0], whole, atol=1e-5, rtol=1e-4)
