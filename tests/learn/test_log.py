"""What is kept of a run: a line a report, and curves for TensorBoard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copyfind.errors import OutputError
from copyfind.evaluate.metrics import Report
from copyfind.learn.log import Log
from copyfind.learn.pace import StepReport

REPORT = StepReport(
    step=3,
    steps=9,
    losses={"loss": 1.5, "contrast": 1.0},
    positive=0.9,
    hardest_negative=0.3,
    pictures_per_second=10.0,
    seconds_left=6.0,
)
FIGURES = {(8, "all"): Report(0.5, None, None, 0.75, 0.875)}


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_steps_and_figures_are_lines_with_all_their_numbers(tmp_path: Path) -> None:
    with Log(tmp_path) as log:
        log.step("distill", REPORT)
        log.exam(3, "small", FIGURES)

    step, exam = lines(tmp_path)
    assert (step["stage"], step["step"], step["losses"]) == ("distill", 3, REPORT.losses)
    assert (exam["student"], exam["dim"], exam["track"]) == ("small", 8, "all")
    assert (exam["micro_average_precision"], exam["recall_at_p90"]) == (0.5, None)
    assert list((tmp_path / "tensorboard").iterdir())


def test_a_run_that_goes_on_adds_below(tmp_path: Path) -> None:
    for _ in range(2):
        with Log(tmp_path) as log:
            log.step("teacher", REPORT)

    assert len(lines(tmp_path)) == 2


def test_a_process_that_does_not_speak_keeps_nothing(tmp_path: Path) -> None:
    with Log(tmp_path, speaks=False) as log:
        log.step("teacher", REPORT)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").mkdir()

    with Log(tmp_path) as log, pytest.raises(OutputError, match="the log cannot be written"):
        log.step("teacher", REPORT)
