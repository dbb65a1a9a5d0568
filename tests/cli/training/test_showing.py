"""What is shown of a training run, for eyes and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copyfind.cli.console import settings
from copyfind.cli.training.showing import measuring, one_voice, reporting
from copyfind.evaluate.metrics import Report
from copyfind.learn.log import Log
from copyfind.learn.pace import StepReport
from copyfind.watch import Progress, Watch
from tests.cli.conftest import Run

REPORT = StepReport(
    step=3,
    steps=9,
    losses={
        "loss": 7.0,
        "mobilenet-v3-small contrast 64": 1.0,
        "mobilenet-v3-small contrast 128": 2.0,
        "fastvit-t12 contrast 64": 4.0,
    },
    positive=0.91234,
    hardest_negative=0.3,
    pictures_per_second=123.4,
    seconds_left=6.0,
)


def test_a_report_is_progress_with_what_matters_first(tmp_path: Path) -> None:
    told: list[Progress] = []
    with Log(tmp_path) as log:
        reporting("distill", Watch(on_progress=told.append), log)(REPORT)

    (progress,) = told
    assert (progress.stage, progress.files, progress.total_files) == ("distill", 3, 9)
    assert progress.numbers == (
        "6.0 s left · loss 7.00 · positive 0.912 · hardest negative 0.300 · 123 images/s"
        " · contrast 7.00"
    )
    assert progress.facts["positive"] == 0.9123
    assert json.loads((tmp_path / "log.jsonl").read_text())["step"] == 3


def test_the_losses_of_a_teacher_keep_their_names(tmp_path: Path) -> None:
    told: list[Progress] = []
    losses = {"loss": 3.0, "contrast": 1.0, "entropy": 2.0}
    with Log(tmp_path) as log:
        report = StepReport(1, 1, losses, 0.5, 0.5, 1.0, 0.0)
        reporting("teacher", Watch(on_progress=told.append), log)(report)

    assert told[0].numbers.endswith("contrast 1.00, entropy 2.00")


def test_figures_are_a_line_a_length_and_track(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = Report(0.5, None, None, 0.75, 0.875)
    with Log(tmp_path) as log:
        measuring(log)(1200, "small", {(64, "all"): figures})

    assert capsys.readouterr().err == (
        "step 1,200, small-64, all: µAP 0.5000, R@P90 -, acc@1 0.750, recall@10 0.875\n"
    )


def test_only_one_process_of_a_run_speaks() -> None:
    settings.json_log = True

    with one_voice(speaks=False):
        assert (settings.quiet, settings.json_log) == (True, False)
    assert (settings.quiet, settings.json_log) == (False, True)
    with one_voice(speaks=True):
        assert (settings.quiet, settings.json_log) == (False, True)


def test_progress_is_told_to_programs(distill: Run) -> None:
    ran = distill("--json-log")

    entries = [json.loads(line) for line in ran.err.splitlines()]
    last = [entry for entry in entries if entry.get("stage") == "distill"][-1]
    assert (last["event"], last["done"], last["total"]) == ("progress", 2, 2)
    assert {"losses", "positive", "hardest_negative", "images_per_second"} <= set(last)
