"""What is measured after training, and how it gets into the weights file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import (
    Thresholds,
    Weights,
    read_network,
    read_tensors,
    read_weights,
)
from copyfind.errors import TrainingError, WeightsError
from copyfind.evaluate.methods import load_model
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.calibrate import Calibration, calibrate, shared_out
from copyfind.learn.export import export_student
from copyfind.learn.recipes import CalibrationRecipe, Conditions
from copyfind.records import Floats
from copyfind.watch import Watch
from tests.learn.conftest import CPU, draw_pictures
from tests.training import STUDENT, make_ground

SMALL = CalibrationRecipe(background=100, negatives=40, graph=False)
Calibrate = Callable[..., list[Path]]


@pytest.fixture
def ground(tmp_path: Path, sprites: Sprites) -> Path:
    make_ground(tmp_path, sprites)
    return tmp_path


def student_file(folder: Path, *, seed: int, name: str, architecture: str = STUDENT) -> Path:
    torch.manual_seed(seed)
    student = Student(architecture, 16).eval()
    with torch.no_grad():  # a network that has learned nothing says nearly the same of everything
        seen = student.normalise(draw_pictures(64, 32, seed=9).permute(0, 2, 3, 1))
        student.fc.bias.sub_(student.features(seen).mean(dim=0))
        student.proj.bias.zero_()
    (written,) = export_student(
        student,
        folder,
        input_size=32,
        thresholds={16: Thresholds(1.0, 1.0, 1.0, "nothing")},
        facts={"licence": "MIT"},
    )
    return written.path.rename(folder / f"{name}.safetensors")


@pytest.fixture
def run(ground: Path) -> Calibrate:
    def run_it(*weights: Path, **more: Any) -> list[Path]:
        job = Calibration(
            data=[ground / "photos"],
            output=ground / "out",
            weights=weights,
            recipe=replace(SMALL, **more),
            conditions=Conditions(sprites=ground / "sprites.npz", bank_side=32),
        )
        return calibrate(job, device=CPU)

    return run_it


def test_a_file_comes_out_with_background_and_thresholds(run: Calibrate, ground: Path) -> None:
    given = student_file(ground, seed=0, name="small")

    (path,) = run(given)

    calibrated = read_weights(path)
    assert (path, calibrated.name) == (ground / "out" / "small.safetensors", "small")
    background = load_model(str(path)).background
    assert background is not None
    assert background.shape == (100, 16)
    np.testing.assert_allclose(np.linalg.norm(background, axis=1), 1, atol=2e-3)
    assert "photos not trained on, and 100 training photos" in calibrated.thresholds.measured_on
    assert calibrated.default_threshold == calibrated.thresholds.p999
    told = calibrated.card["calibration"]
    for name, (low, high) in told["thresholds_between"].items():
        assert low <= getattr(calibrated.thresholds, name) <= high
    whitenings = ["plain", "whitened", *(f"whitened to {power}" for power in (0.4, 0.3, 0.2))]
    assert set(told["figures"]) == {
        *whitenings,
        *(f"{way}, less {crowd} negatives" for way in whitenings for crowd in (5, 10, 20)),
    }
    assert told["kept"] == max(told["figures"], key=lambda way: told["figures"][way]["uAP"])
    for drawn in ("small-similarities.png", "small-precision-recall.png"):
        assert (ground / "out" / drawn).stat().st_size > 1000


def describe(weights: Weights) -> Floats:
    pictures = draw_pictures(4, 32, seed=3).permute(0, 2, 3, 1)
    with torch.no_grad():
        rows: Floats = load_student(weights)(pictures).numpy()
    return rows


def test_whitening_becomes_a_part_of_the_network(run: Calibrate, ground: Path) -> None:
    given = student_file(ground, seed=0, name="small")
    before = describe(read_weights(given))

    (path,) = run(given, whitening="always", negatives=0, glance=0)

    weights = read_weights(path)
    tensors = read_tensors(weights)
    expected = (before - tensors["post.mean"]) @ tensors["post.matrix"].astype(np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert weights.card["calibration"]["whitening"] is True
    np.testing.assert_allclose(describe(weights), expected, atol=5e-3)
    assert "negatives" not in tensors
    (path,) = run(path, whitening="never", negatives=0, glance=0)
    np.testing.assert_allclose(describe(read_weights(path)), before, atol=1e-3)


@pytest.mark.parametrize(("count", "expected"), [(600, 200), (90, 30), (1, 0), (0, 0)])
def test_a_third_of_the_photos_is_background(count: int, expected: int) -> None:
    is_background = shared_out(count, background=200, negatives=400)

    assert (len(is_background), is_background.sum()) == (count, expected)
    assert not is_background[1::3].any()  # photos of one source follow each other


def test_photos_to_measure_on_may_be_given(run: Calibrate, ground: Path) -> None:
    given = student_file(ground, seed=0, name="small")

    (path,) = run(given, calibrate_on=(ground / "bench" / "references",), whitening="never")

    assert "30 generated edits of 3 photos" in read_weights(path).thresholds.measured_on


def test_weights_may_be_fed_larger_squares(run: Calibrate, ground: Path) -> None:
    (path,) = run(student_file(ground, seed=0, name="small"), input_size=48, whitening="never")

    assert read_weights(path).input_size == 48


def test_lengths_of_one_network_look_at_the_pictures_once(ground: Path) -> None:
    nothing = Thresholds(1.0, 1.0, 1.0, "nothing")
    torch.manual_seed(0)
    short, long = export_student(
        Student(STUDENT, 16).eval(),
        ground,
        input_size=32,
        thresholds={8: nothing, 16: nothing},
        facts={},
    )
    shown: list[str] = []

    def calibrated(*files: Weights) -> list[Weights]:
        job = Calibration(
            data=[ground / "photos"],
            output=ground / "out",
            weights=[one.path for one in files],
            recipe=SMALL,
            conditions=Conditions(sprites=ground / "sprites.npz", bank_side=32),
        )
        watch = Watch(on_progress=lambda progress: shown.append(progress.stage))
        return [read_weights(path) for path in calibrate(job, device=CPU, watch=watch)]

    both = calibrated(short, long)

    assert [one.dim for one in both] == [8, 16]  # in the order in which they are given
    assert {stage.split(" looks")[0] for stage in shown if "looks" in stage} == {long.path.stem}
    (alone,) = calibrated(short)
    assert alone.thresholds == both[0].thresholds
    np.testing.assert_allclose(describe(alone), describe(both[0]), atol=2e-3)


def test_the_mean_of_several_students_is_one_student(run: Calibrate, ground: Path) -> None:
    first, second = (student_file(ground, seed=n, name=f"run{n}") for n in (0, 1))

    (path,) = run(first, second, average=True, whitening="never")

    one, two, mean = (read_tensors(read_weights(p))["fc.weight"] for p in (first, second, path))
    np.testing.assert_allclose(mean, (one.astype(np.float32) + two) / 2, atol=1e-3)
    assert read_weights(path).card["averaged"] == ["run0.safetensors", "run1.safetensors"]


def test_an_efficientnet_lite_comes_out_in_whole_numbers_unless_that_is_not_wanted(
    run: Calibrate, ground: Path
) -> None:
    given = student_file(ground, seed=0, name="lite", architecture="efficientnet-lite0")

    (path,) = run(given, whitening="never", negatives=0)

    weights = read_weights(path)
    assert len(weights.levels) == 49
    assert read_tensors(weights)["net.conv_stem.weight"].dtype == np.int8
    (path,) = run(given, whitening="never", negatives=0, quantise=False)
    assert read_weights(path).levels == ()
    assert read_tensors(read_weights(path))["net.conv_stem.weight"].dtype == np.float16


def test_the_mean_of_networks_in_whole_numbers_is_that_of_what_they_stand_for(
    run: Calibrate, ground: Path
) -> None:
    trained = [
        student_file(ground, seed=n, name=f"run{n}", architecture="efficientnet-lite0")
        for n in (0, 1)
    ]
    rounded = run(*trained, whitening="never", negatives=0)
    name = "net.conv_head.weight"
    one, two = (read_network(read_weights(p))[name] for p in rounded)

    (path,) = run(*rounded, average=True, whitening="never", quantise=False)

    mean = read_network(read_weights(path))[name]
    np.testing.assert_allclose(mean, (one + two) / 2, atol=1e-3)


def test_different_networks_have_no_mean(run: Calibrate, ground: Path) -> None:
    first = student_file(ground, seed=0, name="run0")
    (other,) = export_student(
        Student(STUDENT, 8),
        ground,
        input_size=32,
        thresholds={8: read_weights(first).thresholds},
        facts={},
    )

    with pytest.raises(WeightsError, match="not the same network"):
        run(first, other.path, average=True)


def test_too_few_photos_to_whiten_are_named(run: Calibrate, ground: Path) -> None:
    given = student_file(ground, seed=0, name="small")
    for photo in sorted((ground / "photos").iterdir())[5:]:
        photo.unlink()

    with pytest.raises(TrainingError, match="too few"):
        run(given)


def test_no_weights_are_refused(run: Calibrate) -> None:
    with pytest.raises(TrainingError, match="no weights to calibrate"):
        run()
