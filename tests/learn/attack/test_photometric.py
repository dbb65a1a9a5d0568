"""Colours and sharpness: each edit does what its name says."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from copyfind.learn.attack import photometric as p
from tests.learn.conftest import draw_pictures


@pytest.fixture
def pictures() -> Tensor:
    return draw_pictures(3, 32).float() / 255


def test_grey_has_equal_channels_with_the_luminance_of_the_photo(pictures: Tensor) -> None:
    grey = p.recolour(pictures, p.to_grey(torch.zeros(3)))
    luminance = torch.einsum("c,bchw->bhw", torch.tensor(p.LUMA), pictures)
    for channel in grey.unbind(1):
        torch.testing.assert_close(channel, luminance, atol=1e-5, rtol=0)


def test_a_whole_turn_of_the_hue_is_none(pictures: Tensor) -> None:
    turned = p.recolour(pictures, p.hue(torch.full((3,), 2 * math.pi)))
    torch.testing.assert_close(turned, pictures, atol=1e-4, rtol=0)


def test_inverting_twice_is_none(pictures: Tensor) -> None:
    negative = p.inverted(3, pictures.device)
    torch.testing.assert_close(p.recolour(pictures, negative @ negative), pictures)


def test_contrast_spreads_around_the_mean(pictures: Tensor) -> None:
    flat = p.brightness_and_contrast(torch.ones(3), torch.zeros(3), torch.full((3,), 0.4))
    torch.testing.assert_close(p.recolour(pictures, flat), torch.full_like(pictures, 0.4))


def test_duotone_runs_from_the_dark_colour_to_the_light_one() -> None:
    dark, light = torch.tensor([[0.1, 0.0, 0.3]]), torch.tensor([[1.0, 0.9, 0.7]])
    ends = torch.tensor([[0.0, 1.0]]).repeat(3, 1).view(1, 3, 1, 2)
    drawn = p.recolour(ends, p.duotone(dark, light))
    torch.testing.assert_close(drawn[0, :, 0].T, torch.cat([dark, light]))


def test_a_veil_shows_so_much_of_the_photo(pictures: Tensor) -> None:
    shown, white = torch.tensor([0.0, 0.25, 1.0]), torch.ones(3, 3)
    seen = p.recolour(pictures, p.veiled(shown, white))
    expected = [torch.ones(3, 32, 32), 0.75 + 0.25 * pictures[1], pictures[2]]
    torch.testing.assert_close(seen, torch.stack(expected))


def test_channels_are_reordered(pictures: Tensor) -> None:
    shuffled = p.recolour(pictures, p.shuffled_channels(torch.tensor([[2, 0, 1]]).repeat(3, 1)))
    torch.testing.assert_close(shuffled, pictures[:, [2, 0, 1]])


def test_posterising_keeps_that_many_values(pictures: Tensor) -> None:
    steps = torch.tensor([2.0, 4.0, 8.0])
    for picture, count in zip(p.posterise(pictures, steps), (2, 4, 8), strict=True):
        values = set(picture.flatten().tolist())
        assert len(values) <= count
        assert {round(v * (count - 1), 4) for v in values} <= set(range(count))


def test_equalising_spreads_the_values_evenly() -> None:
    noise = torch.rand(1, 1, 64, 64).pow(3)
    equal = p.equalise(noise)
    assert torch.quantile(equal, torch.tensor([0.25, 0.5, 0.75])).tolist() == pytest.approx(
        [0.25, 0.5, 0.75], abs=0.01
    )


def test_blur_spreads_a_point_as_a_gaussian() -> None:
    point = torch.zeros(2, 3, 31, 31)
    point[:, :, 15, 15] = 1
    blurred = p.soften(point, torch.tensor([1.0, 2.0]), torch.ones(2))
    for row, sigma in enumerate((1.0, 2.0)):
        assert float(blurred[row, 0].sum()) == pytest.approx(1, abs=1e-3)
        ratio = float(blurred[row, 0, 15, 17] / blurred[row, 0, 15, 15])
        assert ratio == pytest.approx(math.exp(-2 / sigma**2), rel=1e-3)


def test_a_negative_amount_sharpens(pictures: Tensor) -> None:
    sharp = p.soften(pictures * 0.5 + 0.25, torch.ones(3), torch.full((3,), -1.0))
    assert sharp.std() > (pictures * 0.5 + 0.25).std()


@pytest.mark.parametrize("quality", [10, 40, 90])
def test_jpeg_leaves_what_an_encoder_leaves(quality: int) -> None:
    photo = draw_pictures(1, 64)
    photo = (photo + 12 * torch.randn(photo.shape)).clamp(0, 255).to(torch.uint8)
    buffer = io.BytesIO()
    array = photo[0].permute(1, 2, 0).numpy()
    Image.fromarray(array).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    encoded = np.asarray(Image.open(buffer)).astype(np.float32)
    ours = p.jpeg(photo.float() / 255, torch.tensor([float(quality)]))[0].permute(1, 2, 0) * 255
    to_encoder = np.abs(ours.numpy() - encoded).mean()
    to_photo = np.abs(array - encoded).mean()
    assert to_encoder < 0.35 * to_photo


def test_jpeg_takes_any_size() -> None:
    assert p.jpeg(torch.rand(2, 3, 37, 41), torch.tensor([5.0, 95.0])).shape == (2, 3, 37, 41)


def test_an_edit_at_half_size_sees_half_as_many_pixels(pictures: Tensor) -> None:
    sizes = []

    def look(half: Tensor) -> Tensor:
        sizes.append(half.shape)
        return torch.zeros_like(half)

    assert not p.at_half_size(pictures, look).any()
    assert sizes == [(3, 3, 16, 16)]
    flat = torch.full((3, 3, 32, 32), 0.3)
    torch.testing.assert_close(p.at_half_size(flat, lambda half: half), flat)
