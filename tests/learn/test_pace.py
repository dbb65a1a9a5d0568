"""The learning rate over a run, and when a loop reports and saves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from copyfind.errors import TrainingError
from copyfind.learn.pace import Clock, cosine_with_warmup, refuse_nonsense, set_learning_rate
from copyfind.learn.recipes import Recipe
from tests.learn.conftest import loop

RECIPE = Recipe(steps=100, batch=512, learning_rate=1.0, warmup=0.1)


def test_the_learning_rate_warms_up_and_falls_to_nothing() -> None:
    rates = [cosine_with_warmup(step, RECIPE) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[9] == max(rates) == pytest.approx(2.0)
    assert rates[-1] < 0.002
    assert all(a >= b for a, b in pairwise(rates[9:]))


def test_a_rate_is_set_for_every_group() -> None:
    groups = [{"params": [nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    optimizer = torch.optim.SGD(groups, lr=1.0)

    set_learning_rate(optimizer, 0.5)

    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.5]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock on the wall says, to be changed."""
    seconds = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: seconds[0])
    return seconds


def test_a_loop_reports_and_saves_every_so_many_seconds(now: list[float]) -> None:
    clock = Clock(RECIPE, loop(Path("c.pt"), save_every=60.0, report_every=3.0), first_step=0)
    now[0] = 3.5

    assert not clock.reports(0)  # the first step takes longer than others
    assert clock.reports(1)
    assert not clock.saves()
    now[0] = 61.0
    assert clock.saves()
    clock.saved()
    assert not clock.saves()


def test_a_report_counts_from_the_last_one(now: list[float]) -> None:
    clock = Clock(RECIPE, loop(Path("c.pt")), first_step=10)
    parts = {name: torch.tensor(0.5) for name in ("contrast", "positive", "hardest negative")}
    now[0] = 8.0

    report = clock.report(13, torch.tensor(2.0), parts)

    assert (report.step, report.steps) == (14, 100)
    assert report.losses == {"loss": 2.0, "contrast": 0.5}
    assert report.pictures_per_second == 4 * 512 / 8
    assert report.seconds_left == 2.0 * 86


@pytest.mark.parametrize("where", ["loss", "network"])
def test_what_is_not_finite_ends_the_run(where: str, tmp_path: Path) -> None:
    network = nn.Linear(1, 1)
    refuse_nonsense(torch.tensor(1.0), network, 4, loop(tmp_path / "c.pt"))
    total = torch.tensor(float("nan") if where == "loss" else 1.0)
    network.weight.data.fill_(float("inf") if where == "network" else 1.0)

    with pytest.raises(TrainingError, match=r"^the loss is not finite at step 5: lower"):
        refuse_nonsense(total, network, 4, loop(tmp_path / "c.pt"))
