"""What a run did, report by report: as JSON lines, and for TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Self

from tensorboardX import SummaryWriter

from copyfind.errors import OutputError
from copyfind.learn.measure import Reports
from copyfind.learn.pace import StepReport


class Log:
    """log.jsonl and tensorboard/ in a folder. Lines are added, never rewritten: a resumed run
    goes on below. Where it does not speak, in the further processes of a run, nothing is kept."""

    def __init__(self, folder: Path, *, speaks: bool = True) -> None:
        self.path = folder / "log.jsonl"
        self._events: SummaryWriter | None = None
        try:
            if speaks:
                self._events = SummaryWriter(str(folder / "tensorboard"), flush_secs=10)
        except OSError as error:
            raise OutputError(f"{folder}: the log cannot be written ({error})") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._events is not None:
            self._events.close()

    def step(self, stage: str, report: StepReport) -> None:
        """Add what a training loop reports."""
        if self._events is None:
            return
        self._add({"stage": stage, **asdict(report)})
        scalars = {f"{stage} losses/{name}": value for name, value in report.losses.items()}
        scalars[f"{stage} cosines/positive"] = report.positive
        scalars[f"{stage} cosines/hardest negative"] = report.hardest_negative
        scalars[f"{stage} speed/images a second"] = report.pictures_per_second
        self._scalars(scalars, report.step)

    def exam(self, step: int, student: str, reports: Reports) -> None:
        """Add a student's figures on a benchmark; the caller is a process that speaks."""
        for (dim, track), report in reports.items():
            what = {"step": step, "student": student, "dim": dim, "track": track}
            self._add(what | asdict(report))
            name = f"{student}-{dim} on {track}"
            figures = {f"{name}/{key}": value for key, value in asdict(report).items()}
            self._scalars({k: v for k, v in figures.items() if v is not None}, step)

    def _scalars(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            assert self._events is not None
            self._events.add_scalar(name, value, step)

    def _add(self, values: Mapping[str, object]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(values) + "\n")
        except OSError as error:
            raise OutputError(f"{self.path}: the log cannot be written ({error})") from None
