"""What a run did, as JSON lines in a file: every report of the losses, every measurement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from copyfind.errors import OutputError
from copyfind.learn.measure import Reports
from copyfind.learn.pace import Progress


@dataclass(frozen=True, slots=True)
class Log:
    """Lines are added, never rewritten: a resumed run goes on below."""

    path: Path

    def progress(self, stage: str, progress: Progress) -> None:
        self._add({"stage": stage, **asdict(progress)})

    def reports(self, step: int, student: str, reports: Reports) -> None:
        for (dim, track), report in reports.items():
            what = {"step": step, "student": student, "dim": dim, "track": track}
            self._add(what | asdict(report))

    def _add(self, values: Mapping[str, object]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(values) + "\n")
        except OSError as error:
            raise OutputError(f"{self.path}: the log cannot be written ({error})") from None
