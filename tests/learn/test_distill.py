"""The distillation loop on a handful of drawn pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from copyfind.descriptor.networks import Student
from copyfind.errors import TrainingError
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.checkpoint import load_checkpoint
from copyfind.learn.data import Bank
from copyfind.learn.device import is_depthwise
from copyfind.learn.distill import Course, distill
from copyfind.learn.pace import StepReport
from copyfind.learn.recipes import Recipe
from copyfind.learn.start import fit_head, pooled
from copyfind.learn.targets import answers_of, targets_of
from copyfind.learn.teachers import Teacher
from tests.learn.conftest import CPU, Thumbnail, drawn_bank, loop, stopped_after

TINY = Recipe(
    steps=4,
    batch=4,
    side=32,
    last_side=32,
    dims=(4, 8),
    learning_rate=0.05,
    queue=16,
    bank_weight=1.0,
)


@pytest.fixture
def photos() -> Bank:
    return drawn_bank(10, seed=1)


@pytest.fixture
def course(photos: Bank, sprites: Sprites) -> Course:
    teacher = Teacher(Thumbnail(), dim=512)
    answers = answers_of(teacher, photos, side=32, device=CPU)
    return Course(
        photos=photos,
        fillers=drawn_bank(4, seed=2),
        targets=targets_of(answers, axes=8),
        teacher=teacher,
        sprites=sprites,
        attacks=Attacks(),
    )


def student(*, seed: int = 0) -> Student:
    torch.manual_seed(seed)
    return Student("mobilenet-v3-small", 8)


def parameters(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def assert_equal(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert torch.equal(value, theirs[name]), name


PAPER = replace(TINY, learning_rate=1e-3)
OURS = replace(
    TINY,
    learning_rate=1e-3,
    optimizer="adamw",
    teacher_sees="clean",
    contrast_with="batch",
    region_weight=0.5,
    frozen_stages=2,
)
ON_CPUS = replace(OURS, frozen_statistics=True, depthwise_every=2, precision="bfloat16")


@pytest.mark.parametrize("recipe", [PAPER, OURS, ON_CPUS], ids=["paper", "ours", "on cpus"])
def test_a_resumed_run_equals_one_never_stopped(
    course: Course, tmp_path: Path, recipe: Recipe
) -> None:
    whole = distill({"s": student()}, course, recipe, loop(tmp_path / "whole.pt"))
    part = tmp_path / "part.pt"
    distill({"s": student()}, course, recipe, loop(part, watch=stopped_after(2)))
    assert load_checkpoint(part)["step"] == 2
    torch.manual_seed(99)
    resumed = distill({"s": student(seed=5)}, course, recipe, loop(part))
    assert_equal(parameters(resumed["s"]), parameters(whole["s"]))


def test_the_teacher_is_not_touched(course: Course, tmp_path: Path) -> None:
    before = parameters(course.teacher)
    distill({"s": student()}, course, TINY, loop(tmp_path / "c.pt"))
    assert_equal(parameters(course.teacher), before)
    assert not course.teacher.training


def test_students_learn_side_by_side_as_they_would_alone(course: Course, tmp_path: Path) -> None:
    together = distill(
        {"a": student(), "b": student(seed=1)},
        course,
        TINY,
        loop(tmp_path / "c.pt"),
    )
    alone = distill({"a": student()}, course, TINY, loop(tmp_path / "d.pt"))
    assert_equal(parameters(together["a"]), parameters(alone["a"]))
    assert set(together) == {"a", "b"}


def test_frozen_statistics_stay_those_of_the_start(course: Course, tmp_path: Path) -> None:
    recipe = replace(TINY, frozen_statistics=True)
    start = student()
    before = {k: v for k, v in parameters(start).items() if "running" in k}
    averages = distill({"s": start}, course, recipe, loop(tmp_path / "c.pt"))
    after = {k: v for k, v in parameters(averages["s"]).items() if "running" in k}
    assert_equal(after, before)


def test_frozen_stages_stay_as_they_were(course: Course, tmp_path: Path) -> None:
    start = student()
    before = {k: v.clone() for k, v in start.named_parameters()}

    averages = distill({"s": start}, course, OURS, loop(tmp_path / "c.pt"))

    same = {k for k, v in averages["s"].named_parameters() if torch.equal(v, before[k])}
    stem = ("net.conv_stem", "net.bn1", "net.blocks.0.", "net.blocks.1.")
    assert {name for name in before if name.startswith(stem)} <= same
    assert not {name for name in same if name.startswith(("net.blocks.2.", "fc", "proj"))}


def test_depthwise_kernels_are_learned_in_every_so_many_steps(
    course: Course, tmp_path: Path
) -> None:
    recipe = replace(OURS, frozen_stages=0, depthwise_every=3)  # of steps 0 to 3, in 0 and 3
    kernels: list[dict[str, Tensor]] = []

    def look(_step: int, _averages: object) -> None:
        depthwise = {name: m.weight for name, m in start.named_modules() if is_depthwise(m)}
        kernels.append({name: weight.detach().clone() for name, weight in depthwise.items()})

    start = student()
    distill({"s": start}, course, recipe, loop(tmp_path / "c.pt"), on_step=look)

    first, second, third, fourth = kernels
    assert len(first) == 11
    assert_equal(second, first)
    assert_equal(third, first)
    assert not any(torch.equal(fourth[name], kernel) for name, kernel in first.items())


def test_half_precision_learns_nearly_the_same(course: Course, tmp_path: Path) -> None:
    def losses(precision: str) -> dict[str, float]:
        seen: list[StepReport] = []
        distill(
            {"s": student()},
            course,
            replace(OURS, precision=precision),
            loop(tmp_path / f"{precision}.pt", on_report=seen.append),
        )
        return dict(seen[-1].losses)

    # Losses over the nearest jump where another one is the nearest.
    halved, whole, auto = (losses(precision) for precision in ("bfloat16", "float32", "auto"))
    assert halved == pytest.approx(whole, rel=0.2)
    assert halved != whole
    assert auto == whole  # as always on CPUs


def test_a_network_without_stages_has_none_to_freeze(course: Course, tmp_path: Path) -> None:
    network = Student("r50", 8)

    with pytest.raises(TrainingError, match="r50 has no stages to freeze"):
        distill({"s": network}, course, OURS, loop(tmp_path / "c.pt"))


def test_both_views_of_a_batch_are_learned_without_keys(course: Course, tmp_path: Path) -> None:
    seen: list[StepReport] = []
    path = tmp_path / "c.pt"

    distill({"s": student()}, course, OURS, loop(path, on_report=seen.append))

    assert seen[-1].losses.keys() == {
        "loss",
        "s relation",
        "s regions",
        "s bank 512",
        *(f"s {part} {dim}" for part in ("contrast", "hard negative", "bank") for dim in (4, 8)),
    }
    learners = load_checkpoint(path)["learners"]
    assert (learners["s.keys.contents"] == -1).all()
    start = student().state_dict()
    assert all(torch.equal(value, learners[f"s.key.{name}"]) for name, value in start.items())


def test_progress_names_every_part_of_the_loss(course: Course, tmp_path: Path) -> None:
    seen: list[StepReport] = []
    distill(
        {"s": student()},
        course,
        TINY,
        loop(tmp_path / "c.pt", on_report=seen.append),
    )
    (last,) = seen
    assert last.step == last.steps == 4
    assert set(last.losses) == {
        "loss",
        "s relation",
        "s bank 512",
        *(f"s {part} {dim}" for part in ("contrast", "hard negative", "bank") for dim in (4, 8)),
    }
    assert last.losses["loss"] == pytest.approx(
        sum(value for name, value in last.losses.items() if name != "loss"), rel=1e-5
    )
    assert last.seconds_left == 0
    assert last.pictures_per_second > 0


def test_a_loss_that_is_not_finite_keeps_the_last_good_checkpoint(
    course: Course, tmp_path: Path
) -> None:
    path = tmp_path / "c.pt"
    distill({"s": student()}, course, TINY, loop(path, watch=stopped_after(1)))
    good = path.read_bytes()
    broken = Teacher(nn.Sequential(Thumbnail(), nn.Threshold(1e9, float("nan"))), dim=512)
    with pytest.raises(TrainingError, match=r"not finite at step 4.*last good state"):
        distill(
            {"s": student()},
            replace(course, teacher=broken),
            TINY,
            loop(path),
        )
    assert path.read_bytes() == good


def test_another_recipe_or_other_students_do_not_go_on_from_a_checkpoint(
    course: Course, tmp_path: Path
) -> None:
    path = tmp_path / "c.pt"
    distill({"s": student()}, course, TINY, loop(path, watch=stopped_after(1)))
    with pytest.raises(TrainingError, match=r"another recipe \(batch\)"):
        distill({"s": student()}, course, replace(TINY, batch=6), loop(path))
    with pytest.raises(TrainingError, match="other students"):
        distill({"t": student()}, course, TINY, loop(path))


@pytest.mark.slow
def test_a_student_comes_to_know_the_pictures(photos: Bank, course: Course, tmp_path: Path) -> None:
    """From the closed-form start, attacked views get nearer to their own clean picture."""
    network = student().eval()
    pictures = photos.pictures.permute(0, 2, 3, 1).contiguous()
    with torch.no_grad():
        features = pooled(network, pictures)
    fit_head(network, features, course.targets.bank, course.targets.axes)
    first: list[StepReport] = []
    recipe = replace(
        TINY,
        steps=40,
        batch=8,
        optimizer="adamw",
        learning_rate=0.02,
        frozen_statistics=True,
        teacher_sees="clean",
        hard_negative_weight=0.0,
        average_decay=0.9,
    )
    gentle = replace(course, attacks=Attacks(gentlest=0.0, quarter_turn=0.0))
    distill(
        {"s": network},
        gentle,
        recipe,
        loop(tmp_path / "c.pt", report_every=0.0, on_report=first.append),
    )
    early = sum(p.losses["s bank 512"] for p in first[:10])
    late = sum(p.losses["s bank 512"] for p in first[-10:])
    assert late < 0.8 * early
