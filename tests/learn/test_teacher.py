"""The SSCD loop and its optimizer, on drawn pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from copyfind.descriptor.networks import Student
from copyfind.errors import TrainingError
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.data import Bank
from copyfind.learn.pace import StepReport
from copyfind.learn.recipes import TeacherRecipe
from copyfind.learn.teacher import optimizer_of, teach
from tests.learn.conftest import draw_pictures, drawn_bank, loop, stopped_after

TINY = TeacherRecipe(steps=4, batch=4, side=32, learning_rate=0.5, mixed=0.5)


@pytest.fixture
def photos() -> Bank:
    return drawn_bank(10, seed=1)


def network(*, seed: int = 0) -> Student:
    torch.manual_seed(seed)
    return Student("mobilenet-v3-small", 512)  # any backbone of the registry will do


def test_a_resumed_run_equals_one_never_stopped(
    photos: Bank, sprites: Sprites, tmp_path: Path
) -> None:
    whole = teach(network(), photos, sprites, TINY, loop(tmp_path / "w.pt"))
    part = tmp_path / "p.pt"
    stop = stopped_after(2)
    teach(network(), photos, sprites, TINY, loop(part, watch=stop))
    resumed = teach(network(seed=5), photos, sprites, TINY, loop(part))
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    other = replace(TINY, tau=0.1)
    with pytest.raises(TrainingError, match=r"another recipe \(teacher_tau\)"):
        teach(network(), photos, sprites, other, loop(part))


def test_its_descriptor_is_its_feature_and_both_losses_are_told(
    photos: Bank, sprites: Sprites, tmp_path: Path
) -> None:
    told: list[StepReport] = []
    trained = teach(
        network(),
        photos,
        sprites,
        TINY,
        loop(tmp_path / "c.pt", on_report=told.append),
    )
    views = draw_pictures(2, 32).permute(0, 2, 3, 1)
    with torch.no_grad():
        feature = trained.features(trained.normalise(views))
        expected = torch.nn.functional.normalize(feature)
        torch.testing.assert_close(trained.describe(feature), expected)
    assert not trained.training
    assert set(told[-1].losses) == {"loss", "contrast", "entropy"}


def test_a_loss_that_is_not_finite_stops_the_run(
    photos: Bank, sprites: Sprites, tmp_path: Path
) -> None:
    recipe = replace(TINY, entropy_weight=float("inf"))
    with pytest.raises(TrainingError, match="not finite"):
        teach(network(), photos, sprites, recipe, loop(tmp_path / "c.pt"))
    assert not (tmp_path / "c.pt").exists()


def naive_lars(weight: Tensor, slopes: Sequence[Tensor], *, lr: float, decay: float) -> Tensor:
    """The formula of arXiv:1708.03888, a step at a time."""
    speed = torch.zeros_like(weight)
    for slope in slopes:
        length, steepness = weight.pow(2).sum().sqrt(), slope.pow(2).sum().sqrt()
        scale = 1e-3 * length / (steepness + decay * length + 1e-8) if length else 1.0
        speed = 0.9 * speed + scale * (slope + decay * weight)
        weight = weight - lr * speed
    return weight


def test_lars_is_its_formula_for_every_tensor_after_thirty_steps() -> None:
    torch.manual_seed(0)
    # BatchNorm's weights count as any others; a bias of zeros has no length to begin with.
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)).double()
    start = {name: weight.detach().clone() for name, weight in layers.named_parameters()}
    slopes = {name: torch.randn(30, *weight.shape).double() for name, weight in start.items()}
    optimizer = optimizer_of(layers, TeacherRecipe(learning_rate=2.0, weight_decay=0.01))

    for step in range(30):
        for name, weight in layers.named_parameters():
            weight.grad = slopes[name][step].clone()
        optimizer.step()

    for name, weight in layers.named_parameters():
        expected = naive_lars(start[name], list(slopes[name]), lr=2.0, decay=0.01)
        torch.testing.assert_close(weight.detach(), expected, rtol=0, atol=1e-6)
        assert (expected - start[name]).abs().max() > 1e-3


def test_lars_moves_a_tensor_of_zeros() -> None:
    layer = nn.Linear(3, 1, bias=False)
    nn.init.zeros_(layer.weight)
    layer.weight.grad = torch.ones(1, 3)

    optimizer_of(layer, TeacherRecipe(learning_rate=0.1)).step()

    torch.testing.assert_close(layer.weight.detach(), torch.full((1, 3), -0.1))
